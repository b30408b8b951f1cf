"""The sandbox's own pages: the banner and the hosted onboarding form."""

from __future__ import annotations

from html import escape
from typing import Final

from deploy.local.stripe_sandbox.bank_numbers import GOOD_NUMBER
from deploy.local.stripe_sandbox.pages import page

_CHOICES: Final = (
    (GOOD_NUMBER, "payouts arrive"),
    ("000111111116", "payouts fail: no_account"),
    ("000111111113", "payouts fail: account_closed"),
    ("000222222227", "payouts fail: insufficient_funds"),
    ("000333333335", "payouts fail: debit_not_authorized"),
    ("000444444440", "payouts fail: invalid_currency"),
)


def banner_page() -> str:
    """Return the page at `/`."""
    body = (
        "<h1>Crewline Stripe sandbox</h1>"
        "<p>Point the <code>stripe</code> client's base address at this server. The control API "
        "is under <code>/_sandbox/</code>.</p>"
    )
    return page(title="Crewline Stripe sandbox", body=body)


def onboarding_page(account_id: str) -> str:
    """Return the form that completes an account's onboarding."""
    options = "".join(
        f'<option value="{number}">{number} ({escape(meaning)})</option>'
        for number, meaning in _CHOICES
    )
    body = (
        f"<h1>Set up payouts</h1><p>Account <code>{escape(account_id)}</code> would be asked for "
        "its holder's details here. The sandbox fills them in.</p>"
        '<form method="post"><p><label for="account_number">Bank account</label><br>'
        f'<select id="account_number" name="account_number">{options}</select></p>'
        '<p><button type="submit">Complete onboarding</button></p></form>'
    )
    return page(title="Onboarding (sandbox)", body=body)


def spent_page() -> str:
    """Return what an unknown link shows."""
    return page(title="Onboarding (sandbox)", body="<h1>No such link</h1>")
