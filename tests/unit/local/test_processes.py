"""Children: ports that nobody else gets, endings that are told, deaths that follow the parent's."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from deploy.local.processes import ChildProcess, ProcessFailed, free_port
from tests.waiting import eventually

EPHEMERAL_FROM = 32_768

PARENT = """
import asyncio, os, sys
from pathlib import Path
from deploy.local.processes import ChildProcess

async def main():
    child = ChildProcess(name="child", argv=["sleep", "60"], log_file=Path(sys.argv[1]))
    await child.start()
    print(child.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_free_ports_differ_and_are_not_those_of_outgoing_connections() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    assert max(ports) < EPHEMERAL_FROM


def test_the_preferred_port_is_given_unless_somebody_listens() -> None:
    wanted = free_port()
    assert free_port(wanted) == wanted
    with socket.create_server(("127.0.0.1", wanted)):
        assert free_port(wanted) != wanted
    assert free_port(wanted) == wanted


def test_a_port_with_connections_that_linger_is_free() -> None:
    """A second `make run` right after the first gets the documented ports again."""
    port = free_port()
    with socket.create_server(("127.0.0.1", port)) as server:
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
        accepted.close()  # who closes first keeps the port in TIME_WAIT
        client.close()
    assert free_port(port) == port


async def test_a_child_that_ends_early_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = ChildProcess(
        name="broken",
        argv=[sys.executable, "-c", "print('no such setting'); raise SystemExit(3)"],
        log_file=tmp_path / "log" / "broken.log",
    )
    await child.start()
    with pytest.raises(ProcessFailed, match=r"(?s)broken ended with 3:.*no such setting"):
        await child.until(lambda: False, timeout_seconds=20)


async def test_one_that_is_not_ready_in_time_is_told(tmp_path: Path) -> None:
    child = ChildProcess(name="slow", argv=["sleep", "60"], log_file=tmp_path / "slow.log")
    await child.start()
    try:
        with pytest.raises(ProcessFailed, match="slow is not ready"):
            await child.until(lambda: False, timeout_seconds=0.1)
        assert child.ending == "has not ended"
    finally:
        await child.kill()
    assert child.ending == "was ended by SIGKILL"


async def test_one_that_does_not_stop_when_asked_is_ended(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"  # noqa: E501
    log = tmp_path / "deaf.log"
    child = ChildProcess(name="deaf", argv=[sys.executable, "-c", deaf], log_file=log)
    await child.start()
    await child.until(lambda: "deaf" in log.read_text(), timeout_seconds=20)
    await child.stop(timeout_seconds=0.2)
    assert not child.is_running
    assert child.ending == "was ended by SIGKILL"


@pytest.mark.skipif(sys.platform != "linux", reason="a promise of the Linux kernel")
async def test_children_die_with_a_parent_that_is_killed(tmp_path: Path, repository: Path) -> None:
    parent = subprocess.Popen(  # noqa: ASYNC220 - returns at once
        [sys.executable, "-c", PARENT, str(tmp_path / "child.log")],
        cwd=repository,
        stdout=subprocess.PIPE,
    )
    try:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.communicate(timeout=10)
    await eventually(
        lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE,
        what="the end of the child",
    )
