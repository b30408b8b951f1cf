"""Where all groups write: in memory where there is plenty of it, and nothing is left of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Servers wait for their disk with every write, and here nobody cuts the power.
MEMORY = Path("/dev/shm")
MEMORY_BYTES_MIN = 8 << 30
_NAME = "crewline-test-"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """This process's own; what a run left that was killed is removed, too."""
    parent = Path(tempfile.gettempdir())
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        for left in MEMORY.glob(f"{_NAME}*"):
            if not Path(f"/proc/{left.name.removeprefix(_NAME)}").exists():
                shutil.rmtree(left, ignore_errors=True)
        if min(shutil.disk_usage(MEMORY).free, _free_memory_bytes()) >= MEMORY_BYTES_MIN:
            parent = MEMORY
    folder = parent / f"{_NAME}{os.getpid()}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_memory_bytes() -> int:
    """What could be had without swapping; 0 where the system does not say."""
    try:
        told = Path("/proc/meminfo").read_text()
    except OSError:
        return 0
    lines = dict(line.split(":", 1) for line in told.splitlines())
    return int(lines.get("MemAvailable", "0 kB").split()[0]) * 1024
