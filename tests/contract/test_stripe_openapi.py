"""The checks against Stripe's OpenAPI document: what they find, and what they forgive."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conformance import Recording, answer_problems, event_problems, request_problems
from tests.contract.openapi import object_problems
from tests.contract.openapi_drift import differences, document, forgiven
from tests.contract.sandbox_process import Stripe, body_of

_TRANSFER = [["amount", "100"], ["currency", "usd"], ["destination", "acct_1"]]


def test_every_forgiven_difference_is_one_and_has_a_reason() -> None:
    assert sorted(forgiven().keys() - differences()) == []
    assert all(len(reason) > 20 for reason in forgiven().values())


def test_the_document_is_the_one_that_the_drift_is_listed_for() -> None:
    assert document()["version"] == "2023-08-16"
    # What Stripe has had since, and nothing else, is not held against it.
    unknown = {"balance_settings.retrieve", "balance_settings.update"}
    assert "transfer.create" in document()["operations"]
    assert unknown.isdisjoint(document()["operations"])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"colour": "red"}, "'colour' was unexpected"),
        ({"amount": "100"}, "is not of type"),
        ({"reversed": None}, "is not of type"),
        ({"reversals": {"object": "list", "data": []}}, "is a required property"),
    ],
)
async def test_a_wrong_answer_is_named(api: Stripe, change: dict[str, Any], complaint: str) -> None:
    account = await api.ready_account()
    await api.top_up(100)
    body = body_of(
        await api.v1.transfers.create_async(
            {"amount": 100, "currency": "usd", "destination": account.id}
        )
    )
    assert list(answer_problems("transfer.create", body)) == []
    found = list(answer_problems("transfer.create", {**copy.deepcopy(body), **change}))
    by_document = [text for text in found if "by the document" in text]
    assert any(complaint in text for text in by_document), found
    del body["livemode"]
    assert any("livemode" in text for text in object_problems("transfer", body))


@pytest.mark.parametrize(
    ("pairs", "complaint"),
    [
        ([*_TRANSFER, ["colour", "red"]], "unknown parameter"),
        (_TRANSFER[:2], "Missing required param"),
        ([["amount", "ten"], *_TRANSFER[1:]], "Invalid integer"),
    ],
)
def test_a_wrong_request_is_named(pairs: list[list[str]], complaint: str) -> None:
    assert list(request_problems("transfer.create", _TRANSFER)) == []
    assert any(complaint in text for text in request_problems("transfer.create", pairs))


async def test_a_wrong_event_is_named(api: Stripe) -> None:
    await api.top_up(1)
    page = await api.v1.events.list_async({"type": "topup.succeeded", "limit": 1})
    [event] = body_of(page)["data"]
    assert list(event_problems(event)) == []
    event["data"]["object"]["status"] = "vanished"
    # The SDK takes any text for a state, to be open to new ones; the document does not.
    [complaint] = event_problems(event)
    assert "vanished" in complaint


async def test_only_requests_of_our_own_must_all_be_right(api: Stripe, tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    status, _, refusal = await api.raw("POST", "/v1/topups", "amount=1&currency=usd&nonsense=1")
    line = {
        "operation": "topup.create",
        "account": None,
        "params": [["amount", "1"], ["currency", "usd"], ["nonsense", "1"]],
        "status": status,
        "body": refusal,
    }
    record.write_text(json.dumps(line) + "\n")
    assert Recording(record).complaints() == []
    [complaint] = Recording(record, strict=True).complaints()
    assert "nonsense" in complaint


def test_the_record_is_read_once_and_whole_lines_only(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    wrong = {"operation": "balance.retrieve", "params": [], "status": 200, "body": {}}
    record.write_text(json.dumps(wrong) + "\n" + '{"operation": "bal')
    reading = Recording(record)
    assert reading.complaints() != []
    assert reading.complaints() == []
