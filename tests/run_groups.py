"""Runs the groups of tests one after the other and ends with one honest line of totals.

A group that is missing, collects nothing, crashes or outlasts its limit counts as a failure.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / ".local" / "test"
GROUP_LIMIT_SECONDS = 1800
STOP_LIMIT_SECONDS = 30


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


def main(arguments: list[str]) -> int:
    """Run the groups named before `--`; everything after it goes to pytest."""
    split = arguments.index("--") if "--" in arguments else len(arguments)
    groups, pytest_arguments = arguments[:split], arguments[split + 1 :]
    if not groups:
        print("usage: python -m tests.run_groups GROUP [GROUP ...] [-- PYTEST ARGUMENTS]")
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    outcomes = [_run_and_print(group, pytest_arguments) for group in groups]
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


def _run_and_print(group: str, pytest_arguments: list[str]) -> Outcome:
    log = LOGS / f"{group}.log"
    started = time.monotonic()
    outcome = _run(group, log, pytest_arguments)
    seconds = time.monotonic() - started
    counts = f"{outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped"
    problem = f"  {outcome.problem}" if outcome.problem else ""
    print(f"{group:<9} {counts}  {seconds:.1f} s{problem}", flush=True)
    if not outcome.is_good and log.exists():
        print(log.read_text(encoding="utf-8", errors="replace"), flush=True)
    return outcome


def _run(group: str, log: Path, pytest_arguments: list[str]) -> Outcome:
    log.unlink(missing_ok=True)
    folder = ROOT / "tests" / group
    if not folder.is_dir():
        return Outcome(failed=1, problem=f"no folder tests/{group}")
    report = log.with_suffix(".xml")
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", str(folder), f"--junit-xml={report}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *pytest_arguments], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
        code = _wait(process)
    return _outcome(code, report)


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    """Return the exit code, or None for a group that had to be stopped."""
    try:
        return process.wait(timeout=GROUP_LIMIT_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt) as error:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=STOP_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=STOP_LIMIT_SECONDS)
        if isinstance(error, KeyboardInterrupt):
            raise
        return None


def _outcome(code: int | None, report: Path) -> Outcome:
    total = failed = skipped = 0
    if report.exists():
        suite = ET.parse(report).getroot().find("testsuite")
        if suite is not None:
            total = int(suite.get("tests", 0))
            failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped = int(suite.get("skipped", 0))
    passed = max(total - failed - skipped, 0)
    problem = ""
    if code is None:
        problem = f"stopped after {GROUP_LIMIT_SECONDS} s"
    elif passed + failed == 0:
        problem = "ran no test"
    elif code != 0 and not failed:
        problem = f"pytest exited with {code}"
    if problem and not failed:
        failed = 1
    return Outcome(passed=passed, failed=failed, skipped=skipped, problem=problem)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
