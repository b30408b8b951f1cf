"""What the other services have told: of each thing the newest version that has arrived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session
from services.chassis.projections import find_by_id, put_newest
from services.payouts.domain.answers.parties import Contractor, Project, Vendor
from services.payouts.store.collections import CONTRACTORS, IN_PERSON, PROJECTS, RATE_CARDS, VENDORS


class ProjectionStore:
    """Reads and writes projections. What is not there may not have arrived yet."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._projects = database.collection(PROJECTS)
        self._contractors = database.collection(CONTRACTORS)
        self._in_person = database.collection(IN_PERSON)
        self._vendors = database.collection(VENDORS)
        self._rate_cards = database.collection(RATE_CARDS)

    async def projects(
        self, project_ids: Iterable[str], *, session: Session | None = None
    ) -> dict[str, Project]:
        """Those that are known."""
        found = await find_by_id(self._projects, project_ids, session=session)
        return {project_id: _project(document) for project_id, document in found.items()}

    async def contractors(
        self, contractor_ids: Iterable[str], *, session: Session | None = None
    ) -> dict[str, Contractor]:
        """Those that are known."""
        found = await find_by_id(self._contractors, contractor_ids, session=session)
        return {contractor_id: _contractor(document) for contractor_id, document in found.items()}

    async def pay_in_person(self, contractor_id: str, *, session: Session) -> None:
        """Notes that somebody is owed money that no vendor passes on."""
        await self._in_person.update_one(
            {"_id": contractor_id},
            {"$setOnInsert": {"_id": contractor_id}},
            upsert=True,
            session=session,
        )

    async def is_paid_in_person(self, contractor_id: str) -> bool:
        """Whether a vendor's contractor is also paid in person."""
        return await self._in_person.find_one({"_id": contractor_id}) is not None

    async def contractors_of(self, organisation_id: str, *, after: str, limit: int) -> list[str]:
        """The ids of an organisation's contractors, in their order."""
        found = self._contractors.find(
            {"organisation_id": organisation_id, "_id": {"$gt": after}}, {"_id": 1}
        )
        documents = await found.sort("_id", ASCENDING).limit(limit).to_list(limit)
        return [document["_id"] for document in documents]

    async def countries(self, *, session: Session | None = None) -> set[str]:
        """Where contractors are, whoever engages them."""
        found = await self._contractors.distinct("country", session=session)
        return {country for country in found if country}

    async def vendors(
        self, vendor_ids: Iterable[str], *, session: Session | None = None
    ) -> dict[str, Vendor]:
        """Those that are known."""
        found = await find_by_id(self._vendors, vendor_ids, session=session)
        return {
            vendor_id: Vendor(
                vendor_id=vendor_id,
                country=document["country"],
                state=document["state"],
                # News of before names says none.
                legal_name=document.get("legal_name", ""),
            )
            for vendor_id, document in found.items()
        }

    async def rates_bps(
        self, vendor_ids: Iterable[str], *, session: Session | None = None
    ) -> dict[str, dict[int, int]]:
        """Commissions by kind of work, of those vendors that have a rate card."""
        found = await find_by_id(self._rate_cards, vendor_ids, session=session)
        return {
            vendor_id: {int(kind): bps for kind, bps in document["rates_bps"].items()}
            for vendor_id, document in found.items()
        }

    async def put_projects(self, documents: Sequence[Document], *, session: Session) -> None:
        """Projects never change what they pay: the first news of each is kept."""
        await put_newest(self._projects, documents, session=session)

    async def put_contractors(self, documents: Sequence[Document], *, session: Session) -> None:
        """Newer versions replace older ones."""
        await put_newest(self._contractors, documents, session=session)

    async def put_vendors(self, documents: Sequence[Document], *, session: Session) -> None:
        """Newer versions replace older ones."""
        await put_newest(self._vendors, documents, session=session)

    async def put_rate_cards(self, documents: Sequence[Document], *, session: Session) -> None:
        """Newer versions replace older ones."""
        await put_newest(self._rate_cards, documents, session=session)


def _project(document: Document) -> Project:
    return Project(
        project_id=document["_id"],
        client_id=document["client_id"],
        kind=document["kind"],
        pay_units=document["pay_units"],
        currency=document["currency"],
        platform_fee_bps=document["platform_fee_bps"],
        commission_bps_max=document["commission_bps_max"],
        benefits_bps=document["benefits_bps"],
        floor_reserve_bps=document["floor_reserve_bps"],
        name=document.get("name", ""),
        # Projects of before floors say neither.
        countries=tuple(document.get("countries", ())),
        expected_milliseconds=document.get("expected_milliseconds", 0),
        regions=tuple(document.get("regions", ())),
    )


def _contractor(document: Document) -> Contractor:
    return Contractor(
        contractor_id=document["_id"],
        organisation_id=document["organisation_id"],
        is_direct=document["is_direct"],
        country=document["country"],
        # Nobody had a region before regions were asked for.
        region=document.get("region", ""),
    )
