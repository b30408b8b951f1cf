"""What accounts refuses, and as what kind of mistake."""

from __future__ import annotations

from services.chassis.errors import DomainError, Kind


class EmailTaken(DomainError):
    """Somebody has this e-mail address already."""

    kind, reason = Kind.EXISTS, "EMAIL_TAKEN"


class RateLimited(DomainError):
    """Too many attempts from there; try again a little later."""

    kind, reason = Kind.EXHAUSTED, "RATE_LIMITED"


class OrganisationNotFound(DomainError):
    """There is no such organisation, or it is not the caller's."""

    kind, reason = Kind.NOT_FOUND, "ORGANISATION_NOT_FOUND"


class PersonNotFound(DomainError):
    """There is no such person in the caller's organisation."""

    kind, reason = Kind.NOT_FOUND, "PERSON_NOT_FOUND"


class ApiKeyNotFound(DomainError):
    """There is no such key in the caller's organisation."""

    kind, reason = Kind.NOT_FOUND, "API_KEY_NOT_FOUND"


class ApiKeyRevoked(DomainError):
    """The key no longer works, and never will again."""

    kind, reason = Kind.PRECONDITION, "API_KEY_REVOKED"


class ApiKeyInvalid(DomainError):
    """No key that works; which part is wrong is not told."""

    kind, reason = Kind.UNAUTHENTICATED, "API_KEY_INVALID"
