"""`crewline explain --contractor`: all pages, and 1 where the sums do not add up."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.sdk.commanding import run

pytestmark = pytest.mark.usefixtures("nobody")


def _usd(amount_minor: int, fraction: int = 0) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "fraction": fraction, "currency": "USD"}


def _sum(unexplained: int = 0) -> dict[str, Any]:
    return {
        "vendor_id": "", "earnings": [{"kind": "accrual", "amount": _usd(130, 13)}],
        "earned": _usd(130, 13), "not_stated": _usd(30, 13), "stated": _usd(0),
        "paid": _usd(100), "unexplained": _usd(unexplained), "why_not_stated": "BELOW_MINIMUM",
        "minimum_minor": 500,
    }  # fmt: skip


def _statement(statement_id: str) -> dict[str, Any]:
    return {
        "statement": {
            "statement_id": statement_id, "state": "STATEMENT_STATE_PAID", "reason": "",
            "transfer_id": "tr_1", "payout_id": "po_1",
        },
        "amount": _usd(100),
        "movements": [{"balance_transaction_id": "txn_1"}],
        "bank_line": {"arrival_day": "2026-11-30", "trace_id": "T1"},
    }  # fmt: skip


def test_a_contractors_money_is_followed_over_all_pages(
    answers: list[Any], asked: list[httpx.Request]
) -> None:
    answers += [
        {"sums": [_sum()], "statements": [_statement("st_2")], "next_before_statement_id": "st_2"},
        {"sums": [_sum()], "statements": [_statement("st_1")], "next_before_statement_id": ""},
    ]
    done = run("explain", "--contractor", "ctr_1")
    assert done.exit_code == 0, done.output
    for part in ("st_1", "st_2", "tr_1", "po_1", "2026-11-30", "T1", "txn_1", "below minimum"):
        assert part in done.output
    assert "1.300013 USD" in done.output
    assert asked[-1].url.path == "/v1/contractors/ctr_1/money"
    assert asked[-1].url.params["before_statement_id"] == "st_2"


def test_what_does_not_add_up_is_said_and_ends_with_one(answers: list[Any]) -> None:
    """G16: whoever asks after a person's money learns if it is not all there."""
    answers.append({"sums": [_sum(7)], "statements": [], "next_before_statement_id": ""})
    done = run("explain", "--contractor", "ctr_1")
    assert done.exit_code == 1
    assert "unexplained" in done.output


def test_one_of_both_is_to_be_named() -> None:
    assert run("explain").exit_code == 2
    assert run("explain", "asn_1", "--contractor", "ctr_1").exit_code == 2
