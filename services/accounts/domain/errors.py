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


class PasswordWeak(DomainError):
    """The password breaks a rule; the message says which."""

    kind, reason = Kind.INVALID, "PASSWORD_WEAK"


class SignInRefused(DomainError):
    """No such address, no password, or not this one; which is not told."""

    kind, reason = Kind.UNAUTHENTICATED, "SIGN_IN_REFUSED"


class SessionEnded(DomainError):
    """No session that works; why is not told."""

    kind, reason = Kind.UNAUTHENTICATED, "SESSION_ENDED"


class SessionNotFound(DomainError):
    """The caller has no such session."""

    kind, reason = Kind.NOT_FOUND, "SESSION_NOT_FOUND"


class AlreadySignsIn(DomainError):
    """The person has a password: there is nothing to invite them to."""

    kind, reason = Kind.PRECONDITION, "ALREADY_SIGNS_IN"


class InvitationNotFound(DomainError):
    """There is no such invitation in the caller's organisation."""

    kind, reason = Kind.NOT_FOUND, "INVITATION_NOT_FOUND"


class InvitationInvalid(DomainError):
    """No invitation that can be accepted, or not with this address."""

    kind, reason = Kind.INVALID, "INVITATION_INVALID"
