"""Files over HTTP: kept whole, told from their first bytes, shown by links that end."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx

from services.chassis.mongo import MongoDatabase
from services.gateway.media.links import MediaLinks
from tests.rpc.gateway.conftest import SIGNING_KEY, Gateway, RunGateway

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 3000
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


async def _upload(gateway: Gateway, content: bytes, **changes: Any) -> httpx.Response:
    headers = gateway.bearer(**changes.pop("caller", {})) | changes.pop("headers", {})
    return await gateway.client.post("/v1/media", content=content, headers=headers, **changes)


async def test_a_file_comes_back_as_it_went_in(gateway: Gateway) -> None:
    made = await _upload(gateway, PNG, params={"filename": "C:\\photos\\bird.png"})
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["content_type"], body["size_bytes"]) == ("image/png", len(PNG))
    assert (body["filename"], body["sha256"]) == ("bird.png", hashlib.sha256(PNG).hexdigest())
    shown = await gateway.client.get(body["url"])
    assert (shown.status_code, shown.content) == (200, PNG)
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]

    part = await gateway.client.get(body["url"], headers={"Range": "bytes=300000-300009"})
    assert (part.status_code, part.content) == (206, PNG[300_000:300_010])
    head = await gateway.client.head(body["url"])
    assert (head.content, head.headers["content-length"]) == (b"", str(len(PNG)))
    beyond = await gateway.client.get(body["url"], headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416


async def test_the_same_bytes_are_kept_once_an_organisation(gateway: Gateway) -> None:
    first = (await _upload(gateway, PNG)).json()
    again = await _upload(gateway, PNG)
    assert (again.status_code, again.json()["media_id"]) == (200, first["media_id"])
    other = await _upload(gateway, PNG, caller={"organisation_id": "org_other"})
    assert other.json()["media_id"] != first["media_id"]


async def test_nobody_else_finds_a_file(gateway: Gateway) -> None:
    media_id = (await _upload(gateway, PNG)).json()["media_id"]
    stranger = gateway.bearer(organisation_id="org_other")
    foreign = await gateway.client.get(f"/v1/media/{media_id}", headers=stranger)
    unknown = await gateway.client.get("/v1/media/med_none", headers=stranger)
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json()["reason"] == unknown.json()["reason"]
    assert (await gateway.client.get("/v1/media", headers=stranger)).json()["media"] == []
    own = await gateway.client.get("/v1/media", headers=gateway.bearer())
    assert [one["media_id"] for one in own.json()["media"]] == [media_id]
    assert (await gateway.client.get("/v1/media")).status_code == 401
    worker = await _upload(gateway, PNG, caller={"role": "CONTRACTOR"})
    assert (worker.status_code, worker.json()["reason"]) == (403, "ROLE_NOT_ADMITTED")


async def test_a_link_ends_and_cannot_be_made(gateway: Gateway) -> None:
    body = (await _upload(gateway, PNG)).json()
    path, _, query = body["url"].partition("?")
    old = MediaLinks(key=SIGNING_KEY.encode(), lifetime_seconds=60, now=lambda: time.time() - 1e6)
    forged = MediaLinks(key=b"x" * 32, lifetime_seconds=60, now=time.time)
    refused = [
        await gateway.client.get(url)
        for url in (
            path,
            f"{path}?{query[:-1]}0" if query[-1] != "0" else f"{path}?{query[:-1]}1",
            old.sign(body["media_id"]),
            forged.sign(body["media_id"]),
            path.replace("med_", "med_1") + f"?{query}",
        )
    ]
    assert {response.status_code for response in refused} == {403}


async def test_what_a_browser_would_run_is_not_kept(gateway: Gateway) -> None:
    refused = await _upload(gateway, HTML)
    assert refused.status_code in (400, 415), refused.text
    empty = await _upload(gateway, b"")
    assert empty.status_code == 400
    assert (await gateway.client.get("/v1/media", headers=gateway.bearer())).json()["media"] == []


async def test_a_file_too_large_leaves_nothing(
    run_gateway: RunGateway, database: MongoDatabase
) -> None:
    async with run_gateway(media_bytes_max=400_000) as gateway:

        async def pieces() -> AsyncIterator[bytes]:
            yield PNG[:300_000]
            yield PNG[300_000:]

        sent = await gateway.client.post("/v1/media", content=pieces(), headers=gateway.bearer())
        assert sent.status_code == 413
        for name in ("media.files", "media.chunks"):
            assert await database.collection(name).count_documents({}) == 0


async def test_links_are_put_wherever_a_file_is_named(gateway: Gateway) -> None:
    uri = (await _upload(gateway, PNG)).json()["uri"]
    links = MediaLinks(key=SIGNING_KEY.encode(), lifetime_seconds=60, now=time.time)
    signed = links.sign_all({"image": uri, "more": [{"photo": uri}], "n": 1})
    for url in (signed["image"], signed["more"][0]["photo"]):
        assert (await gateway.client.get(url)).content == PNG
    assert signed["n"] == 1
