"""Runs the groups of tests, some at a time, and ends with one honest line of totals.

A group that is missing, collects nothing, crashes, outlasts its limit or lacks what `make` should
have brought for it counts as a failure.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.orphans import adopt, bury, tend
from tests.scratch import scratch_folder

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / ".local" / "test"
GROUP_LIMIT_SECONDS = 1800
STOP_LIMIT_SECONDS = 30
# For what outlives its group by a moment, such as a browser's helpers.
ORPHANS_SECONDS = 10
# Of two cores: much of what a group does is to wait for its servers.
AT_ONCE = 3
# The longest is shared out, or everything waits for it in the end.
WORKERS = {"rpc": 2}
# Each runs a whole stack: two of them at once would be in each other's way.
STACKS = frozenset({"system", "browser", "chaos"})
# No tests, but what else must be right: `make` runs it, beside the groups.
CHECKS = "checks"
# What `make` has to bring before a group can run; others go first.
NEEDS = {"rpc": "readers", "system": "readers", "browser": "browser"}
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one group came to."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    problem: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the group ran and nothing in it failed."""
        return not self.failed and not self.problem


class Target:
    """What a group needs, made by `make` beside the groups that do not need it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._log = LOGS / f"make-{name}.log"
        self.process = _start(_make(name), self._log)

    @property
    def is_over(self) -> bool:
        """Whether it is there, or never will be."""
        return self.process.poll() is not None

    @property
    def problem(self) -> str:
        """Why it is not there."""
        code = self.process.poll()
        return f"make {self._name} exited with {code}:\n{_read(self._log)}" if code else ""


class Group:
    """One group's pytest, or the checks; started when it is made."""

    def __init__(
        self, name: str, pytest_arguments: Sequence[str] = (), *, folder: Path, lacks: str = ""
    ) -> None:
        """What its tests write goes to the folder, until it has ended."""
        self.name = name
        self._folder = folder / name
        self._log = LOGS / f"{name}.log"
        self._report = self._log.with_suffix(".xml")
        self._log.unlink(missing_ok=True)
        self._report.unlink(missing_ok=True)
        self._started = time.monotonic()
        self.process: subprocess.Popen[bytes] | None = None
        command = self._command(pytest_arguments)
        self._problem = lacks or ("" if command else f"no folder tests/{name}")
        if not self._problem:
            self._folder.mkdir()
            self.process = _start(command, self._log, PYTEST_DEBUG_TEMPROOT=str(self._folder))

    def has_ended(self) -> bool:
        """One that outlasts its limit is stopped."""
        if self.process is None or self.process.poll() is not None:
            return True
        if time.monotonic() - self._started > GROUP_LIMIT_SECONDS:
            self._problem = f"stopped after {GROUP_LIMIT_SECONDS} s"
            _stop(self.process)
            return True
        return False

    def tell(self) -> Outcome:
        """Prints the line of a group that has ended, and its log where it failed."""
        shutil.rmtree(self._folder, ignore_errors=True)
        seconds = time.monotonic() - self._started
        outcome = self._outcome()
        counts = f"{outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped"
        if self.name == CHECKS:
            counts = "good" if outcome.is_good else "failed"
        problem = f"  {outcome.problem}" if outcome.problem else ""
        print(f"{self.name:<10} {counts}  {seconds:.1f} s{problem}", flush=True)
        if not outcome.is_good and self._log.exists():
            print(_read(self._log), flush=True)
        return outcome

    def _command(self, pytest_arguments: Sequence[str]) -> list[str]:
        if self.name == CHECKS:
            return _make("lint", "types", "protos-check")
        tests = ROOT / "tests" / self.name
        if not tests.is_dir():
            return []
        command = [sys.executable, "-m", "pytest", str(tests), f"--junit-xml={self._report}"]
        if self.name in WORKERS:
            command += ["-n", str(WORKERS[self.name])]
        return [*command, *pytest_arguments]

    def _outcome(self) -> Outcome:
        if self.process is None:
            return Outcome(failed=1, problem=self._problem)
        code = self.process.returncode
        if self.name == CHECKS:
            problem = self._problem or (f"make exited with {code}" if code else "")
            return Outcome(failed=1 if problem else 0, problem=problem)
        total, failed, skipped, problem = _counts(self._report)
        passed = max(total - failed - skipped, 0)
        problem = self._problem or problem
        if not problem and passed + failed == 0:
            problem = f"ran no test; pytest exited with {code}"
        elif not problem and code != 0 and not failed:
            problem = f"pytest exited with {code}"
        if problem and not failed:
            failed = 1
        return Outcome(passed=passed, failed=failed, skipped=skipped, problem=problem)


