"""A stack's folder: its data, its logs, its secrets; one stack at a time has it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from pathlib import Path
from typing import Any, TextIO

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_FOLDER = ROOT / ".local" / "stack"


class FolderInUse(RuntimeError):
    """Another stack runs on the folder."""


class StackFolder:
    """Paths and the lock; nothing is made before `acquire`."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.target_file = self.path / "target.json"
        self.operator_key_file = self.path / "operator.key"
        self.ports_file = self.path / "ports.json"
        self.secrets_file = self.path / "secrets.json"
        self.sign_ins_file = self.path / "sign-ins.json"
        self._lock: TextIO | None = None

    def log_file(self, name: str) -> Path:
        """Of one part, since this start of the stack."""
        return self.path / "log" / f"{name}.log"

    def ready_file(self, name: str) -> Path:
        """Written by a service when it is ready."""
        return self.path / "ready" / f"{name}.json"

    def acquire(self) -> int:
        """Takes the folder; 0, or the pid of a stack that had it last and did not clear up.

        The lock is the kernel's: it ends with its process, whatever the file says.

        Errors:
            FolderInUse: another process has it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = (self.path / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = _pid_in(lock)
            lock.close()
            raise FolderInUse(
                f"a stack already runs on {self.path} (process {pid}); "
                "stop it, or name another folder with --folder"
            ) from None
        stale = _pid_in(lock)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock
        self._clear()
        return stale

    def release(self) -> None:
        """Gives it back."""
        if self._lock is None:
            return
        self.target_file.unlink(missing_ok=True)
        # Emptied and not removed: another stack may be opening it at this moment.
        self._lock.truncate(0)
        self._lock.close()
        self._lock = None

    def _clear(self) -> None:
        """What the last run said of itself is not true any more; its logs stay as NAME.last.log."""
        self.target_file.unlink(missing_ok=True)
        for ready in (self.path / "ready").glob("*.json"):
            ready.unlink()
        for name in ("log", "ready"):
            (self.path / name).mkdir(exist_ok=True)
        for log in (self.path / "log").glob("*.log"):
            if not log.name.endswith(".last.log"):
                log.rename(log.with_suffix(".last.log"))


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, and for the owner's eyes only."""
    draft = path.with_name(path.name + ".draft")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """An object; empty where the file is not there, or not yet whole."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _pid_in(lock: TextIO) -> int:
    lock.seek(0)
    text = lock.read().strip()
    return int(text) if text.isdecimal() else 0
