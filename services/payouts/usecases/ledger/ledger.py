"""Looking into the ledger: an account's entries, and whether it all adds up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.chassis.authentication import Principal
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.answers.parties import AccountNotFound
from services.payouts.domain.errors import CurrencyUnsupported, InvalidAccount
from services.payouts.domain.ledger.accounts import Account, Purpose, parse
from services.payouts.domain.ledger.entries import Entry, EntryKind, Posting
from services.payouts.domain.ledger.visibility import may_see
from services.payouts.store.ledger.ledger_reads import EntryPosition, LedgerReads, PurposeSum, Since


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleEntry:
    """An entry, and those of its postings that the caller may see."""

    entry: Entry
    postings: tuple[Posting, ...]
    is_whole: bool = False
    """The caller sees all of the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialBalance:
    """All balances of one moment; debits less credits are zero in every currency."""

    sums: list[PurposeSum]
    totals_units: dict[str, int]
    entries: int
    accruals: int
    """Accepted answers that are booked and were not overturned."""


class LedgerInspection:
    """Reads for people."""

    def __init__(self, *, transactions: Transactions, reads: LedgerReads) -> None:
        self._transactions = transactions
        self._reads = reads

    async def entries(
        self, principal: Principal, name: str, *, after: EntryPosition | None, limit: int
    ) -> list[VisibleEntry]:
        """Entries that touch an account of the caller's, in the order they were recorded.

        Others' accounts in the same entries are left out: nobody learns from an own account who
        did the work or what it cost.

        Without a name, all entries: for operators.

        Errors: AccountNotFound.
        """
        if not name and "OPERATOR" in principal.roles:
            with store_errors():
                all_of_them = await self._reads.journal(after=after, limit=limit)
            return [
                VisibleEntry(entry=entry, postings=entry.postings, is_whole=True)
                for entry in all_of_them
            ]
        account = _visible(principal, name)
        with store_errors():
            if account is None or not await self._reads.has_account(name):
                raise AccountNotFound("no such account", field="account", account=name)
            found = await self._reads.page(account, after=after, limit=limit)
        return [
            VisibleEntry(
                entry=entry,
                postings=tuple(
                    posting
                    for posting in entry.postings
                    if _visible(principal, posting.account) is not None
                ),
            )
            for entry in found
        ]

    async def trial_balance(self, *, as_of: datetime | None = None) -> TrialBalance:
        """Of one moment, whatever is posted meanwhile: now, or a past one.

        A past balance is today's less all that was recorded since; it costs as much as that.
        """

        async def body(work: UnitOfWork) -> TrialBalance:
            sums = await self._reads.sums(session=work.session)
            counts = await self._reads.counts(session=work.session)
            if as_of is not None:
                since = await self._reads.recorded_since(as_of, session=work.session)
                opened = await self._reads.opened_since(as_of, session=work.session)
                sums = _less(sums, since, opened)
                counts = {kind: n - since.entries.get(kind, 0) for kind, n in counts.items()}
            return TrialBalance(
                sums=sums,
                totals_units=totals(sums),
                entries=sum(counts.values()),
                accruals=counts.get(EntryKind.ACCRUAL, 0)
                + counts.get(EntryKind.LOSS_REPAID, 0)
                - counts.get(EntryKind.ACCRUAL_REVERSAL, 0)
                - counts.get(EntryKind.ACCRUAL_ABSORPTION, 0),
            )

        return await self._transactions.run(body)


def _less(
    sums: list[PurposeSum], since: Since, opened: Mapping[tuple[Purpose, str], int]
) -> list[PurposeSum]:
    """The sums without what came since; purposes that had no account yet are left out."""
    moved: dict[tuple[Purpose, str], int] = {}
    for name, amount_units in since.moved_units.items():
        account = parse(name)
        key = (account.kind.purpose, account.currency)
        moved[key] = moved.get(key, 0) + amount_units
    found = [
        replace(
            line,
            amount_units=line.amount_units - moved.get((line.purpose, line.currency), 0),
            accounts=line.accounts - opened.get((line.purpose, line.currency), 0),
        )
        for line in sums
    ]
    return [line for line in found if line.accounts]


def totals(sums: list[PurposeSum]) -> dict[str, int]:
    """What the balances of each currency come to."""
    found: dict[str, int] = {}
    for line in sums:
        found[line.currency] = found.get(line.currency, 0) + line.amount_units
    return found


def _visible(principal: Principal, name: str) -> Account | None:
    try:
        account = parse(name)
    except (InvalidAccount, CurrencyUnsupported):
        return None
    seen = may_see(
        account,
        roles=principal.roles,
        organisation_id=principal.organisation_id,
        subject_id=principal.subject_id,
    )
    return account if seen else None
