"""Objects as Stripe shows them, in our words, and those that cannot be put into them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.payouts.domain.payments.rail import OutcomeKind
from services.payouts.stripe_api.answers import account, transfer
from services.payouts.stripe_api.calls import find_in
from services.payouts.stripe_api.global_history import movements


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


async def test_a_look_up_that_meets_what_it_cannot_read_proves_no_absence() -> None:
    """G12: metadata that is no object may hide what an attempt has made; it ends no loop."""
    read = {"id": "tr_1", "reversed": False, "amount": 1, "amount_reversed": 0, "currency": "usd"}

    async def pages() -> AsyncIterator[list[Any]]:
        yield [{**read, "metadata": "instruction_id=pay.1"}]

    answer = await find_in(pages(), transfer, lambda found: found.instruction_id == "pay.1")
    assert answer.kind is OutcomeKind.LOOKUP_FAILED


def test_a_movement_that_is_no_object_inside_is_kept_unread() -> None:
    """G15: one that cannot be read hides none of the others."""
    [kept] = movements({"id": "obp_1", "created": 7, "from": {"debited": {}}, "status": "posted"})
    assert (kept.transaction_id, kept.read) == ("obp_1", None)
    [odd] = movements(
        {
            "id": "obp_2",
            "created": "2026-11-28T00:00:00Z",
            "from": {"debited": {"currency": "usd", "value": 5}},
            "metadata": "none",
        }
    )
    assert odd.read is None
