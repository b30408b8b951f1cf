"""Vendors, rate cards and contractors as documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from services.chassis.mongo import (
    ASCENDING,
    DESCENDING,
    CollectionSpec,
    Document,
    IndexModel,
    MongoDatabase,
    Session,
    store_errors,
)
from services.vendors.domain.contractors import Contractor, ContractorState, Engagement, Erasure
from services.vendors.domain.histories import RegionChange, StateChange
from services.vendors.domain.rate_cards import Rate, RateCard, WorkKind
from services.vendors.domain.vendors import Vendor, VendorState

_VENDORS = "vendors"
_RATE_CARDS = "rate_cards"
_CONTRACTORS = "contractors"

COLLECTIONS: tuple[CollectionSpec, ...] = (
    CollectionSpec(
        name=_VENDORS, indexes=(IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),)
    ),
    CollectionSpec(
        name=_RATE_CARDS,
        indexes=(IndexModel([("vendor_id", ASCENDING), ("version", DESCENDING)], unique=True),),
    ),
    CollectionSpec(
        # The id follows from (organisation_id, external_id): it is their unique key as well.
        name=_CONTRACTORS,
        indexes=(IndexModel([("organisation_id", ASCENDING), ("_id", ASCENDING)]),),
    ),
)


class VendorsStore:
    """Reads outside a transaction take no session; everything else takes its transaction's."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._vendors = database.collection(_VENDORS)
        self._rate_cards = database.collection(_RATE_CARDS)
        self._contractors = database.collection(_CONTRACTORS)

    async def vendor(self, vendor_id: str, *, session: Session | None = None) -> Vendor | None:
        with store_errors():
            row = await self._vendors.find_one({"_id": vendor_id}, session=session)
        return _vendor(row) if row is not None else None

    async def vendors(self, *, state: VendorState | None, after: str, limit: int) -> list[Vendor]:
        wanted: dict[str, Any] = {"_id": {"$gt": after}}
        if state is not None:
            wanted["state"] = state.value
        with store_errors():
            cursor = self._vendors.find(wanted).sort("_id", ASCENDING).limit(limit)
            rows = await cursor.to_list(limit)
        return [_vendor(row) for row in rows]

    async def add_vendor(self, vendor: Vendor, *, session: Session) -> None:
        await self._vendors.insert_one(
            {
                "_id": vendor.vendor_id,
                "legal_name": vendor.legal_name,
                "country": vendor.country,
                "contact_email": vendor.contact_email,
                "state": vendor.state.value,
                "history": [_change_row(change) for change in vendor.history],
                "version": vendor.version,
                "created_at": vendor.created_at,
            },
            session=session,
        )

    async def change_vendor(self, vendor: Vendor, *, session: Session) -> None:
        """Writes the newest step; the transaction has read the version before it."""
        await self._vendors.update_one(
            {"_id": vendor.vendor_id, "version": vendor.version - 1},
            _step(vendor.state.value, vendor.history[-1]),
            session=session,
        )

    async def rate_card(self, vendor_id: str, *, session: Session | None = None) -> RateCard | None:
        """The newest version."""
        with store_errors():
            row = await self._rate_cards.find_one(
                {"vendor_id": vendor_id}, sort=[("version", DESCENDING)], session=session
            )
        if row is None:
            return None
        return RateCard(
            vendor_id=row["vendor_id"],
            version=row["version"],
            rates=tuple(
                Rate(kind=WorkKind(rate["kind"]), commission_bps=rate["commission_bps"])
                for rate in row["rates"]
            ),
            effective_at=row["effective_at"],
        )

    async def add_rate_card(self, card: RateCard, *, session: Session) -> None:
        await self._rate_cards.insert_one(
            {
                "_id": f"{card.vendor_id}:{card.version}",
                "vendor_id": card.vendor_id,
                "version": card.version,
                "rates": [
                    {"kind": rate.kind.value, "commission_bps": rate.commission_bps}
                    for rate in card.rates
                ],
                "effective_at": card.effective_at,
            },
            session=session,
        )

    async def contractor(
        self, contractor_id: str, *, session: Session | None = None
    ) -> Contractor | None:
        with store_errors():
            row = await self._contractors.find_one({"_id": contractor_id}, session=session)
        return _contractor(row) if row is not None else None

    async def contractors(
        self, *, organisation_id: str, after: str, limit: int
    ) -> list[Contractor]:
        """Of one organisation, or with an empty id of all."""
        wanted: dict[str, Any] = {"_id": {"$gt": after}}
        if organisation_id:
            wanted["organisation_id"] = organisation_id
        with store_errors():
            cursor = self._contractors.find(wanted).sort("_id", ASCENDING).limit(limit)
            rows = await cursor.to_list(limit)
        return [_contractor(row) for row in rows]

    async def add_contractors(self, contractors: Sequence[Contractor], *, session: Session) -> None:
        await self._contractors.insert_many(
            [_contractor_row(contractor) for contractor in contractors], session=session
        )

    async def change_contractor(self, contractor: Contractor, *, session: Session) -> None:
        """Writes the newest step; the transaction has read the version before it."""
        await self._contractors.update_one(
            {"_id": contractor.contractor_id, "version": contractor.version - 1},
            _step(contractor.state.value, contractor.history[-1]),
            session=session,
        )

    async def move_contractor(self, contractor: Contractor, *, session: Session) -> None:
        """Writes the newest region; the transaction has read the version before it."""
        await self._contractors.update_one(
            {"_id": contractor.contractor_id, "version": contractor.version - 1},
            {
                "$set": {"region": contractor.region},
                "$inc": {"version": 1},
                "$push": {"region_history": _move_row(contractor.region_history[-1])},
            },
            session=session,
        )

    async def known_contractors(
        self, ids: Sequence[str], *, session: Session
    ) -> dict[str, Contractor]:
        """Those of the ids that are there, as they are."""
        rows = await self._contractors.find({"_id": {"$in": list(ids)}}, session=session).to_list(
            len(ids)
        )
        return {row["_id"]: _contractor(row) for row in rows}

    async def replace_contractor(self, contractor: Contractor, *, session: Session) -> None:
        """All of it anew, with nothing of before; the transaction has read the version before."""
        await self._contractors.replace_one(
            {"_id": contractor.contractor_id, "version": contractor.version - 1},
            _contractor_row(contractor),
            session=session,
        )


