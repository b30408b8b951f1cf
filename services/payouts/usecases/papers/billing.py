"""How clients are named on papers: by what they have stated, else as they were registered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from services.chassis.authentication import Principal
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.papers.billing import (
    BilledClient,
    BillingChanged,
    BillingDetails,
    ClientTax,
    Particulars,
    billed_client,
    check_country,
)
from services.payouts.domain.papers.papers import Tax
from services.payouts.store.papers.billing import BillingStore
from services.payouts.store.papers.names import NameStore

# A client as a paper is to name it, in the transaction that freezes the paper.
NameClient = Callable[[UnitOfWork, str], Awaitable[BilledClient]]
# What is added to a client's invoice, where the platform's own tax is the one given.
TaxClient = Callable[[UnitOfWork, str, Tax], Awaitable[Tax]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a client says; `replaces` is the version it has read, 0 for whichever is there."""

    particulars: Particulars
    email: str = field(default="", repr=False)
    purchase_order: str = ""
    replaces: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTax:
    """What an operator says; no rate is the platform's own."""

    rate_bps: int | None
    note: str = ""


class Billing:
    """Takes details, shows them, and names clients for papers."""

    def __init__(self, *, billing: BillingStore, names: NameStore) -> None:
        self._billing = billing
        self._names = names

    async def state(self, work: UnitOfWork, principal: Principal, said: Stated) -> BillingDetails:
        """The next version, for papers from now on. Errors: BillingInvalid, BillingChanged."""
        check_country(said.particulars.country)
        client_id = principal.organisation_id
        known = await self._billing.newest(client_id, session=work.session)
        version = 0 if known is None else known.version
        if said.replaces not in (0, version):
            raise BillingChanged(
                f"version {version} holds by now, not {said.replaces}",
                field="particulars.version",
                version=version,
            )
        details = BillingDetails(
            client_id=client_id,
            version=version + 1,
            particulars=said.particulars,
            email=said.email,
            purchase_order=said.purchase_order,
            stated_by=principal.subject_id,
            stated_at=work.now,
        )
        await self._billing.insert(details, session=work.session)
        return details

    async def get(self, client_id: str) -> BillingDetails | BilledClient:
        """What the client has stated, or how papers name it as long as it has not."""
        with store_errors():
            details = await self._billing.newest(client_id)
            if details is not None:
                return details
            registered = await self._names.organisation(client_id)
        return billed_client(client_id, details=None, registered_name=registered)

    async def tax(self, client_id: str) -> ClientTax | None:
        """What an operator has set for the client's invoices."""
        with store_errors():
            return await self._billing.newest_tax(client_id)

    async def set_tax(
        self, work: UnitOfWork, principal: Principal, client_id: str, own: OwnTax
    ) -> ClientTax:
        """The next version, for invoices from now on."""
        known = await self._billing.newest_tax(client_id, session=work.session)
        tax = ClientTax(
            client_id=client_id,
            version=1 if known is None else known.version + 1,
            rate_bps=own.rate_bps,
            note=own.note,
            set_by=principal.subject_id,
            set_at=work.now,
        )
        await self._billing.insert_tax(tax, session=work.session)
        return tax

    async def taxed(self, work: UnitOfWork, client_id: str, tax: Tax) -> Tax:
        """What is added to the client's invoice, where `tax` is the platform's own."""
        return tax.of_client(await self._billing.newest_tax(client_id, session=work.session))

    async def name(self, work: UnitOfWork, client_id: str) -> BilledClient:
        """Never waits and never fails for want of a name: see NamedBy."""
        details = await self._billing.newest(client_id, session=work.session)
        registered = ""
        if details is None:
            registered = await self._names.organisation(client_id, session=work.session)
        return billed_client(client_id, details=details, registered_name=registered)
