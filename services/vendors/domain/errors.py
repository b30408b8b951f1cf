"""What vendors refuses, and as what kind of mistake."""

from __future__ import annotations

from services.chassis.errors import DomainError, Kind


class VendorExists(DomainError):
    """The organisation has applied before."""

    kind, reason = Kind.EXISTS, "VENDOR_EXISTS"


class VendorNotFound(DomainError):
    """There is no such vendor, or it is not the caller's."""

    kind, reason = Kind.NOT_FOUND, "VENDOR_NOT_FOUND"


class VendorStateWrong(DomainError):
    """The vendor's state does not admit the step."""

    kind, reason = Kind.PRECONDITION, "VENDOR_STATE_WRONG"


class VendorNotApproved(DomainError):
    """Only an approved vendor enrols contractors."""

    kind, reason = Kind.PRECONDITION, "VENDOR_NOT_APPROVED"


class RateCardNotFound(DomainError):
    """The vendor has not set a rate card."""

    kind, reason = Kind.NOT_FOUND, "RATE_CARD_NOT_FOUND"


class RateRepeated(DomainError):
    """A rate card has at most one rate a kind of work."""

    kind, reason = Kind.INVALID, "RATE_REPEATED"


class CountryUnknown(DomainError):
    """No country of ISO 3166-1 has this code."""

    kind, reason = Kind.INVALID, "COUNTRY_UNKNOWN"


class ContractorExists(DomainError):
    """The organisation has enrolled somebody under this external_id."""

    kind, reason = Kind.EXISTS, "CONTRACTOR_EXISTS"


class ContractorNotFound(DomainError):
    """There is no such contractor, or they are not the caller's."""

    kind, reason = Kind.NOT_FOUND, "CONTRACTOR_NOT_FOUND"


class ContractorStateWrong(DomainError):
    """The contractor's state does not admit the step."""

    kind, reason = Kind.PRECONDITION, "CONTRACTOR_STATE_WRONG"


class ContractorErased(DomainError):
    """The person who was enrolled under this external_id, or has this id, was erased."""

    kind, reason = Kind.PRECONDITION, "CONTRACTOR_ERASED"


class ErasureReasonNamesPerson(DomainError):
    """The reason of an erasure is kept, and has the name or the e-mail in it."""

    kind, reason = Kind.INVALID, "ERASURE_REASON_NAMES_PERSON"


class TooManyRows(DomainError):
    """One message of an import holds more rows than one transaction takes."""

    kind, reason = Kind.INVALID, "TOO_MANY_ROWS"
