"""Why a file is not taken or not shown."""

from __future__ import annotations

from services.chassis.errors import DomainError, Kind


class MediaEmpty(DomainError):
    """The body has no bytes."""

    kind, reason = Kind.INVALID, "MEDIA_EMPTY"


class FilenameInvalid(DomainError):
    """The filename is too long, or cannot be a name of a file."""

    kind, reason = Kind.INVALID, "FILENAME_INVALID"


class MediaTypeUnknown(DomainError):
    """The bytes begin like no type that we show."""

    kind, reason = Kind.INVALID, "MEDIA_TYPE_UNKNOWN"


class MediaTypeRefused(DomainError):
    """A type that can run script where it is shown."""

    kind, reason = Kind.INVALID, "MEDIA_TYPE_REFUSED"


class MediaTypeWrong(DomainError):
    """The request states another type than its bytes have."""

    kind, reason = Kind.INVALID, "MEDIA_TYPE_WRONG"


class MediaQuotaExceeded(DomainError):
    """The organisation's files would take more room than it has."""

    kind, reason = Kind.PRECONDITION, "MEDIA_QUOTA_EXCEEDED"


class MediaNotFound(DomainError):
    """No such file, or another organisation's."""

    kind, reason = Kind.NOT_FOUND, "MEDIA_NOT_FOUND"


class LinkInvalid(DomainError):
    """The link was not made by us, was changed, or has expired: which of them is not told."""

    kind, reason = Kind.FORBIDDEN, "LINK_INVALID"
