"""A stack of one's own for one command: started in a temporary folder, stopped at its end."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from services.sdk.replay.connection import Target, find_target

EXIT_TERMINATED = 143
_PR_SET_PDEATHSIG = 1
_READY_SECONDS = 180.0
_STOP_SECONDS = 60.0
_POLL_SECONDS = 0.1
_LOG_TAIL_LINES = 30
_MODULE = "deploy.local.run"


class StackFailed(Exception):
    """The stack did not start, or could not be stopped in order."""


@contextmanager
def own_stack() -> Iterator[Target]:
    """Starts a stack on free ports; its folder goes with it unless something went wrong in it.

    Errors:
        StackFailed: this is no checkout, or the stack does not become ready.
    """
    if importlib.util.find_spec("deploy") is None or importlib.util.find_spec(_MODULE) is None:
        raise StackFailed("--stack needs a checkout of Crewline: the stack is not in the package")
    folder = Path(tempfile.mkdtemp(prefix="crewline-stack-"))
    process: subprocess.Popen[bytes] | None = None
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        process = _start(folder)
        yield _wait(process, folder)
        _stop(process, folder)
    except BaseException:
        if process is not None:
            _stop(process, folder)
        # Left where it is: its logs say why.
        print(f"the stack's folder, with its logs: {folder}", file=sys.stderr)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
    shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path) -> subprocess.Popen[bytes]:
    command = [
        sys.executable, "-m", _MODULE, "--no-demo", "--free-ports", "--folder", str(folder),
    ]  # fmt: skip
    end_with_us = None
    if sys.platform == "linux":
        end_with_us = partial(_end_with, os.getpid(), ctypes.CDLL(None).prctl)
    with _log(folder).open("wb") as log:
        # A session of its own: Ctrl-C reaches us, and we stop it in order.
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            start_new_session=True,
            preexec_fn=end_with_us,  # noqa: PLW1509 (no thread runs yet)
        )


def _end_with(parent: int, prctl: Callable[[int, int], int]) -> None:
    """Runs in the child: if we are killed, the stack is asked to stop."""
    prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(EXIT_TERMINATED)


def _wait(process: subprocess.Popen[bytes], folder: Path) -> Target:
    deadline = time.monotonic() + _READY_SECONDS
    target_file = folder / "target.json"
    while not target_file.exists():
        if process.poll() is not None:
            raise StackFailed(f"the stack ended with {process.returncode}:\n{_tail(folder)}")
        if time.monotonic() > deadline:
            raise StackFailed(f"the stack was not ready in {_READY_SECONDS} s:\n{_tail(folder)}")
        time.sleep(_POLL_SECONDS)
    return find_target({"CREWLINE_TARGET": str(target_file)}, folder=folder)


def _stop(process: subprocess.Popen[bytes], folder: Path) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise StackFailed(f"the stack did not stop:\n{_tail(folder)}") from None


def _log(folder: Path) -> Path:
    return folder / "run.log"


def _tail(folder: Path) -> str:
    lines = _log(folder).read_text(errors="replace").splitlines()
    return "\n".join(lines[-_LOG_TAIL_LINES:])
