"""Sandboxes out of one process that has everything loaded: a start costs a fork and no imports.

Each is a process of its own all the same, with its own memory, file and port, started by the
sandbox's own `main`; `python -m deploy.local.stripe_sandbox` itself is what `Stack` runs, and the
tests of the command line.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from contextlib import suppress
from functools import cache
from typing import Any, NoReturn

from deploy.local.processes import die_with
from deploy.local.stripe_sandbox import cli

_MESSAGE_BYTES_MAX = 64 * 1024
_ANSWER_SECONDS = 30.0
_POLL_SECONDS = 0.002


class Nursery:
    """The process that forks sandboxes. When the one that started it ends, it does, and they do."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.contract.nursery", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        ours.settimeout(_ANSWER_SECONDS)
        self._socket = ours
        self._lock = threading.Lock()

    def start(self, argv: list[str], *, environment: dict[str, str], stdout: int) -> int:
        """Forks a sandbox that writes to the descriptor `stdout`; returns its process id."""
        request = {"argv": argv, "environment": environment}
        return int(self._ask(request, descriptors=[stdout])["pid"])

    def wait(self, pid: int, *, timeout_seconds: float) -> int | None:
        """The exit code, as subprocess gives it; None of one that lives on.

        Nobody else may have waited for it: until then its id is nobody else's.
        """
        code: int | None = self._ask({"wait": pid, "seconds": timeout_seconds})["code"]
        return code

    def close(self) -> None:
        """Ends it, and what is left of its children."""
        self._socket.close()
        self._process.wait(timeout=_ANSWER_SECONDS)

    def _ask(self, request: dict[str, Any], *, descriptors: list[int] | None = None) -> Any:
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(request).encode()], descriptors or [])
            answer = self._socket.recv(_MESSAGE_BYTES_MAX)
        if not answer:
            raise ChildProcessError("the nursery of sandboxes has ended")
        return json.loads(answer)


@cache
def nursery() -> Nursery:
    """The one of this process, started when first asked for."""
    found = Nursery()
    atexit.register(found.close)
    return found


def _serve(asked: socket.socket) -> None:
    """Answers one request after another until nobody is left to ask."""
    living: set[int] = set()
    while True:
        message, descriptors, _, _ = socket.recv_fds(asked, _MESSAGE_BYTES_MAX, 1)
        if not message:
            break
        request = json.loads(message)
        if "wait" in request:
            code = _wait(request["wait"], seconds=request["seconds"])
            if code is not None:
                living.discard(request["wait"])
            answer = {"code": code}
        else:
            (stdout,) = descriptors
            pid = os.fork()
            if pid == 0:
                asked.close()
                _become_sandbox(request["argv"], request["environment"], stdout)
            os.close(stdout)
            living.add(pid)
            answer = {"pid": pid}
        asked.send(json.dumps(answer).encode())
    for pid in living:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _wait(pid: int, *, seconds: float) -> int | None:
    deadline = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            return None
        time.sleep(_POLL_SECONDS)


def _become_sandbox(argv: list[str], environment: dict[str, str], stdout: int) -> NoReturn:
    """In the forked child: runs the sandbox, as `python -m deploy.local.stripe_sandbox` does."""
    code = 1
    try:
        die_with_the_nursery = die_with(os.getppid())
        if die_with_the_nursery is not None:
            die_with_the_nursery()
        os.dup2(stdout, 1)
        os.close(stdout)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv[1:] = argv
        cli.main()
        code = 0
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        else:
            code = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """The nursery itself."""
    # Loaded before the first fork, so that no child has to: the loop that the sandbox runs on.
    import uvloop  # noqa: F401

    gc.collect()
    gc.freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
