"""`crewline ledger reconcile` and `clearing`: what they ask for, show, and end with."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.unit.sdk.commanding import run

pytestmark = pytest.mark.usefixtures("nobody")


def _usd(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": "USD"}


def _day(unexplained: int) -> dict[str, Any]:
    names = ("timing", "pending", "matched_provider", "matched_ledger")
    return {
        "day": "2026-11-27",
        "account": "platform",
        "provider": _usd(120_000 + unexplained),
        "ledger": _usd(120_000),
        "unexplained": _usd(unexplained),
        **{name: _usd(0) for name in names},
        "unmatched_provider_count": 0,
        "unmatched_ledger_count": 0,
    }


def test_a_day_that_adds_up_is_shown(answers: list[Any], asked: list[httpx.Request]) -> None:
    answers.append({"days": [_day(0)], "read_time": "2026-11-28T00:05:00Z"})
    done = run("ledger", "reconcile", "--day", "2026-11-27", "--currency", "USD")
    assert done.exit_code == 0, done.output
    assert "1,200.00 USD" in done.stdout
    assert asked[-1].url.path == "/v1/reconciliation/days"
    assert dict(asked[-1].url.params) == {"first_day": "2026-11-27", "currency": "USD"}


def test_what_is_unexplained_is_shown_and_ends_with_one(answers: list[Any]) -> None:
    """G14, C15: no day is green while a cent of it is not."""
    movement = {
        "movement_id": "txn_9", "side": "provider", "account": "platform", "amount": _usd(-50),
        "time": "2026-11-27T10:00:00Z", "type": "transfer", "source": "tr_9", "group": "tr_9",
    }  # fmt: skip
    answers += [{"days": [_day(-50)]}, {"movements": [movement], "next_page_token": ""}]
    done = run("ledger", "reconcile", "--unmatched")
    assert done.exit_code == 1
    for part in ("-0.50 USD", "tr_9", "txn_9"):
        assert part in done.stdout
    assert "still under way" in done.output


def test_what_an_operator_knows_is_said_for_some_days(
    answers: list[Any], asked: list[httpx.Request]
) -> None:
    account = "rail:stripe:in_flight:USD"
    known = {
        "reason": "The bank looks for it", "acknowledged_by": "ope_1",
        "acknowledge_time": "2026-11-20T10:00:00Z", "until_time": "2026-11-25T10:00:00Z",
    }  # fmt: skip
    item = {
        "account": account, "group": "pay.1", "statement_id": "st_1", "amount": _usd(700),
        "open_time": "2026-11-01T10:00:00Z", "acknowledgement": known,
    }  # fmt: skip
    answers += [{"item": item}, {"ages": []}, {"items": [item], "next_page_token": ""}]
    reason = ("--reason", "The bank looks for it", "--days", "5")
    done = run("ledger", "acknowledge", account, "pay.1", *reason)
    assert done.exit_code == 0, done.output
    assert asked[-1].url.path == "/v1/clearing-items:acknowledge"
    sent = json.loads(asked[-1].content)
    assert (sent["account"], sent["group"], sent["days"]) == (account, "pay.1", 5)
    shown = run("ledger", "clearing")
    assert "The bank looks for it" in shown.stdout
    assert run("ledger", "acknowledge", account, "pay.1", "--reason", "x", "--days", "15").exit_code


def test_what_is_on_its_way_is_shown_by_age(answers: list[Any]) -> None:
    account = "rail:stripe:in_flight:USD"
    age = {"account": account, "age": "older", "amount": _usd(700), "items": 1}
    item = {
        "account": account, "group": "pay.1", "statement_id": "st_1", "amount": _usd(700),
        "open_time": "2026-11-01T10:00:00Z",
    }  # fmt: skip
    answers += [{"ages": [age]}, {"items": [item], "next_page_token": ""}]
    done = run("ledger", "clearing")
    assert done.exit_code == 0, done.output
    for part in ("older", "7.00 USD", "pay.1", "st_1"):
        assert part in done.stdout
