"""Why money is not at the payee's bank yet: each reason with a text, who must act, and a way out.

The codes of failed payouts are Stripe's (docs.stripe.com/api/payouts/failures), in capitals, as
`payments.standing_of` writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.payouts.domain.payments.payments import (
    ACCOUNT_GONE,
    ACCOUNT_MISSING,
    BALANCE_NEGATIVE,
    BANK_DETAILS_MISSING,
    NO_RAIL,
    OUTCOME_UNKNOWN,
    TRANSFER_REVERSED,
    TRANSFERS_DISABLED,
)

PAY_DAY_AHEAD: Final = "PAY_DAY_AHEAD"
REQUIREMENTS_DUE: Final = "REQUIREMENTS_DUE"


class Actor(StrEnum):
    """Who has to do something; nobody, where time alone brings it."""

    PAYEE = "PAYEE"
    OPERATOR = "OPERATOR"
    NOBODY = "NOBODY"


class WayOut(StrEnum):
    """What the payee can do to be paid sooner, or otherwise."""

    OPEN_ACCOUNT = "OPEN_ACCOUNT"
    ACCOUNT_LINK = "ACCOUNT_LINK"
    """A new link to the provider: tell what is missing, or name another bank account."""
    OTHER_RAIL = "OTHER_RAIL"
    TAX_FORM = "TAX_FORM"
    BANK_DETAILS = "BANK_DETAILS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaid:
    """One reason."""

    code: str
    text: str
    acts: Actor
    ways_out: tuple[WayOut, ...] = ()


_BANK: Final = (WayOut.ACCOUNT_LINK, WayOut.OTHER_RAIL)


def _of_payee(text: str, *ways_out: WayOut) -> tuple[Actor, str, tuple[WayOut, ...]]:
    return Actor.PAYEE, text, ways_out


def _of_operator(text: str) -> tuple[Actor, str, tuple[WayOut, ...]]:
    return Actor.OPERATOR, text, ()


def _of_time(text: str) -> tuple[Actor, str, tuple[WayOut, ...]]:
    return Actor.NOBODY, text, ()


_FUNDS_LATE: Final = _of_time(
    "The money is on its way to the platform; the payment is tried again by itself."
)
_NOT_YET: Final = _of_payee(
    "The payment provider does not let your account take money yet. Look at what it asks.", *_BANK
)
_GONE: Final = _of_payee(
    "Your account at the payment provider cannot be used any more. Open it again.", *_BANK
)
_CLOSED: Final = _of_payee(
    "The bank account is closed, frozen or restricted. Name another one.", *_BANK
)
_WRONG: Final = _of_payee(
    "The bank does not know this account under this name and number. Correct it, or name another"
    " one.",
    *_BANK,
)
_REFUSED: Final = _of_payee(
    "The bank refused the payment. Ask it why, or name another account.", *_BANK
)
_FROZEN: Final = _of_operator(
    "What the payment provider says does not fit what was ordered. Nothing more is sent until an"
    " operator has looked; the money stays yours."
)

_TABLE: Final[Mapping[str, tuple[Actor, str, tuple[WayOut, ...]]]] = {
    # Nothing is stated or due yet.
    "BELOW_MINIMUM": _of_time(
        "What you earned is less than the least that is paid out. It is kept and added to the next"
        " statement."
    ),
    "NOTHING_PAYABLE": _of_time(
        "What was taken back outweighs what was earned. Both come together on the next statement."
    ),
    "NOT_DUE": _of_time("Your pay calendar has not come to its end yet."),
    PAY_DAY_AHEAD: _of_time("It is paid on your pay day."),
    # The payee is asked for something.
    ACCOUNT_MISSING: _of_payee(
        "There is no account to pay to. Open one, or choose another way to be paid.",
        WayOut.OPEN_ACCOUNT,
        WayOut.OTHER_RAIL,
    ),
    BANK_DETAILS_MISSING: _of_payee(
        "It is not known which bank account to pay to. Name one, or choose another way to be paid.",
        WayOut.BANK_DETAILS,
        WayOut.OTHER_RAIL,
    ),
    TRANSFERS_DISABLED: _NOT_YET,
    "TRANSFERS_NOT_ALLOWED": _NOT_YET,
    "PAYOUTS_NOT_ALLOWED": _NOT_YET,
    "INSUFFICIENT_CAPABILITIES_FOR_TRANSFER": _NOT_YET,
    REQUIREMENTS_DUE: _of_payee(
        "The payment provider still wants to know something about you.", *_BANK
    ),
    "CAPABILITY_NOT_ENABLED": _NOT_YET,
    "INVALID_PAYOUT_METHOD": _NOT_YET,
    BALANCE_NEGATIVE: _of_payee(
        "Your account at the payment provider owes money, which would eat the payment. Nothing is"
        " sent until it is settled; the money stays yours.",
        *_BANK,
    ),
    TRANSFER_REVERSED: _of_payee(
        "The transfer was taken back from your account at the payment provider. The money is owed"
        " to you again, and is paid with the next pay run, to where you say.",
        *_BANK,
    ),
    ACCOUNT_GONE: _GONE,
    "NOT_FOUND": _GONE,
    "RESOURCE_MISSING": _GONE,
    "DESTINATION": _of_payee(
        "The payout account could not take the money. Look at the account, and do what it asks.",
        *_BANK,
    ),
    "TAX_FORM_MISSING": _of_payee(
        "Payment waits for your tax form. The money stays yours.", WayOut.TAX_FORM
    ),
    "TAX_FORM_EXPIRED": _of_payee(
        "Your tax form has expired. Payment waits for a new one; the money stays yours.",
        WayOut.TAX_FORM,
    ),
    NO_RAIL: _of_payee(
        "No way to pay reaches your country with what is known of you. Choose another one.",
        WayOut.OTHER_RAIL,
    ),
    # Codes of failed payouts.
    "ACCOUNT_CLOSED": _CLOSED,
    "ACCOUNT_FROZEN": _CLOSED,
    "BANK_ACCOUNT_RESTRICTED": _CLOSED,
    "BANK_OWNERSHIP_CHANGED": _of_payee(
        "The bank account belongs to another bank now. Name it again.", *_BANK
    ),
    "COULD_NOT_PROCESS": _REFUSED,
    "DEBIT_NOT_AUTHORIZED": _REFUSED,
    "DECLINED": _REFUSED,
    "INCORRECT_ACCOUNT_HOLDER_NAME": _WRONG,
    "INVALID_ACCOUNT_NUMBER": _WRONG,
    "NO_ACCOUNT": _WRONG,
    "INVALID_CURRENCY": _of_payee(
        "The bank account does not take this currency. Name one that does.", *_BANK
    ),
    "UNSUPPORTED_CARD": _of_payee(
        "The card takes no payouts. Name a bank account instead.", *_BANK
    ),
    # Of outbound payments.
    "PAYOUT_METHOD_AMOUNT_LIMIT_EXCEEDED": _REFUSED,
    "PAYOUT_METHOD_CANCELED_BY_CUSTOMER": _REFUSED,
    "PAYOUT_METHOD_CLOSED": _CLOSED,
    "PAYOUT_METHOD_CURRENCY_UNSUPPORTED": _of_payee(
        "The bank account does not take this currency. Name one that does.", *_BANK
    ),
    "PAYOUT_METHOD_DECLINED": _REFUSED,
    "PAYOUT_METHOD_DOES_NOT_EXIST": _WRONG,
    "PAYOUT_METHOD_EXPIRED": _CLOSED,
    "PAYOUT_METHOD_HOLDER_ADDRESS_INCORRECT": _WRONG,
    "PAYOUT_METHOD_HOLDER_DETAILS_INCORRECT": _WRONG,
    "PAYOUT_METHOD_HOLDER_NAME_INCORRECT": _WRONG,
    "PAYOUT_METHOD_INVALID_ACCOUNT_NUMBER": _WRONG,
    "PAYOUT_METHOD_RESTRICTED": _CLOSED,
    "PAYOUT_METHOD_UNSUPPORTED": _REFUSED,
    # Time, or the platform's own money.
    "BALANCE_INSUFFICIENT": _FUNDS_LATE,
    "INSUFFICIENT_FUNDS": _FUNDS_LATE,
    "FUNDS": _FUNDS_LATE,
    OUTCOME_UNKNOWN: _of_time(
        "The payment provider has not said whether the payment went through. It is looked up by"
        " itself, and never sent twice."
    ),
    # Operators.
    "REVERSED": _of_operator(
        "The transfer was taken back at the payment provider. An operator looks."
    ),
    "OTHER": _of_operator("The payment provider refused the payment. An operator looks."),
    "STATEMENT_ALTERED": _of_operator(
        "The statement is not what it was when it was made. Nothing is paid until an operator has"
        " looked; the money stays yours."
    ),
    "KEY_MISMATCH": _FROZEN,
    "SECOND_OBJECT": _FROZEN,
    "CLOSED_ATTEMPT_ALIVE": _FROZEN,
    "FUTURE_ATTEMPT": _FROZEN,
    "OBJECT_DIFFERS": _FROZEN,
    "PARTLY_REVERSED": _FROZEN,
    "REVERSED_UNDER_PAYOUT": _FROZEN,
    "TOO_MANY_SENDS": _FROZEN,
    "TOO_MANY_ATTEMPTS": _FROZEN,
}
_UNKNOWN_CODE: Final = _of_operator(
    "The payment was refused for a reason that an operator looks at."
)

CODES: Final = frozenset(_TABLE)


def unpaid(code: str) -> Unpaid | None:
    """Explain a reason; also one that nobody has heard of. None where there is none."""
    if not code:
        return None
    acts, text, ways_out = _TABLE.get(code, _UNKNOWN_CODE)
    return Unpaid(code=code, text=text, acts=acts, ways_out=ways_out)
