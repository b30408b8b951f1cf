"""`python -m services.sdk.generator [--check]`: writes the surface, or says what is stale."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .contracts import Contracts, read_contracts
from .messages_text import HEAD, messages_text
from .resource_text import methods_of, resource_text
from .surface import BY_HAND, SURFACE

_SDK = Path(__file__).resolve().parents[1]
_REPOSITORY = _SDK.parents[1]
_PACKAGE = HEAD.format(title="Operations by resource.").partition("\nfrom __future__")[0]


class SurfaceIncomplete(Exception):
    """An operation has no place in the SDK, or a place has no operation."""


def surface(contracts: Contracts) -> dict[Path, str]:
    """Every file that is written, formatted. Errors: SurfaceIncomplete."""
    _check(contracts)
    results = {
        method.operation.response
        for places in SURFACE.values()
        for method in methods_of(contracts, places)
        if method.unwrapped is None
    }
    by_hand = {operation.response for operation in contracts.operations if operation.rpc in BY_HAND}
    files = {
        _SDK / "messages.py": messages_text(contracts, response_names=results | by_hand),
        _SDK / "generated" / "__init__.py": _PACKAGE,
    }
    for resource, places in SURFACE.items():
        text = resource_text(contracts, resource, places)
        files[_SDK / "generated" / f"{resource}.py"] = text
    return {path: _formatted(path, text) for path, text in files.items()}


def _check(contracts: Contracts) -> None:
    there = {operation.rpc for operation in contracts.operations}
    placed = {rpc for places in SURFACE.values() for rpc in places}
    if there != placed:
        raise SurfaceIncomplete(
            f"services/sdk/generator/surface.py: without a place: {sorted(there - placed)}; "
            f"not in the protos: {sorted(placed - there)}"
        )


def _formatted(path: Path, text: str) -> str:
    name = ["--stdin-filename", str(path)]
    sorted_text = _ruff(text, "check", "--select", "I", "--fix-only", *name)
    return _ruff(sorted_text, "format", *name)


def _ruff(text: str, command: str, *options: str) -> str:
    ruff = Path(sys.executable).with_name("ruff")
    done = subprocess.run(  # noqa: S603
        [str(ruff), command, "--quiet", *options, "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=_REPOSITORY,
    )
    return done.stdout


def main(arguments: list[str]) -> int:
    """The exit code: 1 where something is stale and it was only to check."""
    files = surface(read_contracts(_REPOSITORY))
    stale = [path for path, text in files.items() if not _is(path, text)]
    known = set(files)
    extra = [path for path in (_SDK / "generated").glob("*.py") if path not in known]
    if "--check" in arguments:
        for path in (*stale, *extra):
            print(f"{path.relative_to(_REPOSITORY)} is stale: run make protos", file=sys.stderr)
        return 1 if stale or extra else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(files[path], encoding="utf-8")
    for path in extra:
        path.unlink()
    return 0


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
