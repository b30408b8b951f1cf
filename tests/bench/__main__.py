"""Runs the bench and writes its report: `python -m tests.bench [--quick]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import uvloop

from deploy.local.stack import Stack
from tests.bench.files import copy_results, exports, uploads
from tests.bench.ledger import ledger_figures
from tests.bench.limits import publish_limit, write_limit
from tests.bench.load import Run, claims_only, percentile_ms, work
from tests.bench.rest import GATEWAY_ENVIRONMENT, post_lines, rest_over_grpc
from tests.bench.world import World

_REPORT = Path(".local/bench/chain.json")
_OVERLAP = 3
_ACCRUAL_SECONDS_MAX = 300
_BACKLOG_CLAIMS = 200


async def measure(*, quick: bool) -> dict[str, Any]:
    """All figures, from one run on one machine."""
    folder = Path(tempfile.mkdtemp(prefix="crewline-bench-"))
    scale = 10 if quick else 1
    try:
        environment = {"gateway": GATEWAY_ENVIRONMENT}
        async with Stack(
            folder=folder, free_ports=True, environment=environment, say=_say
        ) as stack:
            report: dict[str, Any] = {"ready_seconds": round(stack.ready_seconds, 2)}
            report["idle_rss_mb"] = _idle_rss_mb(stack)
            target = stack.target()
            world = World(target, stack.secrets.operator_key)
            await world.open()
            try:
                await _chain(world, report, scale=scale)
                await _latencies(world, report, scale=scale)
                await _rest(stack, world, report, scale=scale)
                await _files(stack, world, report, scale=scale)
                _say("raw limits")
                answers = 12_000 // scale
                uri = str(target["mongo_uri"])
                report["limit_answers_per_second"] = round(await write_limit(uri, answers=answers))
                nats_url = str(target["nats_url"])
                report["limit_events_per_second_20kb"] = round(
                    await publish_limit(nats_url, message_bytes=20_000)
                )
                report["share_of_limit"] = round(
                    report["chain_answers_per_second"] / report["limit_answers_per_second"], 2
                )
                await _ledger(uri, report, scale=scale)
                await _backlog(world, report, scale=scale)
            finally:
                await world.close()
            return report
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _chain(world: World, report: dict[str, Any], *, scale: int) -> None:
    """Claim to accrual, all durable, with many contractors at once."""
    workers = await world.workers(256)
    for name, people, batch, answers, overlap in (
        ("chain_answers_per_second", 64, 10, 36_000, _OVERLAP),
        ("chain_answers_per_second_256_contractors", 256, 10, 36_000, _OVERLAP),
        ("chain_answers_per_second_overlap_1", 64, 10, 18_000, 1),
        ("chain_answers_per_second_single", 64, 1, 6_000, _OVERLAP),
    ):
        wanted = answers // scale
        _say(f"{name}: {wanted} answers, {people} contractors, claims of {batch}")
        # A little more than is asked for, so that the last claims still find work.
        tasks = wanted // overlap + people * batch
        project_id = await world.project(tasks=tasks, overlap=overlap)
        started = time.perf_counter()
        await world.post(project_id, tasks)
        posted = tasks / (time.perf_counter() - started)
        before = await world.accruals()
        started = time.perf_counter()
        run = await work(
            world, workers[:people], project_id=project_id, batch=batch, answers=wanted
        )
        accrued, seconds = await _until_accrued(
            world, before, run, started=started, tasks=tasks, overlap=overlap
        )
        report[name] = round(accrued / seconds)
        _say(f"  {report[name]}/s accrued, {run.answers / run.seconds:.0f}/s submitted")
        report.setdefault("submitted_answers_per_second", round(run.answers / run.seconds))
        report.setdefault("tasks_posted_per_second_small", round(posted))


async def _until_accrued(
    world: World, before: int, run: Run, *, started: float, tasks: int, overlap: int
) -> tuple[int, float]:
    """How many answers of complete tasks were accrued, and when the last of them was."""
    last, seconds, still = 0, run.seconds, time.perf_counter()
    deadline = started + _ACCRUAL_SECONDS_MAX
    while time.perf_counter() < deadline:
        accrued = await world.accruals() - before
        if accrued > last:
            last, seconds, still = accrued, time.perf_counter() - started, time.perf_counter()
        if accrued >= run.answers or time.perf_counter() - still > 3.0:
            # What is missing belongs to tasks that still wait for another answer.
            break
        await asyncio.sleep(0.05)
    if last < run.answers * 0.9:
        raise RuntimeError(f"{last} of {run.answers} answers were accrued")
    return last, seconds


async def _latencies(world: World, report: dict[str, Any], *, scale: int) -> None:
    workers = await world.workers(256)
    report["claim_ms"], report["submit_ms"] = {}, {}
    for people, answers in ((1, 2_000), (32, 12_000), (256, 24_000)):
        wanted = max(answers // scale, people * 10)
        _say(f"latencies with {people} contractors")
        tasks = wanted // _OVERLAP + people * 10 + wanted * (people < _OVERLAP)
        project_id = await world.project(tasks=tasks, overlap=_OVERLAP)
        await world.post(project_id, tasks)
        run = await work(world, workers[:people], project_id=project_id, batch=10, answers=wanted)
        for name, found in (("claim_ms", run.latencies.claim), ("submit_ms", run.latencies.submit)):
            report[name][str(people)] = {
                f"p{round(share * 100)}": percentile_ms(found, share) for share in (0.5, 0.95, 0.99)
            }


async def _rest(stack: Stack, world: World, report: dict[str, Any], *, scale: int) -> None:
    gateway, tasks = str(stack.target()["gateway"]), 30_000 // scale
    _say("REST beside gRPC")
    project_id = await world.project(tasks=tasks, overlap=1)
    report |= await rest_over_grpc(
        world,
        gateway=gateway,
        gateway_pid=stack.process("gateway").pid,
        project_id=project_id,
        calls=12_000 // scale,
    )
    report["rest_tasks_posted_per_second"] = round(
        await post_lines(world, gateway=gateway, project_id=project_id, tasks=tasks)
    )


async def _ledger(mongo_uri: str, report: dict[str, Any], *, scale: int) -> None:
    answers, contractors = 60_000 // scale, 10_000
    _say(f"the ledger alone: {answers:,} answers, one client, {contractors:,} contractors")
    report |= await ledger_figures(mongo_uri, answers=answers, contractors=contractors)
    report["ledger_share_of_limit"] = round(
        report["ledger_postings_per_second"] / report["ledger_limit_postings_per_second"], 2
    )


async def _files(stack: Stack, world: World, report: dict[str, Any], *, scale: int) -> None:
    gateway = str(stack.target()["gateway"])
    pids = {name: stack.process(name).pid for name in ("gateway", "broker")}
    rows, wanted = 100_000 // scale, 1_000_000 // scale
    _say(f"files: {rows:,} rows in")
    report |= await uploads(world, gateway=gateway, pids=pids, rows=rows)
    _say(f"files: {wanted:,} answers out")
    source_id = await _resolved_project(world)
    project_id = await world.project(tasks=1, overlap=_OVERLAP)
    answers = await copy_results(
        str(stack.target()["mongo_uri"]),
        source_id=source_id,
        project_id=project_id,
        answers=wanted,
    )
    report |= await exports(
        world, gateway=gateway, pids=pids, project_id=project_id, answers=answers
    )


async def _resolved_project(world: World) -> str:
    """One whose only task has its answers and its result."""
    workers = await world.workers(_OVERLAP)
    project_id = await world.project(tasks=1, overlap=_OVERLAP)
    before = await world.accruals()
    await world.post(project_id, 1)
    run = await work(world, workers, project_id=project_id, batch=1, answers=_OVERLAP)
    await _until_accrued(world, before, run, started=time.perf_counter(), tasks=1, overlap=_OVERLAP)
    return project_id


async def _backlog(world: World, report: dict[str, Any], *, scale: int) -> None:
    """Claims of 10 by one contractor at a time, with ever more tasks waiting."""
    [worker] = await world.workers(1)
    found: dict[str, float] = {}
    projects: dict[int, str] = {}
    for backlog in (1_000, 100_000, 1_000_000 // scale):
        _say(f"posting a backlog of {backlog:,} tasks")
        projects[backlog] = await world.project(tasks=max(backlog, 3_000), overlap=1)
        started = time.perf_counter()
        await world.post(projects[backlog], max(backlog, 3_000) if backlog == 1_000 else backlog)
        report["tasks_posted_per_second"] = round(backlog / (time.perf_counter() - started))
    rounds: dict[int, list[float]] = {backlog: [] for backlog in projects}
    # In turns, so that what else the machine does meets all of them alike.
    for _ in range(4):
        for backlog, project_id in projects.items():
            rounds[backlog] += await claims_only(
                world, worker, project_id=project_id, batch=10, claims=_BACKLOG_CLAIMS // 4
            )
    for backlog, seconds in rounds.items():
        found[str(backlog)] = percentile_ms(seconds, 0.5)
    report["claim_p50_ms"] = found
    smallest, largest = min(projects), max(projects)
    report["claim_p50_growth"] = round(found[str(largest)] / found[str(smallest)], 2)


def _idle_rss_mb(stack: Stack) -> dict[str, int]:
    return {
        name: round(psutil.Process(stack.process(name).pid).memory_info().rss / 1e6)
        for name in stack.parts
    }


def _say(text: str) -> None:
    print(text, flush=True)


def _table(report: dict[str, Any]) -> str:
    lines = []
    for name, value in report.items():
        shown = json.dumps(value) if isinstance(value, dict) else f"{value:,}"
        lines.append(f"{name:<44} {shown}")
    return "\n".join(lines)


def main() -> None:
    """Prints the report and writes .local/bench/chain.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the load")
    arguments = parser.parse_args()
    report = uvloop.run(measure(quick=arguments.quick))
    _REPORT.parent.mkdir(parents=True, exist_ok=True)
    _REPORT.write_text(json.dumps(report, indent=2) + "\n")
    print("\n" + _table(report) + f"\n\nwritten to {_REPORT}")


if __name__ == "__main__":
    main()
