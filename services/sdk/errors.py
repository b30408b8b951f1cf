"""What can go wrong, by what a caller can do about it; every error says why and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .next_steps import next_step


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """One field of a request that broke one rule."""

    field: str
    detail: str
    rule: str = ""


class CrewlineError(Exception):
    """The root of everything that this package raises.

    `reason` is stable and UPPER_SNAKE, `metadata` has the facts of the message as text, `status`
    is the HTTP status (0 where there was no answer), and `request_id` is what to tell the people
    who run the platform.
    """

    def __init__(
        self,
        detail: str,
        *,
        reason: str = "",
        status: int = 0,
        metadata: Mapping[str, str] | None = None,
        errors: Sequence[FieldProblem] = (),
        request_id: str = "",
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason
        self.status = status
        self.metadata = dict(metadata or {})
        self.errors = tuple(errors)
        self.request_id = request_id
        self.retry_after_seconds = retry_after_seconds

    @property
    def next_step(self) -> str:
        """What to do about it, where that is known; else empty."""
        return next_step(self.reason, retry_after_seconds=self.retry_after_seconds)

    def __str__(self) -> str:
        """The detail, the reason, every field at fault and the next step."""
        reason = f" [{self.reason}]" if self.reason else ""
        fields = "".join(f"\n  {problem.field}: {problem.detail}" for problem in self.errors)
        step = f"\n  {self.next_step}" if self.next_step else ""
        trace = f" (request {self.request_id})" if self.request_id and self.status >= 500 else ""
        return f"{self.detail}{reason}{trace}{fields}{step}"


class InvalidRequest(CrewlineError):
    """The request breaks a rule; `errors` names the fields. Sent again as it is, it fails again."""


class NotSignedIn(CrewlineError):
    """No API key is known for a call that needs one."""


class Unauthenticated(CrewlineError):
    """The API key is not, or no longer, accepted."""


class Forbidden(CrewlineError):
    """The key is good, but its bearer may not do this."""


class NotFound(CrewlineError):
    """There is no such thing in the caller's organisation."""


class Conflict(CrewlineError):
    """What is there forbids it: a state, something that exists, or a change at the same time."""


class RateLimited(CrewlineError):
    """Too much at once, and it was still so after all attempts; see `retry_after_seconds`."""


class Unavailable(CrewlineError):
    """The platform or a part of it did not answer, after all attempts."""


class Unreachable(Unavailable):
    """No answer came at all: the address is wrong, or the network or the platform is down."""


class ServerFailed(CrewlineError):
    """The platform failed in a way that it did not foresee; `request_id` finds it in its logs."""


class AnswerMalformed(CrewlineError):
    """What came back is not Crewline's: something else answers at that address."""


class OutOfTime(CrewlineError):
    """What was waited for did not come about in time."""


class ProfileInvalid(CrewlineError):
    """The stored profiles cannot be read, or have none of that name."""


class FileInvalid(CrewlineError):
    """A local file cannot be read or written, or is not what it should be."""


_BY_STATUS: dict[int, type[CrewlineError]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: RateLimited,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


def error_class(status: int) -> type[CrewlineError]:
    """Which error an HTTP status is."""
    known = _BY_STATUS.get(status)
    if known is not None:
        return known
    return ServerFailed if status >= 500 else InvalidRequest
