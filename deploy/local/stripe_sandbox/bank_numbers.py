"""Stripe's documented test banks: account numbers and tokens whose payouts succeed or fail."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from deploy.local.stripe_sandbox.countries import country_of
from deploy.local.stripe_sandbox.errors import refused
from deploy.local.stripe_sandbox.money import currency_of
from deploy.local.stripe_sandbox.params import Params

GOOD_ROUTING: Final = "110000000"
GOOD_NUMBER: Final = "000123456789"
# What a payout to such an account fails with, as the bank would say it.
FAILURES: Final = {
    "account_closed": "The bank account has been closed.",
    "debit_not_authorized": "Debit transactions are not approved on the bank account.",
    "insufficient_funds": "The bank account has insufficient funds to cover the debit.",
    "invalid_currency": "The bank was unable to process this payout because of its currency.",
    "no_account": "The bank account could not be located.",
    "could_not_process": "The bank could not process this payout.",
    "declined": "The bank has declined this payout. Please contact the bank before retrying.",
    "account_frozen": "The bank account has been frozen.",
}
_NUMBER_ENDINGS: Final = {
    "111111116": "no_account",
    "111111113": "account_closed",
    "222222227": "insufficient_funds",
    "333333335": "debit_not_authorized",
    "444444440": "invalid_currency",
}
# The sandbox's own: paid at first, and sent back days later.
LATE_NUMBER: Final = "000555555559"
_IBAN_ENDINGS: Final = {
    "0532013001": "no_account",
    "0532013002": "account_closed",
    "0532013003": "insufficient_funds",
    "0532013004": "debit_not_authorized",
    "0532013005": "invalid_currency",
}
_US_NUMBERS: Final = frozenset(
    {GOOD_NUMBER, "000999999991", LATE_NUMBER, *("000" + ending for ending in _NUMBER_ENDINGS)}
)
_TOKENS: Final = {
    "btok_us": None,
    "btok_us_verified": None,
    "btok_us_verified_noAccount": "no_account",
    "btok_us_verified_accountClosed": "account_closed",
    "btok_us_verified_insufficientFunds": "insufficient_funds",
    "btok_us_verified_debitNotAuthorized": "debit_not_authorized",
    "btok_us_verified_invalidCurrency": "invalid_currency",
}
_NUMBER_OF_FAILURE: Final = {code: "000" + ending for ending, code in _NUMBER_ENDINGS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """One bank account as given, and what payouts to it fail with."""

    country: str
    currency: str
    routing_number: str | None
    number: str
    holder_name: str | None = None
    holder_type: str | None = None
    failure_code: str | None = None

    @property
    def fingerprint(self) -> str:
        """A stable mark of the same bank account, wherever it is attached."""
        text = f"{self.country}/{self.routing_number}/{self.number}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def bank_from_token(token: str, *, param: str) -> Bank:
    """Return the bank account that a documented test token stands for."""
    if token not in _TOKENS:
        raise refused(f"No such token: '{token}'", code="resource_missing", param=param)
    failure = _TOKENS[token]
    return Bank(
        country="US",
        currency="usd",
        routing_number=GOOD_ROUTING,
        number=GOOD_NUMBER if failure is None else _NUMBER_OF_FAILURE[failure],
        failure_code=failure,
    )


def bank_from_params(params: Params, *, default_currency: str, param: str) -> Bank:
    """Return the bank account described by a request, checked as test mode does."""
    country = country_of(params["country"])
    number = params["account_number"].replace(" ", "")
    routing = params.get("routing_number")
    if country == "US":
        _check_us(routing, number, param)
    return Bank(
        country=country,
        currency=currency_of(params.get("currency", default_currency)),
        routing_number=routing,
        number=number,
        holder_name=params.get("account_holder_name"),
        holder_type=params.get("account_holder_type") or None,
        failure_code=failure_of(number),
    )


def failure_of(number: str) -> str | None:
    """Return what payouts to an account number fail with, or None when they arrive."""
    if number[:2].isalpha():
        return next((c for end, c in _IBAN_ENDINGS.items() if number.endswith(end)), None)
    # Shorter national forms drop leading digits: 11111116 in the UK, 111111116 in Canada.
    padded = number.lstrip("0")
    return next((c for end, c in _NUMBER_ENDINGS.items() if padded in (end, end[1:])), None)


def fails_late(number: str) -> bool:
    """Tell whether payouts to an account number are called paid before they come back."""
    return number.lstrip("0") == LATE_NUMBER.lstrip("0")


def _check_us(routing: str | None, number: str, param: str) -> None:
    if routing is None or not re.fullmatch(r"\d{9}", routing):
        raise refused(
            "Invalid routing number for US: the number must contain 9 digits.",
            code="routing_number_invalid",
            param=f"{param}[routing_number]",
        )
    if number not in _US_NUMBERS:
        raise refused(
            "You must use a test bank account number in test mode. Try 000123456789 or see more "
            "options at https://stripe.com/docs/connect/testing#account-numbers.",
            code="account_number_invalid",
            param=f"{param}[account_number]",
        )
