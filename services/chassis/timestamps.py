"""datetime to protobuf and back, aware and in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.errors import FieldsInvalid, FieldViolation


@lru_cache(maxsize=1024)
def timestamp(moment: datetime) -> Timestamp:
    """A Timestamp of an aware datetime; not to be changed, as a batch shares its moments."""
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def moment(message: Timestamp, *, field: str = "") -> datetime:
    """An aware datetime of a Timestamp, cut to the milliseconds that the database keeps.

    Errors:
        FieldsInvalid: it lies outside the years 1 to 9999, or its nanoseconds outside a second.
    """
    try:
        found = message.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as err:
        violation = FieldViolation(field=field, description="no time of the years 1 to 9999")
        raise FieldsInvalid([violation]) from err
    return found.replace(microsecond=found.microsecond // 1000 * 1000)
