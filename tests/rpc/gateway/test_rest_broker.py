"""REST before the real broker: what is promised about repeats, rows and results is so."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.rpc.broker.served import ServedBroker, start
from tests.rpc.gateway.conftest import SERVICES
from tests.rpc.gateway.recorder import Recorder, door, recording
from tests.rpc.harness import RpcHarness

A_PROJECT = {
    "name": "birds",
    "kind": "CHOICE",
    "instructions": "Is there a bird?",
    "labels": ["yes", "no"],
    "pay": {"amount_minor": 5, "currency": "USD"},
    "commission_bps_max": 1500,
    "overlap": 1,
}


@dataclass
class Rest:
    """The door, the broker behind it, and a client of it."""

    http: httpx.AsyncClient
    broker: ServedBroker
    client: dict[str, str]

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        return await self.http.post(path, headers={**self.client, **headers}, **content)


@pytest.fixture
async def rest(rpc: RpcHarness) -> AsyncIterator[Rest]:
    broker = await start(rpc)
    async with recording(Recorder(mint=rpc.mint)) as channel:
        channels = dict.fromkeys(SERVICES, channel) | {"broker": broker.channel}
        async with door(channels) as opened:
            bearer = {"Authorization": f"Bearer {broker.client}"}
            yield Rest(http=opened.client, broker=broker, client=bearer)


async def test_a_repeat_gets_the_first_answer_and_another_body_is_refused(rest: Rest) -> None:
    first = await rest.post("/v1/projects", A_PROJECT, **{"Idempotency-Key": "birds"})
    assert first.status_code == 200
    again = await rest.post("/v1/projects", A_PROJECT, **{"Idempotency-Key": "birds"})
    assert again.json() == first.json()
    other = await rest.post(
        "/v1/projects", A_PROJECT | {"name": "cats"}, **{"Idempotency-Key": "birds"}
    )
    assert (other.status_code, other.json()["reason"]) == (422, "REQUEST_ID_REUSED")
    second = await rest.post("/v1/projects", A_PROJECT)
    assert second.json()["project"]["project_id"] != first.json()["project"]["project_id"]
    listed = (await rest.http.get("/v1/projects", headers=rest.client)).json()["projects"]
    assert len(listed) == 2


async def test_pages_follow_one_another(rest: Rest) -> None:
    for _ in range(3):
        await rest.post("/v1/projects", A_PROJECT)
    seen: list[str] = []
    token = ""
    while True:
        query: dict[str, str | int] = {"page_size": 2, "page_token": token}
        page = (await rest.http.get("/v1/projects", params=query, headers=rest.client)).json()
        seen += [project["project_id"] for project in page["projects"]]
        token = page["next_page_token"]
        if not token:
            break
    assert len(set(seen)) == len(seen) == 3
    wrong = await rest.http.get("/v1/projects?page_token=x", headers=rest.client)
    assert (wrong.status_code, wrong.json()["reason"]) == (400, "PAGE_TOKEN_INVALID")


async def test_work_from_rows_to_results(rest: Rest) -> None:
    project = await rest.broker.project(overlap=1, held_units=10_000_000_000)
    await rest.broker.enrol("per_contractor")
    tasks = f"/v1/projects/{project.project_id}/tasks"
    lines = [json.dumps({"external_id": f"t{n}", "data": {"image": f"{n}.jpg"}}) for n in range(3)]
    body = "\n".join([lines[0], "{bad", lines[1], '{"external_id": "t9", "data": [7]}', lines[2]])
    posted = await rest.post(tasks, body.encode(), **{"Content-Type": "application/x-ndjson"})
    told = posted.json()
    assert (told["posted"], told["duplicates"], told["refused"]) == (3, 0, 2)
    reasons = [(each["row"], each["error"]["reason"]) for each in told["errors"]]
    assert reasons == [(1, "JSON_MALFORMED"), (3, "DATA_INVALID")]
    assert told["errors"][1]["error"]["field"] == "data"
    again = await rest.post(tasks, [json.loads(line) for line in lines])
    assert (again.json()["posted"], again.json()["duplicates"]) == (0, 3)

    worker = {"Authorization": f"Bearer {rest.broker.contractor('per_contractor')}"}
    claimed = (
        await rest.http.post("/v1/assignments:claim", json={"max_assignments": 3}, headers=worker)
    ).json()["assignments"]
    assert sorted(each["data"]["image"] for each in claimed) == ["0.jpg", "1.jpg", "2.jpg"]
    answers = [
        {"assignment_id": each["assignment_id"], "lease_token": each["lease_token"], "value": value}
        for each, value in zip(claimed, ("yes", "no", "maybe"), strict=True)
    ]
    submitted = (
        await rest.http.post("/v1/assignments:submit", json={"answers": answers}, headers=worker)
    ).json()["results"]
    assert [each.get("error", {}).get("reason") for each in submitted] == [
        None,
        None,
        "VALUE_INVALID",
    ]
    mine = (await rest.http.get("/v1/assignments?state=SUBMITTED", headers=worker)).json()
    assert {each["state"] for each in mine["assignments"]} == {"ASSIGNMENT_STATE_SUBMITTED"}
    assert {each["value"] for each in mine["assignments"]} == {"yes", "no"}


async def test_another_organisations_project_is_not_there(rest: Rest) -> None:
    project = await rest.broker.project()
    stranger = rest.broker.rpc.mint.token("CLIENT", organisation_id="org_other")
    for path in (f"/v1/projects/{project.project_id}", "/v1/projects/prj_none"):
        found = await rest.http.get(path, headers={"Authorization": f"Bearer {stranger}"})
        assert (found.status_code, found.json()["reason"]) == (404, "PROJECT_NOT_FOUND")
