"""States of things in words, and the tone that a page shows them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from google.protobuf.message import Message

from services.gateway.web.translations import mark


class State(NamedTuple):
    """What a badge shows."""

    label: str
    tone: str
    """good, bad, warn, info or quiet."""


# By the name of the enum's value in the contracts.
_STATES: Mapping[str, State] = {
    "PROJECT_STATE_DRAFT": State(mark("Draft"), "quiet"),
    "PROJECT_STATE_FUNDED": State(mark("Funded"), "info"),
    "PROJECT_STATE_LIVE": State(mark("Live"), "good"),
    "PROJECT_STATE_PAUSED": State(mark("Paused"), "warn"),
    "PROJECT_STATE_COMPLETED": State(mark("Completed"), "info"),
    "PROJECT_STATE_CANCELLED": State(mark("Cancelled"), "bad"),
    "TASK_STATE_OPEN": State(mark("Open"), "info"),
    "TASK_STATE_ANSWERED": State(mark("Being scored"), "warn"),
    "TASK_STATE_RESOLVED": State(mark("Resolved"), "good"),
    "ASSIGNMENT_STATE_CLAIMED": State(mark("In work"), "info"),
    "ASSIGNMENT_STATE_SUBMITTED": State(mark("Submitted"), "info"),
    "ASSIGNMENT_STATE_ACCEPTED": State(mark("Accepted"), "good"),
    "ASSIGNMENT_STATE_REJECTED": State(mark("Rejected"), "bad"),
    "ASSIGNMENT_STATE_RELEASED": State(mark("Given back"), "quiet"),
    "ASSIGNMENT_STATE_EXPIRED": State(mark("Expired"), "quiet"),
    "ASSIGNMENT_STATE_IN_REVIEW": State(mark("In review"), "warn"),
    "VENDOR_STATE_APPLIED": State(mark("Applied"), "warn"),
    "VENDOR_STATE_APPROVED": State(mark("Approved"), "good"),
    "VENDOR_STATE_REJECTED": State(mark("Rejected"), "bad"),
    "VENDOR_STATE_SUSPENDED": State(mark("Suspended"), "bad"),
    "CONTRACTOR_STATE_ACTIVE": State(mark("Active"), "good"),
    "CONTRACTOR_STATE_SUSPENDED": State(mark("Suspended"), "warn"),
    "CONTRACTOR_STATE_OFFBOARDED": State(mark("Offboarded"), "quiet"),
    "PAY_PERIOD_STATE_OPEN": State(mark("Open"), "info"),
    "PAY_PERIOD_STATE_CLOSING": State(mark("Closing"), "warn"),
    "PAY_PERIOD_STATE_CLOSED": State(mark("Closed"), "good"),
    "FLOOR_VERDICT_PASSES": State(mark("Reaches the floor"), "good"),
    "FLOOR_VERDICT_BELOW_FLOOR": State(mark("Below the floor"), "bad"),
    "FLOOR_VERDICT_FLOOR_UNKNOWN": State(mark("No floor is known"), "warn"),
    "FLOOR_VERDICT_FLOOR_STALE": State(mark("The floor is out of date"), "warn"),
    "FLOOR_VERDICT_RATE_UNKNOWN": State(mark("No exchange rate is known"), "warn"),
    "FLOOR_VERDICT_RATE_STALE": State(mark("The exchange rate is out of date"), "warn"),
    "FLOOR_VERDICT_TIME_UNKNOWN": State(mark("The time is not known"), "quiet"),
    "FLOOR_LACK_KIND_UNKNOWN": State(mark("No floor is known"), "bad"),
    "FLOOR_LACK_KIND_STALE": State(mark("The floor is out of date"), "bad"),
    "FLOOR_LACK_KIND_ENDING": State(mark("Ends soon"), "warn"),
    "FLOOR_OUTCOME_PASSED": State(mark("Reaches the floor"), "good"),
    "FLOOR_OUTCOME_TOPPED_UP": State(mark("Topped up"), "info"),
    "FLOOR_OUTCOME_UNTESTED": State(mark("Not tested"), "bad"),
    "FLOOR_SCOPE_REGION": State(mark("Of the region"), "good"),
    "FLOOR_SCOPE_COUNTRY": State(mark("Of the country"), "info"),
    "FLOOR_SCOPE_HIGHEST_REGION": State(mark("Highest of the regions"), "warn"),
    "FLOOR_SCOPE_FALLBACK": State(mark("Fallback"), "warn"),
    "PAY_CADENCE_WEEKLY": State(mark("Every week"), "info"),
    "PAY_CADENCE_BIWEEKLY": State(mark("Every two weeks"), "info"),
    "PAY_CADENCE_SEMI_MONTHLY": State(mark("Twice a month"), "info"),
    "PAY_CADENCE_MONTHLY": State(mark("Every month"), "info"),
    "STATEMENT_STATE_CLOSED": State(mark("Not paid yet"), "info"),
    "STATEMENT_STATE_PAYING": State(mark("Being paid"), "warn"),
    "STATEMENT_STATE_TRANSFERRED": State(mark("Transferred"), "info"),
    "STATEMENT_STATE_PAID": State(mark("Paid"), "good"),
    "STATEMENT_STATE_FAILED": State(mark("Failed"), "bad"),
    "PAYMENT_STATE_CREATING": State(mark("Being set up"), "warn"),
    "PAYMENT_STATE_NEEDS_PAYER": State(mark("To be paid"), "warn"),
    "PAYMENT_STATE_PROCESSING": State(mark("On its way"), "info"),
    "PAYMENT_STATE_SUCCEEDED": State(mark("Arrived"), "good"),
    "PAYMENT_STATE_FAILED": State(mark("Failed"), "bad"),
    "BANK_TRANSFER_STATE_ANNOUNCED": State(mark("Announced"), "info"),
    "BANK_TRANSFER_STATE_RECORDED": State(mark("Recorded"), "warn"),
    "BANK_TRANSFER_STATE_CONFIRMED": State(mark("Arrived"), "good"),
    "BANK_TRANSFER_STATE_REJECTED": State(mark("Rejected"), "bad"),
    "ADJUSTMENT_STATE_PROPOSED": State(mark("Proposed"), "warn"),
    "ADJUSTMENT_STATE_CONFIRMED": State(mark("Booked"), "good"),
    "ADJUSTMENT_STATE_DECLINED": State(mark("Declined"), "bad"),
    "ADJUSTMENT_STATE_EXPIRED": State(mark("Expired"), "quiet"),
    "REFUND_STATE_HELD": State(mark("To be sent"), "warn"),
    "REFUND_STATE_PAID": State(mark("Sent"), "good"),
    "REFUND_STATE_DECLINED": State(mark("Declined"), "bad"),
    "REFUND_STATE_EXPIRED": State(mark("Not answered in time"), "quiet"),
    "PAYOUT_OUTCOME_OPEN": State(mark("Nothing yet"), "info"),
    "PAYOUT_OUTCOME_PAID": State(mark("Paid"), "good"),
    "PAYOUT_OUTCOME_FAILED": State(mark("Failed"), "bad"),
    "PAYOUT_OUTCOME_RETURNED": State(mark("Came back"), "bad"),
    "DECISION_ACCEPTED": State(mark("Accepted"), "good"),
    "DECISION_REJECTED": State(mark("Rejected"), "bad"),
    "DECISION_IN_REVIEW": State(mark("In review"), "warn"),
    "APPEAL_STATE_OPEN": State(mark("Open"), "warn"),
    "APPEAL_STATE_UPHELD": State(mark("Upheld"), "good"),
    "APPEAL_STATE_DISMISSED": State(mark("Dismissed"), "bad"),
    "APPEAL_STATE_WITHDRAWN": State(mark("Withdrawn"), "quiet"),
    "WEBHOOK_DELIVERY_STATE_PENDING": State(mark("On its way"), "info"),
    "WEBHOOK_DELIVERY_STATE_DELIVERED": State(mark("Delivered"), "good"),
    "WEBHOOK_DELIVERY_STATE_DEAD": State(mark("Given up"), "bad"),
    "BREAKER_STATE_TRIPPED": State(mark("Held"), "warn"),
    "BREAKER_STATE_RELEASED": State(mark("Released"), "info"),
    "BREAKER_STATE_OVERRULED": State(mark("Overruled"), "good"),
    "WORK_KIND_CHOICE": State(mark("Choice"), "quiet"),
    "WORK_KIND_PAIRWISE": State(mark("Comparison"), "quiet"),
    "WORK_KIND_TEXT": State(mark("Text"), "quiet"),
    "WORK_KIND_STRUCTURED": State(mark("Structured"), "quiet"),
    "WORK_KIND_ORDINAL": State(mark("Rating"), "quiet"),
    "WORK_KIND_NUMERIC": State(mark("Quantity"), "quiet"),
    "WORK_KIND_RANKED": State(mark("Ranking"), "quiet"),
    "WORK_KIND_REGIONS": State(mark("Regions of images"), "quiet"),
    "WORK_KIND_SPANS": State(mark("Passages"), "quiet"),
    "WORK_KIND_CODE": State(mark("Code"), "quiet"),
    "ORGANISATION_KIND_PLATFORM": State(mark("Platform"), "info"),
    "ORGANISATION_KIND_CLIENT": State(mark("Client"), "quiet"),
    "ORGANISATION_KIND_VENDOR": State(mark("Vendor"), "quiet"),
}

_PREFIXES = ("PROJECT_STATE", "VENDOR_STATE", "CONTRACTOR_STATE")


def state_of(message: Message, field: str = "state") -> State:
    """Of a message's enum field."""
    return state_named(_value_name(message, field)[0])


def state_name(message: Message, field: str = "state") -> str:
    """Of a message's enum field, without the enum's own name: LIVE."""
    name, prefix = _value_name(message, field)
    return name.removeprefix(prefix)


def _value_name(message: Message, field: str) -> tuple[str, str]:
    kind = message.DESCRIPTOR.fields_by_name[field].enum_type
    if kind is None:
        raise TypeError(f"{message.DESCRIPTOR.full_name}.{field} is no enum")
    value = kind.values_by_number.get(getattr(message, field))
    # The value of no meaning is called after the enum: PROJECT_STATE_UNSPECIFIED.
    prefix = kind.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return (value.name if value is not None else ""), prefix


def state_named(name: str) -> State:
    """By the enum value's name; one that a newer service knows and we do not, as it is called."""
    return _STATES.get(name) or State(name.rpartition("_")[2].capitalize() or "—", "quiet")


def state_in_history(name: str, kind: str) -> State:
    """Of a StateChange: the services write the state's own name there, such as LIVE."""
    return state_named(name if name.startswith(_PREFIXES) else f"{kind}_{name}")
