"""Runs the groups of tests, two at a time where they may, and ends with one honest line of totals.

A group that is missing, collects nothing, crashes or outlasts its limit counts as a failure.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / ".local" / "test"
GROUP_LIMIT_SECONDS = 1800
STOP_LIMIT_SECONDS = 30
# Most of what a group waits for is a disk or another process.
AT_ONCE = 3
# The longest by far is shared out, or everything waits for it in the end.
WORKERS = {"rpc": 2}
# They run a whole stack, which wants the machine for itself.
ALONE = frozenset({"system", "chaos", "browser"})
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


class Group:
    """One group's pytest, started when it is made."""

    def __init__(self, name: str, pytest_arguments: Sequence[str]) -> None:
        self.name = name
        self._log = LOGS / f"{name}.log"
        self._report = self._log.with_suffix(".xml")
        self._log.unlink(missing_ok=True)
        self._report.unlink(missing_ok=True)
        self._started = time.monotonic()
        self._is_late = False
        self._process: subprocess.Popen[bytes] | None = None
        folder = ROOT / "tests" / name
        if folder.is_dir():
            command = [sys.executable, "-m", "pytest", str(folder), f"--junit-xml={self._report}"]
            if name in WORKERS:
                command += ["-n", str(WORKERS[name])]
            with self._log.open("wb") as output:
                self._process = subprocess.Popen(
                    [*command, *pytest_arguments], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
                )

    def has_ended(self) -> bool:
        """One that outlasts its limit is stopped."""
        if self._process is None or self._process.poll() is not None:
            return True
        if time.monotonic() - self._started > GROUP_LIMIT_SECONDS:
            self._is_late = True
            self.stop()
            return True
        return False

    def stop(self) -> None:
        """Asks it to end, and ends it where it does not."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout=STOP_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=STOP_LIMIT_SECONDS)

    def tell(self) -> Outcome:
        """Prints the line of a group that has ended, and its log where it failed."""
        seconds = time.monotonic() - self._started
        outcome = self._outcome()
        counts = f"{outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped"
        problem = f"  {outcome.problem}" if outcome.problem else ""
        print(f"{self.name:<9} {counts}  {seconds:.1f} s{problem}", flush=True)
        if not outcome.is_good and self._log.exists():
            print(self._log.read_text(encoding="utf-8", errors="replace"), flush=True)
        return outcome

    def _outcome(self) -> Outcome:
        if self._process is None:
            return Outcome(failed=1, problem=f"no folder tests/{self.name}")
        total = failed = skipped = 0
        if self._report.exists():
            suite = ET.parse(self._report).getroot().find("testsuite")
            if suite is not None:
                total = int(suite.get("tests", 0))
                failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
                skipped = int(suite.get("skipped", 0))
        passed = max(total - failed - skipped, 0)
        problem = ""
        if self._is_late:
            problem = f"stopped after {GROUP_LIMIT_SECONDS} s"
        elif passed + failed == 0:
            problem = "ran no test"
        elif self._process.returncode != 0 and not failed:
            problem = f"pytest exited with {self._process.returncode}"
        if problem and not failed:
            failed = 1
        return Outcome(passed=passed, failed=failed, skipped=skipped, problem=problem)


def main(arguments: list[str]) -> int:
    """Run the groups named before `--`; everything after it goes to pytest."""
    split = arguments.index("--") if "--" in arguments else len(arguments)
    groups, pytest_arguments = arguments[:split], arguments[split + 1 :]
    if not groups:
        print("usage: python -m tests.run_groups GROUP [GROUP ...] [-- PYTEST ARGUMENTS]")
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    side_by_side = [group for group in groups if group not in ALONE]
    alone = [group for group in groups if group in ALONE]
    outcomes = _run(side_by_side, pytest_arguments, at_once=AT_ONCE)
    outcomes += _run(alone, pytest_arguments, at_once=1)
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


def _run(groups: list[str], pytest_arguments: Sequence[str], *, at_once: int) -> list[Outcome]:
    waiting, running, outcomes = list(groups), list[Group](), list[Outcome]()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                running.append(Group(waiting.pop(0), pytest_arguments))
            ended = [group for group in running if group.has_ended()]
            running = [group for group in running if group not in ended]
            outcomes += [group.tell() for group in ended]
            if not ended:
                time.sleep(_POLL_SECONDS)
    finally:
        for group in running:
            group.stop()
    return outcomes


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
