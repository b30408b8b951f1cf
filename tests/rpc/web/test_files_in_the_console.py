"""Files sent and fetched on the pages: in the visitor's name, with the page's proof."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types
from crewline.vendors.v1 import service_pb2 as vendors_pb2
from services.gateway.web.client.task_data import shown_fields
from tests.rpc.web import samples
from tests.rpc.web.conftest import Browser
from tests.rpc.web.world import World, csrf_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


async def _signed_in(browser: Browser, role: str, page: str) -> dict[str, str]:
    samples.fill(browser.world)
    await browser.sign_in(role)
    return {"x-csrf-token": csrf_of((await browser.get(page)).text)}


def _taking(world: World, rpc: str, answer: Any) -> list[Any]:
    """Lets a streaming RPC take everything; what it took."""
    taken: list[Any] = []

    async def handle(requests: Any) -> Any:
        taken.extend([request async for request in requests])
        return answer(taken)

    world.answers[rpc] = handle
    return taken


async def test_a_file_of_tasks_goes_in_and_its_wrong_rows_come_back(browser: Browser) -> None:
    page = "/client/projects/prj_1/tasks"
    proof = await _signed_in(browser, "CLIENT", page)
    taken = _taking(
        browser.world, "PostTasks", lambda taken: broker_pb2.PostTasksResponse(posted=2)
    )
    body = b"external_id,text\na,I love it\nb,I do not\n"
    answer = await browser.client.post(
        f"{page}/upload",
        content=body,
        headers={**proof, "accept": "application/x-ndjson", "content-type": "text/csv"},
    )
    assert answer.status_code == 200
    last = json.loads(answer.text.strip().splitlines()[-1])
    assert last["summary"]["posted"] == 2
    tasks = [task for message in taken for task in message.tasks]
    assert [task.external_id for task in tasks] == ["a", "b"]
    assert json.loads(tasks[0].data_json) == {"text": "I love it"}
    assert taken[0].project_id == "prj_1"


async def test_without_the_proof_no_file_goes_in(browser: Browser) -> None:
    page = "/client/projects/prj_1/tasks"
    await _signed_in(browser, "CLIENT", page)
    taken = _taking(browser.world, "PostTasks", lambda _: broker_pb2.PostTasksResponse())
    answer = await browser.client.post(
        f"{page}/upload",
        content=b"a\n1\n",
        headers={"accept": "application/json", "content-type": "text/csv"},
    )
    assert answer.status_code == 403
    assert answer.json()["reason"] == "FORM_FORGED"
    assert taken == []


async def test_a_photo_goes_in_and_is_shown_by_a_link_that_ends(browser: Browser) -> None:
    page = "/client/projects/prj_1/tasks"
    proof = await _signed_in(browser, "CLIENT", page)
    answer = await browser.client.post(
        "/client/projects/prj_1/media?filename=a.png",
        content=PNG,
        headers={**proof, "accept": "application/json", "content-type": "image/png"},
    )
    assert answer.status_code == 201, answer.text
    uri = answer.json()["uri"]
    assert uri.startswith("crewline-media:med_")
    task = broker_types.Task(
        task_id="tsk_1", project_id="prj_1", external_id="a", data_json=json.dumps({"image": uri})
    )
    browser.world.answers["GetTask"] = lambda _: broker_pb2.GetTaskResponse(task=task)
    shown = (await browser.get("/client/projects/prj_1/tasks/tsk_1")).text
    link = shown.split('class="task-picture" src="')[1].split('"')[0].replace("&amp;", "&")
    photo = await browser.get(link)
    assert photo.content == PNG
    wrong = await browser.client.post(
        "/client/projects/prj_1/media?filename=a.exe",
        content=b"MZ" + b"\x00" * 64,
        headers={**proof, "accept": "application/json"},
    )
    assert wrong.status_code == 400
    assert wrong.json()["detail"]


async def test_contractors_come_in_from_a_file(browser: Browser) -> None:
    proof = await _signed_in(browser, "VENDOR", "/vendor/pool/import")
    taken: list[Any] = []

    async def take(requests: Any) -> Any:
        async for request in requests:
            taken.extend(request.contractors)
            yield vendors_pb2.ImportContractorsResponse(
                results=[
                    vendors_pb2.ImportContractorResult(row=row, created=True)
                    for row in range(len(request.contractors))
                ]
            )

    browser.world.answers["ImportContractors"] = take
    answer = await browser.client.post(
        "/vendor/pool/import",
        content=b"external_id,name,country,languages\nE-1,Wanjiru,ke,en;sw\n",
        headers={**proof, "accept": "application/json", "content-type": "text/csv"},
    )
    assert answer.json()["created"] == 1, answer.text
    assert taken[0].country == "KE"
    assert list(taken[0].languages) == ["en", "sw"]


@pytest.mark.parametrize("role", ["CLIENT", "OPERATOR"])
async def test_results_are_fetched_as_a_file(browser: Browser, role: str) -> None:
    prefix = f"/{role.lower()}/projects/prj_1"
    await _signed_in(browser, role, f"{prefix}/results")

    async def stream(request: Any) -> Any:
        yield broker_pb2.StreamResultsResponse(results=[samples.result("tsk_1", "a.jpg")])

    browser.world.answers["StreamResults"] = stream
    answer = await browser.get(f"{prefix}/export/jsonl")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="Bird-photos-2026.jsonl"'
    assert json.loads(answer.text.splitlines()[0])["external_id"] == "a.jpg"
    assert (await browser.get(f"{prefix}/export/xlsx")).status_code == 404


def test_fields_are_shown_as_what_they_are() -> None:
    config = '<View><Audio name="a" value="$sound"/><Video name="v" value="$film"/></View>'
    data = {
        "text": "hello",
        "image": "crewline-media:med_1",
        "sound": "crewline-media:med_2",
        "film": "https://films.test/x?id=1",
        "photo": "https://photos.test/a.JPG?size=2",
        "link": "https://example.test/page",
        "script": "javascript:alert(1)",
        "list": [1, {"a": "b"}],
    }
    found = shown_fields(json.dumps(data), label_config=config, sign=lambda uri: f"/media/{uri}")
    assert [(field.name, field.kind) for field in found] == [
        ("text", "text"),
        ("image", "image"),
        ("sound", "audio"),
        ("film", "video"),
        ("photo", "image"),
        ("link", "text"),
        ("script", "text"),
        ("list", "text"),
    ]
    assert found[1].value == "/media/crewline-media:med_1"
    assert shown_fields("not json", label_config="", sign=str) == []
    assert shown_fields("[1]", label_config="", sign=str) == []
