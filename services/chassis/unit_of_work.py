"""One transaction: what a batch changes, the events that tell of it, and nothing else.

requests or events -> batch -> one transaction {inserts, guarded updates, outbox} -> replies
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from google.protobuf.message import Message

from services.chassis import metrics
from services.chassis.clock import Clock
from services.chassis.errors import RequestIdReused, StoreUnavailable, WriteContention
from services.chassis.events import OutgoingEvent, outgoing
from services.chassis.ids import NewId
from services.chassis.mongo import (
    ASCENDING,
    CollectionSpec,
    IndexModel,
    MongoDatabase,
    Session,
    is_commit_unknown,
    is_transient,
    store_errors,
)
from services.chassis.tracing import current_traceparent

T = TypeVar("T")
ResponseT = TypeVar("ResponseT", bound=Message)
Committed = Callable[[list[OutgoingEvent]], None]

OUTBOX = "outbox"
REQUESTS = "requests"
_ATTEMPTS_MAX = 12
_COMMIT_SECONDS_MAX = 30.0
_REQUESTS_KEPT_SECONDS = 30 * 24 * 3600

COLLECTIONS = (
    CollectionSpec(name=OUTBOX, indexes=(IndexModel([("recorded_at", ASCENDING)]),)),
    CollectionSpec(
        name=REQUESTS,
        indexes=(
            IndexModel([("recorded_at", ASCENDING)], expireAfterSeconds=_REQUESTS_KEPT_SECONDS),
            # What was answered about a person who is erased; most answers are about nobody.
            IndexModel(
                [("about", ASCENDING)],
                name="about",
                partialFilterExpression={"about": {"$exists": True}},
            ),
        ),
    ),
)


@dataclass(slots=True, kw_only=True)
class UnitOfWork:
    """What a transaction's body works with. It may run several times: keep effects in here."""

    session: Session
    now: datetime
    _new_id: NewId
    _subject_prefix: str
    traceparent: str = ""
    events: list[OutgoingEvent] = field(default_factory=list)
    _afterwards: list[Callable[[], object]] = field(default_factory=list)

    def afterwards(self, count: Callable[[], object]) -> None:
        """Called once the transaction has committed, and not where it is run again or given up.

        For counts and log lines alone: what must happen is an event.
        """
        self._afterwards.append(count)

    def tell_committed(self) -> None:
        """By whoever committed it."""
        for count in self._afterwards:
            count()

    def publish(self, message: Message, *, key: str, event_id: str | None = None) -> None:
        """Queues an event that goes out if, and only if, the transaction commits.

        `event_id` is given where the event has a natural one; `key` is the entity's id.
        """
        self.events.append(
            outgoing(
                message,
                event_id=event_id or self._new_id("evt"),
                key=key,
                now=self.now,
                subject_prefix=self._subject_prefix,
                traceparent=self.traceparent,
            )
        )