def _step(state: str, change: StateChange) -> dict[str, Any]:
    # The history is pushed to and never written anew: it only grows.
    return {
        "$set": {"state": state},
        "$inc": {"version": 1},
        "$push": {"history": _change_row(change)},
    }


def _vendor(row: Document) -> Vendor:
    return Vendor(
        vendor_id=row["_id"],
        legal_name=row["legal_name"],
        country=row["country"],
        contact_email=row["contact_email"],
        state=VendorState(row["state"]),
        history=tuple(_change(change) for change in row["history"]),
        version=row["version"],
        created_at=row["created_at"],
    )


def _contractor(row: Document) -> Contractor:
    return Contractor(
        contractor_id=row["_id"],
        organisation_id=row["organisation_id"],
        engagement=Engagement(row["engagement"]),
        external_id=row["external_id"],
        name=row["name"],
        email=row["email"],
        country=row["country"],
        languages=tuple(row["languages"]),
        skills=tuple(row["skills"]),
        state=ContractorState(row["state"]),
        history=tuple(_change(change) for change in row["history"]),
        version=row["version"],
        created_at=row["created_at"],
        # Those of before regions were asked for have none.
        region=row.get("region", ""),
        region_history=tuple(
            RegionChange(
                from_region=change["from"],
                to_region=change["to"],
                changed_at=change["at"],
                actor=change["actor"],
                reason=change["reason"],
            )
            for change in row.get("region_history", ())
        ),
        erasure=Erasure(**row["erasure"]) if "erasure" in row else None,
    )


def _contractor_row(contractor: Contractor) -> Document:
    row: Document = {
        "_id": contractor.contractor_id,
        "organisation_id": contractor.organisation_id,
        "engagement": contractor.engagement.value,
        "external_id": contractor.external_id,
        "name": contractor.name,
        "email": contractor.email,
        "country": contractor.country,
        "languages": list(contractor.languages),
        "skills": list(contractor.skills),
        "state": contractor.state.value,
        "history": [_change_row(change) for change in contractor.history],
        "version": contractor.version,
        "created_at": contractor.created_at,
        "region": contractor.region,
    }
    if contractor.region_history:
        row["region_history"] = [_move_row(change) for change in contractor.region_history]
    if contractor.erasure is not None:
        row["erasure"] = asdict(contractor.erasure)
    return row


def _move_row(change: RegionChange) -> dict[str, Any]:
    return {
        "from": change.from_region,
        "to": change.to_region,
        "at": change.changed_at,
        "actor": change.actor,
        "reason": change.reason,
    }


def _change(row: Document) -> StateChange:
    return StateChange(
        from_state=row["from_state"],
        to_state=row["to_state"],
        changed_at=row["changed_at"],
        actor=row["actor"],
        reason=row["reason"],
    )


def _change_row(change: StateChange) -> Document:
    return {
        "from_state": change.from_state,
        "to_state": change.to_state,
        "changed_at": change.changed_at,
        "actor": change.actor,
        "reason": change.reason,
    }
