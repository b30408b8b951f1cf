"""Contractors at work, many at once: claim, answer, claim again; and what each call took."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from crewline.broker.v1 import service_pb2 as pb
from tests.bench.world import LABELS, TIMEOUT_SECONDS, Worker, World

_EMPTY_CLAIMS_MAX = 40


@dataclass(slots=True)
class Latencies:
    """Seconds of single calls."""

    claim: list[float] = field(default_factory=list)
    submit: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a crowd did."""

    answers: int
    seconds: float
    latencies: Latencies


async def work(
    world: World, workers: Sequence[Worker], *, project_id: str, batch: int, answers: int
) -> Run:
    """The crowd works until so many answers are in (or nothing is left)."""
    latencies = Latencies()
    done = 0
    choose = random.Random(7)

    async def one(number: int, worker: Worker) -> None:
        nonlocal done
        broker = world.brokers[number % len(world.brokers)]
        empty = 0
        while done < answers and empty < _EMPTY_CLAIMS_MAX:
            started = time.perf_counter()
            claimed = await broker.ClaimAssignments(
                pb.ClaimAssignmentsRequest(
                    request_id=str(uuid.uuid4()), project_id=project_id, max_assignments=batch
                ),
                timeout=TIMEOUT_SECONDS,
                metadata=worker.metadata,
            )
            latencies.claim.append(time.perf_counter() - started)
            if not claimed.assignments:
                empty += 1
                await asyncio.sleep(0.05)
                continue
            empty = 0
            started = time.perf_counter()
            response = await broker.SubmitAnswers(
                pb.SubmitAnswersRequest(
                    answers=[
                        pb.NewAnswer(
                            assignment_id=assignment.assignment_id,
                            lease_token=assignment.lease_token,
                            value=choose.choice(LABELS),
                            active_seconds=4.2,
                        )
                        for assignment in claimed.assignments
                    ]
                ),
                timeout=TIMEOUT_SECONDS,
                metadata=worker.metadata,
            )
            latencies.submit.append(time.perf_counter() - started)
            refused = [result.error for result in response.results if result.error.reason]
            if refused:
                raise RuntimeError(f"an answer was refused: {refused[0]}")
            done += len(response.results)

    started = time.perf_counter()
    await asyncio.gather(*(one(number, worker) for number, worker in enumerate(workers)))
    return Run(answers=done, seconds=time.perf_counter() - started, latencies=latencies)


async def claims_only(
    world: World, worker: Worker, *, project_id: str, batch: int, claims: int
) -> list[float]:
    """Claims one after the other, each answered so that the contractor may go on."""
    run = await work(world, [worker], project_id=project_id, batch=batch, answers=batch * claims)
    return run.latencies.claim


def percentile_ms(seconds: Sequence[float], share: float) -> float:
    """Milliseconds below which such a share of the calls lies."""
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2)
