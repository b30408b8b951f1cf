"""`crewline contractors erase` and `erasure`: nobody is erased by a slip, and waiting is told."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.unit.sdk.commanding import answer_with, run

pytestmark = pytest.mark.usefixtures("nobody")

ASKED = {"ask_time": "2026-11-27T09:00:00Z", "actor": "per_op", "reason": "letter 12"}
CONTRACTOR: dict[str, Any] = {
    "contractor_id": "ctr_1",
    "organisation_id": "org_v",
    "name": "Zora Quill",
    "state": "CONTRACTOR_STATE_OFFBOARDED",
    "erasure": ASKED,
}
PROGRESS: dict[str, Any] = {
    "contractor_id": "ctr_1",
    "ask_time": "2026-11-27T09:00:00Z",
    "hurdles": [
        {
            "hurdle": "ERASURE_HURDLE_STATEMENT_UNPAID",
            "amount": {"amount_minor": 300, "fraction": 0, "currency": "USD"},
            "vendor_id": "",
            "of_id": "pst_1",
            "reason": "PAYOUT_ACCOUNT_MISSING",
        },
        {
            "hurdle": "ERASURE_HURDLE_ADJUSTMENT_PROPOSED",
            "vendor_id": "",
            "of_id": "adj_1",
            "reason": "",
        },
    ],
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """A platform that knows one contractor."""
    found: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        found.append(request)
        if request.url.path.endswith("/erasure"):
            return httpx.Response(200, json={"progress": PROGRESS})
        return httpx.Response(200, json={"contractor": CONTRACTOR})

    answer_with(handle, monkeypatch)
    return found


def _writes(asked: list[httpx.Request]) -> list[str]:
    return [request.url.path for request in asked if request.method == "POST"]


@pytest.mark.parametrize("typed", ["n\n", "\n", ""])
def test_whoever_does_not_say_yes_erases_nobody(asked: list[httpx.Request], typed: str) -> None:
    done = run("contractors", "erase", "ctr_1", "--reason", "letter 12", typed=typed)
    assert done.exit_code != 0
    assert "Zora Quill (org_v)" in done.output
    assert _writes(asked) == []


def test_a_yes_erases(asked: list[httpx.Request]) -> None:
    done = run("contractors", "erase", "ctr_1", "--reason", "letter 12", typed="y\n")
    assert done.exit_code == 0, done.output
    assert _writes(asked) == ["/v1/contractors/ctr_1:erase"]
    assert json.loads(asked[-1].content)["reason"] == "letter 12"
    assert "as soon as nothing is owed" in done.output


def test_programs_say_yes_beforehand(asked: list[httpx.Request]) -> None:
    done = run("contractors", "erase", "ctr_1", "--reason", "letter 12", "--yes", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["erasure"] == ASKED
    assert [request.method for request in asked] == ["POST"]


def test_a_reason_has_to_be_given(asked: list[httpx.Request]) -> None:
    assert run("contractors", "erase", "ctr_1", "--yes").exit_code == 2
    assert asked == []


def test_what_an_erasure_waits_for_is_told(asked: list[httpx.Request]) -> None:
    done = run("contractors", "erasure", "ctr_1")
    assert done.exit_code == 0, done.output
    for told in ("letter 12", "per_op", "statement unpaid", "3.00 USD", "pst_1", "adj_1",
                 "adjustment proposed", "PAYOUT_ACCOUNT_MISSING"):  # fmt: skip
        assert told in done.output
    assert "nothing owed since" not in done.output
    assert _writes(asked) == []
