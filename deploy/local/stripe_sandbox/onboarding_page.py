"""The sandbox's own pages: the banner and the hosted onboarding form."""

from __future__ import annotations

from html import escape
from typing import Final

from deploy.local.stripe_sandbox.bank_numbers import GOOD_NUMBER

_CHOICES: Final = (
    (GOOD_NUMBER, "payouts arrive"),
    ("000111111116", "payouts fail: no_account"),
    ("000111111113", "payouts fail: account_closed"),
    ("000222222227", "payouts fail: insufficient_funds"),
    ("000333333335", "payouts fail: debit_not_authorized"),
    ("000444444440", "payouts fail: invalid_currency"),
)
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 36rem }}
body {{ margin: 3rem auto; padding: 0 1rem }}
.banner {{ background: #fff3cd; border: 1px solid #b58900; padding: .75rem 1rem }}
button, select {{ font: inherit; padding: .4rem .8rem }}
</style></head><body>
<p class="banner" role="note"><strong>Sandbox.</strong> This is a stand-in for Stripe, for
development and tests only. No money moves and nothing here reaches Stripe.</p>
{body}
</body></html>
"""


def banner_page() -> str:
    """Return the page at `/`."""
    body = (
        "<h1>Crewline Stripe sandbox</h1>"
        "<p>Point the <code>stripe</code> client's base address at this server. The control API "
        "is under <code>/_sandbox/</code>.</p>"
    )
    return _PAGE.format(title="Crewline Stripe sandbox", body=body)


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
    return _PAGE.format(title="Onboarding (sandbox)", body=body)


def spent_page() -> str:
    """Return what an unknown link shows."""
    return _PAGE.format(title="Onboarding (sandbox)", body="<h1>No such link</h1>")
