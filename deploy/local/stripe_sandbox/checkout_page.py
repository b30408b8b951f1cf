"""The hosted payment page: what a payer sees at the address of a checkout session."""

from __future__ import annotations

from html import escape

from deploy.local.stripe_sandbox.checkout_paying import CARDS
from deploy.local.stripe_sandbox.objects import Stored
from deploy.local.stripe_sandbox.pages import page

_TITLE = "Pay (sandbox)"
_WHOLE = frozenset({"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd"})


def payment_form(session: Stored, *, problem: str = "", number: str = "", email: str = "") -> str:
    """Return the form that a card's number goes in."""
    body = session.body
    told = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    cards = "".join(
        f"<tr><td><code>{digits}</code></td><td>{escape(meaning)}</td></tr>"
        for digits, (_, meaning) in CARDS.items()
    )
    shown = ", ".join(escape(name) for name in session.private["shown"])
    cancel = body["cancel_url"]
    back = f'<p><a href="{escape(cancel)}">Back without paying</a></p>' if cancel else ""
    return page(
        title=_TITLE,
        body=(
            f"<h1>Pay {_amount(body['amount_total'], body['currency'])}</h1><p>{shown}</p>{told}"
            '<form method="post">'
            '<p><label for="email">E-mail address</label><br>'
            f'<input id="email" name="email" type="email" required value="{escape(email)}"></p>'
            '<p><label for="number">Card number</label><br>'
            '<input id="number" name="number" inputmode="numeric" autocomplete="off" required '
            f'value="{escape(number)}"></p>'
            '<p><button type="submit">Pay</button></p></form>'
            f"{back}<h2>Test cards</h2><table>{cards}</table>"
        ),
    )


def bank_form(session: Stored) -> str:
    """Return the page on which the card's bank asks who the payer is."""
    return page(
        title=_TITLE,
        body=(
            "<h1>Your card's bank asks</h1><p>Is it you who pays "
            f"{_amount(session.body['amount_total'], session.body['currency'])}?</p>"
            '<form method="post">'
            '<p><button type="submit" name="bank" value="yes">Complete authentication</button> '
            '<button type="submit" name="bank" value="no">Fail authentication</button></p></form>'
        ),
    )


def closed(session: Stored) -> str:
    """Return what the page of a session shows that is no longer open."""
    said = "has been paid" if session.body["status"] == "complete" else "has expired"
    return page(title=_TITLE, body=f"<h1>This payment page {said}</h1>")


def unknown() -> str:
    """Return what an address shows that is no session's."""
    return page(title=_TITLE, body="<h1>No such payment page</h1>")


def _amount(amount: int, currency: str) -> str:
    if currency in _WHOLE:
        return f"{currency.upper()} {amount}"
    return f"{currency.upper()} {amount // 100}.{amount % 100:02}"
