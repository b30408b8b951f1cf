"""`crewline webhooks`: what it asks for, and that a secret goes to standard output alone."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.unit.sdk.commanding import run

pytestmark = pytest.mark.usefixtures("nobody")

ENDPOINT = {
    "webhook_endpoint_id": "whe_1", "url": "https://example.com/hook", "types": ["funds.low"],
    "description": "", "create_time": "2026-11-28T10:00:00Z",
}  # fmt: skip


def test_a_secret_is_all_that_is_printed(answers: list[Any], asked: list[httpx.Request]) -> None:
    answers.append({"webhook_endpoint": ENDPOINT, "secret": "whsec_x"})
    done = run("webhooks", "create", "https://example.com/hook", "--type", "funds.low")
    assert (done.exit_code, done.stdout) == (0, "whsec_x\n")
    body = json.loads(asked[-1].content)
    assert (body["url"], body["types"]) == ("https://example.com/hook", ["funds.low"])
    answers.append({"webhook_endpoint": ENDPOINT, "secret": "whsec_y"})
    assert run("webhooks", "rotate", "whe_1").stdout == "whsec_y\n"
    assert asked[-1].url.path == "/v1/webhook-endpoints/whe_1:rotate-secret"


def test_deliveries_are_listed_by_state_and_sent_again(
    answers: list[Any], asked: list[httpx.Request]
) -> None:
    one = {
        "webhook_delivery_id": "whe_1.n1", "webhook_endpoint_id": "whe_1", "notice_id": "n1",
        "type": "funds.low", "state": "WEBHOOK_DELIVERY_STATE_DEAD", "tries": 10, "status": 0,
        "error": "TimeoutError", "payload": "{}", "create_time": "2026-11-28T10:00:00Z",
    }  # fmt: skip
    answers.append({"webhook_deliveries": [one], "next_page_token": ""})
    shown = run("webhooks", "deliveries", "--state", "dead").stdout
    for part in ("whe_1.n1", "funds.low", "TimeoutError"):
        assert part in shown
    assert asked[-1].url.params["state"] == "WEBHOOK_DELIVERY_STATE_DEAD"
    answers.append({"webhook_delivery": one})
    assert run("webhooks", "redeliver", "whe_1.n1").exit_code == 0
    assert asked[-1].url.path == "/v1/webhook-deliveries/whe_1.n1:redeliver"
    assert run("webhooks", "deliveries", "--state", "lost").exit_code == 2


def test_addresses_are_listed_and_ended(answers: list[Any], asked: list[httpx.Request]) -> None:
    answers += [{"webhook_endpoints": [ENDPOINT]}, {}]
    assert "https://example.com/hook" in run("webhooks", "list").stdout
    assert run("webhooks", "delete", "whe_1").exit_code == 0
    assert asked[-1].url.path == "/v1/webhook-endpoints/whe_1:delete"
