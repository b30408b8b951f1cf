"""One answer's money, from its acceptance to the bank: what was booked, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.authentication import Principal
from services.chassis.errors import DomainError, Kind
from services.chassis.mongo import store_errors
from services.payouts.domain.ledger.accounts import parse
from services.payouts.domain.ledger.entries import Entry, Posting
from services.payouts.domain.ledger.visibility import may_see
from services.payouts.domain.payments.payments import Standing
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind
from services.payouts.domain.statements.statements import statement_id_of
from services.payouts.store.ledger.entry_documents import ACCRUAL_KINDS
from services.payouts.store.ledger.ledger_reads import LedgerReads
from services.payouts.store.statements.periods import PeriodStore, period_id_of
from services.payouts.store.statements.statements import StatementStore
from services.payouts.usecases.ledger.ledger import VisibleEntry
from services.payouts.usecases.payments.payees import own_payee_id
from services.payouts.usecases.statements.statements import without_payment

# So often may a sum have been carried over before anybody looks.
_PERIODS_FOLLOWED_MAX = 60


class AnswerNotBooked(DomainError):
    """No money was ever booked for such an answer, or it is not the caller's to see."""

    kind, reason = Kind.NOT_FOUND, "ANSWER_NOT_BOOKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """On which statement an accrual or its reversal is, and how far that is.

    `statement_id` is empty while no statement has it: its period is open, or being closed, or what
    the payee has is carried over. `period_id` is the one it counts into.
    """

    entry_id: str
    period_id: str
    statement_id: str = ""
    standing: Standing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerMoney:
    """Entries in the order of recording, with the postings that the caller may see."""

    assignment_id: str
    entries: tuple[VisibleEntry, ...]
    payments: tuple[Payment, ...]


class AnswerMoneyInspection:
    """Reads for people."""

    def __init__(
        self, *, reads: LedgerReads, periods: PeriodStore, statements: StatementStore
    ) -> None:
        self._reads = reads
        self._periods = periods
        self._statements = statements

    async def trace(self, principal: Principal, assignment_id: str) -> AnswerMoney:
        """Errors: AnswerNotBooked."""
        with store_errors():
            entries = await self._reads.of_answer(assignment_id)
            if not entries or not _may_trace(principal, entries):
                raise AnswerNotBooked(
                    "no money was booked for such an answer", assignment_id=assignment_id
                )
            payments = [
                await self._payment(principal, entry)
                for entry in entries
                if entry.kind in ACCRUAL_KINDS
            ]
        return AnswerMoney(
            assignment_id=assignment_id,
            entries=tuple(
                VisibleEntry(entry=entry, postings=_visible(principal, entry)) for entry in entries
            ),
            payments=tuple(payments),
        )

    async def _payment(self, principal: Principal, entry: Entry) -> Payment:
        period = await self._periods.at(entry.booking.recorded_at)
        if period is None:
            return Payment(entry_id=entry.entry_id, period_id="")
        payee = _payee(entry)
        [currency] = entry.currencies
        for number in range(period.number, period.number + _PERIODS_FOLLOWED_MAX):
            statement_id = statement_id_of(
                period_id=period_id_of(number), payee=payee, currency=currency
            )
            found = await self._statements.standing(statement_id)
            if found is None:
                break
            if found.standing is not None:
                is_payee = own_payee_id(principal) in ("", payee.payee_id)
                return Payment(
                    entry_id=entry.entry_id,
                    period_id=period.period_id,
                    statement_id=statement_id,
                    standing=found.standing if is_payee else without_payment(found.standing),
                )
        return Payment(entry_id=entry.entry_id, period_id=period.period_id)


def _payee(entry: Entry) -> Payee:
    if entry.subject.vendor_id:
        return Payee(kind=PayeeKind.VENDOR, payee_id=entry.subject.vendor_id)
    return Payee(kind=PayeeKind.CONTRACTOR, payee_id=entry.subject.contractor_id)


def _may_trace(principal: Principal, entries: Sequence[Entry]) -> bool:
    """Operators, who did it, and through whom."""
    if "OPERATOR" in principal.roles:
        return True
    subject = entries[0].subject
    if "VENDOR" in principal.roles and subject.vendor_id == principal.organisation_id:
        return bool(subject.vendor_id)
    return "CONTRACTOR" in principal.roles and subject.contractor_id == principal.subject_id


def _visible(principal: Principal, entry: Entry) -> tuple[Posting, ...]:
    return tuple(
        posting
        for posting in entry.postings
        if may_see(
            parse(posting.account),
            roles=principal.roles,
            organisation_id=principal.organisation_id,
            subject_id=principal.subject_id,
        )
    )
