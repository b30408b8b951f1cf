"""`crewline replay --stack` on recorded crowds: every answer accounted for, to the cent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPLAY_SECONDS = 150

# Units of the ledger in a minor unit.
M = 10_000


def replay(repository: Path, name: str, *arguments: str) -> dict[str, Any]:
    """The report of one replay on a stack of its own."""
    crowd = repository / "tests" / "data" / "crowds" / name
    command = [
        sys.executable, "-m", "services.sdk.cli", "replay", str(crowd / "answers.csv"),
        "--gold", str(crowd / "gold.csv"), *arguments, "--stack", "--json",
    ]  # fmt: skip
    path = os.pathsep.join((str(repository), str(repository / "protos" / "gen")))
    environment = {**os.environ, "PYTHONPATH": path}
    environment.pop("CREWLINE_TARGET", None)
    done = subprocess.run(
        command,
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        timeout=REPLAY_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def check_sums(report: dict[str, Any]) -> None:
    """What holds for every replay, whatever the answers."""
    assert report["problems"] == []
    assert report["answers_in"] == report["answers_scored"] == report["answers_recorded"]
    decided = ("answers_accepted", "answers_rejected", "answers_in_review")
    assert sum(report[name] for name in decided) == report["answers_in"]
    assert report["tasks_resolved"] == report["tasks"]
    assert report["accruals"] == report["answers_accepted"] > 0
    parties = report["by_party"]
    assert parties.keys() == {"contractor", "vendor", "platform", "benefits"}
    assert report["spent_units"] == sum(parties.values())
    assert report["earned_units"] == parties["contractor"] + parties["vendor"]
    assert report["paid_minor"] == report["sandbox_paid_out_minor"]
    assert report["paid_minor"] * M + report["rest_units"] == report["earned_units"]
    kept = report["released_units"] + report["still_held_units"]
    assert report["held_units"] == report["spent_units"] + kept
    assert report["trial_balance_units"] == 0
    assert report["ledger_stripe_minor"] == report["sandbox_stripe_minor"]
    # All that was deposited is held, and what was not paid out is still at the provider.
    funded_units = report["held_units"] + report["reserved_units"]
    assert funded_units % M == 0
    assert report["sandbox_stripe_minor"] == funded_units // M - report["paid_minor"]
    assert report["statements"] == report["statements_paid"] > 0
    assert report["dead_letters"] == 0
    assert report["events_published"] > 0
    assert report["answers_per_second"] > 0


@pytest.mark.slow
@pytest.mark.timeout(REPLAY_SECONDS + 10)
def test_bluebird(repository: Path) -> None:
    report = replay(repository, "bluebird", "--kind", "choice")
    check_sums(report)
    assert (report["tasks"], report["answers_in"], report["workers"]) == (108, 4212, 39)
    assert (report["gold_tasks"], report["gold_tasks_judged"]) == (11, 97)
    # Everybody is paid 5 cents, whoever engages them; the platform takes a fifth on top.
    assert report["by_party"]["contractor"] == 5 * M * report["answers_accepted"]
    assert report["by_party"]["platform"] == M * report["answers_accepted"]
    assert report["project_completed"]
    assert report["still_held_units"] == 0
    assert report["accuracy"] >= report["accuracy_majority"] >= 0.7


@pytest.mark.slow
@pytest.mark.timeout(REPLAY_SECONDS + 10)
def test_mtbench(repository: Path) -> None:
    report = replay(repository, "mtbench", "--kind", "pairwise", "--limit", "1500", "--batch", "7")
    check_sums(report)
    assert report["answers_in"] == 1500
    # Preferences are never rejected by the machine.
    assert report["answers_rejected"] == 0
    assert report["by_party"]["contractor"] == 12 * M * report["answers_accepted"]
