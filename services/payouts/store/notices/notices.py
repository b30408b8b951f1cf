"""Endpoints of organisations, and every notice on its way to one of them, each once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from services.chassis.mongo import (
    ASCENDING,
    DESCENDING,
    Document,
    MongoDatabase,
    Session,
    UpdateOne,
)
from services.payouts.domain.notices.notices import (
    ENDPOINTS_MAX,
    Delivery,
    DeliveryState,
    Endpoint,
    NoticeType,
    Receipt,
)
from services.payouts.store.due import take_due
from services.payouts.store.notices.notice_collections import DELIVERIES, ENDPOINTS

_KEPT = timedelta(days=30)
_DUE = "due_by_organisation"


class EndpointStore:
    """Reads and writes endpoints."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._endpoints = database.collection(ENDPOINTS)

    async def insert(self, endpoint: Endpoint, *, session: Session) -> None:
        """A new one."""
        await self._endpoints.insert_one(_endpoint_document(endpoint), session=session)

    async def of(
        self, organisation_ids: Iterable[str], *, session: Session | None = None
    ) -> list[Endpoint]:
        """Those of the organisations, oldest first."""
        wanted = sorted(set(organisation_ids))
        found = self._endpoints.find({"organisation_id": {"$in": wanted}}, session=session)
        ordered = found.sort("_id", ASCENDING).limit(ENDPOINTS_MAX * max(len(wanted), 1))
        return [_endpoint(document) async for document in ordered]

    async def get_many(self, endpoint_ids: Iterable[str]) -> dict[str, Endpoint]:
        """Those that are there."""
        found = self._endpoints.find({"_id": {"$in": sorted(set(endpoint_ids))}})
        return {document["_id"]: _endpoint(document) async for document in found}

    async def replace(self, endpoint: Endpoint, *, session: Session) -> None:
        """One that this transaction has read."""
        await self._endpoints.replace_one(
            {"_id": endpoint.endpoint_id}, _endpoint_document(endpoint), session=session
        )

    async def delete(self, endpoint_id: str, *, session: Session) -> None:
        """It is told nothing any more."""
        await self._endpoints.delete_one({"_id": endpoint_id}, session=session)


