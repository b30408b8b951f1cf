"""Finds the tools that no package index ships in a form we could lock: promtool, mongosh.

From PATH, else from an earlier download in `.local/tools`, else downloaded there: promtool out of
Debian's package without installing it, mongosh from npm. What cannot be had is said, not guessed.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".local" / "tools"
MONGOSH_VERSION = "2.12.0"
_DOWNLOAD_SECONDS_MAX = 240


class ToolMissing(RuntimeError):
    """It is not here and cannot be fetched; the message says what was tried."""


def run(
    *command: str | Path,
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
    timeout_seconds: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, whatever that is, and keeps what it says."""
    return subprocess.run(
        command,
        check=False,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
    )


def promtool() -> str:
    """Errors: ToolMissing."""
    return _prometheus("promtool")


def prometheus() -> str:
    """The server itself. Errors: ToolMissing."""
    return _prometheus("prometheus")


def mongosh() -> list[str]:
    """Its command. Errors: ToolMissing."""
    found = shutil.which("mongosh")
    if found is not None:
        return [found]
    folder = TOOLS / f"mongosh-{MONGOSH_VERSION}"
    script = folder / "node_modules" / "mongosh" / "bin" / "mongosh.js"
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise ToolMissing("mongosh: not on PATH, and there is no node and npm to fetch it with")
    if not script.exists():
        draft = _draft(folder)
        _fetch(
            "mongosh",
            [npm, "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund",
             "--prefix", str(draft), f"mongosh@{MONGOSH_VERSION}"],
            cwd=draft,
        )  # fmt: skip
        _settle(draft, folder)
    return [node, str(script)]


def _prometheus(name: str) -> str:
    found = shutil.which(name)
    if found is not None:
        return found
    folder = TOOLS / "prometheus"
    binary = folder / "usr" / "bin" / name
    if not binary.exists():
        for needed in ("apt-get", "dpkg"):
            if shutil.which(needed) is None:
                raise ToolMissing(f"{name}: not on PATH, and there is no {needed} to fetch it with")
        draft = _draft(folder)
        _fetch(name, ["apt-get", "download", "prometheus"], cwd=draft)
        packages = list(draft.glob("prometheus_*.deb"))
        if len(packages) != 1:
            raise ToolMissing(f"{name}: apt-get downloaded {[path.name for path in packages]}")
        _fetch(name, ["dpkg", "-x", str(packages[0]), str(draft)], cwd=draft)
        packages[0].unlink()
        _settle(draft, folder)
    return str(binary)


def _draft(folder: Path) -> Path:
    draft = folder.with_name(folder.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    return draft


def _settle(draft: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)


def _fetch(name: str, command: list[str], *, cwd: Path) -> None:
    try:
        done = run(*command, cwd=cwd, timeout_seconds=_DOWNLOAD_SECONDS_MAX)
    except subprocess.TimeoutExpired as err:
        raise ToolMissing(f"{name}: {command[0]} took longer than {err.timeout} s") from err
    if done.returncode:
        raise ToolMissing(f"{name}: `{' '.join(command)}` said: {done.stderr.strip()[-500:]}")
