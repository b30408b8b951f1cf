"""What the hosted payment page does: a card's number tried, its bank asked, the session paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from deploy.local.stripe_sandbox import checkout_sessions, payment_intents
from deploy.local.stripe_sandbox.objects import Body, Stored
from deploy.local.stripe_sandbox.payment_methods import CARD, Declined, method_of
from deploy.local.stripe_sandbox.world import Sandbox

# Stripe's documented test cards, and what each of them comes to.
CARDS: Final = {
    "4242424242424242": ("pm_card_visa", "is paid"),
    "5555555555554444": ("pm_card_mastercard", "is paid"),
    "4000002760003184": ("pm_card_authenticationRequired", "its bank asks who you are"),
    "4000000000000002": ("pm_card_visa_chargeDeclined", "is declined"),
    "4000000000009995": (
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        "is declined: insufficient funds",
    ),
    "4000000000000069": ("pm_card_visa_chargeDeclinedExpiredCard", "is declined: expired"),
    "4000000000000259": ("pm_card_createDispute", "is paid, and disputed afterwards"),
}
_UNKNOWN_CARD: Final = "The sandbox knows only the test cards that are listed below."
_AUTHENTICATION_FAILED: Final = (
    "We are unable to authenticate your payment method. Please choose a different payment method "
    "and try again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """After one try: paid, or the card's bank asks, or `problem` says why not."""

    is_paid: bool = False
    asks_bank: bool = False
    problem: str = ""


def pay(sandbox: Sandbox, session: Stored, *, number: str, email: str) -> Outcome:
    """Try a card of the payer's; only the listed test cards exist."""
    digits = "".join(number.split())
    if digits not in CARDS:
        return Outcome(problem=_UNKNOWN_CARD)
    method = method_of(CARDS[digits][0])
    intent = _intent(sandbox, session)
    session.private["email"] = email
    sandbox.objects.save(session)
    try:
        body = payment_intents.attempt(sandbox, intent, {"payment_method": method.id})
    except Declined as refusal:
        # It has happened: the attempt is kept, and the payer may take another card.
        return Outcome(problem=refusal.message)
    return _after(sandbox, session, body)


def answer_bank(sandbox: Sandbox, session: Stored, *, succeeded: bool) -> Outcome:
    """Tell the card's bank who the payer is, rightly or not."""
    intent = _intent(sandbox, session)
    if intent.body["status"] != "requires_action":
        return Outcome()
    body = payment_intents.authenticate(sandbox, intent, succeeded=succeeded)
    if not succeeded:
        return Outcome(problem=_AUTHENTICATION_FAILED)
    return _after(sandbox, session, body)


def asks_bank(sandbox: Sandbox, session: Stored) -> bool:
    """Whether a card of the payer's is waiting for its bank."""
    intent_id = session.body["payment_intent"]
    intent = sandbox.objects.find(intent_id, kind="payment_intent") if intent_id else None
    return intent is not None and intent.body["status"] == "requires_action"


def _after(sandbox: Sandbox, session: Stored, intent: Body) -> Outcome:
    if intent["status"] == "requires_action":
        return Outcome(asks_bank=True)
    checkout_sessions.complete(sandbox, session, email=session.private["email"])
    return Outcome(is_paid=True)


def _intent(sandbox: Sandbox, session: Stored) -> Stored:
    """Return the session's payment, made when somebody first tries to pay."""
    if session.body["payment_intent"]:
        return sandbox.objects.get(
            session.body["payment_intent"], kind="payment_intent", owner=session.owner
        )
    asked = session.private["payment"]
    intent = payment_intents.make(
        sandbox,
        session.owner,
        {
            **asked,
            "amount": session.body["amount_total"],
            "currency": session.body["currency"],
            "payment_method_types": [CARD],
        },
    )
    intent.private["session"] = session.id
    sandbox.objects.save(intent)
    session.body["payment_intent"] = intent.id
    sandbox.objects.save(session)
    return intent
