"""What a project no longer needs goes back to its client."""

from __future__ import annotations

from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.answers.decisions import ProjectBook
from services.payouts.domain.answers.parties import Project
from services.payouts.domain.ledger.accounts import project_held, project_reserve
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.ledger.flows import hold_release
from services.payouts.store.answers.decisions import ProjectBookStore
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.usecases.funding.owed import cover_owed


class Releases:
    """Gives holds back once every answer of an ended project is decided."""

    def __init__(self, *, ledger: LedgerStore, books: ProjectBookStore) -> None:
        self._ledger = ledger
        self._books = books

    async def release(self, work: UnitOfWork, book: ProjectBook, project: Project) -> None:
        """Posts what is left of the hold, if nothing can be booked on it any more.

        May happen again: an accrual that is overturned later puts money back into the hold. The
        reserve stays until the pay period in which the last answer was booked has its top-ups.
        """
        if not book.is_decided:
            return
        held = project_held(
            client_id=project.client_id, project_id=project.project_id, currency=project.currency
        )
        left_units = await self._left(work, held)
        if left_units:
            await self._post(work, project, held_units=left_units)

    async def release_reserve(self, work: UnitOfWork, project: Project) -> bool:
        """Posts what is left of the reserve, if no answer can be booked any more; tells whether."""
        book = await self._books.get(project.project_id, session=work.session)
        if not book.is_decided:
            return False
        reserve = project_reserve(
            client_id=project.client_id, project_id=project.project_id, currency=project.currency
        )
        left_units = await self._left(work, reserve)
        if left_units:
            await self._post(work, project, reserve_units=left_units)
        return bool(left_units)

    async def _left(self, work: UnitOfWork, account: str) -> int:
        balances_units = await self._ledger.balances([account], session=work.session)
        return max(-balances_units.get(account, 0), 0)

    async def _post(
        self, work: UnitOfWork, project: Project, *, held_units: int = 0, reserve_units: int = 0
    ) -> None:
        after = await self._books.add_release(project.project_id, session=work.session)
        entry = hold_release(
            release_id=f"{project.project_id}:{after.releases}",
            client_id=project.client_id,
            project_id=project.project_id,
            currency=project.currency,
            held_units=held_units,
            reserve_units=reserve_units,
            booking=Booking(effective_at=work.now, recorded_at=work.now),
        )
        await self._ledger.post_all([entry], session=work.session, now=work.now)
        # What refunds and disputes took back while it was held.
        await cover_owed(
            work,
            self._ledger,
            client_id=project.client_id,
            currency=project.currency,
            cause=entry.entry_id,
        )
