"""Clients' money: what they may spend, and what is set aside for their projects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from services.chassis.authentication import Principal
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.answers.decisions import ProjectBook
from services.payouts.domain.answers.parties import (
    AccountNotFound,
    ClientMissing,
    Project,
    ProjectEnded,
    ProjectNotFound,
)
from services.payouts.domain.answers.pricing import reserve_part_units
from services.payouts.domain.errors import CurrencyMismatch
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.ledger.flows import project_hold
from services.payouts.domain.ledger.money import Money, units_of, whole_minor
from services.payouts.store.answers.decisions import ProjectBookStore
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.funding.client_funds import ClientFundsReads, Holding
from services.payouts.store.ledger.ledger import LedgerStore

AnnounceFunded = Callable[[UnitOfWork, Project, ProjectBook], None]
CheckPrice = Callable[[UnitOfWork, Project], Awaitable[None]]
"""Refuses a project whose pay does not reach the floors of the places where it is offered."""

_HOLDS_MAX = 1000


class Funds:
    """Holds money for projects, and tells what there is."""

    def __init__(
        self,
        *,
        ledger: LedgerStore,
        reads: ClientFundsReads,
        books: ProjectBookStore,
        projections: ProjectionStore,
        announce_funded: AnnounceFunded,
        check_price: CheckPrice,
    ) -> None:
        self._ledger = ledger
        self._reads = reads
        self._books = books
        self._projections = projections
        self._announce_funded = announce_funded
        self._check_price = check_price

    async def hold(
        self, work: UnitOfWork, principal: Principal, project_id: str, amount: Money
    ) -> Money:
        """Sets the caller's money aside for a project; returns what was set aside in all.

        Errors:
            ProjectNotFound, ProjectEnded, CurrencyMismatch, InvalidAmount, InsufficientFunds;
            what `check_price` refuses.
        """
        found = await self._projections.projects([project_id], session=work.session)
        project = found.get(project_id)
        if project is None or project.client_id != principal.organisation_id:
            raise ProjectNotFound("no such project", project_id=project_id)
        if amount.currency != project.currency:
            raise CurrencyMismatch(
                f"the project pays in {project.currency}, not {amount.currency}",
                field="amount.currency",
                currency=amount.currency,
                project_currency=project.currency,
            )
        before = await self._books.get(project_id, session=work.session)
        if before.has_ended:
            raise ProjectEnded(
                f"the project is {before.state}", project_id=project_id, state=before.state
            )
        # Also of one that runs: by the time that was measured since.
        await self._check_price(work, project)
        amount_units = units_of(amount.amount_minor)
        entry = project_hold(
            hold_id=f"{project_id}:{before.version + 1}",
            client_id=project.client_id,
            project_id=project_id,
            currency=project.currency,
            amount_units=amount_units,
            reserve_units=reserve_part_units(
                amount_units=amount_units,
                price_units_max=project.price_units_max,
                reserve_units_each=project.reserve_units_each,
            ),
            booking=Booking(effective_at=work.now, recorded_at=work.now),
        )
        await self._ledger.post_all([entry], session=work.session, now=work.now)
        after = await self._books.add_hold(project_id, amount_units, session=work.session)
        self._announce_funded(work, project, after)
        return Money(amount_minor=whole_minor(after.held_units), currency=project.currency)

    async def of_client(
        self, principal: Principal, client_id: str
    ) -> tuple[list[Holding], list[Holding], list[Holding]]:
        """What is available, by currency, what is still held, by project, and what is owed.

        Errors: ClientMissing (operators name one), AccountNotFound (another client's).
        """
        if "OPERATOR" not in principal.roles:
            if client_id not in ("", principal.organisation_id):
                raise AccountNotFound("no such client", client_id=client_id)
            client_id = principal.organisation_id
        elif not client_id:
            raise ClientMissing("say whose funds are meant", field="client_id")
        with store_errors():
            available, held = await self._reads.funds(client_id, holds_max=_HOLDS_MAX)
            return available, held, await self._reads.owed(client_id)
