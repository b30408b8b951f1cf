"""The checker itself: it accepts Stripe's own examples and rejects what differs from them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import stripe

from tests.contract.stripe_types import absent_from, fixtures, problems

_RESOURCES: dict[str, type] = {
    "account": stripe.Account,
    "account_link": stripe.AccountLink,
    "balance": stripe.Balance,
    "balance_transaction": stripe.BalanceTransaction,
    "bank_account": stripe.BankAccount,
    "capability": stripe.Capability,
    "event": stripe.Event,
    "payout": stripe.Payout,
    "topup": stripe.Topup,
    "transfer": stripe.Transfer,
    "transfer_reversal": stripe.TransferReversal,
    "webhook_endpoint": stripe.WebhookEndpoint,
}


@pytest.mark.parametrize("name", _RESOURCES)
def test_stripes_own_examples_pass(name: str) -> None:
    assert list(problems(fixtures()[name], _RESOURCES[name])) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"amount": "1100"}, "$.amount: '1100' is not int"),
        ({"amount": None}, "$.amount: None is not int"),
        ({"amount": True}, "$.amount: True is not int"),
        ({"object": "payout"}, "$.object: 'payout' is none of ('transfer',)"),
        ({"colour": "red"}, "$.colour: unknown to Transfer"),
        ({"metadata": {"a": 1}}, "$.metadata[a]: 1 is not str"),
        ({"reversals": []}, "$.reversals: [] is not a list envelope"),
    ],
)
def test_a_wrong_member_is_named(change: dict[str, Any], complaint: str) -> None:
    wrong = {**copy.deepcopy(fixtures()["transfer"]), **change}
    assert list(problems(wrong, stripe.Transfer)) == [complaint]


def test_a_missing_member_is_named() -> None:
    wrong = copy.deepcopy(fixtures()["transfer"])
    del wrong["livemode"]
    assert list(problems(wrong, stripe.Transfer)) == ["$.livemode: missing"]
    assert list(absent_from(wrong, fixtures()["transfer"])) == [
        "$.livemode: in Stripe's example, not here"
    ]
