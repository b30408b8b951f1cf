"""`crewline adjustments`: what its commands ask for, and what they say."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.unit.sdk.commanding import answer_with, run

pytestmark = pytest.mark.usefixtures("nobody")

PROPOSAL: dict[str, Any] = {
    "adjustment_id": "adj_1",
    "state": "ADJUSTMENT_STATE_PROPOSED",
    "postings": [
        {"account": "platform:absorbed:USD", "amount_units": 2_000_100, "currency": "USD"},
        {"account": "contractor:ctr_1:payable:USD", "amount_units": -2_000_100, "currency": "USD"},
    ],
    "reverses_entry_id": "",
    "reason": "paid at the old rate",
    "document": "letter 7",
    "proposed_by": "per_ada",
    "propose_time": "2026-03-02T12:00:00Z",
    "expire_time": "2026-03-16T12:00:00Z",
    "resolved_by": "",
    "declined_because": "",
    "entry_id": "",
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """A platform that has one proposal."""
    found: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        found.append(request)
        is_list = request.method == "GET" and request.url.path.endswith("/adjustments")
        return httpx.Response(
            200, json={"adjustments": [PROPOSAL]} if is_list else {"adjustment": PROPOSAL}
        )

    answer_with(handle, monkeypatch)
    return found


def test_postings_are_written_as_accounts_and_amounts(asked: list[httpx.Request]) -> None:
    done = run(
        "adjustments", "propose", "--debit", "platform:absorbed:USD=2.0001",
        "--credit", "contractor:ctr_1:payable:USD=2.0001", "--reason", "paid at the old rate",
        "--document", "letter 7", "--from", "2026-03-01",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    [request] = asked
    body = json.loads(request.content)
    assert body["postings"] == [
        {"account": "platform:absorbed:USD", "amount_units": 2_000_100},
        {"account": "contractor:ctr_1:payable:USD", "amount_units": -2_000_100},
    ]
    assert (body["effective_time"], body["document"]) == ("2026-03-01T00:00:00Z", "letter 7")
    assert "next, by another operator: crewline adjustments confirm adj_1" in done.output
    assert "2.0001 USD" in done.output


def test_each_step_is_its_request(asked: list[httpx.Request]) -> None:
    for command in (
        ("reverse", "accrual:asn_1:1", "--reason", "twice"),
        ("confirm", "adj_1"),
        ("decline", "adj_1", "--reason", "it was right"),
        ("show", "adj_1"),
        ("list", "--state", "proposed"),
    ):
        done = run("adjustments", *command)
        assert done.exit_code == 0, done.output
        assert "paid at the old rate" in done.output
    assert [(one.method, one.url.path) for one in asked] == [
        ("POST", "/v1/adjustments"),
        ("POST", "/v1/adjustments/adj_1:confirm"),
        ("POST", "/v1/adjustments/adj_1:decline"),
        ("GET", "/v1/adjustments/adj_1"),
        ("GET", "/v1/adjustments"),
    ]
    assert json.loads(asked[0].content)["reverses_entry_id"] == "accrual:asn_1:1"
    assert asked[-1].url.params["state"] == "ADJUSTMENT_STATE_PROPOSED"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("propose", "--debit", "platform:fees:USD", "--credit", "x:USD=1", "--reason", "r"),
         "is no posting"),
        (("propose", "--debit", "platform:fees:USD=1,5", "--credit", "x:USD=1", "--reason", "r"),
         "is no price"),
        (("list", "--state", "open"), "is none of"),
    ],
)  # fmt: skip
def test_what_is_typed_wrongly_is_told_before_anything_is_asked(
    asked: list[httpx.Request], command: tuple[str, ...], said: str
) -> None:
    done = run("adjustments", *command)
    assert (done.exit_code != 0, said in done.output, asked) == (True, True, [])
