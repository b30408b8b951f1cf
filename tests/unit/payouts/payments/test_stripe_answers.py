"""Accounts as Stripe shows them, in our words."""

from __future__ import annotations

from typing import Any

import pytest

from services.payouts.stripe_api.answers import account


@pytest.mark.parametrize(
    ("banks", "currencies"),
    [
        (None, ()),
        ({"data": [], "has_more": False}, ()),
        ({"data": [{"currency": "usd"}, {"currency": "eur"}, {"currency": "usd"}]}, ("EUR", "USD")),
        # What is not shown may be in any currency, and so may what does not say.
        ({"data": [{"currency": "eur"}], "has_more": True}, ()),
        ({"data": [{"currency": "eur"}, {"object": "card", "currency": None}]}, ()),
    ],
)
def test_the_currencies_that_an_account_keeps(
    banks: dict[str, Any] | None, currencies: tuple[str, ...]
) -> None:
    """§4.2-4: nothing is held back for a currency that the account may well keep."""
    found = account({"id": "acct_1", "external_accounts": banks})
    assert found.bank_currencies == currencies
