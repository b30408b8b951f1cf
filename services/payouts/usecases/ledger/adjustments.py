"""Corrections by two persons: proposed, confirmed and booked in one transaction, or declined."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.chassis.errors import DomainError, Kind
from services.chassis.ids import NewId
from services.chassis.mongo import store_errors
from services.chassis.pages import Page, read_page
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.answers.costs import cost_of
from services.payouts.domain.answers.parties import AccountNotFound
from services.payouts.domain.ledger.accounts import Purpose, parse
from services.payouts.domain.ledger.adjustment_flows import (
    EntryReversed,
    adjustment,
    check_adjustable,
    check_reversible,
    reversal,
)
from services.payouts.domain.ledger.adjustments import (
    Adjustment,
    AdjustmentInvalid,
    AdjustmentNotFound,
    AdjustmentState,
    Wanted,
)
from services.payouts.domain.ledger.entries import (
    Approval,
    Booking,
    Entry,
    EntryKind,
    Posting,
    reversal_key,
)
from services.payouts.domain.ledger.flows import opposite
from services.payouts.domain.ledger.period_seals import PeriodSealed
from services.payouts.domain.ledger.two_persons import TwoPersons
from services.payouts.domain.statements.statements import PeriodState
from services.payouts.store.answers.decisions import ProjectBookStore
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.ledger.adjustments import AdjustmentStore
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.store.statements.periods import PeriodStore
from services.payouts.usecases.funding.owed import cover_owed
from services.payouts.usecases.funding.releases import Releases


class EntryNotFound(DomainError):
    """The journal has no such entry."""

    kind, reason = Kind.NOT_FOUND, "ENTRY_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentPolicy:
    """Who may confirm, and how long a proposal waits."""

    two_persons: TwoPersons
    expires_after: timedelta


class Adjustments:
    """All of a correction's way."""

    def __init__(
        self,
        *,
        adjustments: AdjustmentStore,
        ledger: LedgerStore,
        books: ProjectBookStore,
        releases: Releases,
        periods: PeriodStore,
        projections: ProjectionStore,
        new_id: NewId,
        policy: AdjustmentPolicy,
    ) -> None:
        self._adjustments = adjustments
        self._ledger = ledger
        self._books = books
        self._releases = releases
        self._periods = periods
        self._projections = projections
        self._new_id = new_id
        self._policy = policy

    async def propose(self, work: UnitOfWork, wanted: Wanted, *, by: str) -> Adjustment:
        """Books nothing; the same request again is the same proposal.

        Errors:
            AdjustmentInvalid, AccountNotAdjustable, AccountNotFound (nobody of that name),
            EntryUnbalanced, EntryNotFound, EntryNotReversible, EntryReversed, PeriodSealed.
        """
        known = await self._adjustments.of_request(wanted.request_id, session=work.session)
        if known is not None:
            if known.wanted != wanted:
                raise AdjustmentInvalid(
                    "this request has proposed something else", field="request_id"
                )
            return known
        await self._check_time(work, wanted.effective_at)
        postings = await self._postings(work, wanted, by=by)
        proposal = Adjustment(
            adjustment_id=self._new_id("adj"),
            wanted=wanted,
            postings=postings,
            proposed_by=by,
            proposed_at=work.now,
            expires_at=work.now + self._policy.expires_after,
        )
        await self._adjustments.insert(proposal, session=work.session)
        return proposal

    async def confirm(self, work: UnitOfWork, adjustment_id: str, *, by: str) -> Adjustment:
        """Books it, once: confirmed again, it is what it was.

        Errors:
            AdjustmentNotFound, AdjustmentResolved, SecondPersonNeeded, InsufficientFunds,
            EntryReversed, PeriodSealed.
        """
        proposal = await self._get(work, adjustment_id)
        if proposal.state is AdjustmentState.CONFIRMED:
            return proposal
        proposal.check_open(work.now)
        approval = proposal.approval(by=by, two_persons=self._policy.two_persons)
        await self._check_time(work, proposal.wanted.effective_at)
        booking = Booking(
            effective_at=proposal.wanted.effective_at or work.now, recorded_at=work.now
        )
        entry = await self._entry(work, proposal.wanted, approval, booking)
        await self._ledger.post_all([entry], session=work.session, now=work.now)
        await self._follow(work, entry)
        done = proposal.confirmed(by=by, at=work.now, entry_id=entry.entry_id)
        await self._adjustments.replace(done, session=work.session)
        return done

    async def decline(
        self, work: UnitOfWork, adjustment_id: str, *, reason: str, by: str
    ) -> Adjustment:
        """Whoever proposed it may, too. Errors: AdjustmentNotFound, AdjustmentResolved."""
        proposal = await self._get(work, adjustment_id)
        after = proposal.declined(by=by, at=work.now, reason=reason)
        if after != proposal:
            await self._adjustments.replace(after, session=work.session)
        return after

    async def get(self, adjustment_id: str) -> Adjustment:
        """Errors: AdjustmentNotFound."""
        with store_errors():
            found = await self._adjustments.get(adjustment_id)
        return _found(found, adjustment_id)

    async def page(
        self, *, state: AdjustmentState | None, now: datetime, size: int, token: str
    ) -> Page[Adjustment]:
        """The newest first. Errors: PageTokenInvalid."""

        async def read(before: str, limit: int) -> list[Adjustment]:
            with store_errors():
                return await self._adjustments.page(
                    state=state, now=now, before=before, limit=limit
                )

        return await read_page(
            scope=f"adjustments:{state or ''}",
            size=size,
            token=token,
            read=read,
            position=lambda one: one.adjustment_id,
        )

    async def _get(self, work: UnitOfWork, adjustment_id: str) -> Adjustment:
        found = await self._adjustments.get(adjustment_id, session=work.session)
        return _found(found, adjustment_id)

    async def _postings(self, work: UnitOfWork, wanted: Wanted, *, by: str) -> tuple[Posting, ...]:
        """What it would post; refuses what nobody could confirm."""
        if wanted.reverses_id:
            return opposite((await self._reversed(work, wanted.reverses_id)).postings)
        check_adjustable(wanted.postings)
        await self._check_known(work, wanted.postings)
        # Balanced, and of one currency: what the entry itself insists on.
        adjustment(
            wanted,
            approval=Approval(proposed_by=by, confirmed_by=by),
            booking=Booking(effective_at=work.now, recorded_at=work.now),
        )
        return wanted.postings

    async def _entry(
        self, work: UnitOfWork, wanted: Wanted, approval: Approval, booking: Booking
    ) -> Entry:
        if not wanted.reverses_id:
            return adjustment(wanted, approval=approval, booking=booking)
        entry = await self._reversed(work, wanted.reverses_id)
        return reversal(entry, reason=wanted.reason, approval=approval, booking=booking)

    async def _reversed(self, work: UnitOfWork, entry_id: str) -> Entry:
        """The entry, if it can be reversed: whoever reverses one, does so under the same key."""
        undoing = reversal_key(entry_id)
        found = await self._ledger.get_many([entry_id, undoing], session=work.session)
        entry = found.get(entry_id)
        if entry is None:
            raise EntryNotFound("no such entry", field="reverses_entry_id", entry_id=entry_id)
        check_reversible(entry)
        if undoing in found:
            before = found[undoing]
            who = "by hand" if before.approval is not None else "by the platform itself"
            raise EntryReversed(
                f"{entry_id} was reversed {who}: {before.reason}",
                entry_id=entry_id,
                reversal_kind=before.kind.value,
            )
        return entry

    async def _check_time(self, work: UnitOfWork, effective_at: datetime | None) -> None:
        if effective_at is None:
            return
        if effective_at > work.now:
            raise AdjustmentInvalid("it cannot count from a time to come", field="effective_time")
        # Sealing writes to the books that posting writes to: beside it, this runs again.
        record = await self._periods.at(effective_at, session=work.session)
        if record is not None and record.period.state is PeriodState.CLOSED:
            raise PeriodSealed(
                f"pay period {record.period_id} is closed: let the correction count from now",
                field="effective_time",
                pay_period_id=record.period_id,
            )

    async def _check_known(self, work: UnitOfWork, postings: tuple[Posting, ...]) -> None:
        """Refuses accounts of nobody: money would be lost in a name that was mistyped."""
        names = [posting.account for posting in postings]
        known = await self._ledger.balances(names, session=work.session)
        for name in names:
            if name not in known and not await self._has_owner(work, name):
                raise AccountNotFound(
                    f"{name}: nobody of that name has or earns money here",
                    field="postings",
                    account=name,
                )

    async def _has_owner(self, work: UnitOfWork, name: str) -> bool:
        account = parse(name)
        session = work.session
        client, contractor = account.part("client"), account.part("contractor")
        vendor = account.part("vendor")
        if client:
            return await self._adjustments.has_client(client, session=session)
        if contractor and not await self._projections.contractors([contractor], session=session):
            return False
        return not vendor or bool(await self._projections.vendors([vendor], session=session))

    async def _follow(self, work: UnitOfWork, entry: Entry) -> None:
        """What else has to know: the project's book, a client's debt, who pays a person."""
        if entry.kind is EntryKind.ACCRUAL_REVERSAL:
            project_id = entry.subject.project_id
            book = await self._books.count(project_id, {}, cost_of(entry), session=work.session)
            projects = await self._projections.projects([project_id], session=work.session)
            if project_id in projects:
                await self._releases.release(work, book, projects[project_id])
        for posting in entry.postings:
            account = parse(posting.account)
            if posting.amount_units > 0:
                continue
            if account.kind.purpose is Purpose.CLIENT_AVAILABLE:
                await cover_owed(
                    work,
                    self._ledger,
                    client_id=account.part("client"),
                    currency=account.currency,
                    cause=f"{entry.entry_id}:{account.part('client')}",
                )
            elif account.kind.purpose is Purpose.CONTRACTOR_PAYABLE:
                await self._projections.pay_in_person(
                    account.part("contractor"), session=work.session
                )


def _found(adjustment: Adjustment | None, adjustment_id: str) -> Adjustment:
    if adjustment is None:
        raise AdjustmentNotFound("no such proposal", adjustment_id=adjustment_id)
    return adjustment
