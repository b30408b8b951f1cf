"""The SDK installed alone: a wheel of its own modules, which imports what it declares only."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

DECLARED = ("httpx", "pyyaml", "rich", "typer")


def modules_of(names: Iterable[str]) -> set[str]:
    """Top-level modules of distributions, and of all that they require themselves."""
    found: set[str] = set()
    waiting, seen = list(names), set(names)
    while waiting:
        distribution = importlib.metadata.distribution(waiting.pop())
        for file in distribution.files or ():
            found.add(file.parts[0].removesuffix(".py").partition(".")[0])
        for text in distribution.requires or ():
            needed = Requirement(text)
            wanted = needed.marker is None or needed.marker.evaluate({"extra": ""})
            if wanted and needed.name not in seen:
                seen.add(needed.name)
                waiting.append(needed.name)
    return found


# Refuses everything that a light installation has not got, wherever it is imported from.
HOOK = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top.startswith("_sysconfigdata"): return
        if top not in ALLOWED and top not in sys.stdlib_module_names and top != "crewline_sdk":
            raise ModuleNotFoundError(f"not there in a light installation: {name}", name=name)
ALLOWED = set(%r)
sys.meta_path.insert(0, Refuse())
"""


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is left in the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    names = subprocess.run(
        ["git", "ls-files", "services/sdk"],
        cwd=repository, capture_output=True, text=True, check=True, timeout=30,
    ).stdout.split()  # fmt: skip
    for name in names:
        target = source / Path(name).relative_to("services/sdk")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((repository / name).read_bytes())
    code = "import setuptools.build_meta as backend, sys; print(backend.build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=source, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.split()[-1]


def test_the_wheel_has_its_own_modules_only(wheel: Path, repository: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(n for n in names if n.endswith("/METADATA"))).decode()
        scripts = archive.read(next(n for n in names if n.endswith("entry_points.txt"))).decode()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"crewline_sdk"}
    assert "crewline_sdk/py.typed" in names
    assert not [name for name in names if "/replay/" in name or "/generator/" in name]
    written = {path.name for path in (repository / "services/sdk/generated").glob("*.py")}
    assert {name.rpartition("/")[2] for name in names if "/generated/" in name} == written
    assert "crewline = crewline_sdk.cli:main" in scripts
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    assert f"Version: {project['version']}\n" in metadata
    needed = {line.split()[1] for line in metadata.splitlines() if line.startswith("Requires-Dist")}
    assert {Requirement(name).name for name in needed} == set(DECLARED)


def in_light_installation(wheel: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Runs with the wheel and without this repository, its services and all that they need."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-P", "-c", HOOK % sorted(modules_of(DECLARED)) + code],
        cwd=wheel.parent,
        env={**environment, "PYTHONPATH": str(wheel), "CREWLINE_CONFIG_DIR": str(wheel.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_imports_what_it_declares_only(wheel: Path) -> None:
    done = in_light_installation(
        wheel,
        """
import crewline_sdk, crewline_sdk.cli, crewline_sdk.messages, pkgutil, importlib
assert "source" not in crewline_sdk.__file__ and ".whl" in crewline_sdk.__file__
for module in pkgutil.walk_packages(crewline_sdk.__path__, "crewline_sdk."):
    importlib.import_module(module.name)
client = crewline_sdk.Crewline("key", base_url="http://127.0.0.1:1", max_retries=0)
try:
    client.me.get()
except crewline_sdk.Unreachable as err:
    print(err.reason)
""",
    )
    assert (done.returncode, done.stdout) == (0, "UNREACHABLE\n"), done.stderr


def test_the_hook_would_refuse(wheel: Path) -> None:
    assert (
        "not there in a light installation: grpc"
        in in_light_installation(wheel, "import grpc").stderr
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--version"], 0, "crewline 0."),
        (["replay", "answers.csv", "--kind", "choice"], 2, "make setup"),
        (["whoami"], 3, "crewline login"),
    ],
)
def test_its_command_runs(wheel: Path, arguments: list[str], code: int, said: str) -> None:
    program = f"import sys; sys.argv = ['crewline', *{arguments!r}]\n"
    done = in_light_installation(wheel, program + "from crewline_sdk.cli import main\nmain()")
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
