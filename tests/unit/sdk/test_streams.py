"""Streams that break off: downwards they go on where they were, upwards they are sent again."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.sdk import (
    AnswerMalformed,
    AsyncCrewline,
    Crewline,
    FileInvalid,
    InvalidRequest,
    NotFound,
    Progress,
    Unreachable,
)
from services.sdk.plans import Planner
from services.sdk.retries import RetryPolicy

BASE = "http://c.example"


class Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that ends before its end."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces
        raise httpx.RemoteProtocolError("incomplete chunked read")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


class Server:
    """Answers in a row, and what was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.seen: list[httpx.Request] = []
        self.bodies: list[bytes] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        self.bodies.append(request.content)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, bytes):
            return httpx.Response(200, content=answer)
        if isinstance(answer, Broken):
            return httpx.Response(200, stream=answer)
        assert isinstance(answer, httpx.Response)
        return answer


def problem(status: int, reason: str) -> httpx.Response:
    body = {"status": status, "reason": reason, "detail": f"because of {reason}"}
    return httpx.Response(status, json=body)


def rows(*ids: str) -> bytes:
    return b"".join(json.dumps({"task_id": one}).encode() + b"\n" for one in ids)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other without pauses."""

    def make(base_url: str, api_key: str) -> Planner:
        policy = RetryPolicy(retries_max=2, first_pause_seconds=0.0)
        return Planner(base_url=base_url, api_key=api_key, policy=policy)

    monkeypatch.setattr(
        "services.sdk.client._planner", lambda access, _: make(access.base_url, access.api_key)
    )


def client(server: Server) -> Crewline:
    return Crewline("key", base_url=BASE, transport=httpx.MockTransport(server))


def ids_of(server: Server) -> list[str]:
    with client(server) as crewline:
        return [one["task_id"] for one in crewline.results.stream("p")]


async def async_ids_of(server: Server) -> list[str]:
    transport = httpx.MockTransport(server)
    async with AsyncCrewline("key", base_url=BASE, transport=transport) as crewline:
        return [one["task_id"] async for one in crewline.results.stream("p")]


def broken_twice() -> Server:
    return Server(
        Broken(rows("a", "b"), b'{"task_id": "c"'),
        httpx.ConnectError("refused"),
        Broken(rows("a", "b"), rows("c")),
        rows("a", "b", "c", "d"),
    )


async def test_a_stream_goes_on_where_it_was() -> None:
    assert ids_of(broken_twice()) == ["a", "b", "c", "d"]
    assert await async_ids_of(broken_twice()) == ["a", "b", "c", "d"]


def test_lines_are_whole_wherever_the_pieces_end() -> None:
    whole = rows("a", "b", "ü") + b"\n" + '{"task_id": "ÿ"}'.encode()
    for size in (1, 2, 7):
        pieces = [whole[i : i + size] for i in range(0, len(whole), size)]
        assert ids_of(Server(httpx.Response(200, content=iter(pieces)))) == ["a", "b", "ü", "ÿ"]


def test_a_standstill_is_given_up_with_what_was_told() -> None:
    told = b'{"problem": {"status": 503, "reason": "SERVICE_UNAVAILABLE", "detail": "broker"}}\n'
    server = Server(*[Broken(rows("a"), told)] * 3)
    with pytest.raises(Exception, match="SERVICE_UNAVAILABLE"):
        ids_of(server)
    assert server.answers == []  # and two repeats


async def test_a_refusal_that_is_told_in_the_stream_is_final() -> None:
    told = b'{"problem": {"status": 404, "reason": "PROJECT_NOT_FOUND", "detail": "gone"}}\n'
    with pytest.raises(NotFound):
        ids_of(Server(Broken(rows("a"), told)))
    with pytest.raises(NotFound):
        await async_ids_of(Server(rows("a") + told))
    with pytest.raises(NotFound):
        await async_ids_of(Server(problem(404, "PROJECT_NOT_FOUND")))


def test_a_line_that_is_no_json_is_told() -> None:
    with pytest.raises(AnswerMalformed):
        ids_of(Server(b"<html>\n"))


def test_an_export_is_there_when_it_is_whole_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("what was there before")
    server = Server(Broken(b"one,", b"half"), b"one,whole\n")
    told: list[Progress] = []
    with client(server) as crewline:
        assert crewline.results.export("p", path, format="csv", on_progress=told.append) == 10
    assert path.read_text() == "one,whole\n"
    assert [one.attempt for one in told] == [1, 1, 2]
    assert dict(server.seen[0].url.params) == {"format": "csv", "answers": "all"}

    broken = Server(*[Broken(b"half")] * 3)
    with client(broken) as crewline, pytest.raises(Unreachable):
        crewline.results.export("p", path)
    refused = Server(problem(404, "PROJECT_NOT_FOUND"))
    with client(refused) as crewline, pytest.raises(NotFound):
        crewline.results.export("p", tmp_path / "never")
    assert [one.name for one in tmp_path.iterdir()] == ["out.csv"]
    assert path.read_text() == "one,whole\n"


async def test_an_export_on_an_event_loop_is_the_same(tmp_path: Path) -> None:
    server = Server(Broken(b"half"), b"whole")
    transport = httpx.MockTransport(server)
    async with AsyncCrewline("key", base_url=BASE, transport=transport) as crewline:
        assert await crewline.results.export("p", tmp_path / "out") == 5
    assert (tmp_path / "out").read_bytes() == b"whole"


def test_what_is_out_on_a_stream_is_not_written_twice() -> None:
    out = io.BytesIO()
    server = Server(Broken(b"half"), b"whole")
    with client(server) as crewline, pytest.raises(FileInvalid, match="export to a file"):
        crewline.results.export("p", out)
    assert out.getvalue() == b"half"


def test_an_export_into_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with client(Server()) as crewline, pytest.raises(FileInvalid, match="No such file"):
        crewline.results.export("p", tmp_path / "no" / "out")


def posted(count: int, *, refused: tuple[int, ...] = ()) -> bytes:
    errors = [{"row": row, "external_id": "", "error": {"reason": "R"}} for row in refused]
    counts = {"posted": count - len(refused), "duplicates": 0, "refused": len(refused)}
    return json.dumps({**counts, "errors": errors}).encode()


def test_rows_are_posted_a_thousand_at_a_time_and_told_by_their_place() -> None:
    server = Server(
        httpx.ReadError("reset"), posted(1000, refused=(3,)), posted(1000), posted(5, refused=(4,))
    )
    tasks: Any = ({"external_id": str(i), "data": {"n": i}} for i in range(2005))
    with client(server) as crewline:
        summary = crewline.tasks.post("p", tasks)
    assert (summary["posted"], summary["refused"]) == (2003, 2)
    assert [error["row"] for error in summary["errors"]] == [3, 2004]
    assert server.bodies[0] == server.bodies[1]
    assert [body.count(b"\n") for body in server.bodies] == [1000, 1000, 1000, 5]


def test_rows_are_cut_by_their_size_too() -> None:
    server = Server(posted(2), posted(2), posted(1))
    tasks: Any = [{"external_id": str(i), "data": {"text": "x" * 1_100_000}} for i in range(5)]
    with client(server) as crewline:
        assert crewline.tasks.post("p", tasks)["posted"] == 5


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object()])
def test_a_row_that_cannot_be_sent_names_its_place(value: object) -> None:
    tasks: Any = [{"external_id": "a", "data": {}}, {"external_id": "b", "data": {"x": value}}]
    with client(Server()) as crewline, pytest.raises(InvalidRequest, match="row 1 cannot be sent"):
        crewline.tasks.post("p", tasks)


def test_no_rows_still_ask_whether_the_project_is_there() -> None:
    with client(Server(problem(404, "PROJECT_NOT_FOUND"))) as crewline, pytest.raises(NotFound):
        crewline.tasks.post("p", [])


def upload_answer(**summary: int) -> bytes:
    lines = [{"rows": 1, "seconds": 1.0}, {"rows": 2, "summary": {**summary, "errors": []}}]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def test_a_file_is_sent_again_whole_when_the_connection_was_lost(tmp_path: Path) -> None:
    path = tmp_path / "tasks.jsonl"
    path.write_bytes(b'{"a": 1}\n' * 20_000)
    server = Server(
        Broken(b'{"rows": 1, "seconds": 1.0}\n'), upload_answer(posted=0, duplicates=2, refused=0)
    )
    told: list[Progress] = []
    with client(server) as crewline:
        summary = crewline.tasks.upload("p", path, on_progress=told.append)
    assert summary["duplicates"] == 2
    assert server.bodies == [path.read_bytes()] * 2
    assert server.seen[0].headers["content-type"] == "application/x-ndjson"
    assert told[0].bytes_total == path.stat().st_size
    assert (told[-1].attempt, told[-1].rows) == (2, 2)


async def test_a_problem_at_the_end_of_an_upload_is_raised(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("external_id\n")
    told = b'{"rows": 0, "problem": {"status": 409, "reason": "VENDOR_NOT_APPROVED"}}\n'
    transport = httpx.MockTransport(Server(told))
    async with AsyncCrewline("key", base_url=BASE, transport=transport) as crewline:
        with pytest.raises(Exception, match="crewline vendors approve"):
            await crewline.contractors.upload(path)


def test_files_that_are_none_are_refused_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("")
    with client(Server()) as crewline:
        with pytest.raises(FileInvalid, match="there is no such file"):
            crewline.tasks.upload("p", tmp_path / "none.csv")
        with pytest.raises(InvalidRequest, match="jsonl, ndjson, json, csv, parquet"):
            crewline.tasks.upload("p", tmp_path / "a.txt")
