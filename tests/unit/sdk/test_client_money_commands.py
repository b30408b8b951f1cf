"""`crewline refunds` and `conversions`: what they ask for, and what they show."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.unit.sdk.commanding import refusal, run

pytestmark = pytest.mark.usefixtures("nobody")

REFUND = {
    "refund_id": "rfd_1",
    "client_id": "org_c",
    "state": "REFUND_STATE_HELD",
    "amount": {"amount_minor": 1250, "fraction": 0, "currency": "USD"},
    "note": "",
    "bank_reference": "",
    "reason": "",
    "request_time": "2026-11-28T10:00:00Z",
    "expire_time": "2026-12-12T10:00:00Z",
}


def test_a_refund_is_asked_for_and_shown(answers: list[Any], asked: list[httpx.Request]) -> None:
    answers.append({"refund": REFUND})
    done = run("refunds", "request", "12.50 USD", "--note", "to DE02")
    assert done.exit_code == 0, done.output
    assert "12.50 USD" in done.stdout
    body = json.loads(asked[-1].content)
    assert (asked[-1].url.path, body["amount"]["amount_minor"]) == ("/v1/refunds", 1250)
    assert body["note"] == "to DE02"


def test_a_part_is_paid_under_the_banks_reference(
    answers: list[Any], asked: list[httpx.Request]
) -> None:
    answers.append({"refund": {**REFUND, "state": "REFUND_STATE_PAID"}})
    done = run("refunds", "pay", "rfd_1", "--reference", "F7", "--paid", "1.00 USD")
    assert done.exit_code == 0, done.output
    body = json.loads(asked[-1].content)
    assert asked[-1].url.path == "/v1/refunds/rfd_1:pay"
    assert (body["bank_reference"], body["paid"]["amount_minor"]) == ("F7", 100)


def test_a_refund_that_was_resolved_otherwise_is_told(answers: list[Any]) -> None:
    answers.append(refusal(409, "REFUND_RESOLVED"))
    done = run("refunds", "decline", "rfd_1", "--reason", "no")
    assert done.exit_code == 1
    assert "REFUND_RESOLVED" in done.output


def test_refunds_are_listed(answers: list[Any]) -> None:
    answers.append({"refunds": [REFUND], "next_page_token": ""})
    done = run("refunds", "list")
    for part in ("rfd_1", "org_c", "12.50 USD", "2026-12-12"):
        assert part in done.stdout


def test_money_is_converted_and_settled(answers: list[Any], asked: list[httpx.Request]) -> None:
    """G1: with the rate, its source and its time."""
    answers += [
        {
            "conversion": {
                "conversion_id": "fxc_1",
                "client_id": "org_c",
                "taken": {"amount_minor": 8001, "fraction": 0, "currency": "USD"},
                "given": {"amount_minor": 7310, "fraction": 5137, "currency": "EUR"},
                "exchange": {"base": "USD", "quote": "EUR", "rate": "0.9137", "source": "ECB"},
            }
        },
        {"entry_id": "fx_settlement:fxc_1"},
    ]
    done = run(
        "conversions", "create", "org_c", "80.01 USD", "EUR", "--rate", "0.9137", "--source", "ECB"
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "73.105137 EUR" in done.stdout
    assert "0.9137 (ECB)" in done.stdout
    body = json.loads(asked[-1].content)
    assert (body["currency"], body["rate"], body["rate_source"]) == ("EUR", "0.9137", "ECB")
    done = run(
        "conversions", "settle", "fxc_1", "--paid", "80.01 USD", "--received", "73.20 EUR",
        "--rate", "0.915", "--source", "bank", "--at", "2026-11-28T10:00:00Z",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "fx_settlement:fxc_1" in done.output
    assert json.loads(asked[-1].content)["received"]["amount_minor"] == 7320


def test_conversions_are_listed_with_their_rates(
    answers: list[Any], asked: list[httpx.Request]
) -> None:
    """G15: rate, source and what is still open are seen at once."""
    exchange = {"base": "USD", "quote": "EUR", "rate": "0.9137", "source": "ECB"}
    conversion = {
        "conversion_id": "fxc_1",
        "client_id": "org_c",
        "taken": {"amount_minor": 8001, "fraction": 0, "currency": "USD"},
        "given": {"amount_minor": 7310, "fraction": 5137, "currency": "EUR"},
        "exchange": exchange,
        "create_time": "2026-11-28T10:00:00Z",
    }
    settled = {**conversion, "conversion_id": "fxc_2", "settlement": {**exchange, "rate": "0.915"}}
    answers.append({"conversions": [conversion, settled], "next_page_token": ""})
    done = run("conversions", "list")
    assert done.exit_code == 0, done.output
    first, second = (line for line in done.stdout.splitlines() if "fxc_" in line)
    assert "ECB" in first
    assert "0.915" not in first
    assert "0.915" in second
