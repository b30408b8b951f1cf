"""What a project no longer needs goes back to its client."""

from __future__ import annotations

from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.accounts import project_held
from services.payouts.domain.decisions import ProjectBook
from services.payouts.domain.entries import Booking
from services.payouts.domain.flows import hold_release
from services.payouts.domain.parties import Project
from services.payouts.store.decisions import ProjectBookStore
from services.payouts.store.ledger import LedgerStore


class Releases:
    """Gives holds back once every answer of an ended project is decided."""

    def __init__(self, *, ledger: LedgerStore, books: ProjectBookStore) -> None:
        self._ledger = ledger
        self._books = books

    async def release(self, work: UnitOfWork, book: ProjectBook, project: Project) -> None:
        """Posts what is left of the hold, if nothing can be booked on it any more.

        May happen again: an accrual that is overturned later puts money back into the hold.
        """
        if not book.is_decided:
            return
        held = project_held(
            client_id=project.client_id, project_id=project.project_id, currency=project.currency
        )
        balances_minor = await self._ledger.balances([held], session=work.session)
        left_minor = -balances_minor.get(held, 0)
        if left_minor <= 0:
            return
        after = await self._books.add_release(project.project_id, session=work.session)
        entry = hold_release(
            release_id=f"{project.project_id}:{after.releases}",
            client_id=project.client_id,
            project_id=project.project_id,
            currency=project.currency,
            amount_minor=left_minor,
            booking=Booking(effective_at=work.now, recorded_at=work.now),
        )
        await self._ledger.post_all([entry], session=work.session, now=work.now)
