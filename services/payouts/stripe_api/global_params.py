"""What is sent to Stripe's second version: of stored values only, so that a key means the same."""

from __future__ import annotations

from typing import Any, Final

from services.payouts.domain.payments.instructions import Instruction
from services.payouts.domain.payments.payout_accounts import PayoutAccount
from services.payouts.domain.payments.rail_units import to_rail_units
from services.payouts.domain.statements.statement_lines import PayeeKind

Params = dict[str, Any]

# On the payee's bank statement.
_DESCRIPTOR: Final = "CREWLINE"
# Without it these parts come back empty.
INCLUDE: Final = ["configuration.recipient", "identity", "requirements", "defaults"]


def outbound_payment(instruction: Instruction, *, financial_account: str) -> Params:
    """Errors: RailUnitsInvalid, CurrencyUnsupported."""
    currency = instruction.currency.lower()
    return {
        "amount": {
            "value": to_rail_units(instruction.money, payout=True),
            "currency": currency,
        },
        "from": {"financial_account": financial_account, "currency": currency},
        "to": {"recipient": instruction.destination},
        "statement_descriptor": _DESCRIPTOR,
        "metadata": {
            "instruction_id": instruction.instruction_id,
            "attempt": str(instruction.leg.attempt),
            "statement_id": instruction.statement_id,
            "statement_hash": instruction.statement_hash,
        },
    }


def recipient(wanted: PayoutAccount) -> Params:
    """Paid into a bank account of their country; Stripe asks them what it must know."""
    is_vendor = wanted.payee.kind is PayeeKind.VENDOR
    params: Params = {
        "configuration": {
            "recipient": {"capabilities": {"bank_accounts": {"local": {"requested": True}}}}
        },
        "identity": {
            "country": wanted.country.lower(),
            "entity_type": "company" if is_vendor else "individual",
        },
        "dashboard": "none",
        "metadata": {"payee_id": wanted.payee.payee_id, "attempt": str(wanted.attempt)},
        "include": INCLUDE,
    }
    if wanted.email:
        params["contact_email"] = wanted.email
    return params


def account_link(account_id: str, *, refresh_url: str, return_url: str) -> Params:
    """Onboarding."""
    return {
        "account": account_id,
        "use_case": {
            "type": "account_onboarding",
            "account_onboarding": {"refresh_url": refresh_url, "return_url": return_url},
        },
    }
