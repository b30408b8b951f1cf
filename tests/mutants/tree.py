"""A copy of the tree: a mutant is planted in it, meets its named test, and is taken out again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.catalogue import Mutant

ROOT = Path(__file__).resolve().parents[2]
_PARTS = ("deploy", "protos", "services", "tests", "pyproject.toml")
_SECONDS_MAX = 600.0
_LEFT_OUT = shutil.ignore_patterns("node_modules", "__pycache__", ".mypy_cache", "*.pyc")
# What pytest ends with.
_PASSED, _FAILED = 0, 1


class MutantDoesNotApplyError(ValueError):
    """The code has changed: the mutant has to follow it."""


class TestDidNotRunError(RuntimeError):
    """Neither passed nor failed: it is not there, or it cannot be collected."""


def mutated(mutant: Mutant, root: Path = ROOT) -> str:
    """The file with its defect. Errors: MutantDoesNotApplyError."""
    path = root / mutant.file
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    for before, after in mutant.edits:
        found = text.count(before)
        if found != 1:
            raise MutantDoesNotApplyError(
                f"{mutant.name}: {mutant.file} has {found} times, not once: {before!r}"
            )
        text = text.replace(before, after)
    return text


class Tree:
    """A copy; the tree that it was made of stays as it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in _PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=_LEFT_OUT)
            else:
                shutil.copy2(source, folder / part)

    def passes(self, tests: Sequence[str], mutant: Mutant | None = None) -> bool:
        """Whether the tests pass, with a defect if one is given. Errors: TestDidNotRunError."""
        if mutant is None:
            return self._run(tests)
        path = self.folder / mutant.file
        honest = path.read_text(encoding="utf-8")
        path.write_text(mutated(mutant, self.folder), encoding="utf-8")
        try:
            return self._run(tests)
        finally:
            path.write_text(honest, encoding="utf-8")

    def _run(self, tests: Sequence[str]) -> bool:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        environment = {
            **os.environ,
            # Compiled code of a moment ago must not stand in for the source of now.
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": f"{self.folder}:{self.folder / 'protos' / 'gen'}",
        }
        done = subprocess.run(
            [*command, "--hypothesis-profile", "no shrinking", *tests],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS_MAX,
            check=False,
        )
        if done.returncode not in (_PASSED, _FAILED):
            raise TestDidNotRunError(f"pytest ended with {done.returncode}:\n{done.stdout[-2000:]}")
        return done.returncode == _PASSED
