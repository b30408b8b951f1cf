"""Balance transactions as Stripe writes them, in our words and our units."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.payouts.domain.errors import CurrencyUnsupported
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR
from services.payouts.domain.reconciliation.mirrors import FEE, PLATFORM, items_of_transaction
from services.payouts.stripe_api.history import StripeHistory, balance_transaction


def transaction(**changes: Any) -> dict[str, Any]:
    return {
        "id": "txn_1",
        "object": "balance_transaction",
        "type": "charge",
        "currency": "usd",
        "amount": 1_000,
        "fee": 59,
        "net": 941,
        "created": 1_795_000_000,
        "source": {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "metadata": {}},
        **changes,
    }


def test_what_the_rail_kept_is_a_movement_of_its_own() -> None:
    """G14: a payment matches its deposit in full, and the fee is seen beside it."""
    payment, fee = items_of_transaction(balance_transaction(transaction()), account=PLATFORM)
    assert (payment.amount_units, payment.group) == (1_000 * LEDGER_UNITS_PER_MINOR, "pi_1")
    assert (fee.amount_units, fee.type) == (-59 * LEDGER_UNITS_PER_MINOR, FEE)
    assert payment.at == datetime.fromtimestamp(1_795_000_000, UTC)


@pytest.mark.parametrize(
    ("currency", "amount", "units"),
    [
        ("usd", -5, -5 * LEDGER_UNITS_PER_MINOR),
        # Stripe writes both with two decimals more than ISO 4217 gives them.
        ("ugx", 12_300, 123 * LEDGER_UNITS_PER_MINOR),
        ("jpy", 7, 7 * LEDGER_UNITS_PER_MINOR),
        ("kwd", 1_230, 1_230 * LEDGER_UNITS_PER_MINOR),
    ],
)
def test_amounts_are_in_ledger_units(currency: str, amount: int, units: int) -> None:
    """C14: units differ by currency, in reconciliation as everywhere."""
    found = balance_transaction(transaction(currency=currency, amount=amount, fee=0))
    assert found.amount_units == units
    assert len(items_of_transaction(found, account=PLATFORM)) == 1


@pytest.mark.parametrize(
    ("changes", "group"),
    [
        ({"type": "transfer", "source": {"id": "tr_1", "object": "transfer"}}, "tr_1"),
        (
            {
                "type": "transfer_refund",
                "source": {"id": "trr_1", "object": "transfer_reversal", "transfer": "tr_1"},
            },
            "tr_1",
        ),
        (
            {
                "type": "payment",
                "source": {"id": "py_1", "object": "charge", "source_transfer": {"id": "tr_1"}},
            },
            "tr_1",
        ),
        (
            {
                "type": "payout_failure",
                "source": {
                    "id": "po_1",
                    "object": "payout",
                    "metadata": {"instruction_id": "pay.1", "attempt": "2"},
                },
            },
            "payout:pay.1:2",
        ),
        # Anybody may write metadata in the dashboard.
        (
            {
                "type": "payout",
                "source": {"id": "po_1", "metadata": {"instruction_id": "", "attempt": "x"}},
            },
            "po_1",
        ),
        ({"type": "topup", "source": "tu_1"}, "tu_1"),
        ({"type": "reserve_transaction", "source": None}, "txn_1"),
        ({"type": "invented_yesterday", "source": "new_1"}, "new_1"),
    ],
)
def test_every_movement_names_what_it_is_of(changes: dict[str, Any], group: str) -> None:
    """G14: by source object, whatever its type, of which there may be new ones."""
    found = balance_transaction(transaction(fee=0, **changes))
    [item] = items_of_transaction(found, account=PLATFORM)
    assert (item.group, item.type) == (group, changes["type"])


async def test_one_that_cannot_be_read_hides_no_other() -> None:
    """G14: it is kept as it came, and counted."""
    asked: list[tuple[str, dict[str, Any], str]] = []

    async def page(resource: str, params: Any, *, account_id: str = "") -> Any:
        asked.append((resource, dict(params), account_id))
        bad = transaction(id="txn_2", currency="xxx")
        return {"data": [bad, transaction(), {"id": "txn_3"}], "has_more": True}

    async def body(resource: str, rail_id: str, *, account_id: str = "") -> Any:
        raise AssertionError(f"{resource} {rail_id} {account_id} was not to be asked for")

    history = StripeHistory(page=page, body=body)
    since = datetime.fromtimestamp(1_794_000_000, UTC)
    found = await history.transactions("acct_1", since=since, after="txn_0")
    assert [one.read is not None for one in found.found] == [False, True, False]
    assert found.has_more
    [(resource, params, account_id)] = asked
    assert (resource, account_id) == ("balance_transactions", "acct_1")
    assert (params["limit"], params["starting_after"]) == (100, "txn_0")
    assert params["created"] == {"gte": 1_794_000_000}
    with pytest.raises(CurrencyUnsupported):
        balance_transaction(transaction(currency="xxx"))
