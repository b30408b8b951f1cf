"""Collection of pay calendars: every version of the set of them is a document."""

from __future__ import annotations

from services.chassis.mongo import CollectionSpec

PAY_CALENDARS = "pay_calendars"

CALENDAR_COLLECTIONS = (CollectionSpec(name=PAY_CALENDARS),)
