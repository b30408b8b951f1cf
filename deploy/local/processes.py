"""Child processes that are waited for, logged to files, and never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import itertools
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

# gRPC complains on stderr of every fork beside its threads; our children only exec.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

_PR_SET_PDEATHSIG = 1
_LOG_TAIL_LINES = 20
_PORTS = (15_000, 32_000)
_PORT_TRIES = 500
# Not seeded by anybody: runs side by side shall not try the same ports.
_random = random.SystemRandom()
_handed_out: set[int] = set()
# Looked up before any fork: little is safe between fork and exec.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


class ProcessFailed(RuntimeError):
    """A child ended, or did not become ready in time; the message ends with its log."""


def free_port(preferred: int = 0) -> int:
    """`preferred` where nobody listens on it, else another port of the loopback.

    Never one from which the system takes the ports of outgoing connections: a client that knocks
    at a server that is being restarted could be given that very port, and keep the server out.

    Errors:
        OSError: there is none.
    """
    tries = (_random.randrange(*_PORTS) for _ in range(_PORT_TRIES))
    for port in itertools.chain((preferred,) if preferred else (), tries):
        if port in _handed_out and port != preferred:
            continue
        try:
            # It reuses addresses as the servers do: what lingers of the last run does not count.
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        _handed_out.add(port)
        return port
    raise OSError("no free port")


@dataclass(slots=True, kw_only=True)
class ChildProcess:
    """One child. If this process dies, however it dies, the child is ended too (on Linux)."""

    name: str
    argv: Sequence[str]
    log_file: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    _process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Of the running child; 0 where there is none."""
        return self._process.pid if self._process is not None else 0

    @property
    def is_running(self) -> bool:
        """True until the child has ended."""
        return self._process is not None and self._process.returncode is None

    @property
    def ending(self) -> str:
        """How it ended, for people."""
        code = self._process.returncode if self._process is not None else None
        if code is None:
            return "has not ended"
        return f"ended with {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"

    async def start(self) -> None:
        """Starts it; its output is appended to the log file."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                # Its own group: Ctrl-C in the terminal reaches us, and we stop it in order.
                start_new_session=True,
                preexec_fn=die_with(os.getpid()),
            )

    async def until(self, ready: Callable[[], bool], *, timeout_seconds: float = 60.0) -> None:
        """Waits for a condition. Errors: ProcessFailed."""
        deadline = time.monotonic() + timeout_seconds
        while not ready():
            if not self.is_running:
                raise ProcessFailed(f"{self.name} {self.ending}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise ProcessFailed(f"{self.name} is not ready:\n{self.log_tail()}")
            await asyncio.sleep(0.02)

    async def stop(self, *, timeout_seconds: float = 20.0) -> None:
        """Asks it to end, and ends it where it does not."""
        if self._process is None or self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(self.stop_signal)
        try:
            await asyncio.wait_for(self._process.wait(), timeout_seconds)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """SIGKILL, as a crash."""
        if self._process is None or self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    def log_tail(self) -> str:
        """The last lines of its log."""
        if not self.log_file.exists():
            return ""
        lines = self.log_file.read_text(errors="replace").splitlines()
        return "\n".join(lines[-_LOG_TAIL_LINES:])


def die_with(parent_pid: int) -> Callable[[], None] | None:
    """A `preexec_fn` by which the kernel ends the child when its parent ends, however that is."""
    return None if _prctl is None else partial(_die_with, parent_pid)


def _die_with(parent_pid: int) -> None:
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)  # it died before we had asked


def can_connect(port: int) -> bool:
    """Somebody listens on the port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
