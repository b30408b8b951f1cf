"""What Stripe is asked for when a client's money comes in; nothing of a client's but its id."""

from __future__ import annotations

from typing import Any, Final

from services.payouts.domain.funding.deposits import Deposit
from services.payouts.domain.ledger.money import Money
from services.payouts.domain.payments.rail_units import to_rail_units

# What the payer reads beside the amount.
_FUNDS: Final = "Funds for work on Crewline"


def topup(deposit: Deposit) -> dict[str, Any]:
    """Errors: RailUnitsInvalid, CurrencyUnsupported."""
    return {
        **_amount(deposit),
        "description": f"Deposit {deposit.deposit_id}",
        "metadata": _metadata(deposit),
    }


def payment(deposit: Deposit) -> dict[str, Any]:
    """Errors: RailUnitsInvalid, CurrencyUnsupported."""
    return {
        **_amount(deposit),
        "description": _description(deposit),
        "automatic_payment_methods": {"enabled": True},
        "metadata": _metadata(deposit),
    }


def session(deposit: Deposit) -> dict[str, Any]:
    """Of a deposit with a checkout. The payment that comes of it says whose it is, as others do.

    Errors: RailUnitsInvalid, CurrencyUnsupported.
    """
    checkout = deposit.checkout
    if checkout is None:
        raise ValueError(f"{deposit.deposit_id} is not paid on a page")
    amount = _amount(deposit)
    return {
        "mode": "payment",
        "submit_type": "pay",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": amount["currency"],
                    "unit_amount": amount["amount"],
                    "product_data": {"name": deposit.description or _FUNDS},
                },
            }
        ],
        # What is booked is what was asked for, in its currency.
        "adaptive_pricing": {"enabled": False},
        "client_reference_id": deposit.deposit_id,
        "metadata": _metadata(deposit),
        "payment_intent_data": {
            "description": _description(deposit),
            "metadata": _metadata(deposit),
        },
        "success_url": checkout.return_url,
        "cancel_url": checkout.cancel_url,
        "expires_at": int(checkout.expires_at.timestamp()),
    }


def _amount(deposit: Deposit) -> dict[str, Any]:
    money = Money(amount_minor=deposit.amount_minor, currency=deposit.currency)
    return {"amount": to_rail_units(money), "currency": deposit.currency.lower()}


def _description(deposit: Deposit) -> str:
    return deposit.description or f"Payment {deposit.deposit_id}"


def _metadata(deposit: Deposit) -> dict[str, str]:
    return {"deposit_id": deposit.deposit_id, "client_id": deposit.client_id}
