"""Commands about answers, appeals, breakers, rules and limits: what they ask for, and show."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from services.sdk.conditions import parse_condition, show_condition
from services.sdk.errors import InvalidRequest
from tests.unit.sdk.commanding import run

pytestmark = pytest.mark.usefixtures("nobody")


def _sent(asked: list[httpx.Request]) -> tuple[str, str, Any]:
    last = asked[-1]
    return last.method, last.url.path, json.loads(last.content) if last.content else None


@pytest.mark.parametrize(
    ("text", "threshold"),
    [("gold_accuracy < 60%", 0.6), ("median_seconds<2", 2.0), (" rejected_share > 0.25 ", 0.25)],
)
def test_a_condition_is_read_as_it_is_shown(text: str, threshold: float) -> None:
    condition = parse_condition(text)
    assert condition.get("threshold") == pytest.approx(threshold)
    assert parse_condition(show_condition(condition)) == condition


@pytest.mark.parametrize("text", ["", "gold_accuracy = 1", "luck < 3", "answers < -1", "answers <"])
def test_what_is_no_condition_is_told(text: str) -> None:
    with pytest.raises(InvalidRequest, match="is no condition"):
        parse_condition(text)


def test_a_rule_is_tried_and_then_put_in_force(
    answers: list[Any], asked: list[httpx.Request]
) -> None:
    hit = {
        "contractor_id": "", "contractor_pseudonym": "anon_1", "answers": 15,
        "evidence": {"GOLD_ACCURACY": "0.41 < 0.6"}, "deserved": False,
    }  # fmt: skip
    answers.append(
        {
            "dry_run": {
                "contractors": 9, "hit": 3, "hit_rightly": 1, "hit_wrongly": 1, "hit_unknown": 1,
                "answers_replayed": 1200, "is_all": True, "hits": [hit],
            }
        }
    )  # fmt: skip
    rule = ("--when", "gold_accuracy < 60%", "--when", "answers > 20", "--then", "review")
    shown = run("rules", "try", "p1", *rule).stdout
    for part in ("1,200", "anon_1", "gold_accuracy 0.41 < 0.6", "no"):
        assert part in shown
    method, path, body = _sent(asked)
    assert (method, path) == ("POST", "/v1/projects/p1/rules:dry-run")
    assert body["rule"]["action"] == "RULE_ACTION_REVIEW"
    assert [one["threshold"] for one in body["rule"]["conditions"]] == [0.6, 20.0]

    answers.append({"rule": {"rule_id": "rul_1", "version": 2, "is_active": True}})
    told = run(
        "rules", "put", "p1", *rule, "--name", "strict", "--explain", "read it", "--rule", "rul_1"
    )
    assert "rule rul_1, version 2, acts from now on" in told.stderr
    body = _sent(asked)[2]
    assert (body["rule_id"], body["is_active"]) == ("rul_1", True)
    assert body["rule"]["explanation"] == "read it"


def test_reviews_are_decided_one_by_one(answers: list[Any], asked: list[httpx.Request]) -> None:
    error = {"reason": "DECISION_FINAL", "message": "it is decided"}
    answers.append(
        {
            "results": [
                {"assignment_id": "a1", "decision": "DECISION_ACCEPTED"},
                {"assignment_id": "a2", "decision": "DECISION_UNSPECIFIED", "error": error},
            ]
        }
    )
    result = run("reviews", "accept", "a1", "a2", "--reason", "clause 2")
    assert result.exit_code == 1
    assert "a1: ACCEPTED" in result.stderr
    assert "a2: it is decided [DECISION_FINAL]" in result.stderr
    assert {one["decision"] for one in _sent(asked)[2]["decisions"]} == {"DECISION_ACCEPTED"}


def test_appeals_and_breakers_are_listed_and_closed(
    answers: list[Any], asked: list[httpx.Request]
) -> None:
    breaker = {
        "breaker_id": "brk_1", "project_id": "p1", "state": "BREAKER_STATE_TRIPPED",
        "answers_held": 12, "rejected_share": 0.25, "limit_share": 0.1,
        "trip_time": "2026-11-28T03:04:05Z",
    }  # fmt: skip
    answers.append({"breakers": [breaker]})
    shown = run("breakers", "list", "--state", "tripped").stdout
    for part in ("brk_1", "TRIPPED", "12", "25% of 10%"):
        assert part in shown
    assert asked[-1].url.params["state"] == "BREAKER_STATE_TRIPPED"
    answers.append({"breaker": {**breaker, "state": "BREAKER_STATE_OVERRULED"}})
    told = run("breakers", "overrule", "brk_1", "--note", "the gold was wrong")
    assert "12 held answers: OVERRULED" in told.stderr
    answers.append({"results": [{"appeal_id": "apl_1", "state": "APPEAL_STATE_UPHELD"}]})
    upheld = run("appeals", "uphold", "apl_1", "--note", "it is a cat")
    assert "apl_1: UPHELD" in upheld.stderr
    assert _sent(asked)[2]["decisions"][0]["state"] == "APPEAL_STATE_UPHELD"


def test_a_contractor_is_limited_and_freed(answers: list[Any], asked: list[httpx.Request]) -> None:
    answers.append({"paused_until": "2026-11-28T03:04:05Z"})
    limit = ("contractors", "limit", "c1", "--project", "p1", "--explain", "rest")
    told = run(*limit, "--pause-hours", "5")
    assert "no new tasks until 2026-11-28 03:04:05" in told.stderr
    assert _sent(asked)[1] == "/v1/projects/p1/contractors/c1:limit"
    answers.append({})
    assert "nothing limits them now" in run(*limit).stderr
