"""What a rail can answer to a payment, in words that no rail's client library appears in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.payouts.domain.ledger.accounts import MANUAL_CSV, STRIPE, STRIPE_GLOBAL


class Op(StrEnum):
    """The calls that payments are made of; `LEGS` says which, in their order."""

    TRANSFER = "transfer"
    PAYOUT = "payout"
    # All the way to the bank in one call.
    OUTBOUND = "outbound"


# What a payment takes on each rail. The first call takes the money from the platform; where there
# is a second one, the payee's own balance at the rail lies in between.
LEGS: Final = {
    STRIPE: (Op.TRANSFER, Op.PAYOUT),
    STRIPE_GLOBAL: (Op.OUTBOUND,),
    MANUAL_CSV: (Op.OUTBOUND,),
}


class RailState(StrEnum):
    """How far the rail's own object is: a transfer has the first two, what goes to a bank the rest.

    PAID: the rail has sent it off for good. It may still come back, and is then FAILED.
    """

    CREATED = "created"
    REVERSED = "reversed"
    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


# Objects move up only. A paid payout may still fail, for days; a failed one never gets paid.
RANK: Final = {
    RailState.CREATED: 0,
    RailState.REVERSED: 1,
    RailState.PENDING: 0,
    RailState.IN_TRANSIT: 1,
    RailState.PAID: 2,
    RailState.FAILED: 3,
    RailState.CANCELED: 3,
}

STATES_OF: Final = {
    Op.TRANSFER: frozenset({RailState.CREATED, RailState.REVERSED}),
    Op.PAYOUT: frozenset(RailState) - {RailState.CREATED, RailState.REVERSED},
    Op.OUTBOUND: frozenset(RailState) - {RailState.CREATED, RailState.REVERSED},
}

# States in which the money came back to where the call took it from.
RETURNED: Final = frozenset({RailState.REVERSED, RailState.FAILED, RailState.CANCELED})


@dataclass(frozen=True, slots=True, kw_only=True)
class RailObject:
    """What a call has made, as freshly fetched from the rail.

    `instruction_id` and `attempt` are the metadata that we sent with it. `amount_minor` and
    `reversed_minor` are in ledger units, not in the rail's.
    """

    op: Op
    rail_id: str
    instruction_id: str
    attempt: int
    state: RailState
    amount_minor: int
    currency: str
    reversed_minor: int = 0
    failure_code: str = ""


class OutcomeKind(StrEnum):
    """What became of one call, or of one look-up of what a call may have made."""

    CONFIRMED = "confirmed"
    # Executed and refused: the rail keeps repeating this answer under the same key.
    REFUSED = "refused"
    # Turned away before it was executed; the key is unused. Something here has to be fixed.
    NOT_EXECUTED = "not_executed"
    RATE_LIMITED = "rate_limited"
    # The key was used with other parameters.
    KEY_MISMATCH = "key_mismatch"
    # A call with this key is still running.
    KEY_IN_USE = "key_in_use"
    # The rail broke in mid-execution and keeps repeating that under the same key.
    SERVER_ERROR = "server_error"
    NO_RESPONSE = "no_response"
    # A look-up found nothing.
    ABSENT = "absent"
    # A look-up got no answer.
    LOOKUP_FAILED = "lookup_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One answer to one attempt; `found` is there exactly if it is a confirmation."""

    kind: OutcomeKind
    op: Op
    attempt: int
    found: RailObject | None = None
    code: str = ""
    retry_after_seconds: float = 0.0


def classify_response(*, status: int | None, error_type: str = "", code: str = "") -> OutcomeKind:
    """Say what an HTTP answer of Stripe's v1 means for the money; `status` None is no answer.

    Only a 500 is known to be kept under the key. Any other 5xx may come from something in front
    of the rail while the call still runs, and an answer that we do not know tells us nothing:
    both are as if no answer had come.
    """
    if status is None:
        return OutcomeKind.NO_RESPONSE
    if 200 <= status < 300:
        return OutcomeKind.CONFIRMED
    if status == 400 and error_type == "idempotency_error":
        return OutcomeKind.KEY_MISMATCH
    if status == 400 and code.startswith("parameter"):
        return OutcomeKind.NOT_EXECUTED
    if status == 403 and code == "account_invalid":
        # The account is gone, or its holder has cut us off: nothing is made there.
        return OutcomeKind.REFUSED
    return _BY_STATUS.get(status, OutcomeKind.NO_RESPONSE)


_BY_STATUS: Final = {
    400: OutcomeKind.REFUSED,
    401: OutcomeKind.NOT_EXECUTED,
    402: OutcomeKind.REFUSED,
    403: OutcomeKind.NOT_EXECUTED,
    404: OutcomeKind.REFUSED,
    409: OutcomeKind.KEY_IN_USE,
    429: OutcomeKind.RATE_LIMITED,
    500: OutcomeKind.SERVER_ERROR,
}


class Cause(StrEnum):
    """What must change before another attempt makes sense."""

    NOTHING = ""
    FUNDS = "funds"
    DESTINATION = "destination"
    REVERSED = "reversed"
    OTHER = "other"


_FUNDS_CODES: Final = frozenset({"balance_insufficient", "insufficient_funds"})
_DESTINATION_CODES: Final = frozenset(
    {
        "account_closed",
        "account_frozen",
        "account_invalid",
        "bank_account_restricted",
        "bank_ownership_changed",
        "could_not_process",
        "debit_not_authorized",
        "declined",
        "incorrect_account_holder_name",
        "capability_not_enabled",
        "insufficient_capabilities_for_transfer",
        "invalid_account_number",
        "invalid_currency",
        "invalid_payout_method",
        "no_account",
        "not_found",
        "payout_method_amount_limit_exceeded",
        "payout_method_canceled_by_customer",
        "payout_method_closed",
        "payout_method_currency_unsupported",
        "payout_method_declined",
        "payout_method_does_not_exist",
        "payout_method_expired",
        "payout_method_holder_address_incorrect",
        "payout_method_holder_details_incorrect",
        "payout_method_holder_name_incorrect",
        "payout_method_invalid_account_number",
        "payout_method_restricted",
        "payout_method_unsupported",
        "payouts_not_allowed",
        "resource_missing",
        "transfers_not_allowed",
        "unsupported_card",
    }
)


def cause_of(code: str) -> Cause:
    """Say what a refusal or failure waits for, by its code and never by its text."""
    if not code:
        return Cause.NOTHING
    if code in _FUNDS_CODES:
        return Cause.FUNDS
    return Cause.DESTINATION if code in _DESTINATION_CODES else Cause.OTHER
