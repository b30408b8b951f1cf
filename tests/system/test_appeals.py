"""An appeal and a tripped breaker through the running system, with the money that they move."""

from __future__ import annotations

import contextlib
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
from tests.system.tenants import World
from tests.waiting import until

KNOWN_TASKS = 12


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_second_opinion_overturns_a_rejection_and_pays_both(running: Running) -> None:
    with contextlib.closing(
        World(base_url=running.base_url, operator_key=running.operator_key)
    ) as world:
        first, second = world.staffed("appealqx"), world.staffed("opinionqx")
        people = people_of(first, second)
        rows = [a_row(first, f"known{n}", gold_label="yes") for n in range(KNOWN_TASKS)]
        named = [first.ids["contractor_id"], second.ids["contractor_id"]]
        project_id = project_of(world, first, rows, review_disputed=True)
        for token in people.values():
            leases = until(lambda token=token: claim(world, token, project_id), "known tasks")  # type: ignore[misc]
            assert len(leases) == KNOWN_TASKS
            submit(world, token, leases, "yes")
        for token in people.values():
            until(lambda token=token: answers_paid(world, token) == KNOWN_TASKS, "pay for them")  # type: ignore[misc]
        # Two who know disagree, and the client refuses the one whom the scorer does not follow.
        client = first.tokens["CLIENT"]
        row = a_row(first, "doubtful", assignee_ids=named)
        world.call(client, "POST", f"/v1/projects/{project_id}/tasks", [row])
        said = dict(zip(named, ("no", "yes"), strict=True))
        for who, value in said.items():
            lease = until(lambda who=who: claim(world, people[who], project_id), "the task")  # type: ignore[misc]
            submit(world, people[who], lease, value)
        path = f"/v1/projects/{project_id}/reviews"
        [waiting] = until(lambda: world.call(client, "GET", path)["answers"], "a review")
        assignment_id = waiting["assignment_id"]
        decision = {"assignment_id": assignment_id, "decision": "REJECTED", "reason": "No cat."}
        made = world.call(client, "POST", "/v1/reviews:decide", {"decisions": [decision]})
        assert made["results"][0]["decision"] == "DECISION_REJECTED"
        [appellant] = [who for who, value in said.items() if value == waiting["value"]]
        paid = {who: answers_paid(world, token) for who, token in people.items()}
        filed = {"assignment_id": assignment_id, "statement": "Look behind the sofa."}
        appeal = world.call(people[appellant], "POST", "/v1/appeals", filed)["appeal"]
        assert appeal["state"] == "APPEAL_STATE_OPEN"

        def opinion() -> tuple[str, list[dict[str, Any]]] | None:
            for who in people.keys() - set(named):
                if leases := claim(world, people[who], project_id):
                    return who, leases
            return None

        reviewer, leases = until(opinion, "the task of the second opinion")
        of_first = {first.ids["contractor_id"], first.colleague["contractor_id"]}
        assert (reviewer in of_first) != (appellant in of_first), "somebody of another vendor"
        assert [lease["task_id"] for lease in leases] == [appeal["task_id"]]
        submit(world, people[reviewer], leases, waiting["value"])
        address = f"/v1/appeals/{appeal['appeal_id']}"
        ended = until(
            lambda: (
                (found := world.call(people[appellant], "GET", address)["appeal"])["state"]
                != "APPEAL_STATE_OPEN"
                and found
            ),
            "the end of the appeal",
        )
        assert (ended["state"], ended["decided_by"]) == ("APPEAL_STATE_UPHELD", "SECOND_OPINION")
        paid[appellant] += 1
        paid[reviewer] += 1
        until(
            lambda: {who: answers_paid(world, people[who]) for who in people} == paid, "their pay"
        )
        assert is_balanced(world)
        result = until(
            lambda: (
                (
                    found := world.call(client, "GET", f"/v1/tasks/{appeal['task_id']}/consensus")[
                        "consensus"
                    ]
                )["label"]
                == waiting["value"]
                and found
            ),
            "the truth",
        )
        assert result["gold_source"] == "GOLD_SOURCE_ADJUDICATION"


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_rejections_of_a_whole_project_wait_for_an_operator_who_may_pay_them(
    running: Running,
) -> None:
    with contextlib.closing(
        World(base_url=running.base_url, operator_key=running.operator_key)
    ) as world:
        first, second = world.staffed("breakerqx"), world.staffed("careful")
        people = people_of(first, second)
        # The client has the truth of its control tasks wrong for one of those who answer.
        rows = [a_row(first, f"known{n}", gold_label="yes") for n in range(KNOWN_TASKS)]
        project_id = project_of(world, first, rows)
        refused = first.ids["contractor_id"]
        for who, token in people.items():
            leases = until(lambda token=token: claim(world, token, project_id), "known tasks")  # type: ignore[misc]
            submit(world, token, leases, "no" if who == refused else "yes")

        def tripped() -> dict[str, Any] | None:
            found = world.call(world.operator, "GET", "/v1/breakers", state="TRIPPED")["breakers"]
            mine = [one for one in found if one["project_id"] == project_id]
            return mine[0] if mine else None

        breaker = until(tripped, "a tripped breaker")
        quality = f"/v1/projects/{project_id}/quality"

        def all_decided() -> int:
            found = world.call(first.tokens["CLIENT"], "GET", quality)
            decided = sum(
                int(found[f"answers_{name}"]) for name in ("accepted", "rejected", "in_review")
            )
            return int(found["answers_held"]) if decided == 4 * KNOWN_TASKS else 0

        held = until(all_decided, "all rulings")
        until(
            lambda: answers_paid(world, people[refused]) == KNOWN_TASKS - held, "what was accepted"
        )
        closed = world.call(
            world.operator,
            "POST",
            f"/v1/breakers/{breaker['breaker_id']}:close",
            {"state": "OVERRULED", "note": "The known answers were wrong."},
        )["breaker"]
        assert int(closed["answers_held"]) == held
        until(lambda: answers_paid(world, people[refused]) == KNOWN_TASKS, "pay for what was held")
        assert is_balanced(world)
