"""The demo: recorded crowds replayed through the running stack, each by a client of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table

from deploy.local.folder import ROOT, StackFolder, read_json, write_private
from deploy.local.processes import die_with

_CROWDS = ROOT / "tests" / "data" / "crowds"
_REPLAY_TIMEOUT_SECONDS = 900.0
_STOP_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One crowd and how much of it is replayed; 0 is all."""

    name: str
    kind: str
    what: str
    limit: int = 0
    has_malformed_rows: bool = False
    invites: bool = False
    """Some of its people are asked in, for sign_ins."""

    @property
    def arguments(self) -> list[str]:
        """For `crewline replay`."""
        folder = _CROWDS / self.name
        limited = ["--limit", str(self.limit)] if self.limit else []
        skipping = ["--skip-malformed"] if self.has_malformed_rows else []
        inviting = ["--invite"] if self.invites else []
        gold = ["--gold", str(folder / "gold.csv")]
        options = [*gold, "--kind", self.kind, *limited, *skipping, *inviting]
        return [str(folder / "answers.csv"), *options]


RECORDINGS = (
    Recording(
        name="mtbench",
        kind="pairwise",
        what="which of two chat answers is better",
        invites=True,
    ),
    Recording(name="bluebird", kind="choice", what="which bird is on the photo"),
    Recording(
        name="crowdspeech_dev_clean",
        kind="text",
        what="what the speaker says",
        limit=2_000,
        # Some of its answers name no worker.
        has_malformed_rows=True,
    ),
)


@dataclass(slots=True, kw_only=True)
class Replayed:
    """What came of one recording."""

    recording: Recording
    report: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    before: bool = False
    """It was replayed by an earlier run, whose report this is."""


async def replay_all(
    folder: StackFolder,
    *,
    again: bool,
    say: Callable[[str], None],
    recordings: Sequence[Recording] = RECORDINGS,
) -> list[Replayed]:
    """Replays what has not been replayed into this folder's data, or everything `again`."""
    outcomes = []
    for recording in recordings:
        marker = folder.path / "demo" / f"{recording.name}.json"
        known = {} if again else read_json(marker)
        if known:
            say(f"{recording.name}: replayed before (--demo replays it again)")
            outcomes.append(Replayed(recording=recording, report=known, before=True))
            continue
        say(f"{recording.name}: {recording.what}")
        outcome = await _replay(recording, folder)
        if not outcome.problems:
            marker.parent.mkdir(exist_ok=True)
            write_private(marker, json.dumps(outcome.report, indent=2))
        outcomes.append(outcome)
    return outcomes


async def _replay(recording: Recording, folder: StackFolder) -> Replayed:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.sdk.cli", "replay", *recording.arguments, "--json",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env={
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'protos' / 'gen'}",
            "CREWLINE_TARGET": str(folder.target_file),
        },
        preexec_fn=die_with(os.getpid()),
    )  # fmt: skip
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), _REPLAY_TIMEOUT_SECONDS)
    except TimeoutError:
        await _end(process)
        return Replayed(
            recording=recording, problems=[f"took longer than {_REPLAY_TIMEOUT_SECONDS:.0f} s"]
        )
    except asyncio.CancelledError:
        await _end(process)
        raise
    return _outcome(recording, code=process.returncode, printed=printed)


def _outcome(recording: Recording, *, code: int | None, printed: bytes) -> Replayed:
    try:
        report = json.loads(printed)
    except ValueError:
        report = {}
    if not isinstance(report, dict) or not report:
        return Replayed(recording=recording, problems=[f"gave no report (exit code {code})"])
    problems = [str(problem) for problem in report.get("problems", ())]
    if code and not problems:
        problems.append(f"ended with exit code {code}")
    return Replayed(recording=recording, report=report, problems=problems)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_TIMEOUT_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def as_table(outcomes: Sequence[Replayed]) -> Table:
    """One column a recording."""
    table = Table(title="The demo")
    table.add_column("")
    for outcome in outcomes:
        table.add_column(outcome.recording.name, justify="right")
    for label, value in _ROWS:
        table.add_row(label, *(value(o.report) if o.report else "–" for o in outcomes))
    return table


def _count(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda report: f"{report.get(name) or 0:,}"


def _money(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda report: f"{(report.get(name) or 0) / 100:,.2f}"


def _units(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda report: f"{(report.get(name) or 0) / 1_000_000:,.4f}"


def _share(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda report: "–" if report.get(name) is None else f"{report[name]:.4f}"


_ROWS: tuple[tuple[str, Callable[[dict[str, Any]], str]], ...] = (
    ("rows without a worker", _count("rows_malformed")),
    ("tasks", _count("tasks")),
    ("answers in", _count("answers_in")),
    ("  accepted", _count("answers_accepted")),
    ("  rejected", _count("answers_rejected")),
    ("  in review", _count("answers_in_review")),
    ("accuracy", _share("accuracy")),
    ("accuracy of the majority", _share("accuracy_majority")),
    ("accruals", _count("accruals")),
    ("held, USD", _units("held_units")),
    ("earned, USD", _units("earned_units")),
    ("paid, USD", _money("paid_minor")),
    ("trial balance, USD", _units("trial_balance_units")),
    ("ledger at Stripe, USD", _money("ledger_stripe_minor")),
    ("sandbox says, USD", _money("sandbox_stripe_minor")),
    ("dead letters", _count("dead_letters")),
    ("seconds", lambda report: f"{report.get('seconds') or 0:.1f}"),
    ("answers a second", lambda report: f"{report.get('answers_per_second') or 0:,.0f}"),
)
