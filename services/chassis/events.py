"""Events as they travel: a protobuf body, CloudEvents names in the headers, one subject a key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Generic, TypeVar

from google.protobuf.message import Message

from services.chassis.tracing import TRACEPARENT

HEADER_MESSAGE_ID = "Nats-Msg-Id"
EVENT_BYTES_MAX = 900_000  # the bus refuses 1 MiB; headers need some of it


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingEvent:
    """An event on its way to the bus; its id makes a second publish nothing."""

    event_id: str
    subject: str
    headers: dict[str, str]
    body: bytes
    recorded_at: datetime


MessageT = TypeVar("MessageT", bound=Message)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingEvent(Generic[MessageT]):
    """An event as a handler sees it."""

    event_id: str
    time: datetime
    message: MessageT
    deliveries: int
    traceparent: str = ""


def outgoing(
    message: Message,
    *,
    event_id: str,
    key: str,
    now: datetime,
    subject_prefix: str = "",
    traceparent: str = "",
) -> OutgoingEvent:
    """Packs a message.

    `key` is the last token of the subject, usually the id of the entity that it is about.

    Errors:
        ValueError: the body is larger than the bus takes; the caller must split its batch.
    """
    body = message.SerializeToString()
    if len(body) > EVENT_BYTES_MAX:
        raise ValueError(f"{message.DESCRIPTOR.full_name} of {len(body)} bytes is too large")
    full_name = message.DESCRIPTOR.full_name
    headers = {
        HEADER_MESSAGE_ID: event_id,
        "ce-specversion": "1.0",
        "ce-id": event_id,
        "ce-type": full_name,
        "ce-source": "/" + full_name.split(".")[1],
        "ce-time": now.astimezone(UTC).isoformat(),
    }
    if traceparent:
        headers[TRACEPARENT] = traceparent
    return OutgoingEvent(
        event_id=event_id,
        subject=f"{subject_of(full_name, prefix=subject_prefix)}.{_token(key)}",
        headers=headers,
        body=body,
        recorded_at=now,
    )


def incoming(
    kind: type[MessageT], body: bytes, headers: Mapping[str, str], *, deliveries: int
) -> IncomingEvent[MessageT]:
    """Unpacks a message.

    Errors:
        ValueError: the headers or the body are not what `kind` needs.
    """
    expected = kind.DESCRIPTOR.full_name
    if headers.get("ce-type") != expected:
        raise ValueError(f"ce-type is {headers.get('ce-type')!r}, expected {expected}")
    message = kind()
    try:
        message.ParseFromString(body)
    except Exception as err:  # the runtime's DecodeError has no public base but Exception
        raise ValueError(f"body is not a {expected}") from err
    return IncomingEvent(
        event_id=headers["ce-id"],
        time=datetime.fromisoformat(headers["ce-time"]),
        message=message,
        deliveries=deliveries,
        traceparent=headers.get(TRACEPARENT, ""),
    )


@cache
def subject_of(full_name: str, *, prefix: str = "") -> str:
    """`crewline.broker.v1.AnswersSubmitted` -> `crewline.broker.v1.answers_submitted`."""
    package, _, name = full_name.rpartition(".")
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return f"{prefix}.{package}.{snake}" if prefix else f"{package}.{snake}"


def _token(key: str) -> str:
    # Dots, blanks and wildcards would change the subject's shape.
    return re.sub(r"[^A-Za-z0-9_-]", "-", key) or "-"
