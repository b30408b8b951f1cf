"""Billing details and taxes of clients: one document a version, only ever added."""

from __future__ import annotations

from dataclasses import asdict

from services.chassis.mongo import (
    ASCENDING,
    DESCENDING,
    CollectionSpec,
    Document,
    IndexModel,
    MongoDatabase,
    Session,
)
from services.payouts.domain.papers.billing import BillingDetails, ClientTax, Particulars

BILLING = "billing_particulars"
CLIENT_TAXES = "client_taxes"

# The newest of a client. Of two of the same version one is refused: the id has the version.
_NEWEST = IndexModel([("client_id", ASCENDING), ("version", DESCENDING)], name="newest")

BILLING_COLLECTIONS = (
    CollectionSpec(name=BILLING, indexes=(_NEWEST,)),
    CollectionSpec(name=CLIENT_TAXES, indexes=(_NEWEST,)),
)


class BillingStore:
    """Reads and adds."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._billing = database.collection(BILLING)
        self._taxes = database.collection(CLIENT_TAXES)

    async def newest(
        self, client_id: str, *, session: Session | None = None
    ) -> BillingDetails | None:
        """What holds now; None where the client has stated nothing."""
        found = await self._billing.find_one(
            {"client_id": client_id}, sort=[("version", DESCENDING)], session=session
        )
        if found is None:
            # What was stated before versions were kept is one document a client, by its id.
            found = await self._billing.find_one({"_id": client_id}, session=session)
        return None if found is None else _details(client_id, found)

    async def insert(self, details: BillingDetails, *, session: Session) -> None:
        """For papers from now on; those that are there keep theirs."""
        said = details.particulars
        await self._billing.insert_one(
            {
                "_id": f"{details.client_id}:{details.version}",
                "client_id": details.client_id,
                "version": details.version,
                "name": said.name,
                "lines": list(said.lines),
                "postal_code": said.postal_code,
                "city": said.city,
                "country": said.country,
                "tax_number": said.tax_number,
                "registration": said.registration,
                "email": details.email,
                "purchase_order": details.purchase_order,
                "stated_by": details.stated_by,
                "stated_at": details.stated_at,
            },
            session=session,
        )

    async def newest_tax(
        self, client_id: str, *, session: Session | None = None
    ) -> ClientTax | None:
        """What holds now; None where no operator has set anything."""
        found = await self._taxes.find_one(
            {"client_id": client_id}, sort=[("version", DESCENDING)], session=session
        )
        if found is None:
            return None
        return ClientTax(
            client_id=client_id,
            version=found["version"],
            rate_bps=found["rate_bps"],
            note=found["note"],
            set_by=found["set_by"],
            set_at=found["set_at"],
        )

    async def insert_tax(self, tax: ClientTax, *, session: Session) -> None:
        """For invoices from now on; those that are there keep theirs."""
        await self._taxes.insert_one(
            {"_id": f"{tax.client_id}:{tax.version}", **asdict(tax)}, session=session
        )


def _details(client_id: str, document: Document) -> BillingDetails:
    """Those of before versions have a name, lines and a tax number alone."""
    return BillingDetails(
        client_id=client_id,
        version=document["version"],
        particulars=Particulars(
            name=document["name"],
            lines=tuple(document["lines"]),
            postal_code=document.get("postal_code", ""),
            city=document.get("city", ""),
            country=document.get("country", ""),
            tax_number=document["tax_number"],
            registration=document.get("registration", ""),
        ),
        email=document.get("email", ""),
        purchase_order=document.get("purchase_order", ""),
        stated_by=document.get("stated_by", ""),
        stated_at=document.get("stated_at"),
    )
