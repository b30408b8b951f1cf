"""Names that the services give to things, in words."""

from __future__ import annotations

from collections.abc import Mapping

from services.gateway.web.translations import mark

_ENTRY_KINDS: Mapping[str, str] = {
    "client_deposit": mark("Money came in"),
    "payment_fee": mark("The payment provider's price"),
    "payment_return": mark("Taken back from a payment"),
    "owed_settlement": mark("What was owed is settled"),
    "project_hold": mark("Held for a project"),
    "hold_release": mark("Back from a project"),
    "accrual": mark("An answer was accepted"),
    "accrual_reversal": mark("An acceptance was taken back"),
    "accrual_absorption": mark("An acceptance was taken back at our cost"),
    "loss_repaid": mark("An answer that was paid at our cost is accepted again"),
    "benefits_borne": mark("Withdrawn benefits of a rejected answer, at our cost"),
    "benefits_recovered": mark("Benefits that were at our cost come back"),
    "floor_top_up": mark("Raised to the fair-pay floor"),
    "reserve_shortfall": mark("Fair pay at our cost"),
    "benefits_withdrawal": mark("Benefits withdrawn"),
    "statement_close": mark("On a statement"),
    "tax_withholding": mark("Tax withheld"),
    "tax_remittance": mark("Withheld tax remitted"),
    "transfer_sent": mark("Transfer sent"),
    "transfer_seen": mark("Transfer arrived"),
    "transfer_refused": mark("Transfer refused"),
    "transfer_reversed": mark("Transfer reversed"),
    "payout_sent": mark("Payout sent"),
    "payout_paid": mark("Paid out"),
    "payout_refused": mark("Payout refused"),
    "payout_failed": mark("Payout failed"),
    "outbound_sent": mark("Payment to a bank sent"),
    "outbound_seen": mark("Payment to a bank under way"),
    "outbound_refused": mark("Payment to a bank refused"),
    "outbound_paid": mark("Paid to a bank"),
    "outbound_returned": mark("Payment to a bank came back"),
    "rail_funding": mark("Moved between our own accounts"),
    "adjustment": mark("Adjusted by hand"),
    "pay_adjustment": mark("Pay adjusted by hand"),
    "entry_reversal": mark("Reversed by hand"),
    "pay_reversal": mark("Adjustment of pay reversed"),
}


def entry_kind(kind: str) -> str:
    """Why money moved, in English; the page translates it."""
    return _ENTRY_KINDS.get(kind, kind)


_LINE_KINDS: Mapping[str, str] = {
    "contractor_pay": mark("Contractor's pay"),
    "floor_top_up": mark("Raised to the fair-pay floor"),
    "benefits_withdrawal": mark("Benefits withdrawn"),
    "vendor_commission": mark("Vendor's commission"),
    "adjustment": mark("Adjustment"),
}


def line_kind(kind: str) -> str:
    """What a statement's line is for, in English; the page translates it."""
    return _LINE_KINDS.get(kind, kind)
