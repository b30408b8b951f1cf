"""What the vendors service has told of contractors, vendors and their rates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.broker.domain.contractors import DIRECT, Contractor
from services.broker.domain.limits import Limits
from services.broker.store.collections import CONTRACTORS, LIMITS, RATE_CARDS, VENDORS
from services.chassis.mongo import Document, MongoDatabase, Session
from services.chassis.projections import find_by_id, put_newest


class ContractorStore:
    """Projections: each document is the newest version that has arrived."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._contractors = database.collection(CONTRACTORS)
        self._vendors = database.collection(VENDORS)
        self._rate_cards = database.collection(RATE_CARDS)
        self._limits = database.collection(LIMITS)

    async def get_many(self, contractor_ids: Iterable[str]) -> dict[str, Contractor]:
        """Those that are known, with what is known of their vendors."""
        contractors = await find_by_id(self._contractors, contractor_ids)
        vendor_ids = {
            document["organisation_id"]
            for document in contractors.values()
            if document["engagement"] != DIRECT
        }
        vendors = await find_by_id(self._vendors, vendor_ids)
        rate_cards = await find_by_id(self._rate_cards, vendor_ids)
        return {
            contractor_id: _contractor(
                document,
                vendors.get(document["organisation_id"], {}),
                rate_cards.get(document["organisation_id"], {}),
            )
            for contractor_id, document in contractors.items()
        }

    async def put_contractors(self, documents: Sequence[Document], *, session: Session) -> None:
        """Newer versions replace older ones."""
        await put_newest(self._contractors, documents, session=session)

    async def put_vendors(self, documents: Sequence[Document], *, session: Session) -> None:
        """Newer versions replace older ones."""
        await put_newest(self._vendors, documents, session=session)

    async def put_rate_cards(self, documents: Sequence[Document], *, session: Session) -> None:
        """Newer versions replace older ones."""
        await put_newest(self._rate_cards, documents, session=session)

    async def limits(self, keys: Iterable[str]) -> dict[str, Limits]:
        """Those that there are, by key."""
        found = await find_by_id(self._limits, keys)
        return {key: _limits(document) for key, document in found.items()}

    async def put_limits(self, documents: Sequence[Document], *, session: Session) -> None:
        """Newer versions replace older ones."""
        await put_newest(self._limits, documents, session=session)


def _limits(document: Document) -> Limits:
    return Limits(
        project_id=document["project_id"],
        contractor_id=document["contractor_id"],
        gold_share=document["gold_share"],
        # What was told before there were these has none of them.
        gold_share_max=document.get("gold_share_max", 0.0),
        extra_gold_until=document.get("extra_gold_until"),
        restricted_until=document.get("restricted_until"),
        paused_until=document["paused_until"],
        reason=document["reason"],
        explanation=document["explanation"],
    )


def _contractor(document: Document, vendor: Document, rate_card: Document) -> Contractor:
    is_direct = document["engagement"] == DIRECT
    return Contractor(
        contractor_id=document["_id"],
        organisation_id=document["organisation_id"],
        engagement=document["engagement"],
        country=document["country"],
        languages=frozenset(document["languages"]),
        skills=frozenset(document["skills"]),
        is_active=document["is_active"],
        vendor_is_approved=is_direct or vendor.get("is_approved", False),
        commission_bps={int(kind): bps for kind, bps in rate_card.get("rates", {}).items()},
        # Nobody had a region before regions were asked for.
        region=document.get("region", ""),
    )
