"""Work of every kind through the running system: posted, done, scored, accepted and earned."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

from tests.system.conftest import Running
from tests.system.tenants import Tenant, World
from tests.waiting import until

SEVERAL = """<View><Text name="q" value="$q"/>
<Choices name="seen" toName="q" choice="multiple"><Choice value="cat"/><Choice value="dog"/>
</Choices>
<Rating name="stars" toName="q" maxRating="3" required="true"/>
<Number name="count" toName="q" required="true"/></View>"""


def _item(name: str, to_name: str, kind: str, **value: Any) -> dict[str, Any]:
    return {"id": name, "from_name": name, "to_name": to_name, "type": kind, "value": value}


def _box(x: float, label: str = "Car") -> dict[str, Any]:
    return {
        **_item("box", "image", "rectanglelabels", x=x, y=20, width=30, height=40,
                rectanglelabels=[label]),
        "id": f"{label}{x}",
    }  # fmt: skip


def _name(start: int, end: int) -> dict[str, Any]:
    return _item("entity", "text", "labels", start=start, end=end, labels=["Person"])


def _ranking(*ids: str) -> dict[str, Any]:
    return _item("rank", "answers", "ranker", ranker={"rank": list(ids)})


def _several(stars: int, count: float, *seen: str) -> list[dict[str, Any]]:
    return [
        _item("stars", "q", "rating", rating=stars),
        _item("count", "q", "number", number=count),
        _item("seen", "q", "choices", choices=list(seen)),
    ]


# Template or label config, the result or value of both contractors, and what these come down to.
WORK: dict[str, tuple[str, list[Any], str]] = {
    "ORDINAL": ("rating", [[_item("quality", "answer", "rating", rating=4)]] * 2, "4"),
    "NUMERIC": ("counting", [[_item("people", "image", "number", number=12)], "12.0"], "12"),
    "RANKED": ("ranking", [[_ranking("c", "a", "b")], '["c", "a", "b"]'], '["c","a","b"]'),
    "REGIONS": (
        "photo-boxes",
        [[_box(10), _box(60, "Person")], [_box(60, "Person"), _box(10)]],
        '[{"box":[10,20,30,40],"label":"Car"},{"box":[60,20,30,40],"label":"Person"}]',
    ),
    "SPANS": (
        "named-entities",
        [[_name(0, 12)], [_name(0, 12)]],
        '[{"end":12,"label":"Person","start":0}]',
    ),
    "STRUCTURED": (
        SEVERAL,
        [_several(2, 5, "dog", "cat"), _several(2, 5.0, "cat", "dog")],
        '{"count":"5","seen":["cat","dog"],"stars":"2"}',
    ),
    "CODE": ("code-writing", ["def largest(n): ..."] * 2, "def largest(n): ..."),
}


def _posted(world: World, crew: Tenant, kind: str, templates: dict[str, Any]) -> str:
    chosen = WORK[kind][0]
    template = templates.get(chosen, {"label_config": chosen, "example_data": {"q": "?"}})
    body = {
        "name": f"Work of kind {kind}",
        "instructions": "As the editor asks.",
        "label_config": template["label_config"],
        "pay": {"amount_minor": 50, "currency": "USD"},
        "commission_bps_max": 2000,
        "overlap": 2,
        "eligibility": {"vendor_ids": [crew.ids["vendor_id"]], "exclude_direct": True},
        "quality_policy": {"review_share": 0, "gold_share_max": 0.1},
    }
    if kind == "CODE":
        body["kind"] = "CODE"
    row = {"external_id": kind, "data": template["example_data"]}
    project_id = world.live_project(crew.tokens["CLIENT"], body, [row], held_minor=1_000)
    made = world.call(crew.tokens["CLIENT"], "GET", f"/v1/projects/{project_id}")["project"]
    assert made["kind"] == f"WORK_KIND_{kind}"
    return project_id


def _answer(world: World, token: str, project_id: str, given: Any) -> None:
    body = {"project_id": project_id, "max_assignments": 1}
    [lease] = until(
        lambda: world.call(token, "POST", "/v1/assignments:claim", body)["assignments"], "work"
    )
    answer = {
        "assignment_id": lease["assignment_id"],
        "lease_token": lease["lease_token"],
        "active_seconds": 30,
        **({"value": given} if isinstance(given, str) else {"result": given}),
    }
    done = world.call(token, "POST", "/v1/assignments:submit", {"answers": [answer]})
    assert "error" not in done["results"][0], done


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_work_of_every_kind_is_scored_and_earned(running: Running) -> None:
    with contextlib.closing(
        World(base_url=running.base_url, operator_key=running.operator_key)
    ) as world:
        crew = world.staffed("kindsqx")
        client = crew.tokens["CLIENT"]
        listed = world.call(client, "GET", "/v1/templates")["templates"]
        templates = {each["name"]: each for each in listed}
        projects = {kind: _posted(world, crew, kind, templates) for kind in WORK}
        for kind, project_id in projects.items():
            for role, given in zip(("CONTRACTOR", "COLLEAGUE"), WORK[kind][1], strict=True):
                _answer(world, crew.tokens[role], project_id, given)
        for kind, project_id in projects.items():
            path = f"/v1/projects/{project_id}/results"
            [result] = until(
                lambda path=path: world.call(client, "GET", path)["results"],  # type: ignore[misc]
                f"the result of {kind}",
            )
            label = WORK[kind][2]
            values = [answer["value"] for answer in result["answers"]]
            # Which program is right, the client's checks say; till then a person looks.
            consensus = "" if kind == "CODE" else label
            assert (values, result["label"]) == ([label] * 2, consensus), kind
            export = world.http.get(
                f"/v1/projects/{project_id}/export",
                params={"format": "label_studio"},
                headers={"Authorization": f"Bearer {client}"},
            )
            [task] = json.loads(export.text)
            assert len(task["annotations"]) == 2, kind
            assert bool(task["predictions"]) == bool(consensus), kind

        def earned() -> bool:
            found = world.call(crew.tokens["CONTRACTOR"], "GET", "/v1/earnings")["earnings"]
            # Program text waits for its checks.
            return bool(found and int(found[0]["answers"]) == len(WORK) - 1)

        assert until(earned, "pay of every kind")