def main(arguments: list[str], *, tend: Callable[[set[int]], None] = lambda spared: None) -> int:
    """Run the groups named before `--`; everything after it goes to pytest.

    `tend` is told now and then which processes are waited for here.
    """
    split = arguments.index("--") if "--" in arguments else len(arguments)
    groups, pytest_arguments = arguments[:split], arguments[split + 1 :]
    if not groups:
        print("usage: python -m tests.run_groups GROUP [GROUP ...] [-- PYTEST ARGUMENTS]")
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    # Also where a shell has us ignore one of them: what we start would ignore it with us.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with scratch_folder() as folder:
        outcomes = _run(groups, pytest_arguments, folder=folder, tend=tend)
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


def _run(
    groups: list[str],
    pytest_arguments: Sequence[str],
    *,
    folder: Path,
    tend: Callable[[set[int]], None],
) -> list[Outcome]:
    """In the order given, as far as there is place and what they need is there."""
    waiting, running, outcomes = list(groups), list[Group](), list[Outcome]()
    targets = {name: Target(name) for name in sorted({NEEDS[g] for g in groups if g in NEEDS})}
    try:
        while waiting or running:
            for name in startable(
                waiting,
                running=[group.name for group in running],
                there={name for name, target in targets.items() if target.is_over},
            ):
                waiting.remove(name)
                lacks = targets[NEEDS[name]].problem if name in NEEDS else ""
                running.append(Group(name, pytest_arguments, folder=folder, lacks=lacks))
            ended = [group for group in running if group.has_ended()]
            running = [group for group in running if group not in ended]
            outcomes += [group.tell() for group in ended]
            processes = [*(one.process for one in running), *(t.process for t in targets.values())]
            tend({process.pid for process in processes if process is not None})
            if not ended:
                time.sleep(_POLL_SECONDS)
    finally:
        _stop(*(group.process for group in running), *(one.process for one in targets.values()))
    return outcomes


def startable(waiting: Sequence[str], *, running: Sequence[str], there: set[str]) -> list[str]:
    """Which groups may start now, beside those that run, with what there is of their needs."""
    found: list[str] = []
    for name in waiting:
        busy = [*running, *found]
        if len(busy) >= AT_ONCE:
            break
        if name in NEEDS and NEEDS[name] not in there:
            continue
        if name in STACKS and STACKS.intersection(busy):
            continue
        found.append(name)
    return found


def _counts(report: Path) -> tuple[int, int, int, str]:
    """Tests, failures and skips of a report, and what is wrong with it."""
    if not report.exists():
        return 0, 0, 0, ""
    try:
        suite = ET.parse(report).getroot().find("testsuite")
    except ET.ParseError as err:
        return 0, 0, 0, f"pytest's report is cut short: {err}"
    if suite is None:
        return 0, 0, 0, ""
    tests, failures, errors, skipped = (
        int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")
    )
    return tests, failures + errors, skipped, ""


def _make(*targets: str) -> list[str]:
    return ["make", "--no-print-directory", *targets]


def _start(command: Sequence[str], log: Path, **environment: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _stop(*processes: subprocess.Popen[bytes] | None) -> None:
    """Asks all of them to end, and ends those that do not in time."""
    living = [one for one in processes if one is not None and one.poll() is None]
    for process in living:
        # At an interrupt pytest clears up; make only waits for what it runs, and ends that at this.
        is_make = isinstance(process.args, list) and process.args[0] == "make"
        process.send_signal(signal.SIGTERM if is_make else signal.SIGINT)
    deadline = time.monotonic() + STOP_LIMIT_SECONDS
    for process in living:
        try:
            process.wait(timeout=max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=STOP_LIMIT_SECONDS)


def _read(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    adopt()
    code = main(sys.argv[1:], tend=tend)
    if left := bury(within_seconds=ORPHANS_SECONDS):
        print("left running, and killed:", *left, sep="\n  ", flush=True)
    sys.exit(code or bool(left))
