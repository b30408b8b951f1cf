"""What the Dockerfile would build, made without Docker: the same files and the same packages.

There is no container engine in the tests' surroundings. What can be had without one is this: the
files that COPY takes out of what .dockerignore lets through, and the packages that its own `pip
install` line puts into an empty virtual environment.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.deploy.tools import run

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "services" / "gateway" / "web"
DOCKERFILE = ROOT / "deploy" / "docker" / "Dockerfile"
_INSTALL_SECONDS_MAX = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One instruction of a Dockerfile, its continued lines joined."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The built image: a folder that stands for `/`."""

    folder: Path
    environment: dict[str, str]
    working_folder: str

    @property
    def python(self) -> str:
        return str(self.folder / "venv" / "bin" / "python")

    def local(self, text: str) -> str:
        """Paths inside the image, as they are here."""
        return re.sub(r"(?<![\w./-])/(?=(app|venv)\b)", f"{self.folder}/", text)


def instructions(path: Path = DOCKERFILE) -> list[Instruction]:
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    parsed = []
    for line in joined.splitlines():
        if line.strip():
            name, _, text = line.strip().partition(" ")
            parsed.append(Instruction(name=name.upper(), text=text.strip()))
    return parsed


def last_stage(parsed: list[Instruction]) -> list[Instruction]:
    """From the last FROM on: what ends up in the image."""
    start = max(index for index, found in enumerate(parsed) if found.name == "FROM")
    return parsed[start:]


def environment(stage: list[Instruction]) -> dict[str, str]:
    return dict(
        pair.split("=", 1)
        for found in stage
        if found.name == "ENV"
        for pair in shlex.split(found.text)
    )


def build(folder: Path) -> Image:
    """Makes the image in the folder. Packages are kept between runs for as long as the lock is."""
    stage = last_stage(instructions())
    workdir = next(found.text for found in stage if found.name == "WORKDIR")
    for found in stage:
        if found.name == "COPY" and found.text.startswith("--from=web "):
            _, *sources, target = shlex.split(found.text)
            _copy_packaged(sources, folder / workdir.lstrip("/") / target)
        elif found.name == "COPY" and not found.text.startswith("--from"):
            *sources, target = shlex.split(found.text)
            _copy(sources, folder / workdir.lstrip("/") / target)
    venv = _packages()
    (folder / "venv").symlink_to(venv, target_is_directory=True)
    return Image(folder=folder, environment=environment(stage), working_folder=workdir)


def context_files() -> set[str]:
    """What .dockerignore lets through to the builder, as far as COPY could ask for it."""
    found = set()
    for top in ("requirements.lock", "services", "protos", "deploy", "tests"):
        for path in [ROOT / top, *(ROOT / top).rglob("*")]:
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and is_sent(name):
                found.add(name)
    return found


def is_sent(name: str) -> bool:
    """The last line of .dockerignore that matches a file, or a folder it is in, decides."""
    parts = name.split("/")
    prefixes = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    sent = True
    for pattern, includes in _ignore_rules():
        if any(pattern.fullmatch(prefix) for prefix in prefixes):
            sent = includes
    return sent


@cache
def _ignore_rules() -> tuple[tuple[re.Pattern[str], bool], ...]:
    lines = [line.strip() for line in (ROOT / ".dockerignore").read_text().splitlines()]
    return tuple(
        (_pattern(line.removeprefix("!")), line.startswith("!"))
        for line in lines
        if line and not line.startswith("#")
    )


def _copy(sources: list[str], target: Path) -> None:
    sent = context_files()
    for source in sources:
        taken = {name for name in sent if name == source or name.startswith(f"{source}/")}
        if not taken:
            raise FileNotFoundError(f"COPY {source}: not in the build context")
        for name in taken:
            place = target / name.removeprefix(source).lstrip("/") if name != source else target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place)


def _copy_packaged(sources: list[str], target: Path) -> None:
    """From the stage that `npm ci` fills: the same lock file filled this checkout's folder."""
    target.mkdir(parents=True, exist_ok=True)
    for source in sources:
        shutil.copy2(WEB / source.removeprefix("/web/"), target)


def _pattern(text: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", text)
    meanings = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meanings.get(piece, re.escape(piece)) for piece in pieces))


def pip_arguments(parsed: list[Instruction]) -> list[str]:
    """Of the Dockerfile's one `pip install`."""
    (words,) = (
        shlex.split(found.text)
        for found in parsed
        if found.name == "RUN" and "pip install" in found.text
    )
    return words[words.index("/venv/bin/pip") + 1 :]


def _packages() -> Path:
    lock = ROOT / "requirements.lock"
    arguments = pip_arguments(instructions())
    key = hashlib.sha256(lock.read_bytes() + " ".join(arguments).encode()).hexdigest()[:16]
    venv = ROOT / ".local" / "tools" / f"image-{key}"
    complete = venv / ".complete"
    if not complete.exists():
        for old in venv.parent.glob("image-*"):
            shutil.rmtree(old)
        _must([sys.executable, "-m", "venv", str(venv)])
        _install(str(venv / "bin" / "python"), arguments)
        complete.touch()
    return venv


def _install(python: str, arguments: list[str]) -> None:
    """By uv, which reads pip's arguments and has the wheels that .venv was made of; else by pip."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent))
    given = [argument for argument in arguments if argument != "--no-cache-dir"]
    if uv is not None:
        command = [uv, "pip", *given, "--python", python, "--compile-bytecode"]
        if not run(*command, cwd=ROOT, timeout_seconds=_INSTALL_SECONDS_MAX).returncode:
            return
    _must([python, "-m", "pip", *arguments])


def _must(command: list[str]) -> None:
    done = run(*command, cwd=ROOT, timeout_seconds=_INSTALL_SECONDS_MAX)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stderr[-2000:]}")
