"""/healthz is about the process, /readyz about everything it needs."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from tests.rpc.gateway.conftest import SERVICES, Behind, Gateway
from tests.waiting import eventually

ALL_SERVING = dict.fromkeys((*SERVICES, "database"), "SERVING")


async def test_ready_when_every_service_serves(gateway: Gateway) -> None:
    response = await gateway.client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"ready": True, "services": ALL_SERVING}


@pytest.mark.parametrize("name", SERVICES)
async def test_one_service_down_is_named_and_its_return_is_seen(
    gateway: Gateway, behind: Behind, name: str
) -> None:
    await behind.stop(name)
    response = await gateway.client.get("/readyz")
    assert response.status_code == 503
    body = response.json()
    assert body["ready"] is False
    assert body["services"].pop(name) in ("UNAVAILABLE", "DEADLINE_EXCEEDED")
    assert body["services"] == {n: "SERVING" for n in ALL_SERVING if n != name}
    assert (await gateway.client.get("/healthz")).status_code == 200

    await behind.start(name)

    async def ready() -> Any:
        return (await gateway.client.get("/readyz")).status_code == 200

    assert await eventually(ready, what=f"ready after {name} came back")


async def test_not_serving_is_not_ready(gateway: Gateway, behind: Behind) -> None:
    await behind.drain("quality")
    response = await gateway.client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["services"]["quality"] == "NOT_SERVING"


async def test_requests_are_counted_by_route_and_not_by_path(gateway: Gateway) -> None:
    def count(route: str, status: str) -> float:
        labels = {"route": route, "status": status}
        return REGISTRY.get_sample_value("crewline_http_total", labels) or 0.0

    before = count("/healthz", "200"), count("unknown", "404"), count("/tmp/a", "404")
    webhook_before = count("/webhooks/stripe/connect", "400")
    for path in ("/healthz", "/tmp/a", "/tmp/b"):
        await gateway.client.get(path)
    await gateway.client.post("/webhooks/stripe/connect", content=b"{}")
    after = count("/healthz", "200"), count("unknown", "404"), count("/tmp/a", "404")
    assert after == (before[0] + 1, before[1] + 2, before[2])
    assert count("/webhooks/stripe/connect", "400") == webhook_before + 1


async def test_request_ids_that_are_not_ids_are_replaced(gateway: Gateway) -> None:
    response: httpx.Response = await gateway.client.get(
        "/healthz", headers={"X-Request-Id": "a b\tc" + "x" * 200}
    )
    assert len(response.headers["x-request-id"]) == 32
