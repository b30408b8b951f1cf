"""Pay periods: one is open; those that were ended are sealed in their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.chassis.mongo import ASCENDING, DESCENDING, Document, MongoDatabase, Session
from services.payouts.domain.statements.statements import PayPeriod, PeriodState
from services.payouts.store.payments.rail_collections import PERIODS

_ID_DIGITS = 6
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
# An open period ends when somebody says so; until then at the end of time.
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRecord:
    """A period, how it was ended, and what came of it."""

    number: int
    period: PayPeriod
    minimum_minor: int = 0
    statements: int = 0
    minimums_minor: Mapping[str, int] = field(default_factory=dict)
    """By currency, as they were when it ended; `minimum_minor` comes before them."""
    is_automatic: bool = False
    """A calendar ended it: whoever has none is not due."""
    calendars_version: int = 0
    """Whose spans decide who is due."""
    set_aside: tuple[str, ...] = ()
    """Clearing items that were too old when it ended, and acknowledged: account and group."""

    @property
    def period_id(self) -> str:
        """Its name."""
        return self.period.period_id

    @property
    def previous_id(self) -> str:
        """The period before it; it may not exist."""
        return period_id_of(self.number - 1)

    def least_minor(self, currency: str) -> int:
        """The least total that is stated."""
        return self.minimum_minor or self.minimums_minor.get(currency, 0)

    @property
    def recorded_from(self) -> datetime:
        """From when on what was accrued counts into it: the first takes all there is."""
        return _EVER if self.number == 1 else self.period.starts_at


def period_id_of(number: int) -> str:
    """Short, for it is part of every statement's id; in order as text."""
    return f"pp_{number:0{_ID_DIGITS}d}"


def open_period(number: int, *, starts_at: datetime) -> PeriodRecord:
    """A period that has just begun."""
    return PeriodRecord(
        number=number,
        period=PayPeriod(period_id=period_id_of(number), starts_at=starts_at, ends_at=_NEVER),
    )


class PeriodStore:
    """Reads and writes pay periods."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._periods = database.collection(PERIODS)

    async def get(self, period_id: str, *, session: Session | None = None) -> PeriodRecord | None:
        """None where there is none."""
        found = await self._periods.find_one({"_id": period_id}, session=session)
        return None if found is None else _record(found)

    async def current(self, *, session: Session | None = None) -> PeriodRecord | None:
        """The open one; None before there ever was one."""
        found = await self._periods.find_one({"state": PeriodState.OPEN.value}, session=session)
        return None if found is None else _record(found)

    async def at(self, moment: datetime, *, session: Session | None = None) -> PeriodRecord | None:
        """The one that what was recorded then counts into: the first takes all before it too."""
        for order, query in (
            (DESCENDING, {"starts_at": {"$lte": moment}}),
            (ASCENDING, {}),
        ):
            ordered = self._periods.find(query, session=session).sort("_id", order)
            found = await ordered.limit(1).to_list(1)
            if found:
                return _record(found[0])
        return None

    async def newest(self, *, before: str, limit: int) -> list[PeriodRecord]:
        """Newest first; `before` is a period's id, or empty."""
        query: Document = {"_id": {"$lt": before}} if before else {}
        found = self._periods.find(query).sort("_id", DESCENDING).limit(limit)
        return [_record(document) for document in await found.to_list(limit)]

    async def oldest_closing(self) -> PeriodRecord | None:
        """The one whose statements are to be made before any later one's."""
        found = (
            await self._periods.find({"state": PeriodState.CLOSING.value})
            .sort("_id", ASCENDING)
            .limit(1)
            .to_list(1)
        )
        return _record(found[0]) if found else None

    async def last_closed(self) -> str | None:
        """The id of the last one whose statements are all made; None where there is none."""
        found = (
            await self._periods.find({"state": PeriodState.CLOSED.value}, {"_id": 1})
            .sort("_id", DESCENDING)
            .limit(1)
            .to_list(1)
        )
        return found[0]["_id"] if found else None

    async def closed_among(self, ids: Iterable[str]) -> set[str]:
        """Those whose statements are all made."""
        found = self._periods.find(
            {"_id": {"$in": list(ids)}, "state": PeriodState.CLOSED.value}, {"_id": 1}
        )
        return {document["_id"] async for document in found}

    async def insert(self, record: PeriodRecord, *, session: Session) -> None:
        """A new one."""
        await self._periods.insert_one(_document(record), session=session)

    async def replace(self, record: PeriodRecord, *, session: Session) -> None:
        """The next state of one that this transaction has read."""
        await self._periods.replace_one(
            {"_id": record.period_id}, _document(record), session=session
        )


def _document(record: PeriodRecord) -> Document:
    return {
        "_id": record.period_id,
        "number": record.number,
        "starts_at": record.period.starts_at,
        "ends_at": record.period.ends_at,
        "state": record.period.state.value,
        "minimum_minor": record.minimum_minor,
        "statements": record.statements,
        "minimums_minor": dict(record.minimums_minor),
        "is_automatic": record.is_automatic,
        "calendars_version": record.calendars_version,
        "set_aside": list(record.set_aside),
    }


def _record(document: Document) -> PeriodRecord:
    return PeriodRecord(
        number=document["number"],
        period=PayPeriod(
            period_id=document["_id"],
            starts_at=document["starts_at"],
            ends_at=document["ends_at"],
            state=PeriodState(document["state"]),
        ),
        minimum_minor=document["minimum_minor"],
        statements=document["statements"],
        minimums_minor=document.get("minimums_minor", {}),
        is_automatic=document.get("is_automatic", False),
        calendars_version=document.get("calendars_version", 0),
        set_aside=tuple(document.get("set_aside", ())),
    )
