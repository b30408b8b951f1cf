"""What is overdue, one thing after the other: one that cannot be done stops no other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from services.chassis.errors import DomainError, Kind
from services.chassis.logs import logger

log = logger(__name__)

T = TypeVar("T")

_MAY_PASS = frozenset({Kind.UNAVAILABLE, Kind.CONFLICT, Kind.EXHAUSTED})


async def each(what: str, ids: Iterable[str], do: Callable[[str], Awaitable[T]]) -> list[T]:
    """What came of those that went well.

    What a domain refuses is logged and tried again with the next look; where nothing goes just now
    (no database) the rest waits.

    Errors:
        StoreUnavailable and its like.
    """
    found = []
    for one in ids:
        try:
            found.append(await do(one))
        except DomainError as err:
            if err.kind in _MAY_PASS:
                raise
            log.exception("overdue.failed", what=what, id=one, reason=err.reason)
    return found
