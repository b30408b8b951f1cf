"""Pay calendars: sets that are never changed, named by their version."""

from __future__ import annotations

from datetime import date, datetime

from services.chassis.mongo import DESCENDING, Document, MongoDatabase, Session
from services.payouts.domain.statements.pay_calendars import Cadence, CalendarSet, PayCalendar
from services.payouts.store.statements.calendar_collections import PAY_CALENDARS


class PayCalendarStore:
    """Reads and writes sets of calendars."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._sets = database.collection(PAY_CALENDARS)

    async def newest(self, *, session: Session | None = None) -> CalendarSet:
        """Those that hold now; an empty set before there ever was one."""
        found = (
            await self._sets.find({}, session=session).sort("_id", DESCENDING).limit(1).to_list(1)
        )
        return _set(found[0]) if found else CalendarSet()

    async def version(self, version: int, *, session: Session | None = None) -> CalendarSet:
        """Those of a version, which somebody has noted before."""
        if not version:
            return CalendarSet()
        found = await self._sets.find_one({"_id": version}, session=session)
        if found is None:
            raise LookupError(f"no pay calendars of version {version}")
        return _set(found)

    async def insert(self, calendars: CalendarSet, *, at: datetime, session: Session) -> None:
        """The version after the newest; of two writers one is run again by the database."""
        await self._sets.insert_one(
            {
                "_id": calendars.version,
                "recorded_at": at,
                "calendars": [_packed(one) for one in calendars.calendars],
            },
            session=session,
        )


def _set(document: Document) -> CalendarSet:
    return CalendarSet(
        version=document["_id"],
        calendars=tuple(map(_unpacked, document["calendars"])),
        since=document["recorded_at"],
    )


def _packed(calendar: PayCalendar) -> Document:
    return {
        "calendar_id": calendar.calendar_id,
        "cadence": calendar.cadence.value,
        "anchor": calendar.anchor.isoformat(),
        "zone": calendar.zone,
        "pay_after_business_days": calendar.pay_after_business_days,
        "holidays_country": calendar.holidays_country,
        "countries": sorted(calendar.countries),
        "payee_ids": sorted(calendar.payee_ids),
    }


def _unpacked(packed: Document) -> PayCalendar:
    return PayCalendar(
        calendar_id=packed["calendar_id"],
        cadence=Cadence(packed["cadence"]),
        anchor=date.fromisoformat(packed["anchor"]),
        zone=packed["zone"],
        pay_after_business_days=packed["pay_after_business_days"],
        holidays_country=packed["holidays_country"],
        countries=frozenset(packed["countries"]),
        payee_ids=frozenset(packed["payee_ids"]),
    )
