"""Files of rows in and results out over HTTP: how fast, and in how much memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx
import psutil
from motor.motor_asyncio import AsyncIOMotorClient

from tests.bench.world import World

UPLOADS = {"jsonl": "application/jsonl", "csv": "text/csv"}
EXPORTS = ("csv", "jsonl", "parquet")
_SECONDS_MAX = 3600.0
_SAMPLE_SECONDS = 0.05
_PIECE_ROWS = 300
_BULK_TASKS = 2_000

Document = dict[str, Any]


async def uploads(
    world: World, *, gateway: str, pids: Mapping[str, int], rows: int
) -> dict[str, Any]:
    """Rows a second by format, each into a project of its own, and the memory they took."""
    found: dict[str, Any] = {"upload_rows_per_second": {}}
    with _Peaks(pids) as peaks:
        for name, kind in UPLOADS.items():
            project_id = await world.project(tasks=rows, overlap=1)
            async with _client(world, gateway) as client:
                started = time.perf_counter()
                answer = await client.post(
                    f"/v1/projects/{project_id}/tasks:upload",
                    content=_pieces(name, rows),
                    headers={"Content-Type": kind},
                )
                seconds = time.perf_counter() - started
            told = answer.json()
            if told.get("posted") != rows:
                raise RuntimeError(f"{name}: {told}")
            found["upload_rows_per_second"][name] = round(rows / seconds)
        found["upload_peak_mb"] = await peaks.read()
    return found


async def exports(
    world: World, *, gateway: str, pids: Mapping[str, int], project_id: str, answers: int
) -> dict[str, Any]:
    """Seconds by format for all answers of a project, and the memory they took."""
    found: dict[str, Any] = {"export_answers": answers, "export_seconds": {}}
    with _Peaks(pids) as peaks:
        for name in EXPORTS:
            async with _client(world, gateway) as client:
                started = time.perf_counter()
                path = f"/v1/projects/{project_id}/export?format={name}"
                lines = size = 0
                async with client.stream("GET", path) as response:
                    async for piece in response.aiter_raw():
                        lines += piece.count(b"\n")
                        size += len(piece)
                seconds = time.perf_counter() - started
            if response.status_code != 200 or (name == "csv" and lines != answers + 1):
                raise RuntimeError(f"{name}: {response.status_code}, {lines} lines, {size} bytes")
            found["export_seconds"][name] = round(seconds, 1)
        found["export_peak_mb"] = await peaks.read()
    return found


async def copy_results(mongo_uri: str, *, source_id: str, project_id: str, answers: int) -> int:
    """Fills a project with copies of one resolved task of another; how many answers there are.

    To let contractors answer a million times would take the bench longer than everything else.
    """
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(mongo_uri)
    try:
        broker = client["crewline_broker"]
        result = await broker["results"].find_one({"project_id": source_id})
        if result is None:
            raise RuntimeError("no task is resolved yet")
        task = await broker["tasks"].find_one({"_id": result["_id"]})
        assignments = await broker["assignments"].find({"task_id": result["_id"]}).to_list(None)
        ids = [each["_id"] for each in assignments]
        said = await broker["answers"].find({"_id": {"$in": ids}}).to_list(None)
        if task is None or not said:
            raise RuntimeError("a resolved task without answers")
        tasks = answers // len(said)
        for start in range(0, tasks, _BULK_TASKS):
            numbers = range(start, min(start + _BULK_TASKS, tasks))
            copied = {"tasks": [task], "results": [result], "assignments": assignments,
                      "answers": said}  # fmt: skip
            await asyncio.gather(
                *(
                    broker[name].insert_many(
                        [
                            _copy(each, old=result["_id"], number=number, project_id=project_id)
                            for number in numbers
                            for each in documents
                        ],
                        ordered=False,
                    )
                    for name, documents in copied.items()
                )
            )
        return tasks * len(said)
    finally:
        client.close()


def _copy(document: Document, *, old: str, number: int, project_id: str) -> Document:
    new = f"tsk_{number:024d}"
    changed = {"_id": str(document["_id"]).replace(old, new)}
    if "task_id" in document:
        changed["task_id"] = new
    if "project_id" in document:
        changed["project_id"] = project_id
    if "external_id" in document:
        changed["external_id"] = f"task-{number}"
    # Places and numbers are of tasks that were posted; these wait for nobody.
    copied = {name: value for name, value in document.items() if name != "place"} | changed
    return copied | ({"seq": 10_000_000 + number} if "seq" in document else {})


class _Peaks:
    """The most memory that each process had at one time, in MB."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in pids.items()}
        self._peaks = dict.fromkeys(pids, 0)

    def __enter__(self) -> _Peaks:
        self._watching = asyncio.create_task(self._watch())
        return self

    def __exit__(self, *_: object) -> None:
        self._watching.cancel()

    async def read(self) -> dict[str, int]:
        """So far."""
        self._sample()
        return {name: round(peak / 1e6) for name, peak in self._peaks.items()}

    async def _watch(self) -> None:
        while True:
            self._sample()
            await asyncio.sleep(_SAMPLE_SECONDS)

    def _sample(self) -> None:
        for name, process in self._processes.items():
            self._peaks[name] = max(self._peaks[name], process.memory_info().rss)


@contextlib.asynccontextmanager
async def _client(world: World, gateway: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=gateway,
        headers={"Authorization": f"Bearer {world.client_token}"},
        timeout=_SECONDS_MAX,
        trust_env=False,
    ) as client:
        yield client


async def _pieces(name: str, rows: int) -> AsyncIterator[bytes]:
    if name == "csv":
        yield b"external_id,image,text\n"
    for start in range(0, rows, _PIECE_ROWS):
        yield "".join(_rows(name, start, min(start + _PIECE_ROWS, rows))).encode()


def _rows(name: str, start: int, end: int) -> Iterator[str]:
    text = "x" * 160
    for number in range(start, end):
        if name == "csv":
            yield f'csv-{number},{number}.jpg,"{text}"\n'
        else:
            row = {"external_id": f"json-{number}", "image": f"{number}.jpg", "text": text}
            yield json.dumps(row) + "\n"
