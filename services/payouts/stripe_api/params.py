"""What is sent to Stripe: made of stored values only, so that the same key means the same."""

from __future__ import annotations

from typing import Any, Final

from services.payouts.domain.payments.instructions import Instruction
from services.payouts.domain.payments.payout_accounts import PayoutAccount
from services.payouts.domain.payments.rail_units import to_rail_units
from services.payouts.domain.statements.statement_lines import PayeeKind

Params = dict[str, Any]

# On the payee's bank statement; ACH shows 10 characters.
_DESCRIPTOR: Final = "CREWLINE"

ACCOUNT: Final[Params] = {
    "controller": {
        "fees": {"payer": "application"},
        "losses": {"payments": "application"},
        "requirement_collection": "stripe",
        "stripe_dashboard": {"type": "express"},
    },
    "capabilities": {"transfers": {"requested": True}},
    # Statements decide when money goes to the bank, not Stripe.
    "settings": {"payouts": {"schedule": {"interval": "manual"}}},
}


def transfer(instruction: Instruction) -> Params:
    """Errors: RailUnitsInvalid, CurrencyUnsupported."""
    return {
        "amount": to_rail_units(instruction.money),
        "currency": instruction.currency.lower(),
        "destination": instruction.destination,
        # Look-ups find it by this.
        "transfer_group": instruction.statement_id,
        "metadata": _metadata(instruction, instruction.transfer.attempt),
    }


def payout(instruction: Instruction) -> Params:
    """Errors: RailUnitsInvalid, CurrencyUnsupported."""
    return {
        "amount": to_rail_units(instruction.money, payout=True),
        "currency": instruction.currency.lower(),
        "method": "standard",
        "statement_descriptor": _DESCRIPTOR,
        "metadata": _metadata(instruction, instruction.leg.attempt),
    }


def reversal(instruction: Instruction) -> Params:
    """All that is left of the transfer: without an amount it is the rest."""
    return {"metadata": _metadata(instruction, instruction.transfer.attempt)}


def account(wanted: PayoutAccount, *, platform_country: str) -> Params:
    """A recipient's agreement is what people outside the platform's country sign."""
    is_vendor = wanted.payee.kind is PayeeKind.VENDOR
    params: Params = {
        **ACCOUNT,
        "country": wanted.country,
        "business_type": "company" if is_vendor else "individual",
        "metadata": {"payee_id": wanted.payee.payee_id, "attempt": str(wanted.attempt)},
    }
    if wanted.email:
        params["email"] = wanted.email
    if wanted.country != platform_country:
        params["tos_acceptance"] = {"service_agreement": "recipient"}
    return params


def _metadata(instruction: Instruction, attempt: int) -> Params:
    return {
        "instruction_id": instruction.instruction_id,
        "attempt": str(attempt),
        "statement_id": instruction.statement_id,
        "statement_hash": instruction.statement_hash,
    }
