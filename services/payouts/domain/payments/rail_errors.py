"""What the rail half refuses its callers, and why."""

from __future__ import annotations

from services.chassis.errors import DomainError, Kind


class PayeeNotFound(DomainError):
    """No such vendor or contractor here (yet)."""

    kind, reason = Kind.NOT_FOUND, "PAYEE_NOT_FOUND"


class PaidByVendor(DomainError):
    """The contractor is paid by the vendor, not by the platform."""

    kind, reason = Kind.PRECONDITION, "PAID_BY_VENDOR"


class CountryUnsupported(DomainError):
    """The payment provider opens no account there."""

    kind, reason = Kind.PRECONDITION, "COUNTRY_UNSUPPORTED"


class PayoutAccountRefused(DomainError):
    """The payment provider refused to open the account."""

    kind, reason = Kind.PRECONDITION, "PAYOUT_ACCOUNT_REFUSED"


class PayoutAccountNotFound(DomainError):
    """The payee has no account at the payment provider."""

    kind, reason = Kind.NOT_FOUND, "PAYOUT_ACCOUNT_NOT_FOUND"


class PayPeriodNotFound(DomainError):
    """No such pay period."""

    kind, reason = Kind.NOT_FOUND, "PAY_PERIOD_NOT_FOUND"


class PeriodStateWrong(DomainError):
    """The pay period's statements are not all made yet."""

    kind, reason = Kind.PRECONDITION, "PERIOD_STATE_WRONG"


class PeriodEndInvalid(DomainError):
    """The period would end in the future, or before it began."""

    kind, reason = Kind.INVALID, "PERIOD_END_INVALID"


class StatementsUnmade(DomainError):
    """Some payees' statements cannot be made; the others' are.

    All of them wait: a period is paid once it is closed, and it is not closed without these.
    """

    kind, reason = Kind.PRECONDITION, "STATEMENTS_UNMADE"


class StatementNotFound(DomainError):
    """No such statement, or another payee's."""

    kind, reason = Kind.NOT_FOUND, "STATEMENT_NOT_FOUND"


class SignatureInvalid(DomainError):
    """The notification is not proved to come from the payment provider, or is too old."""

    kind, reason = Kind.INVALID, "SIGNATURE_INVALID"


class EventMalformed(DomainError):
    """The notification is signed, but is no event that we can read."""

    kind, reason = Kind.INVALID, "EVENT_MALFORMED"


class ProviderUnavailable(DomainError):
    """The payment provider gave no usable answer; the same request may be repeated."""

    kind, reason = Kind.UNAVAILABLE, "PROVIDER_UNAVAILABLE"
