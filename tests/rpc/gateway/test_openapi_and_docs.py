"""/openapi.json and /docs as the gateway serves them."""

from __future__ import annotations

import re

from prometheus_client import REGISTRY

from tests.rpc.gateway.conftest import Gateway
from tests.rpc.gateway.recorder import RULES


async def test_the_document_is_served_and_not_sent_again(gateway: Gateway) -> None:
    first = await gateway.client.get("/openapi.json")
    assert first.status_code == 200
    assert first.headers["content-type"].startswith("application/vnd.oai.openapi+json")
    assert first.headers["content-encoding"] == "gzip"
    paths = first.json()["paths"]
    told = {(path, method) for path in paths for method in paths[path]}
    assert told >= {(rule.path, rule.http_method.lower()) for rule in RULES}
    plain = await gateway.client.get("/openapi.json", headers={"Accept-Encoding": "identity"})
    assert plain.json() == first.json()
    headers = {"If-None-Match": first.headers["etag"]}
    assert (await gateway.client.get("/openapi.json", headers=headers)).status_code == 304


async def test_everything_in_the_document_is_there_and_asks_who_it_is(gateway: Gateway) -> None:
    paths = (await gateway.client.get("/openapi.json")).json()["paths"]
    asked = 0
    for path, operations in paths.items():
        for method, operation in operations.items():
            if operation["security"]:
                response = await gateway.client.request(
                    method, path.replace("{", "").replace("}", "")
                )
                assert response.status_code == 401, (method, path, response.text)
                assert response.headers["content-type"] == "application/problem+json"
                asked += 1
    assert asked > 80


async def test_rest_is_counted_by_its_rules_in_the_whole_gateway(gateway: Gateway) -> None:
    labels = {"route": "/v1/projects/{project_id}", "status": "401"}
    before = REGISTRY.get_sample_value("crewline_http_total", labels) or 0.0
    assert (await gateway.client.get("/v1/projects/one")).status_code == 401
    assert REGISTRY.get_sample_value("crewline_http_total", labels) == before + 1
    nowhere = await gateway.client.get("/v1/nowhere")
    assert nowhere.json()["reason"] == "NOT_FOUND"


async def test_the_docs_load_nothing_from_elsewhere_and_run_nothing_inline(
    gateway: Gateway,
) -> None:
    page = await gateway.client.get("/docs")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert len(loaded) == 4
    assert "<style" not in page.text
    assert not re.search(r"<script(?![^>]*\bsrc=)", page.text)
    for address in loaded:
        assert address.startswith("/static/")
        assert (await gateway.client.get(address)).status_code == 200