class Transactions:
    """Runs bodies in transactions, and tells the outbox relay what was committed."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        clock: Clock,
        new_id: NewId,
        subject_prefix: str = "",
        on_committed: Committed | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._subject_prefix = subject_prefix
        self._on_committed = on_committed
        self._outbox = database.collection(OUTBOX)
        self._requests = database.collection(REQUESTS)

    def tell(self, on_committed: Committed) -> None:
        """Who hears of committed events at once (the relay also finds them by itself)."""
        self._on_committed = on_committed

    async def run(self, body: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Commits what the body wrote, or nothing.

        A write conflict runs the body again; an unclear commit repeats only the commit.

        Errors:
            StoreUnavailable: no answer; the outcome may be unknown, so callers repeat with the
                same natural keys.
            WriteContention: others kept changing the same documents.
        """
        for attempt in range(_ATTEMPTS_MAX):
            if attempt:
                await asyncio.sleep(random.uniform(0, min(0.005 * 2**attempt, 0.5)))
            with store_errors():
                async with self._database.session() as session:
                    done, result, work = await self._attempt(session, body)
            if done:
                if work.events and self._on_committed is not None:
                    self._on_committed(work.events)
                work.tell_committed()
                return result  # type: ignore[return-value]
        raise WriteContention("the same documents kept changing", attempts=_ATTEMPTS_MAX)

    async def run_once(
        self,
        *,
        caller: str,
        method: str,
        request_id: str,
        request: Message,
        response_type: type[ResponseT],
        body: Callable[[UnitOfWork], Awaitable[ResponseT]],
        secrets: tuple[str, ...] = (),
        about: Callable[[ResponseT], Iterable[str]] | None = None,
    ) -> ResponseT:
        """The body's response; a repeat of the request returns the first one (AIP-155).

        Fields named in `secrets` are left out of what is kept, and so of every repeat. `about`
        tells the ids of the people whom a response says something of: see `forget`.

        Errors:
            RequestIdReused: the request_id came before, with another request.
        """
        key = f"{caller}:{method}:{request_id}"
        digest = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()

        async def once(work: UnitOfWork) -> ResponseT:
            known = await self._requests.find_one({"_id": key}, session=work.session)
            if known is not None:
                if known["digest"] != digest:
                    raise RequestIdReused(
                        "request_id was used for another request",
                        field="request_id",
                        request_id=request_id,
                    )
                stored = response_type()
                stored.ParseFromString(known["response"])
                return stored
            response = await body(work)
            kept = response_type()
            kept.CopyFrom(response)
            _clear(kept, secrets)
            row: dict[str, object] = {
                "_id": key,
                "digest": digest,
                "response": kept.SerializeToString(),
                "recorded_at": work.now,
            }
            people = sorted(set(about(kept)) - {""}) if about is not None else []
            if people:
                row["about"] = people
            await self._requests.insert_one(row, session=work.session)
            return response

        return await self.run(once)

    async def forget(self, work: UnitOfWork, person_id: str, *, asked: bool = False) -> None:
        """Removes what is kept of responses about a person; where `asked`, of their own requests.

        A repeat of such a request is a new one: what is true of the person now decides it.
        """
        await self._requests.delete_many({"about": person_id}, session=work.session)
        if asked:
            # Keys begin with the caller, and ids have nothing in them that a pattern would read.
            await self._requests.delete_many(
                {"_id": {"$regex": f"^{re.escape(person_id)}:"}}, session=work.session
            )

    async def _attempt(
        self, session: Session, body: Callable[[UnitOfWork], Awaitable[T]]
    ) -> tuple[bool, T | None, UnitOfWork]:
        work = UnitOfWork(
            session=session,
            now=self._clock(),
            _new_id=self._new_id,
            _subject_prefix=self._subject_prefix,
            traceparent=current_traceparent(),
        )
        self._database.begin(session)
        try:
            result = await body(work)
            if work.events:
                await self._outbox.insert_many(
                    [_row(event) for event in work.events], session=session
                )
        except BaseException as err:
            if session.in_transaction:  # type: ignore[truthy-function]  # a property; its stub is wrong
                await session.abort_transaction()
            if is_transient(err):
                metrics.TRANSACTION_RETRIES_TOTAL.labels("body").inc()
                return False, None, work
            raise
        return (True, result, work) if await self._commit(session) else (False, None, work)

    async def _commit(self, session: Session) -> bool:
        deadline = time.monotonic() + _COMMIT_SECONDS_MAX
        while True:
            try:
                await session.commit_transaction()
            except Exception as err:
                if is_commit_unknown(err) and time.monotonic() < deadline:
                    metrics.TRANSACTION_RETRIES_TOTAL.labels("commit").inc()
                    await asyncio.sleep(0.05)
                    continue
                if is_transient(err):
                    metrics.TRANSACTION_RETRIES_TOTAL.labels("body").inc()
                    return False
                if is_commit_unknown(err):
                    raise StoreUnavailable("the commit's outcome is not known") from err
                raise
            return True


def _row(event: OutgoingEvent) -> dict[str, object]:
    return {
        "_id": event.event_id,
        "subject": event.subject,
        "headers": event.headers,
        "body": event.body,
        "recorded_at": event.recorded_at,
    }


def _clear(message: Message, paths: tuple[str, ...]) -> None:
    for path in paths:
        name, _, rest = path.partition(".")
        if not rest:
            message.ClearField(name)
            continue
        value = getattr(message, name)
        # A repeated field is a sequence, but shows no __iter__ of its own.
        for inner in (value,) if isinstance(value, Message) else value:
            _clear(inner, (rest,))
