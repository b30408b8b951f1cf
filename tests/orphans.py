"""Processes whose parents ended before them: they are waited for, and named where they stay."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_POLL_SECONDS = 0.05
_KILLED_SECONDS = 10


def adopt() -> None:
    """Orphans among what this process starts, and what that starts, become its children."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def tend(spared: set[int]) -> None:
    """Takes leave of orphans that have ended; whoever started those spared waits for them."""
    for pid in _children():
        if pid not in spared:
            os.waitpid(pid, os.WNOHANG)


def bury(*, within_seconds: float) -> list[str]:
    """Waits until no child is left; returns the commands of those that had to be killed.

    Only for a process that waits for none of its children elsewhere any more.
    """
    if _none_left(within_seconds):
        return []
    killed: dict[int, str] = {}
    deadline = time.monotonic() + _KILLED_SECONDS
    while time.monotonic() < deadline:
        for pid in _children():  # those of one that is killed come to us
            killed.setdefault(pid, _command(pid))
            os.kill(pid, signal.SIGKILL)
        if _none_left(_POLL_SECONDS):
            break
    return sorted(killed.values())


def _none_left(within_seconds: float) -> bool:
    deadline = time.monotonic() + within_seconds
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if pid == 0:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)


def _children() -> list[int]:
    """None where the system does not say: there orphans do not come to us either."""
    own = os.getpid()
    told = Path(f"/proc/{own}/task/{own}/children")
    return [int(pid) for pid in told.read_text().split()] if told.exists() else []


def _command(pid: int) -> str:
    text = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return f"{pid} {text.strip()}"
