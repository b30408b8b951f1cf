"""Start in order, stop in reverse; a background task that dies takes the process with it."""

from __future__ import annotations

import asyncio

import pytest

from services.chassis.lifecycle import Lifecycle


def _part(lifecycle: Lifecycle, log: list[str], name: str, *, dies: bool = False) -> None:
    ended = asyncio.Event()

    async def start() -> None:
        log.append(f"start {name}")

    async def run() -> None:
        log.append(f"run {name}")
        if dies:
            raise RuntimeError(f"{name} broke")
        await ended.wait()

    async def stop() -> None:
        log.append(f"stop {name}")
        ended.set()

    lifecycle.add(name, start=start, run=run, stop=stop)


async def test_parts_start_in_order_and_stop_in_reverse() -> None:
    log: list[str] = []
    lifecycle = Lifecycle()
    for name in ("a", "b"):
        _part(lifecycle, log, name)
    stopping = asyncio.Event()
    await lifecycle.serve(ready=stopping.set, stopping=stopping)
    assert [line for line in log if not line.startswith("run")] == [
        "start a",
        "start b",
        "stop b",
        "stop a",
    ]


async def test_a_task_that_dies_ends_the_process_loudly() -> None:
    log: list[str] = []
    lifecycle = Lifecycle()
    _part(lifecycle, log, "a")
    _part(lifecycle, log, "b", dies=True)
    with pytest.raises(RuntimeError, match="background task b ended"):
        await lifecycle.serve(ready=lambda: None, stopping=asyncio.Event())
    assert log[-2:] == ["stop b", "stop a"]


async def test_what_was_started_is_stopped_where_a_later_part_does_not_start() -> None:
    log: list[str] = []
    lifecycle = Lifecycle()
    _part(lifecycle, log, "a")

    async def fail() -> None:
        raise RuntimeError("no database")

    lifecycle.add("b", start=fail)
    _part(lifecycle, log, "c")
    with pytest.raises(RuntimeError, match="no database"):
        await lifecycle.serve(ready=lambda: None, stopping=asyncio.Event())
    assert "stop a" in log
    assert "start c" not in log
