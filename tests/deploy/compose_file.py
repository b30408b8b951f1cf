"""deploy/compose/compose.yaml as data, its variables filled in with their defaults."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

COMPOSE_FILE = Path(__file__).resolve().parents[2] / "deploy" / "compose" / "compose.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service of the file; `raw` is all that is written of it."""

    name: str
    raw: dict[str, Any]

    @property
    def image(self) -> str:
        return str(self.raw["image"])

    @property
    def is_ours(self) -> bool:
        """It runs the image that deploy/docker/Dockerfile builds."""
        return "build" in self.raw

    @property
    def command(self) -> list[str]:
        return [str(word) for word in self.raw.get("command", [])]

    @property
    def entrypoint(self) -> list[str]:
        return [str(word) for word in self.raw.get("entrypoint", [])]

    @property
    def environment(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.raw.get("environment", {}).items()}

    @property
    def secrets(self) -> dict[str, str]:
        """The name of each secret, by the name of its file in /run/secrets."""
        mounts = self.raw.get("secrets", [])
        return {
            (mount if isinstance(mount, str) else mount["target"]): (
                mount if isinstance(mount, str) else mount["source"]
            )
            for mount in mounts
        }

    @property
    def volumes(self) -> dict[str, str]:
        """What is mounted, by the path in the container."""
        return {mount.split(":")[1]: mount.split(":")[0] for mount in self.raw.get("volumes", [])}

    @property
    def depends_on(self) -> dict[str, str]:
        """The condition, by the service waited for."""
        return {
            name: wanted["condition"] for name, wanted in self.raw.get("depends_on", {}).items()
        }

    @property
    def is_job(self) -> bool:
        """It runs once and ends."""
        return str(self.raw.get("restart", "")).startswith("on-failure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compose:
    """The whole file."""

    raw: dict[str, Any]
    services: dict[str, Service]


@cache
def load_compose() -> Compose:
    text = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda match: match.group(2), COMPOSE_FILE.read_text())
    assert "${" not in text, "a variable without a default"
    raw = yaml.safe_load(text)
    services = {name: Service(name=name, raw=service) for name, service in raw["services"].items()}
    return Compose(raw=raw, services=services)
