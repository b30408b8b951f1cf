"""News of projects, vendors, rate cards and contractors; each may come late or twice."""

from __future__ import annotations

from collections.abc import Sequence

from services.chassis.mongo import Document
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.answers.decisions import ProjectState
from services.payouts.domain.answers.parties import ProjectNotFound
from services.payouts.store.answers.decisions import ProjectBookStore
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.usecases.funding.releases import Releases


class Projections:
    """Keeps the newest version of what was told."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        projections: ProjectionStore,
        books: ProjectBookStore,
        releases: Releases,
    ) -> None:
        self._transactions = transactions
        self._projections = projections
        self._books = books
        self._releases = releases

    async def projects_created(self, documents: Sequence[Document]) -> None:
        """What each project pays."""

        async def body(work: UnitOfWork) -> None:
            await self._projections.put_projects(documents, session=work.session)

        await self._transactions.run(body)

    async def contractors_changed(self, documents: Sequence[Document]) -> None:
        """Who is paid for whose work."""

        async def body(work: UnitOfWork) -> None:
            await self._projections.put_contractors(documents, session=work.session)

        await self._transactions.run(body)

    async def vendors_changed(self, documents: Sequence[Document]) -> None:
        """Vendors as they are now."""

        async def body(work: UnitOfWork) -> None:
            await self._projections.put_vendors(documents, session=work.session)

        await self._transactions.run(body)

    async def rate_cards_set(self, documents: Sequence[Document]) -> None:
        """Commissions as they are from now on."""

        async def body(work: UnitOfWork) -> None:
            await self._projections.put_rate_cards(documents, session=work.session)

        await self._transactions.run(body)

    async def project_states_changed(self, news: Sequence[ProjectState]) -> None:
        """How far projects are; a hold that nothing can be booked on any more is given back.

        Errors: ProjectNotFound, of a settled one that is not known yet.
        """

        async def body(work: UnitOfWork) -> None:
            for change in news:
                book = await self._books.set_state(change, session=work.session)
                if book is None or not book.is_decided:
                    continue
                found = await self._projections.projects([change.project_id], session=work.session)
                project = found.get(change.project_id)
                if project is None:
                    raise ProjectNotFound(
                        "the project is not known here", project_id=change.project_id
                    )
                await self._releases.release(work, book, project)

        await self._transactions.run(body)
