"""The one family of errors that a caller may see: a kind, a stable reason, and the facts."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Kind(enum.Enum):
    """What a caller can do about an error; the transports choose their codes by it."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    EXISTS = "exists"
    PRECONDITION = "precondition"
    CONFLICT = "conflict"
    EXHAUSTED = "exhausted"
    UNAVAILABLE = "unavailable"


class DomainError(Exception):
    """A refusal that is part of the contract.

    Subclasses are named for the fact and set `kind` and `reason` (UPPER_SNAKE, at most 63
    characters). Whatever varies in the message is also in the metadata, as text.
    """

    kind: Kind = Kind.INVALID
    reason: str = "INVALID"
    retry_seconds: float | None = None
    """How long a caller waits before the next attempt, where it is known."""

    def __init__(self, message: str, **metadata: object) -> None:
        super().__init__(message)
        self.message = message
        self.metadata = {name: str(value) for name, value in metadata.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldViolation:
    """One field that broke one rule."""

    field: str
    description: str
    rule: str = ""


class FieldsInvalid(DomainError):
    """One or more fields of a request break the rules of its contract."""

    kind = Kind.INVALID
    reason = "FIELD_VIOLATION"

    def __init__(self, violations: list[FieldViolation]) -> None:
        first = violations[0]
        message = f"{first.field}: {first.description}" if first.field else first.description
        super().__init__(message, field=first.field, rule=first.rule)
        self.violations = violations


class MessageMalformed(DomainError):
    """The bytes of the request are not a message of its type."""

    kind, reason = Kind.INVALID, "MESSAGE_MALFORMED"


class PageTokenInvalid(DomainError):
    """The page token was not made by this list, or for another filter."""

    kind, reason = Kind.INVALID, "PAGE_TOKEN_INVALID"


class Unauthenticated(DomainError):
    """The call carries no token that we accept."""

    kind, reason = Kind.UNAUTHENTICATED, "TOKEN_INVALID"


class RoleNotAdmitted(DomainError):
    """The token is good, but none of its roles may call this."""

    kind, reason = Kind.FORBIDDEN, "ROLE_NOT_ADMITTED"


class RequestIdReused(DomainError):
    """The request_id was used before with another request."""

    kind, reason = Kind.INVALID, "REQUEST_ID_REUSED"


class Overloaded(DomainError):
    """More work is waiting than is taken; try again a little later."""

    kind, reason = Kind.EXHAUSTED, "OVERLOADED"


class StoreUnavailable(DomainError):
    """The database did not answer, or had no primary."""

    kind, reason = Kind.UNAVAILABLE, "STORE_UNAVAILABLE"


class WriteContention(DomainError):
    """Others kept changing the same documents; doing it all again may work."""

    kind, reason = Kind.CONFLICT, "WRITE_CONTENTION"


class PeerUnavailable(DomainError):
    """Another service did not answer."""

    kind, reason = Kind.UNAVAILABLE, "PEER_UNAVAILABLE"
