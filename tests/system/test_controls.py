"""A truth that a client makes known later measures somebody else: through the running system."""

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

TASKS = 4
MORE = 30


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_truth_made_known_later_comes_as_a_control_task_and_is_paid(running: Running) -> None:
    with contextlib.closing(
        World(base_url=running.base_url, operator_key=running.operator_key)
    ) as world:
        first, second = world.staffed("controlqx"), world.staffed("measuredqx")
        people = people_of(first, second)
        *done, measured = people
        client = first.tokens["CLIENT"]
        rows = [a_row(first, f"t{n}") for n in range(TASKS)]
        project_id = project_of(world, first, rows, overlap=3, gold_share_max=0.5)
        for who in done:
            leases = until(lambda who=who: claim(world, people[who], project_id), "tasks")  # type: ignore[misc]
            assert len(leases) == TASKS
            submit(world, people[who], leases, "yes")
        path = f"/v1/projects/{project_id}"

        def resolved() -> list[dict[str, Any]] | None:
            found: list[dict[str, Any]] = world.call(client, "GET", f"{path}/results")["results"]
            return found if len(found) == TASKS else None

        task_id = until(resolved, "results")[0]["task_id"]
        gold = {"labels": [{"task_id": task_id, "label": "yes", "is_control": True}]}
        assert "error" not in world.call(client, "POST", f"{path}/gold:set", gold)["results"][0]

        def reserved() -> bool:
            project = world.call(client, "GET", path)["project"]
            return int(project["reserved_units"]) > TASKS * 3 * int(
                project["answer_price_units_max"]
            )

        until(reserved, "money for measuring")
        more = [a_row(first, f"more{n}") for n in range(MORE)]
        world.call(client, "POST", f"{path}/tasks", more)
        had: list[str] = []
        while leases := claim(world, people[measured], project_id):
            had += [lease["task_id"] for lease in leases]
            submit(world, people[measured], leases, "no")
        assert task_id in had
        assert len(had) == MORE + 1

        def judged() -> dict[str, Any] | None:
            path = f"/v1/contractors/{measured}/quality"
            rows: list[dict[str, Any]] = world.call(people[measured], "GET", path)["quality"]
            return next((row for row in rows if int(row["gold_answers"])), None)

        found = until(judged, "the measure")
        assert (int(found["gold_answers"]), int(found["gold_right"])) == (1, 0)
        until(lambda: all(answers_paid(world, people[who]) == TASKS for who in done), "pay for all")
        assert is_balanced(world)
