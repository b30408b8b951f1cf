"""`crewline contractors show`: also of who has not worked yet, and of who was erased."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sdk.commanding import refusal, run

pytestmark = pytest.mark.usefixtures("nobody")

ERASED = {
    "ask_time": "2026-11-27T09:00:00Z",
    "actor": "per_op",
    "reason": "letter 12",
    "erase_time": "2026-11-28T10:00:00Z",
}
LEFT: dict[str, Any] = {
    "contractor_id": "ctr_1",
    "external_id": "",
    "name": "",
    "email": "",
    "country": "US",
    "region": "",
    "languages": [],
    "skills": [],
    "engagement": "ENGAGEMENT_DIRECT",
    "state": "CONTRACTOR_STATE_OFFBOARDED",
}


def test_who_has_not_worked_is_shown_all_the_same(answers: list[Any]) -> None:
    """Nobody who judges work knows them yet, and of the erased only this much is left."""
    answers += [
        {"contractor": {**LEFT, "erasure": ERASED}},
        refusal(404, "CONTRACTOR_NOT_FOUND"),
    ]
    done = run("contractors", "show", "ctr_1")
    assert done.exit_code == 0, done.output
    assert "OFFBOARDED" in done.output
    assert "2026-11-28 10:00:00" in done.output


def test_who_is_nobody_is_not_shown(answers: list[Any]) -> None:
    answers += [refusal(404, "CONTRACTOR_NOT_FOUND")]
    done = run("contractors", "show", "ctr_1")
    assert done.exit_code != 0
    assert "CONTRACTOR_NOT_FOUND" in done.output
