"""Runs compose.yaml without containers: its commands, variables, secrets and files, here.

Each service gets a folder that stands for its `/`; paths in there and addresses of other services
are translated, and nothing else. What only an engine can enforce (networks, read-only roots, users,
limits) is not shown by this.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from deploy.local.processes import free_port
from tests.deploy.compose_file import COMPOSE_FILE, Service, load_compose
from tests.deploy.image import Image, instructions, last_stage
from tests.deploy.tools import run

_TEXT_BYTES_MAX = 1 << 20
_STOP_SECONDS = 30


@dataclass(slots=True, kw_only=True)
class Container:
    """One service of the file, as a process."""

    service: Service
    root: Path
    argv: list[str]
    environment: dict[str, str]
    working_folder: Path
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""


@dataclass(slots=True, kw_only=True)
class Emulation:
    """The services of the file that were asked for, under one folder."""

    folder: Path
    secrets: Path
    image: Image
    # What a container's image brings: the program's command here, and arguments that say where.
    programs: dict[str, list[str]]
    containers: dict[str, Container] = field(default_factory=dict)
    _ports: dict[str, int] = field(default_factory=dict)
    _logs: list[IO[bytes]] = field(default_factory=list)

    def port(self, address: str) -> int:
        """Here, of `service:port` there."""
        if address not in self._ports:
            self._ports[address] = free_port()
        return self._ports[address]

    def start(self, name: str, *, more: Iterable[str] = ()) -> Container:
        """As `docker compose up` starts it; `more` are arguments that only this machine needs."""
        container = self._create(load_compose().services[name], more)
        log = container.log.open("ab")
        self._logs.append(log)
        container.process = subprocess.Popen(
            container.argv, cwd=container.working_folder, env=container.environment,
            stdout=log, stderr=log, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        self.containers[name] = container
        return container

    def finish(self, name: str, *, timeout_seconds: float = 150) -> Container:
        """Starts a job and waits for its end, which must be a good one."""
        container = self.start(name)
        assert container.process is not None
        code = container.process.wait(timeout=timeout_seconds)
        assert code == 0, f"{name} ended with {code}:\n{container.log_tail()}"
        return container

    def check(self, name: str) -> subprocess.CompletedProcess[str]:
        """The image's health check, in the container."""
        container = self.containers[name]
        (check,) = (
            found.text for found in last_stage(instructions()) if found.name == "HEALTHCHECK"
        )
        words = re.findall(r'"([^"]+)"', check[check.index("CMD") :])
        return run(
            self.image.python,
            *words[1:],
            cwd=container.working_folder,
            environment=container.environment,
            timeout_seconds=20,
        )

    def until_healthy(self, name: str, *, timeout_seconds: float = 60) -> None:
        """Waits for the health check of one of our services."""
        deadline = time.monotonic() + timeout_seconds
        while (done := self.check(name)).returncode:
            container = self.containers[name]
            assert container.is_running, f"{name} ended:\n{container.log_tail()}"
            assert time.monotonic() < deadline, f"{name}: {done.stderr}\n{container.log_tail()}"

    def stop(self) -> None:
        """Ends everything, the last first; the servers without ceremony, their data is a test's."""
        for container in reversed(self.containers.values()):
            process = container.process
            if process is None or process.poll() is not None:
                continue
            if container.service.is_ours:
                process.terminate()
            else:
                process.kill()
            try:
                process.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=_STOP_SECONDS)
        for log in self._logs:
            log.close()

    def _create(self, service: Service, more: Iterable[str]) -> Container:
        root = self.folder / service.name
        if not root.exists():
            self._fill(service, root)
        environment = {
            name: self._here(value, service, root) for name, value in service.environment.items()
        }
        for name, value in environment.items():
            if re.fullmatch(r"CREWLINE_\w+_PORT", name):
                environment[name] = str(self.port(f"{service.name}:{value}"))
            elif re.fullmatch(r"CREWLINE_\w+_HOST", name):
                environment[name] = "127.0.0.1"
        words = [self._here(word, service, root) for word in service.entrypoint + service.command]
        if service.is_ours:
            there = {name: self.image.local(text) for name, text in self.image.environment.items()}
            environment = {**there, "PATH": os.environ["PATH"], **environment}
            argv = [self.image.python, "-m", *words]
            working_folder = Path(self.image.local(self.image.working_folder))
        else:
            environment = {"PATH": self._path(), **environment}
            argv = words if service.entrypoint else [service.name, *words]
            argv = [*self.programs.get(argv[0], argv[:1]), *argv[1:]]
            working_folder = root
        environment["TMPDIR"] = str(root / "tmp")
        return Container(
            service=service,
            root=root,
            argv=[*argv, *more],
            environment=environment,
            working_folder=working_folder,
            log=self.folder / f"{service.name}.log",
        )

    def _fill(self, service: Service, root: Path) -> None:
        """Mounts: copies of bound folders and secrets, with the addresses of this machine."""
        (root / "tmp").mkdir(parents=True)
        for target, source in service.volumes.items():
            place = root / target.lstrip("/")
            if source.startswith("."):
                shutil.copytree((COMPOSE_FILE.parent / source).resolve(), place)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                volume = self.folder / "volumes" / source
                volume.mkdir(parents=True, exist_ok=True)
                place.symlink_to(volume, target_is_directory=True)
        (root / "run" / "secrets").mkdir(parents=True)
        for target, source in service.secrets.items():
            declared = load_compose().raw["secrets"][source]["file"]
            place = root / "run" / "secrets" / target
            shutil.copyfile(self.secrets / Path(declared).name, place)
        for path in root.rglob("*"):
            if path.is_file() and not path.is_symlink() and path.stat().st_size < _TEXT_BYTES_MAX:
                text = path.read_text(errors="surrogateescape")
                path.write_text(self._here(text, service, root), errors="surrogateescape")

    def _here(self, text: str, service: Service, root: Path) -> str:
        """Paths in the container and addresses of other containers, as they are here."""
        mounts = [*service.volumes, "/run/secrets", *(["/tmp"] if "tmpfs" in service.raw else [])]
        paths = "|".join(re.escape(mount) for mount in sorted(mounts, key=len, reverse=True))
        text = re.sub(rf"(?<![\w.*/])(?=({paths})(/|\b))", str(root), text)
        names = "|".join(re.escape(name) for name in load_compose().services)
        return re.sub(
            rf"(?<![\w.-])({names}):(\d{{4,5}})\b",
            lambda match: f"127.0.0.1:{self.port(match.group(0))}",
            text,
        )

    def _path(self) -> str:
        folders = [str(Path(program[0]).parent) for program in self.programs.values()]
        return ":".join([*folders, os.environ["PATH"]])