class DeliveryStore:
    """Reads and writes deliveries."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._deliveries = database.collection(DELIVERIES)

    async def add(
        self, deliveries: Sequence[Delivery], *, due_at: datetime, session: Session
    ) -> None:
        """Those that are not there yet; those that are not dead already are due."""
        if deliveries:
            await self._deliveries.bulk_write(
                [
                    UpdateOne(
                        {"_id": one.delivery_id},
                        {"$setOnInsert": _delivery_document(one, due_at)},
                        upsert=True,
                    )
                    for one in deliveries
                ],
                session=session,
            )

    async def organisations_due(self, *, now: datetime, after: str, limit: int) -> list[str]:
        """Organisations that something is to be sent to now, in the order of their ids.

        However much waits for one of them, it costs one look into the index.
        """
        found: list[str] = []
        while len(found) < limit:
            query = {
                "organisation_id": {"$gt": found[-1] if found else after},
                "due_at": {"$lte": now},
            }
            nearest = self._deliveries.find(query, {"organisation_id": 1})
            ordered = nearest.sort("organisation_id", ASCENDING).hint(_DUE).limit(1)
            documents = await ordered.to_list(1)
            if not documents:
                break
            found.append(documents[0]["organisation_id"])
        return found

    async def waiting(
        self, organisation_id: str, *, at_most: int, session: Session | None = None
    ) -> int:
        """How many of an organisation's are not done; counted no further than `at_most`."""
        return await self._deliveries.count_documents(
            {"organisation_id": organisation_id, "due_at": {"$exists": True}},
            limit=at_most,
            hint=_DUE,
            session=session,
        )

    async def take(
        self,
        organisation_id: str,
        *,
        now: datetime,
        hold_until: datetime,
        holder: str,
        limit: int,
    ) -> list[Delivery]:
        """What is to be sent to an organisation now."""
        taken = await take_due(
            self._deliveries,
            now=now,
            hold_until=hold_until,
            holder=holder,
            limit=limit,
            only={"organisation_id": organisation_id},
        )
        return [_delivery(document) for document in taken]

    async def tried(
        self,
        delivery: Delivery,
        receipt: Receipt,
        *,
        state: DeliveryState,
        due_at: datetime | None,
        now: datetime,
    ) -> None:
        """What came of a try, unless somebody ordered it anew meanwhile."""
        change: Document = {
            "$set": {
                "state": state.value,
                "tries": delivery.tries + 1,
                "status": receipt.status,
                "error": receipt.error,
                "tried_at": now,
            }
        }
        if due_at is None:
            change["$unset"] = {"due_at": ""}
        else:
            change["$set"]["due_at"] = due_at
        await self._deliveries.update_one(
            {"_id": delivery.delivery_id, "tries": delivery.tries}, change
        )

    async def order_again(
        self, delivery_id: str, *, organisation_id: str, due_at: datetime, session: Session
    ) -> Delivery | None:
        """Begins its tries anew, whatever became of it; None where there is none such."""
        found = await self._deliveries.find_one(
            {"_id": delivery_id, "organisation_id": organisation_id}, session=session
        )
        if found is None:
            return None
        change = {"state": DeliveryState.PENDING.value, "tries": 0, "due_at": due_at}
        await self._deliveries.update_one({"_id": delivery_id}, {"$set": change}, session=session)
        return _delivery({**found, **change})

    async def drop(self, endpoint_id: str, *, session: Session) -> None:
        """What is pending at an endpoint that goes is sent no more."""
        await self._deliveries.update_many(
            {"endpoint_id": endpoint_id, "state": DeliveryState.PENDING.value},
            {"$set": {"state": DeliveryState.DEAD.value, "error": "endpoint deleted"},
             "$unset": {"due_at": ""}},
            session=session,
        )  # fmt: skip

    async def list(
        self,
        organisation_id: str,
        *,
        endpoint_id: str,
        state: DeliveryState | None,
        before: tuple[datetime, str] | None,
        limit: int,
    ) -> list[Delivery]:
        """The newest first."""
        query: Document = {"organisation_id": organisation_id}
        if endpoint_id:
            query["endpoint_id"] = endpoint_id
        if state is not None:
            query["state"] = state.value
        if before is not None:
            at, delivery_id = before
            query["$or"] = [
                {"created_at": {"$lt": at}},
                {"created_at": at, "_id": {"$lt": delivery_id}},
            ]
        order = [("created_at", DESCENDING), ("_id", DESCENDING)]
        found = self._deliveries.find(query).sort(order).limit(limit)
        return [_delivery(document) async for document in found]

    async def count(self) -> dict[DeliveryState, int]:
        """By state; what was delivered is kept for a month, and so is what is dead."""
        found = self._deliveries.aggregate(
            [{"$group": {"_id": "$state", "count": {"$sum": 1}}}], hint="by_state"
        )
        return {DeliveryState(document["_id"]): document["count"] async for document in found}


def _endpoint_document(endpoint: Endpoint) -> Document:
    return {
        "_id": endpoint.endpoint_id,
        "organisation_id": endpoint.organisation_id,
        "url": endpoint.url,
        "types": sorted(endpoint.types),
        "description": endpoint.description,
        "created_at": endpoint.created_at,
        "secret_version": endpoint.secret_version,
        "rotated_at": endpoint.rotated_at,
    }


def _endpoint(document: Document) -> Endpoint:
    return Endpoint(
        endpoint_id=document["_id"],
        organisation_id=document["organisation_id"],
        url=document["url"],
        types=frozenset(NoticeType(kind) for kind in document["types"]),
        description=document["description"],
        created_at=document["created_at"],
        secret_version=document["secret_version"],
        rotated_at=document["rotated_at"],
    )


def _delivery_document(delivery: Delivery, due_at: datetime) -> Document:
    return {
        "notice_id": delivery.notice_id,
        "endpoint_id": delivery.endpoint_id,
        "organisation_id": delivery.organisation_id,
        "type": delivery.type.value,
        "payload": delivery.payload,
        "created_at": delivery.created_at,
        "state": delivery.state.value,
        "tries": delivery.tries,
        "status": delivery.status,
        "error": delivery.error,
        "tried_at": delivery.tried_at,
        **({"due_at": due_at} if delivery.state is DeliveryState.PENDING else {}),
        "expires_at": delivery.created_at + _KEPT,
    }


def _delivery(document: Document) -> Delivery:
    return Delivery(
        delivery_id=document["_id"],
        type=NoticeType(document["type"]),
        state=DeliveryState(document["state"]),
        **{
            name: document[name]
            for name in (
                "notice_id", "endpoint_id", "organisation_id", "payload", "created_at", "tries",
                "status", "error", "tried_at",
            )
        },
    )  # fmt: skip
