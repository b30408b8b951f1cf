"""datetime to protobuf and back, aware and in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp


def timestamp(moment: datetime) -> Timestamp:
    """A Timestamp of an aware datetime."""
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def moment(message: Timestamp) -> datetime:
    """An aware datetime of a Timestamp, cut to the milliseconds that the database keeps."""
    found = message.ToDatetime(tzinfo=UTC)
    return found.replace(microsecond=found.microsecond // 1000 * 1000)
