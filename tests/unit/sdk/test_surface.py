"""The SDK has every operation that the protos have, as they have it, in both clients."""

from __future__ import annotations

import asyncio
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.sdk import AsyncCrewline, Crewline
from services.sdk.generator.__main__ import SurfaceIncomplete, surface
from services.sdk.generator.contracts import Contracts, Operation, read_contracts
from services.sdk.generator.surface import SURFACE

STREAMED = {"PostTasks", "ImportContractors", "StreamResults"}


@pytest.fixture(scope="module")
def contracts() -> Contracts:
    return read_contracts(Path(__file__).resolve().parents[3])


def test_what_is_written_from_the_protos_is_not_stale(contracts: Contracts) -> None:
    stale = [path.name for path, text in surface(contracts).items() if path.read_text() != text]
    assert stale == [], "run make protos"


def test_it_is_written_where_what_was_written_before_is_of_no_use(repository: Path) -> None:
    """After a merge of two halves of it, say."""
    script = (
        "import sys; sys.modules['services.sdk.generated'] = sys.modules['services.sdk.messages']"
        " = None; import services.sdk.generator.__main__"
    )
    subprocess.run([sys.executable, "-c", script], cwd=repository, check=True, timeout=60)


def test_an_operation_without_a_place_is_told(contracts: Contracts) -> None:
    one = Operation(
        service="crewline.broker.v1.BrokerService", rpc="DanceTasks", method="GET", path="/v1/x",
        body="", request="", response="", comment="", is_public=False, streams_up=False,
        streams_down=False,
    )  # fmt: skip
    more = Contracts(
        operations=[*contracts.operations, one],
        messages=contracts.messages,
        enumerations=contracts.enumerations,
    )
    with pytest.raises(SurfaceIncomplete, match="DanceTasks"):
        surface(more)


def places() -> Iterator[tuple[str, str, str]]:
    for resource, methods in SURFACE.items():
        for rpc, name in methods.items():
            yield resource, rpc, name


@pytest.mark.parametrize(("resource", "rpc", "name"), list(places()))
async def test_every_operation_reaches_its_path(
    contracts: Contracts, resource: str, rpc: str, name: str
) -> None:
    [operation] = [one for one in contracts.operations if one.rpc == rpc]
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(418, json={"status": 418, "detail": "enough", "reason": "SEEN"})

    transport = httpx.MockTransport(answer)
    with Crewline("key", base_url="http://c.example", transport=transport) as crewline:
        method = getattr(getattr(crewline, resource), name)
        with pytest.raises(Exception, match="SEEN"):
            await asyncio.to_thread(exhaust, method)
    async with AsyncCrewline("key", base_url="http://c.example", transport=transport) as other:
        method = getattr(getattr(other, resource), name)
        with pytest.raises(Exception, match="SEEN"):
            await exhaust_async(method(*arguments(method)[0], **arguments(method)[1]))
    pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(operation.path))
    assert len(seen) == 2
    for request in seen:
        assert request.method == operation.method
        assert re.fullmatch(pattern, request.url.path), request.url.path
        shown = None if operation.is_public else "Bearer key"
        assert request.headers.get("authorization") == shown
        if operation.method != "GET" and rpc not in STREAMED:
            assert re.fullmatch(r"[0-9a-f-]{36}", request.headers["idempotency-key"])
            assert request.headers["content-type"] == "application/json"


def arguments(method: Any) -> tuple[list[Any], dict[str, Any]]:
    """Something for every parameter that must be given."""
    needed = [
        parameter
        for parameter in inspect.signature(method).parameters.values()
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_POSITIONAL
    ]
    positional = [
        [{}] if "Iterable" in str(parameter.annotation) else "x1"
        for parameter in needed
        if parameter.kind is not parameter.KEYWORD_ONLY
    ]
    named = {one.name: "x1" for one in needed if one.kind is one.KEYWORD_ONLY}
    return positional, named


def exhaust(method: Any) -> None:
    for _ in method(*arguments(method)[0], **arguments(method)[1]):
        pass


async def exhaust_async(answered: Any) -> None:
    if inspect.isawaitable(answered):
        await answered
    else:
        async for _ in answered:
            pass
