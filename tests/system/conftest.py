"""Running stacks for the system tests that change nothing about them but their data."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.log_errors import error_lines
from deploy.local.stack import Stack
from tests.system.tenants import Tenant, World


@dataclass(frozen=True, kw_only=True)
class Running:
    """Where a stack is, and what only its runner has."""

    base_url: str
    operator_key: str
    sandbox_url: str
    stack: Stack
    background: Any

    def crash(self, name: str) -> None:
        """Ends a part with SIGKILL; it stays away until `revive`."""
        self.background.run(self.stack.kill(name))

    def revive(self, name: str) -> None:
        """On the same ports and data."""
        self.background.run(self.stack.restart(name))

    def complete_onboarding(self, account_id: str) -> None:
        """Does what a payee would do on the payment provider's page."""
        url = f"{self.sandbox_url}/_sandbox/complete_onboarding"
        answer = httpx.post(url, json={"account": account_id}, timeout=10, trust_env=False)
        answer.raise_for_status()


@pytest.fixture(scope="session")
def running(background: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Started when first asked for, stopped with the session."""
    stack = Stack(folder=tmp_path_factory.mktemp("day") / "stack", free_ports=True)
    background.run(stack.__aenter__())
    try:
        target = stack.target()
        yield Running(
            base_url=str(target["gateway"]),
            operator_key=Path(str(target["operator_key_file"])).read_text().strip(),
            sandbox_url=str(target["sandbox_url"]),
            stack=stack,
            background=background,
        )
    finally:
        background.run(stack.__aexit__(None, None, None))


@dataclass(frozen=True, kw_only=True)
class TwoTenants:
    """A stack with everything in it twice; nobody else's test looks at it."""

    world: World
    first: Tenant
    second: Tenant


@pytest.fixture(scope="session")
def two_tenants(background: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoTenants]:
    """Started when first asked for, stopped with the session."""
    folder = tmp_path_factory.mktemp("tenants") / "stack"
    # One address asks for everybody here, and far more than anybody would.
    limits = {
        "CREWLINE_REQUESTS_PER_SECOND": "100000",
        "CREWLINE_REQUESTS_BURST": "100000",
        "CREWLINE_PUBLIC_REQUESTS_PER_SECOND": "100000",
        "CREWLINE_PUBLIC_REQUESTS_BURST": "100000",
        "CREWLINE_STREAMS_PER_KEY_MAX": "100",
    }
    stack = Stack(folder=folder, free_ports=True, environment={"gateway": limits})
    background.run(stack.__aenter__())
    try:
        url, key = str(stack.target()["gateway"]), stack.secrets.operator_key
        with contextlib.closing(World(base_url=url, operator_key=key)) as world:
            first, second = world.tenant("alphaqx"), world.tenant("bravoqx")
            yield TwoTenants(world=world, first=first, second=second)
        # Whatever was asked: nobody complained of more than the request.
        logs = [stack.folder.log_file(name) for name in stack.parts]
        assert [str(error) for error in error_lines(logs)] == []
    finally:
        background.run(stack.__aexit__(None, None, None))
