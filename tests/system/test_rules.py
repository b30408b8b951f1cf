"""A rule through the running system: tried on what happened, put in force, and what it costs."""

from __future__ import annotations

import contextlib
import uuid
from typing import Any

import pytest

from tests.system.conftest import Running
from tests.system.crews import (
    a_row,
    answers_paid,
    claim,
    is_balanced,
    people_of,
    project_of,
    submit,
)
from tests.system.tenants import World, bearer
from tests.waiting import until

KNOWN_TASKS = 12
CONDITION = {"statistic": "GOLD_ACCURACY", "comparison": "BELOW", "threshold": 0.6}


def _draft(action: str) -> dict[str, Any]:
    return {
        "name": "Control tasks wrong",
        "conditions": [CONDITION],
        "action": action,
        "action_hours": 24,
        "explanation": "Too many control tasks were wrong.",
    }


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_dry_run_moves_nothing_and_the_rule_then_does_what_it_said(running: Running) -> None:
    with contextlib.closing(
        World(base_url=running.base_url, operator_key=running.operator_key)
    ) as world:
        first, second = world.staffed("rulesqx"), world.staffed("rulersqx")
        people = people_of(first, second)
        client = first.tokens["CLIENT"]
        careless = first.ids["contractor_id"]
        rows = [a_row(first, f"known{n}", gold_label="yes") for n in range(KNOWN_TASKS)]
        project_id = project_of(world, first, rows, reject_below=0.0)
        for who, token in people.items():
            leases = until(lambda token=token: claim(world, token, project_id), "known tasks")  # type: ignore[misc]
            submit(world, token, leases, "no" if who == careless else "yes")
        for token in people.values():
            until(lambda token=token: answers_paid(world, token) == KNOWN_TASKS, "their pay")  # type: ignore[misc]

        rules = f"/v1/projects/{project_id}/rules"
        tried = world.call(client, "POST", f"{rules}:dry-run", {"rule": _draft("REVIEW")})[
            "dry_run"
        ]
        assert (int(tried["contractors"]), int(tried["hit"])) == (len(people), 1)
        assert (int(tried["hit_rightly"]), int(tried["hit_wrongly"])) == (1, 0)
        assert tried["hits"][0]["contractor_pseudonym"]
        assert tried["hits"][0]["contractor_id"] == ""
        assert world.call(client, "GET", rules)["rules"] == [], "a trial leaves nothing"
        assert world.call(client, "GET", "/v1/rule-hits", project_id=project_id)["hits"] == []

        def put(action: str) -> None:
            body = {"request_id": str(uuid.uuid4()), "rule": _draft(action), "is_active": True}
            world.call(client, "POST", rules, body)

        def hits() -> list[dict[str, Any]]:
            found = world.call(people[careless], "GET", "/v1/rule-hits", project_id=project_id)
            listed: list[dict[str, Any]] = found["hits"]
            return listed

        put("REVIEW")
        [hit] = until(hits, "the hit")
        assert hit["action"] == "RULE_ACTION_REVIEW"
        assert hit["explanation"] == "Too many control tasks were wrong."
        # What they answer from now on is paid once a person has looked at it; others' at once.
        named = [careless, second.ids["contractor_id"]]
        row = a_row(first, "later", assignee_ids=named)
        world.call(client, "POST", f"/v1/projects/{project_id}/tasks", [row])
        for who in named:
            leases = until(lambda who=who: claim(world, people[who], project_id), "the task")  # type: ignore[misc]
            submit(world, people[who], leases, "yes")
        until(lambda: answers_paid(world, people[named[1]]) == KNOWN_TASKS + 1, "pay for the other")
        reviews = f"/v1/projects/{project_id}/reviews"
        [waiting] = until(lambda: world.call(client, "GET", reviews)["answers"], "a review")
        assert answers_paid(world, people[careless]) == KNOWN_TASKS
        decision = {
            "assignment_id": waiting["assignment_id"],
            "decision": "ACCEPTED",
            "reason": "It is right.",
        }
        world.call(client, "POST", "/v1/reviews:decide", {"decisions": [decision]})
        until(
            lambda: answers_paid(world, people[careless]) == KNOWN_TASKS + 1,
            "pay after the review",
        )
        assert is_balanced(world)

        # Harder: no new tasks of the project, and the words why.
        put("PAUSE")
        until(lambda: len(hits()) == 2, "the second hit")
        row = a_row(first, "last")
        world.call(client, "POST", f"/v1/projects/{project_id}/tasks", [row])

        def refused() -> dict[str, Any] | None:
            body = {"project_id": project_id, "max_assignments": 1}
            answer = world.http.post(
                "/v1/assignments:claim", json=body, headers=bearer(people[careless])
            )
            return answer.json() if answer.status_code == 409 else None

        problem = until(refused, "the pause")
        assert problem["reason"] == "WORK_PAUSED"
        assert problem["metadata"]["explanation"] == "Too many control tasks were wrong."
        assert until(lambda: claim(world, people[named[1]], project_id), "the others' work")
