"""What payouts says of money that is not paid yet, marked for translation; pages translate it."""

from __future__ import annotations

from crewline.payouts.v1 import types_pb2
from services.gateway.web.translations import mark

# As payouts words them; what is not among them is shown as it came.
UNPAID_TEXTS = frozenset(
    (
        mark("It is not known which bank account to pay to. Name one, or choose another way to be"
             " paid."),
        mark("It is paid on your pay day."),
        mark("No way to pay reaches your country with what is known of you. Choose another one."),
        mark("Payment waits for your tax form. The money stays yours."),
        mark("The bank account belongs to another bank now. Name it again."),
        mark("The bank account does not take this currency. Name one that does."),
        mark("The bank account is closed, frozen or restricted. Name another one."),
        mark("The bank does not know this account under this name and number. Correct it, or name"
             " another one."),
        mark("The bank refused the payment. Ask it why, or name another account."),
        mark("The card takes no payouts. Name a bank account instead."),
        mark("The money is on its way to the platform; the payment is tried again by itself."),
        mark("Your account at the payment provider owes money, which would eat the payment."
             " Nothing is sent until it is settled; the money stays yours."),
        mark("The transfer was taken back from your account at the payment provider. The money is"
             " owed to you again, and is paid with the next pay run, to where you say."),
        mark("The payment provider does not let your account take money yet. Look at what it"
             " asks."),
        mark("The payment provider has not said whether the payment went through. It is looked up"
             " by itself, and never sent twice."),
        mark("The payment provider refused the payment. An operator looks."),
        mark("The payment provider still wants to know something about you."),
        mark("The payment was refused for a reason that an operator looks at."),
        mark("The payout account could not take the money. Look at the account, and do what it"
             " asks."),
        mark("The statement is not what it was when it was made. Nothing is paid until an operator"
             " has looked; the money stays yours."),
        mark("The transfer was taken back at the payment provider. An operator looks."),
        mark("There is no account to pay to. Open one, or choose another way to be paid."),
        mark("What the payment provider says does not fit what was ordered. Nothing more is sent"
             " until an operator has looked; the money stays yours."),
        mark("What was taken back outweighs what was earned. Both come together on the next"
             " statement."),
        mark("What you earned is less than the least that is paid out. It is kept and added to the"
             " next statement."),
        mark("Your account at the payment provider cannot be used any more. Open it again."),
        mark("Your pay calendar has not come to its end yet."),
        mark("Your tax form has expired. Payment waits for a new one; the money stays yours."),
    )
)  # fmt: skip

_ACTORS: dict[int, str] = {
    types_pb2.UNPAID_ACTOR_PAYEE: mark("You can do something about it."),
    types_pb2.UNPAID_ACTOR_OPERATOR: mark("An operator has to act."),
    types_pb2.UNPAID_ACTOR_NOBODY: mark("Nobody has to do anything."),
}
_WAYS: dict[int, str] = {
    types_pb2.WAY_OUT_OPEN_ACCOUNT: mark("Open a payout account"),
    types_pb2.WAY_OUT_ACCOUNT_LINK: mark(
        "Tell Stripe what is missing, or name another bank account"
    ),
    types_pb2.WAY_OUT_OTHER_RAIL: mark("Choose another way to be paid"),
    types_pb2.WAY_OUT_TAX_FORM: mark("Give your tax form"),
    types_pb2.WAY_OUT_BANK_DETAILS: mark("Name your bank account"),
}


def actor_words(actor: int) -> str:
    """Who has to do something, in English; the page translates it."""
    return _ACTORS.get(actor, "")


def way_words(way: int) -> str:
    """What the payee can do, in English; the page translates it."""
    return _WAYS.get(way, "")
