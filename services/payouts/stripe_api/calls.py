"""What every call to Stripe comes to: one answer, told apart by status, type and code, not by text.

Retries are ours, not the client's: what may be sent again, and under which key, follows from the
stored instruction.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import aiohttp
import stripe

from services.chassis.errors import DomainError
from services.chassis.logs import logger
from services.payouts.domain.payments.instructions import Instruction, Leg
from services.payouts.domain.payments.rail import (
    Outcome,
    OutcomeKind,
    RailObject,
    classify_response,
)
from services.payouts.domain.payments.rail_errors import ProviderUnavailable
from services.payouts.domain.payments.rail_objects import Answer

log = logger(__name__)

FoundT = TypeVar("FoundT")
BodyT = TypeVar("BodyT")
Body = Mapping[str, Any]
Classify = Callable[..., OutcomeKind]

_RETRY_AFTER_SECONDS_MAX: Final = 300.0
# What a call can end with besides an answer. The client reads bodies outside of its own handling.
_NO_ANSWER: Final = (aiohttp.ClientError, TimeoutError, OSError)
# What comes of reading an object that is not what the API describes; a list for an object, too.
_MISREAD: Final = (ValueError, KeyError, TypeError, AttributeError)
UNREADABLE: Final = (DomainError, *_MISREAD)


async def answer_to(
    call: Awaitable[Any],
    read: Callable[[Body], FoundT],
    *,
    classify: Classify = classify_response,
    reason_of: Callable[[str, str], str] = lambda _error_type, code: code,
) -> Answer[FoundT]:
    """What a call came to; what cannot be read is as if no answer had come."""
    try:
        found = read(json.loads((await call).last_response.body))
    except stripe.StripeError as err:
        return _refusal(err, classify, reason_of)
    except (*_NO_ANSWER, *UNREADABLE) as err:
        # No answer, or one that cannot be read: either way we do not know what happened.
        log.warning("rail.no_answer", error=repr(err))
        return Answer(kind=OutcomeKind.NO_RESPONSE, code=type(err).__name__)
    return Answer(kind=OutcomeKind.CONFIRMED, found=found)


def _refusal(
    err: stripe.StripeError, classify: Classify, reason_of: Callable[[str, str], str]
) -> Answer[Any]:
    body = err.json_body
    error = body.get("error") if isinstance(body, dict) else None
    details: Mapping[str, Any] = error if isinstance(error, dict) else {}
    code = str(err.code or details.get("code") or "")
    status = err.http_status
    error_type = str(details.get("type") or "")
    kind = classify(status=status, error_type=error_type, code=code)
    code = reason_of(error_type, code)
    if kind is OutcomeKind.CONFIRMED:
        # A success whose body the client could not read.
        kind = OutcomeKind.NO_RESPONSE
    log.info(
        "rail.refused", outcome=kind.value, status=status, code=code, request_id=err.request_id
    )
    return Answer(
        kind=kind,
        code=code or ("resource_missing" if status == 404 else kind.value),
        retry_after_seconds=_retry_after_seconds(err.headers or {}),
    )


async def find_in(
    pages: AsyncIterator[list[Body]],
    read: Callable[[Body], FoundT],
    is_ours: Callable[[FoundT], bool],
) -> Answer[FoundT]:
    """The first one that is ours; absent only if every page was there, and all on it was read."""
    is_whole = True
    try:
        async for page in pages:
            for body in page:
                try:
                    found = read(body)
                except UNREADABLE as err:
                    # Ours may still come; without it, this one may be it.
                    log.warning("rail.lookup_unreadable", error=repr(err))
                    is_whole = False
                    continue
                if is_ours(found):
                    return Answer(kind=OutcomeKind.CONFIRMED, found=found)
    except UNREADABLE as err:
        log.warning("rail.lookup_failed", error=repr(err))
        return Answer(kind=OutcomeKind.LOOKUP_FAILED)
    return Answer(kind=OutcomeKind.ABSENT if is_whole else OutcomeKind.LOOKUP_FAILED)


def understood(body: BodyT, read: Callable[[BodyT], FoundT]) -> FoundT:
    """Read an object that was fetched.

    Errors: ProviderUnavailable where it is not what the API describes: whoever asked asks again,
    for it may be understood by the next version of this code; and what `read` raises for units.
    """
    try:
        return read(body)
    except _MISREAD as err:
        raise ProviderUnavailable(
            "the payment provider's answer cannot be understood", error=repr(err)
        ) from err


def outcome_of(
    instruction: Instruction, answer: Answer[RailObject], *, leg: Leg | None = None
) -> Outcome:
    """The answer as one to the attempt that is under way, or to that of another leg."""
    leg = leg or instruction.leg
    return Outcome(
        kind=answer.kind,
        op=leg.op,
        attempt=leg.attempt,
        found=answer.found,
        code=answer.code,
        retry_after_seconds=answer.retry_after_seconds,
    )


def unavailable(answer: Answer[Any]) -> ProviderUnavailable:
    """What a reader gets who needs an answer now."""
    return ProviderUnavailable(
        "the payment provider gave no usable answer", outcome=answer.kind, code=answer.code
    )


def as_is(body: Body) -> Body:
    """For those who read it themselves."""
    return body


def _retry_after_seconds(headers: Mapping[str, str]) -> float:
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        return min(max(float(text), 0.0), _RETRY_AFTER_SECONDS_MAX)
    except ValueError:
        return 0.0
