"""Streams over REST: rows in, lines and events out, and how each of them ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from crewline.broker.v1 import service_pb2 as pb
from crewline.broker.v1 import types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from crewline.vendors.v1 import service_pb2 as vendors_pb2
from services.chassis.errors import Kind
from services.chassis.validation import violations
from services.gateway.rest.rows import MESSAGE_BYTES_MAX, ROWS_PER_MESSAGE_MAX
from tests.rpc.gateway.conftest import SERVICES
from tests.rpc.gateway.recorder import Door, Recorder, Refused, door, recording
from tests.waiting import at_rest, eventually

LINES = {"Content-Type": "application/x-ndjson"}
RESULTS = "/v1/projects/p1/results:stream"
TASKS = "/v1/projects/p1/tasks"
IMPORT = "/v1/contractors:import"


@pytest.fixture
async def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def rest(recorder: Recorder) -> AsyncIterator[Door]:
    async with (
        recording(recorder) as channel,
        door(dict.fromkeys(SERVICES, channel), streams_max=3) as opened,
    ):
        yield opened


def bearer(recorder: Recorder, role: str = "CLIENT") -> dict[str, str]:
    return {"Authorization": f"Bearer {recorder.mint.token(role)}"}


def pages(*sizes: int, then: Exception | None = None) -> Any:
    """An answer of so many results a message."""

    async def answer(request: Any) -> AsyncIterator[Any]:
        number = 0
        for size in sizes:
            results = []
            for _ in range(size):
                data = json.dumps({"n": number})
                results.append(types_pb2.Result(task_id=f"t{number}", data_json=data))
                number += 1
            yield pb.StreamResultsResponse(results=results)
        if then is not None:
            raise then

    return answer


async def test_a_stream_is_one_line_an_element(rest: Door, recorder: Recorder) -> None:
    recorder.answers["StreamResults"] = pages(2, 0, 3)
    response = await rest.client.get(f"{RESULTS}?include_data=true", headers=bearer(recorder))
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.headers["cache-control"] == "no-store"
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [line["task_id"] for line in lines] == ["t0", "t1", "t2", "t3", "t4"]
    assert lines[3]["data"] == {"n": 3}
    [(_, request)] = recorder.calls
    assert (request.project_id, request.include_data) == ("p1", True)


async def test_or_one_event_an_element_and_an_end(rest: Door, recorder: Recorder) -> None:
    recorder.answers["StreamResults"] = pages(1, 1)
    headers = {**bearer(recorder), "Accept": "text/event-stream"}
    response = await rest.client.get(RESULTS, headers=headers)
    assert response.headers["content-type"] == "text/event-stream"
    *events, end, rest_of_it = response.text.split("\n\n")
    assert [json.loads(event.removeprefix("data: "))["task_id"] for event in events] == ["t0", "t1"]
    assert (end, rest_of_it) == ("event: end\ndata: {}", "")


async def test_an_empty_stream_is_a_good_answer(rest: Door, recorder: Recorder) -> None:
    response = await rest.client.get(RESULTS, headers=bearer(recorder))
    assert (response.status_code, response.content) == (200, b"")


async def test_a_stream_that_is_refused_at_once_is_a_problem(
    rest: Door, recorder: Recorder
) -> None:
    recorder.answers["StreamResults"] = pages(then=Refused(Kind.NOT_FOUND, "PROJECT_NOT_FOUND"))
    response = await rest.client.get(RESULTS, headers=bearer(recorder))
    assert response.status_code == 404
    assert response.json()["reason"] == "PROJECT_NOT_FOUND"


@pytest.mark.parametrize(
    ("accept", "last"),
    [("*/*", '{"problem":'), ("text/event-stream", "event: problem\ndata: ")],
)
async def test_a_stream_that_breaks_off_says_so_and_ends_without_an_end(
    rest: Door, recorder: Recorder, accept: str, last: str
) -> None:
    broken = Refused(Kind.UNAVAILABLE, "STORE_UNAVAILABLE", "mongo-7.internal is down")
    recorder.answers["StreamResults"] = pages(2, then=broken)
    headers = {**bearer(recorder), "Accept": accept}
    got = bytearray()
    async with rest.client.stream("GET", RESULTS, headers=headers) as response:
        assert response.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            await _read(response, got)
    pieces = got.decode().strip().split("\n\n" if "event" in accept else "\n")
    assert len(pieces) == 3
    assert pieces[-1].startswith(last)
    assert "STORE_UNAVAILABLE" in pieces[-1]
    assert "internal is down" not in pieces[-1]


async def _read(response: httpx.Response, into: bytearray) -> None:
    async for chunk in response.aiter_bytes():
        into.extend(chunk)


async def test_a_client_that_hangs_up_ends_the_call(rest: Door, recorder: Recorder) -> None:
    ended = asyncio.Event()

    async def answer(request: Any) -> AsyncIterator[Any]:
        try:
            yield pb.StreamResultsResponse(results=[types_pb2.Result(task_id="t0")])
            await asyncio.Event().wait()  # nothing more, ever
        finally:
            ended.set()

    recorder.answers["StreamResults"] = answer
    async with rest.client.stream("GET", RESULTS, headers=bearer(recorder)) as response:
        async for line in response.aiter_lines():
            assert json.loads(line)["task_id"] == "t0"
            break
    await asyncio.wait_for(ended.wait(), 10)


async def test_a_slow_reader_slows_the_service_down(rest: Door, recorder: Recorder) -> None:
    made = 0

    async def answer(request: Any) -> AsyncIterator[Any]:
        nonlocal made
        for number in range(1000):
            made = number + 1
            yield pb.StreamResultsResponse(results=[types_pb2.Result(task_id="x" * 100_000)])

    recorder.answers["StreamResults"] = answer
    async with rest.client.stream("GET", RESULTS, headers=bearer(recorder)) as response:
        taken = await at_rest(lambda: made, what="nobody takes any more")
        assert 5 < taken < 500
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
    assert made == 1000
    assert size > 1000 * 100_000


async def test_streams_of_one_key_are_so_many(rest: Door, recorder: Recorder) -> None:
    going = asyncio.Event()

    async def answer(request: Any) -> AsyncIterator[Any]:
        yield pb.StreamResultsResponse(results=[types_pb2.Result(task_id="t0")])
        await going.wait()

    recorder.answers["StreamResults"] = answer
    headers = bearer(recorder)
    opened = [asyncio.create_task(rest.client.get(RESULTS, headers=headers)) for _ in range(3)]
    await eventually(lambda: len(recorder.calls) == 3, what="three streams")
    refused = await rest.client.get(RESULTS, headers=headers)
    assert (refused.status_code, refused.json()["reason"]) == (429, "RATE_EXCEEDED")
    going.set()
    assert {(await each).status_code for each in opened} == {200}
    assert (await rest.client.get(RESULTS, headers=headers)).status_code == 200


def posting(recorder: Recorder) -> list[list[Any]]:
    """Answers PostTasks as the broker does; gives the rows of each message."""
    messages: list[list[Any]] = []

    def answer(requests: list[Any]) -> pb.PostTasksResponse:
        response = pb.PostTasksResponse()
        row = 0
        for request in requests:
            messages.append(list(request.tasks))
            for task in request.tasks:
                if violations(task):
                    response.refused += 1
                    error = common_pb2.ItemError(reason="FIELD_VIOLATION", message="of the broker")
                    if len(response.errors) < 1000:
                        response.errors.add(row=row, error=error)
                else:
                    response.posted += 1
                row += 1
        return response

    recorder.answers["PostTasks"] = answer
    return messages


async def test_good_rows_go_in_and_bad_lines_are_told_by_row_and_line(
    rest: Door, recorder: Recorder
) -> None:
    messages = posting(recorder)
    body = "\n".join(
        [
            '{"external_id": "a", "data": {"image": "a.jpg"}}',
            "{not json",
            "   ",
            '["no", "object"]',
            '{"external_id": "b", "data": {"n": 1}, "more": 1, "gold_label": 7}',
            '{"external_id": "", "data": {}}',
            "x" * (1024 * 1024 + 1),
            '{"external_id": "c", "data": [1, 2]}',
        ]
    )
    headers = {**bearer(recorder), **LINES}
    response = await rest.client.post(TASKS, content=body, headers=headers)
    assert response.status_code == 200
    found = response.json()
    assert (found["posted"], found["refused"]) == (2, 5)
    told = {
        error["row"]: (error["error"]["reason"], error["error"]["metadata"].get("line"))
        for error in found["errors"]
    }
    assert told == {
        1: ("JSON_MALFORMED", "2"),
        2: ("FIELD_VIOLATION", "4"),
        3: ("FIELD_VIOLATION", "5"),
        4: ("FIELD_VIOLATION", None),
        5: ("LINE_TOO_LONG", "7"),
    }
    assert found["errors"][2]["error"]["field"] == "more"
    assert found["errors"][3]["error"]["message"] == "of the broker"
    [rows] = messages
    assert [row.external_id for row in rows] == ["a", "", "", "", "", "", "c"]
    assert (rows[0].data_json, rows[-1].data_json) == ('{"image":"a.jpg"}', "[1,2]")


async def test_an_array_does_too(rest: Door, recorder: Recorder) -> None:
    messages = posting(recorder)
    rows: list[Any] = [{"external_id": "a", "data": {}}, 5, {"external_id": "b", "data": {}}]
    response = await rest.client.post(TASKS, json=rows, headers=bearer(recorder))
    found = response.json()
    assert (found["posted"], [error["row"] for error in found["errors"]]) == (2, [1])
    assert [len(message) for message in messages] == [3]


@pytest.mark.parametrize(
    ("content", "kind", "status", "reason"),
    [
        (b"7", "application/json", 400, "JSON_MALFORMED"),
        (b"[{]", "application/json", 400, "JSON_MALFORMED"),
        (b"a,b", "text/csv", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"[" + b" " * (8 << 20) + b"]", "application/json", 413, "REQUEST_ENTITY_TOO_LARGE"),
    ],
)
async def test_bodies_that_are_no_rows(
    rest: Door, recorder: Recorder, content: bytes, kind: str, status: int, reason: str
) -> None:
    posting(recorder)
    headers = {**bearer(recorder), "Content-Type": kind}
    response = await rest.client.post(TASKS, content=content, headers=headers)
    assert (response.status_code, response.json()["reason"]) == (status, reason)


async def test_rows_go_in_bounded_messages_and_the_path_in_the_first(
    rest: Door, recorder: Recorder
) -> None:
    messages = posting(recorder)
    requests: list[Any] = []
    answer = recorder.answers["PostTasks"]

    def noted(sent: list[Any]) -> Any:
        requests.extend(sent)
        return answer(sent)

    recorder.answers["PostTasks"] = noted
    small = [json.dumps({"external_id": f"s{n}", "data": {}}) for n in range(1200)]
    large = [
        json.dumps({"external_id": f"l{n}", "data": {"text": "x" * 60_000}}) for n in range(40)
    ]
    body = "\n".join(small + large)
    headers = {**bearer(recorder), **LINES}
    response = await rest.client.post(TASKS, content=body, headers=headers)
    assert response.json()["posted"] == 1240
    assert [request.project_id for request in requests] == ["p1"] + [""] * (len(requests) - 1)
    assert max(len(rows) for rows in messages) == ROWS_PER_MESSAGE_MAX
    assert max(request.ByteSize() for request in requests) < MESSAGE_BYTES_MAX + 70_000
    assert sum(len(rows) for rows in messages) == 1240


async def test_no_rows_are_still_a_call(rest: Door, recorder: Recorder) -> None:
    messages = posting(recorder)
    headers = {**bearer(recorder), **LINES}
    response = await rest.client.post(TASKS, content=b"\n\n", headers=headers)
    assert (response.status_code, response.json()["posted"], messages) == (200, 0, [[]])


async def test_a_refusal_reaches_a_client_that_sends_everything_first(
    rest: Door, recorder: Recorder
) -> None:
    line = json.dumps({"external_id": "a", "data": {"text": "x" * 1000}}) + "\n"

    async def body() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield line.encode() * 200  # 40 MB in all

    stranger = {**bearer(recorder, "VENDOR"), **LINES}
    refused = await rest.client.post(TASKS, content=body(), headers=stranger)
    assert (refused.status_code, refused.json()["reason"]) == (403, "ROLE_NOT_ADMITTED")
    refused = await rest.client.post(TASKS, content=body(), headers=LINES)
    assert (refused.status_code, refused.json()["reason"]) == (401, "TOKEN_INVALID")
    refused = await rest.client.post("/v1/vendors", content=body(), headers=stranger)
    assert refused.status_code == 413
    assert recorder.calls == []


def importing(recorder: Recorder, *, pad: int = 0) -> list[int]:
    """Answers ImportContractors as vendors does; gives the sizes of the messages."""
    sizes: list[int] = []

    async def answer(requests: Any) -> AsyncIterator[Any]:
        row = 0
        async for request in requests:
            sizes.append(len(request.contractors))
            response = vendors_pb2.ImportContractorsResponse()
            for contractor in request.contractors:
                result = response.results.add(row=row, external_id=contractor.external_id)
                if violations(contractor):
                    result.error.reason = "FIELD_VIOLATION"
                else:
                    result.contractor_id = "c" * pad or f"ctr_{row}"
                    result.created = True
                row += 1
            yield response

    recorder.answers["ImportContractors"] = answer
    return sizes


def contractors(number: int) -> bytes:
    rows = ({"external_id": f"x{n}", "name": "Ada", "country": "KE"} for n in range(number))
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


async def test_every_row_has_its_line(rest: Door, recorder: Recorder) -> None:
    importing(recorder)
    body = contractors(2) + b"{oops\n" + contractors(600)
    headers = {**bearer(recorder, "VENDOR"), **LINES}
    response = await rest.client.post(IMPORT, content=body, headers=headers)
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [line["row"] for line in lines] == list(range(603))
    assert lines[2]["error"]["reason"] == "JSON_MALFORMED"
    assert lines[2]["error"]["metadata"] == {"line": "3"}
    assert sum(line["created"] for line in lines) == 602


async def test_lines_come_back_while_rows_still_go_in(rest: Door, recorder: Recorder) -> None:
    importing(recorder)
    answered = asyncio.Event()

    async def rows() -> AsyncIterator[bytes]:
        yield contractors(ROWS_PER_MESSAGE_MAX)
        await asyncio.wait_for(answered.wait(), 10)
        yield contractors(1)

    token = recorder.mint.token("VENDOR")
    reader, writer = await asyncio.open_connection("127.0.0.1", rest.port)
    head = f"POST {IMPORT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    head += "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    writer.write(head.encode())

    async def write() -> None:
        async for data in rows():
            writer.write(b"%x\r\n%b\r\n" % (len(data), data))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    writing = asyncio.create_task(write())
    first = await asyncio.wait_for(reader.readuntil(b'"row":499'), 10)
    assert first.count(b'"row":') == ROWS_PER_MESSAGE_MAX
    assert not writing.done()
    answered.set()
    last = await asyncio.wait_for(reader.readuntil(b'"row":500'), 10)
    assert last.count(b'"row":') == 1
    await writing
    writer.close()
    await writer.wait_closed()


async def test_a_client_that_reads_only_after_it_has_sent_all_is_not_stuck(
    rest: Door, recorder: Recorder
) -> None:
    sizes = importing(recorder, pad=2000)
    number = 12_000  # 24 MB of answer: more than any socket holds
    headers = {**bearer(recorder, "VENDOR"), **LINES}
    response = await rest.client.post(IMPORT, content=contractors(number), headers=headers)
    assert response.text.count("\n") == number
    assert sum(sizes) == number


async def test_a_client_that_hangs_up_in_the_middle_of_its_rows_ends_the_call(
    rest: Door, recorder: Recorder
) -> None:
    ended = asyncio.Event()

    async def answer(requests: Any) -> AsyncIterator[Any]:
        try:
            async for _ in requests:
                yield vendors_pb2.ImportContractorsResponse()
        finally:
            ended.set()

    recorder.answers["ImportContractors"] = answer
    token = recorder.mint.token("VENDOR")
    _, writer = await asyncio.open_connection("127.0.0.1", rest.port)
    head = f"POST {IMPORT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    head += "Content-Type: application/x-ndjson\r\nContent-Length: 10000000\r\n\r\n"
    writer.write(head.encode() + contractors(1000))
    await eventually(lambda: recorder.calls, what="the call")
    assert not ended.is_set()
    writer.transport.abort()
    assert await asyncio.wait_for(ended.wait(), 10)


async def test_a_refusal_that_meets_rows_on_their_way_is_the_refusal(
    rest: Door, recorder: Recorder
) -> None:
    # Larger than what a peer takes before it says more may come: the refusal comes in between.
    rows = [{"external_id": "x" * 100_000, "name": "Ada", "country": "KE"}] * 8
    headers = bearer(recorder, "CLIENT")
    for _ in range(30):
        response = await rest.client.post(IMPORT, json=rows, headers=headers)
        assert (response.status_code, response.json()["reason"]) == (403, "ROLE_NOT_ADMITTED")
