"""Notifications as they came, each once, and which of them are still to be looked into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.chassis.mongo import (
    BulkWriteError,
    Document,
    MongoDatabase,
    UpdateOne,
    duplicate_positions,
)
from services.payouts.domain.payments.rail_objects import Notification
from services.payouts.store.due import take_due
from services.payouts.store.payments.rail_collections import WEBHOOKS

# Stripe itself keeps events for 30 days; ours are kept for disputes about what we were told.
_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A verified notification, byte for byte."""

    notification: Notification
    endpoint: str
    payload: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A notification that nobody has looked into yet."""

    notification: Notification
    tries: int


class WebhookStore:
    """Reads and writes notifications."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._webhooks = database.collection(WEBHOOKS)

    async def insert(self, received: Sequence[Received]) -> list[bool]:
        """For each whether it is new; all are durable then."""
        try:
            await self._webhooks.insert_many([_document(one) for one in received], ordered=False)
        except BulkWriteError as err:
            known = duplicate_positions(err)
            return [place not in known for place in range(len(received))]
        return [True] * len(received)

    async def take(
        self, *, now: datetime, hold_until: datetime, holder: str, limit: int
    ) -> list[Pending]:
        """Notifications to look into now."""
        taken = await take_due(
            self._webhooks, now=now, hold_until=hold_until, holder=holder, limit=limit
        )
        return [
            Pending(
                notification=Notification(
                    event_id=document["_id"],
                    type=document["type"],
                    object_id=document["object_id"],
                    account_id=document["account_id"],
                ),
                tries=document["tries"],
            )
            for document in taken
        ]

    async def handled(self, outcomes: Sequence[tuple[Notification, str]], *, now: datetime) -> None:
        """They need nothing more, ever, each with its outcome.

        What they told is kept for disputes about money; what they told of a person is not.
        """
        if outcomes:
            await self._webhooks.bulk_write(
                [
                    UpdateOne(
                        {"_id": notification.event_id},
                        {
                            "$set": {
                                "outcome": outcome,
                                "handled_at": now,
                                "expires_at": now + _KEPT,
                                **({"payload": b""} if notification.tells_of_person else {}),
                            },
                            "$unset": {"due_at": ""},
                        },
                    )
                    for notification, outcome in outcomes
                ],
                ordered=False,
            )

    async def retry(self, event_id: str, *, at: datetime, error: str) -> None:
        """Looks into it again later."""
        await self._webhooks.update_one(
            {"_id": event_id}, {"$set": {"due_at": at, "error": error}, "$inc": {"tries": 1}}
        )

    async def count_pending(self) -> int:
        """Notifications that wait."""
        return await self._webhooks.count_documents({"due_at": {"$exists": True}})


def _document(received: Received) -> Document:
    notification = received.notification
    return {
        "_id": notification.event_id,
        "type": notification.type,
        "object_id": notification.object_id,
        "account_id": notification.account_id,
        "endpoint": received.endpoint,
        "payload": received.payload,
        "received_at": received.received_at,
        "due_at": received.received_at,
        "tries": 0,
    }
