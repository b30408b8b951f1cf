"""What `make test` says of groups that are good, and of every way in which one is not."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import run_groups
from tests.run_groups import startable
from tests.scratch import MEMORY
from tests.waiting import until

GOOD = "def test_one(tmp_path): (tmp_path / 'x').touch()\n"
BAD = {
    "fails": "def test_one(): assert False\n",
    "breaks": "import nothing_of_that_name\n",
    "empty": "",
    # It says that all went well, and has written no report.
    "vanishes": "import os\ndef test_one(): os._exit(0)\n",
    "killed": "import os\ndef test_one(): os.kill(os.getpid(), 9)\n",
}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of nothing but groups of tests."""
    monkeypatch.setattr(run_groups, "ROOT", tmp_path)
    monkeypatch.setattr(run_groups, "LOGS", tmp_path / ".local" / "test")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "Makefile").write_text(
        "lint types protos-check readers: ; @true\nbrowser: ; @echo no chromium; exit 1\n"
    )
    return tmp_path


def _group(checkout: Path, name: str, text: str) -> None:
    folder = checkout / "tests" / name
    folder.mkdir(parents=True)
    (folder / f"test_{name}.py").write_text(text)


@pytest.fixture
def kept_signals() -> Iterator[None]:
    """The runner's own way with signals is not that of these tests."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("kept_signals")
def test_groups_that_are_good(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _group(checkout, "unit", GOOD)
    assert run_groups.main(["checks", "unit"]) == 0
    told = re.sub(r" +[\d.]+ s$", "", capsys.readouterr().out, flags=re.MULTILINE).splitlines()
    assert sorted(told) == [
        "1 passed, 0 failed, 0 skipped",
        "checks     good",
        "unit       1 passed, 0 failed, 0 skipped",
    ]
    # Nothing is left of what the tests wrote.
    for parent in (MEMORY, Path(tempfile.gettempdir())):
        assert not (parent / f"crewline-test-{os.getpid()}").exists()


@pytest.mark.usefixtures("kept_signals")
def test_no_bad_group_is_taken_for_a_good_one(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _group(checkout, "unit", GOOD)
    _group(checkout, "browser", GOOD)
    for name, text in BAD.items():
        _group(checkout, name, text)
    for name in (*BAD, "missing", "browser"):
        assert run_groups.main([name]) == 1, name
    capsys.readouterr()
    (checkout / "Makefile").write_text("lint types protos-check: ; @echo untidy; exit 1\n")
    assert run_groups.main(["fails", "checks", "unit", "vanishes"]) == 1
    told = capsys.readouterr().out
    assert told.splitlines()[-1] == "1 passed, 3 failed, 0 skipped"
    assert "untidy" in told
    lines = {line.split()[0]: line for line in told.splitlines() if line}
    assert "0 passed, 1 failed" in lines["vanishes"]
    assert "ran no test; pytest exited with 0" in lines["vanishes"]


@pytest.mark.usefixtures("kept_signals")
def test_a_group_that_outlasts_its_limit_is_stopped(
    checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_groups, "GROUP_LIMIT_SECONDS", 1)
    _group(checkout, "unit", "import time\ndef test_one(): time.sleep(60)\n")
    (checkout / "Makefile").write_text(
        "lint types protos-check: ; @echo $$$$ > pid; exec sleep 60\n"
    )
    assert run_groups.main(["unit", "checks"]) == 1
    told = capsys.readouterr().out
    assert told.count("stopped after 1 s\n") == 2
    assert told.splitlines()[-1].split(", ")[1] == "2 failed"
    assert not Path("/proc", (checkout / "pid").read_text().strip()).exists()


def test_a_run_that_is_told_to_end_ends_its_tests(checkout: Path) -> None:
    _group(
        checkout,
        "unit",
        "import time, pathlib\n"
        f"def test_one():\n    pathlib.Path({str(checkout / 'began')!r}).touch()\n"
        f"    try:\n        time.sleep(60)\n"
        f"    finally:\n        pathlib.Path({str(checkout / 'ended')!r}).touch()\n",
    )
    code = (
        "import sys; from pathlib import Path; from tests import run_groups\n"
        f"run_groups.ROOT = Path({str(checkout)!r})\n"
        f"run_groups.LOGS = Path({str(checkout / '.local')!r})\n"
        "sys.exit(run_groups.main(['unit']))\n"
    )
    # As a shell starts what it runs in the background.
    command = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", sys.executable, "-c", code]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as run:
        until(lambda: (checkout / "began").exists() or run.poll() is not None, "its test begins")
        assert run.poll() is None
        run.terminate()
        assert run.wait(timeout=60) != 0
    assert (checkout / "ended").exists()


@pytest.mark.parametrize(
    ("waiting", "running", "there", "expected"),
    [
        (["rpc", "unit"], [], {"readers"}, ["rpc", "unit"]),
        (["rpc", "unit", "bus"], [], set(), ["unit", "bus"]),
        (["system", "chaos", "unit"], [], {"readers"}, ["system", "unit"]),
        (["system", "unit"], ["chaos"], {"readers"}, ["unit"]),
        (["unit", "bus"], ["rpc", "chaos"], {"readers"}, ["unit"]),
        (["unit"], ["rpc", "chaos", "deploy"], {"readers"}, []),
    ],
)
def test_what_may_start(
    waiting: list[str], running: list[str], there: set[str], expected: list[str]
) -> None:
    assert startable(waiting, running=running, there=there) == expected


ORPHANS = """
import subprocess, sys
from tests.orphans import adopt, bury, tend
adopt()
# Each leaves a process behind: one that has ended, one that soon ends, and one that does not.
for seconds in (0, 1, 60)[: int(sys.argv[1])]:
    subprocess.run(["sh", "-c", f"sleep {seconds} &"], check=True)
tend(set())
print(*bury(within_seconds=3), sep="\\n")
"""


@pytest.mark.parametrize("left", [2, 3])
def test_who_outlives_the_groups_for_long_is_ended_and_named(left: int, repository: Path) -> None:
    command = [sys.executable, "-c", ORPHANS, str(left)]
    run = subprocess.run(
        command, cwd=repository, capture_output=True, text=True, check=True, timeout=60
    )
    assert [line.split(maxsplit=1)[1] for line in run.stdout.split("\n") if line] == (
        ["sleep 60"] if left == 3 else []
    )
