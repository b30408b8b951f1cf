"""What vendors have recorded as passed on, and its sums."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time

from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session
from services.payouts.domain.fairness.pass_throughs import PassThrough, PassThroughState
from services.payouts.domain.ledger.accounts import Purpose
from services.payouts.store.answers.earnings import Payable
from services.payouts.store.collections import BALANCES
from services.payouts.store.fairness.floor_collections import HANDOVERS


class PassThroughStore:
    """Reads and writes them."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._handovers = database.collection(HANDOVERS)
        self._balances = database.collection(BALANCES)

    async def get(self, pass_through_id: str, *, session: Session) -> PassThrough | None:
        """None where there is none."""
        found = await self._handovers.find_one({"_id": pass_through_id}, session=session)
        return None if found is None else _pass_through(found)

    async def has_reference(self, vendor_id: str, reference: str, *, session: Session) -> bool:
        """Whether the vendor has recorded it before, and not withdrawn it."""
        query = {"vendor_id": vendor_id, "reference": reference}
        return await self._handovers.find_one(query, {"_id": 1}, session=session) is not None

    async def insert(self, one: PassThrough, *, session: Session) -> None:
        """A new one."""
        await self._handovers.insert_one(_document(one), session=session)

    async def replace(self, one: PassThrough, *, session: Session) -> None:
        """What is said of one that this transaction has read."""
        await self._handovers.replace_one(
            {"_id": one.pass_through_id}, _document(one), session=session
        )

    async def page(
        self, *, vendor_id: str, contractor_id: str, after: str, limit: int
    ) -> list[PassThrough]:
        """In the order of recording. Empty: of all."""
        query: Document = {"_id": {"$gt": after}}
        if vendor_id:
            query["vendor_id"] = vendor_id
        if contractor_id:
            query["contractor_id"] = contractor_id
        found = self._handovers.find(query).sort("_id", ASCENDING).limit(limit)
        return [_pass_through(document) for document in await found.to_list(limit)]

    async def payables(self, vendor_id: str, *, after: str, limit: int) -> list[Payable]:
        """Accounts of those who ever earned through a vendor, by contractor and currency."""
        found = self._balances.find(
            {
                "vendor_id": vendor_id,
                "purpose": Purpose.VENDOR_PAYABLE.value,
                "_id": {"$gt": after},
            }
        )
        documents = await found.sort("_id", ASCENDING).limit(limit).to_list(limit)
        return [
            Payable(
                account=document["_id"],
                contractor_id=document["contractor_id"],
                vendor_id=vendor_id,
                currency=document["currency"],
                amount_units=-document["amount_units"],
            )
            for document in documents
        ]

    async def sums(
        self, vendor_id: str, contractor_ids: Iterable[str], *, session: Session
    ) -> dict[tuple[str, str, PassThroughState], int]:
        """By contractor, currency and what the contractor says."""
        found = self._handovers.aggregate(
            [
                {
                    "$match": {
                        "vendor_id": vendor_id,
                        "contractor_id": {"$in": list(contractor_ids)},
                    }
                },
                {
                    "$group": {
                        "_id": {
                            "contractor_id": "$contractor_id",
                            "currency": "$currency",
                            "state": "$state",
                        },
                        "amount_units": {"$sum": "$amount_units"},
                    }
                },
            ],
            session=session,
        )
        return {
            (
                document["_id"]["contractor_id"],
                document["_id"]["currency"],
                PassThroughState(document["_id"]["state"]),
            ): document["amount_units"]
            async for document in found
        }


def _document(one: PassThrough) -> Document:
    document: Document = {
        "_id": one.pass_through_id,
        "vendor_id": one.vendor_id,
        "contractor_id": one.contractor_id,
        "currency": one.currency,
        "amount_units": one.amount_units,
        "paid_on": datetime.combine(one.paid_on, time(), tzinfo=UTC),
        "reference": one.reference,
        "recorded_by": one.recorded_by,
        "recorded_at": one.recorded_at,
        "state": one.state.value,
        "dispute": one.dispute,
        "answered_at": one.answered_at,
    }
    if one.state is PassThroughState.WITHDRAWN:
        # Its reference is free for the record that is right: of one vendor each is there once.
        document |= {
            "reference": f"withdrawn {one.pass_through_id}",
            "withdrawn_reference": one.reference,
            "withdrawn_because": one.withdrawn_because,
        }
    return document


def _pass_through(document: Document) -> PassThrough:
    state = PassThroughState(document["state"])
    is_withdrawn = state is PassThroughState.WITHDRAWN
    return PassThrough(
        pass_through_id=document["_id"],
        vendor_id=document["vendor_id"],
        contractor_id=document["contractor_id"],
        currency=document["currency"],
        amount_units=document["amount_units"],
        paid_on=document["paid_on"].date(),
        reference=document["withdrawn_reference"] if is_withdrawn else document["reference"],
        recorded_by=document["recorded_by"],
        recorded_at=document["recorded_at"],
        state=state,
        dispute=document["dispute"],
        answered_at=document["answered_at"],
        withdrawn_because=document.get("withdrawn_because", ""),
    )
