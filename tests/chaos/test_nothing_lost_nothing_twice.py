"""A recorded crowd is replayed while everything is killed with SIGKILL at random moments.

Afterwards every answer has exactly one accrual, every task exactly its overlap, every outbox is
empty, and the money in the ledger is the money at the payment provider.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.local.stack import Stack
from tests.chaos.books import Books
from tests.waiting import eventually

ANSWERS = 3000
REPLAY_SECONDS = 400
# While answers come in; broker, quality and payouts are the ones who lose the most.
AT_WORK = ("broker", "quality", "payouts", "mongod", "accounts", "nats", "vendors", "broker")
# Payments whose sender died are looked up again after seconds instead of minutes.
IMPATIENT = {
    "CREWLINE_ABSENCE_AFTER_SECONDS": "4",
    "CREWLINE_SENDING_OVERDUE_SECONDS": "6",
    "CREWLINE_POLL_SECONDS": "2",
    "CREWLINE_RAIL_TICK_SECONDS": "0.2",
}
# While statements are paid.
AT_PAY = ("payouts", "gateway", "sandbox", "payouts")


@pytest.mark.slow
@pytest.mark.timeout(REPLAY_SECONDS + 200)
async def test_a_storm_of_kills(repository: Path, tmp_path: Path) -> None:
    seed = int(os.environ.get("CREWLINE_CHAOS_SEED") or random.randrange(10_000))
    print(f"CREWLINE_CHAOS_SEED={seed}")
    choose = random.Random(seed)
    folder = tmp_path / "stack"
    environment = {"payouts": IMPATIENT}
    async with Stack(folder=folder, free_ports=True, environment=environment) as stack:
        books = Books(str(stack.target()["mongo_uri"]))
        try:
            replay = await _start_replay(repository, tmp_path, stack)
            await _storm(stack, books, replay, choose)
            report = await _finish(replay, tmp_path)
            assert report["answers_in"] == report["answers_scored"] == ANSWERS
            assert report["answers_rejected"] == report["answers_in_review"] == 0
            await _check(books, report)
        finally:
            books.close()


async def _start_replay(
    repository: Path, tmp_path: Path, stack: Stack
) -> asyncio.subprocess.Process:
    crowd = repository / "tests" / "data" / "crowds" / "mtbench"
    path = os.pathsep.join((str(repository), str(repository / "protos" / "gen")))
    with (tmp_path / "report.json").open("wb") as out, (tmp_path / "replay.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.sdk.cli", "replay", str(crowd / "answers.csv"),
            "--gold", str(crowd / "gold.csv"), "--kind", "pairwise", "--limit", str(ANSWERS),
            "--batch", "3", "--concurrency", "12", "--json",
            "--timeout-seconds", str(REPLAY_SECONDS),
            cwd=repository,
            env={
                **os.environ,
                "PYTHONPATH": path,
                "CREWLINE_TARGET": str(stack.folder.target_file),
            },
            stdout=out,
            stderr=log,
        )  # fmt: skip


async def _storm(
    stack: Stack, books: Books, replay: asyncio.subprocess.Process, choose: random.Random
) -> None:
    """Kills one part after the other, each at a number of answers that the seed picks."""
    width = ANSWERS * 9 // 10 // len(AT_WORK)
    for number, name in enumerate(AT_WORK):
        moment = number * width + choose.randrange(1, width)
        await _reach(replay, books.answers, moment, f"{moment} answers, to kill {name}")
        await _crash(stack, name, choose)
    await _reach(replay, books.statements, 1, "statements are made")
    for name in AT_PAY:
        if replay.returncode is None:
            await _crash(stack, name, choose)


async def _reach(
    replay: asyncio.subprocess.Process,
    count: Callable[[], Awaitable[int]],
    wanted: int,
    what: str,
) -> None:
    async def there() -> bool:
        return replay.returncode is not None or await count() >= wanted

    await eventually(there, what=what, timeout_seconds=REPLAY_SECONDS)


async def _crash(stack: Stack, name: str, choose: random.Random) -> None:
    await stack.kill(name)
    # Others notice that it is gone, for a moment that the seed picks.
    for _ in range(choose.randrange(1, 40)):
        await asyncio.sleep(0.01)
    await stack.restart(name)


async def _finish(replay: asyncio.subprocess.Process, tmp_path: Path) -> dict[str, Any]:
    async with asyncio.timeout(REPLAY_SECONDS):
        code = await replay.wait()
    text = (tmp_path / "report.json").read_text()
    log = (tmp_path / "replay.log").read_text()
    assert code == 0, f"the replay ended with {code}:\n{text}\n{log[-4000:]}"
    report: dict[str, Any] = json.loads(text)
    return report


async def _check(books: Books, report: dict[str, Any]) -> None:
    accruals = await books.accruals_by_answer()
    accepted = await books.decided("accepted")
    assert set(accruals) == accepted
    assert len(accepted) == ANSWERS
    assert set(accruals.values()) == {1}

    given, wanted = await books.answers_by_task()
    assert dict(given) == wanted
    assert max((await books.pairs()).values()) == 1

    async def sent() -> bool:
        return await books.outbox_rows() == 0

    await eventually(sent, what="every outbox is empty")

    assert report["trial_balance_units"] == 0
    assert report["ledger_stripe_minor"] == report["sandbox_stripe_minor"]
    assert report["ledger_paid_out_minor"] == report["sandbox_paid_out_minor"]
    assert report["paid_minor"] * 10_000 + report["rest_units"] == report["earned_units"] > 0
    assert report["statements"] == report["statements_paid"] > 0
    assert report["dead_letters"] in (0, None)
