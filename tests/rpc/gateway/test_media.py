"""Files of clients: in, kept in GridFS, listed for their owner, shown to whoever holds a link."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from motor.motor_asyncio import AsyncIOMotorGridFSBucket

from deploy.local.servers import Mongod
from services.chassis.clock import utc_now
from services.chassis.gridfs import CHUNK_BYTES, FileStore
from services.chassis.ids import new_id
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.gateway.media.library import MediaLibrary
from services.gateway.media.store import BUCKET, COLLECTIONS, MediaStore
from tests.rpc.gateway.conftest import Gateway, RunGateway
from tests.unit.gateway.test_media_types import PNG
from tests.waiting import eventually

OTHERS = "org_other"


def photo(size: int, seed: int = 0) -> bytes:
    """Bytes that begin like a JPEG."""
    return b"\xff\xd8\xff\xe0" + random.Random(seed).randbytes(size - 4)


async def upload(
    gateway: Gateway, data: Any, *, name: str = "", kind: str = "", **claims: Any
) -> httpx.Response:
    headers = gateway.bearer(**claims) | ({"Content-Type": kind} if kind else {})
    parameters = {"filename": name} if name else {}
    return await gateway.client.post("/v1/media", content=data, headers=headers, params=parameters)


def reason(response: httpx.Response) -> str:
    assert response.headers["content-type"] == "application/problem+json"
    return str(json.loads(response.content)["reason"])


async def counts(database: MongoDatabase) -> dict[str, int]:
    names = (f"{BUCKET}.files", f"{BUCKET}.chunks", "media_loose")
    return {name: await database.collection(name).count_documents({}) for name in names}


async def test_a_photo_goes_in_and_comes_out_the_same(gateway: Gateway) -> None:
    data = photo(3 * CHUNK_BYTES + 77)
    made = await upload(gateway, data, name="C:\\photos\\Vögel 1.jpg", kind="image/jpeg")
    assert made.status_code == 201, made.text
    media = made.json()
    assert media["uri"] == f"crewline-media:{media['media_id']}"
    assert media["content_type"] == "image/jpeg"
    assert media["size_bytes"] == len(data)
    assert media["sha256"] == hashlib.sha256(data).hexdigest()
    assert media["filename"] == "Vögel 1.jpg"

    # No token: the link alone shows it.
    shown = await gateway.client.get(media["url"])
    assert shown.status_code == 200
    assert shown.content == data
    headers = shown.headers
    assert headers["content-type"] == "image/jpeg"
    assert headers["content-length"] == str(len(data))
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"] == "inline; filename*=UTF-8''V%C3%B6gel%201.jpg"
    assert "sandbox" in headers["content-security-policy"]
    assert headers["cache-control"].startswith("private, max-age=")
    seconds = int(headers["cache-control"].split("max-age=")[1].split(",")[0])
    assert 4 * 3600 - 5 <= seconds <= 5 * 3600

    head = await gateway.client.head(media["url"])
    assert (head.status_code, head.content) == (200, b"")
    # A second may have gone by between the two.
    apart = {"x-request-id": "", "date": "", "cache-control": ""}
    assert dict(head.headers) | apart == dict(headers) | apart
    again = await gateway.client.get(media["url"], headers={"If-None-Match": headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_parts_of_a_file_are_shown(gateway: Gateway) -> None:
    data = photo(2 * CHUNK_BYTES + 100)
    url = (await upload(gateway, data)).json()["url"]
    spans = [
        (0, 0), (5, 99), (CHUNK_BYTES - 1, CHUNK_BYTES), (CHUNK_BYTES, 2 * CHUNK_BYTES - 1),
        (10, 2 * CHUNK_BYTES + 50), (len(data) - 1, len(data) + 500),
    ]  # fmt: skip
    for first, last in spans:
        found = await gateway.client.get(url, headers={"Range": f"bytes={first}-{last}"})
        end = min(last, len(data) - 1)
        assert found.status_code == 206
        assert found.content == data[first : last + 1]
        assert found.headers["content-range"] == f"bytes {first}-{end}/{len(data)}"
    tail = await gateway.client.get(url, headers={"Range": "bytes=-10"})
    assert tail.content == data[-10:]
    beyond = await gateway.client.get(url, headers={"Range": f"bytes={len(data)}-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(data)}"
    # A part of what is not the same any more is no use: all of it comes.
    other = {"Range": "bytes=0-9", "If-Range": '"another"'}
    whole = await gateway.client.get(url, headers=other)
    assert (whole.status_code, whole.content) == (200, data)


async def test_a_file_is_in_the_layout_that_gridfs_clients_read(
    gateway: Gateway, database: MongoDatabase, mongod: Mongod
) -> None:
    data = photo(CHUNK_BYTES * 2 + 9)
    media_id = (await upload(gateway, data, name="a.jpg")).json()["media_id"]
    bucket: Any = AsyncIOMotorGridFSBucket(database._database, bucket_name=BUCKET)
    stored = await bucket.open_download_stream(media_id)
    assert await stored.read() == data
    assert (stored.length, stored.filename) == (len(data), "a.jpg")

    # And what such a client wrote, we read.
    other = photo(CHUNK_BYTES + 5, seed=3)
    await bucket.upload_from_stream_with_id("x", "b.jpg", other, chunk_size_bytes=CHUNK_BYTES)
    files = FileStore(database=database, bucket=BUCKET)
    pieces = [piece async for piece in files.read("x", start=3, end=len(other))]
    assert b"".join(pieces) == other[3:]


async def test_the_same_bytes_are_one_file_an_organisation(
    gateway: Gateway, database: MongoDatabase
) -> None:
    first = await upload(gateway, PNG, name="a.png")
    second = await upload(gateway, PNG, name="b.png")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    foreign = await upload(gateway, PNG, organisation_id=OTHERS)
    assert foreign.status_code == 201
    assert foreign.json()["media_id"] != first.json()["media_id"]
    assert await counts(database) == {"media.files": 2, "media.chunks": 2, "media_loose": 0}

    together = await asyncio.gather(*(upload(gateway, photo(300_000, 5)) for _ in range(8)))
    assert len({response.json()["media_id"] for response in together}) == 1
    assert sorted(response.status_code for response in together) == [200] * 7 + [201]
    assert await counts(database) == {"media.files": 3, "media.chunks": 4, "media_loose": 0}


async def test_only_its_own_client_is_told_of_a_file(gateway: Gateway) -> None:
    ids = [
        (await upload(gateway, photo(2000, seed))).json()["media_id"] for seed in range(5)
    ]  # fmt: skip
    path = f"/v1/media/{ids[0]}"
    own = await gateway.client.get(path, headers=gateway.bearer())
    assert (own.status_code, own.json()["media_id"]) == (200, ids[0])
    assert (await gateway.client.get(own.json()["url"])).status_code == 200

    foreign = gateway.bearer(organisation_id=OTHERS)
    for method in ("GET", "DELETE"):
        response = await gateway.client.request(method, path, headers=foreign)
        assert (response.status_code, reason(response)) == (404, "MEDIA_NOT_FOUND")
    listed = await gateway.client.get("/v1/media", headers=foreign)
    assert listed.json() == {"media": [], "next_page_token": ""}

    seen, token, pages = [], "", 0
    while token or not pages:
        page = await gateway.client.get(
            "/v1/media", params={"page_size": 2, "page_token": token}, headers=gateway.bearer()
        )
        seen += [media["media_id"] for media in page.json()["media"]]
        token, pages = page.json()["next_page_token"], pages + 1
    assert seen == ids[::-1]
    assert pages == 3


@pytest.mark.parametrize("role", ["CONTRACTOR", "VENDOR", "OPERATOR", "SERVICE"])
async def test_others_than_clients_have_no_files(gateway: Gateway, role: str) -> None:
    for method, path in (
        ("POST", "/v1/media"),
        ("GET", "/v1/media"),
        ("GET", "/v1/media/med_x"),
        ("DELETE", "/v1/media/med_x"),
    ):
        response = await gateway.client.request(method, path, headers=gateway.bearer(role))
        assert (response.status_code, reason(response)) == (403, "ROLE_NOT_ADMITTED")
        unknown = await gateway.client.request(method, path)
        assert unknown.status_code == 401


async def test_a_link_that_is_not_good_tells_nothing(gateway: Gateway) -> None:
    made = (await upload(gateway, PNG)).json()
    good, missing = made["url"], "med_" + "0" * 24
    bad = [
        f"/media/{made['media_id']}",
        good.replace("signature=", "signature=x"),
        good.replace("expires=1", "expires=2"),
        good.replace("expires=1", "expires="),
        good.replace(made["media_id"], missing),
        f"/media/{missing}",
    ]
    answers = [await gateway.client.get(url) for url in bad]
    assert [answer.status_code for answer in answers] == [403] * len(bad)
    bodies = {
        json.dumps(json.loads(answer.content) | {"request_id": ""}, sort_keys=True)
        for answer in answers
    }
    assert len(bodies) == 1
    assert reason(answers[0]) == "LINK_INVALID"


async def test_a_deleted_file_is_gone_and_its_room_is_free(
    run_gateway: RunGateway, database: MongoDatabase
) -> None:
    async with run_gateway(media_organisation_bytes_max=1_500_000) as gateway:
        first = (await upload(gateway, photo(1_000_000))).json()
        full = await upload(gateway, photo(1_000_000, 2))
        assert (full.status_code, reason(full)) == (409, "MEDIA_QUOTA_EXCEEDED")
        # Another organisation has room of its own.
        assert (await upload(gateway, PNG, organisation_id=OTHERS)).status_code == 201
        path = f"/v1/media/{first['media_id']}"
        deleted = await gateway.client.delete(path, headers=gateway.bearer())
        assert deleted.status_code == 204
        for url in (path, first["url"]):
            gone = await gateway.client.get(url, headers=gateway.bearer())
            assert (gone.status_code, reason(gone)) == (404, "MEDIA_NOT_FOUND")
        assert await counts(database) == {"media.files": 1, "media.chunks": 1, "media_loose": 0}
        assert (await upload(gateway, photo(1_000_000, 2))).status_code == 201


async def test_the_room_is_not_exceeded_side_by_side(
    run_gateway: RunGateway, database: MongoDatabase
) -> None:
    async with run_gateway(media_organisation_bytes_max=250_000) as gateway:
        made = await asyncio.gather(*(upload(gateway, photo(100_000, n)) for n in range(6)))
        assert sorted(response.status_code for response in made) == [201] * 2 + [409] * 4
    found = await counts(database)
    assert (found["media.files"], found["media_loose"]) == (2, 0)
    assert await database.collection("media.chunks").distinct("files_id") == sorted(
        response.json()["media_id"] for response in made if response.status_code == 201
    )


@pytest.mark.parametrize(
    ("data", "kind", "name", "status", "why"),
    [
        (b"", "", "", 400, "MEDIA_EMPTY"),
        (b"<svg onload=alert(1)>", "", "", 400, "MEDIA_TYPE_REFUSED"),
        (PNG, "image/jpeg", "", 400, "MEDIA_TYPE_WRONG"),
        (b"\x7fELF\x02\x01", "", "", 400, "MEDIA_TYPE_UNKNOWN"),
        (PNG, "", "x" * 201, 400, "FILENAME_INVALID"),
        (PNG, "", "a\nb", 400, "FILENAME_INVALID"),
        (photo(100_001), "", "", 413, "REQUEST_ENTITY_TOO_LARGE"),
        (photo(80_000) + b"\x00" * 20_001, "", "", 413, "REQUEST_ENTITY_TOO_LARGE"),
    ],
)
async def test_what_is_refused_leaves_nothing(
    run_gateway: RunGateway,
    database: MongoDatabase,
    data: bytes,
    kind: str,
    name: str,
    status: int,
    why: str,
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(data), 30_000):
            yield data[at : at + 30_000]

    async with run_gateway(media_bytes_max=100_000) as gateway:
        for body in (data, pieces()):
            response = await upload(gateway, body, kind=kind, name=name)
            assert (response.status_code, reason(response)) == (status, why)
    assert await counts(database) == {"media.files": 0, "media.chunks": 0, "media_loose": 0}


async def test_a_broken_off_upload_leaves_nothing(
    gateway: Gateway, database: MongoDatabase
) -> None:
    chunks = database.collection(f"{BUCKET}.chunks")
    head = (
        f"POST /v1/media HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n"
        f"Authorization: {gateway.bearer()['Authorization']}\r\n\r\n"
    )
    _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(head.encode() + photo(5_000_000))
    await writer.drain()
    await eventually(lambda: chunks.count_documents({}), what="the first chunks")
    writer.close()

    async def nothing() -> bool:
        return set((await counts(database)).values()) == {0}

    assert await eventually(nothing, what="nothing is left")


async def test_the_sweep_removes_what_a_crash_left_and_nothing_else(
    database: MongoDatabase, mongod: Mongod
) -> None:
    await database.ensure(COLLECTIONS)
    now = utc_now()
    clock = [now - timedelta(days=2)]
    files = FileStore(database=database, bucket=BUCKET)
    store = MediaStore(database=database, files=files)

    def library(made: str) -> MediaLibrary:
        return MediaLibrary(
            transactions=Transactions(database=database, clock=utc_now, new_id=new_id),
            store=store,
            files=files,
            clock=lambda: clock[0],
            new_id=lambda prefix: f"{prefix}_{made}",
            organisation_bytes_max=1 << 30,
        )

    async def pieces(data: bytes, *, dies: bool) -> AsyncIterator[bytes]:
        for at in range(0, len(data), 100_000):
            yield data[at : at + 100_000]
        if dies:
            raise asyncio.CancelledError  # as when the process ends in the middle

    given = {"organisation_id": "org", "uploaded_by": "per", "filename": "", "stated_type": ""}
    data = photo(9 * CHUNK_BYTES)
    await library("kept").add(pieces(data, dies=False), **given)
    with pytest.raises(asyncio.CancelledError):
        await library("old").add(pieces(photo(9 * CHUNK_BYTES, 1), dies=True), **given)
    clock[0] = now
    with pytest.raises(asyncio.CancelledError):
        await library("young").add(pieces(photo(9 * CHUNK_BYTES, 2), dies=True), **given)
    chunks = database.collection(f"{BUCKET}.chunks")
    assert set(await chunks.distinct("files_id")) == {"med_kept", "med_old", "med_young"}

    assert await library("x").sweep() is False
    assert set(await chunks.distinct("files_id")) == {"med_kept", "med_young"}
    assert await database.collection("media_loose").distinct("_id") == ["med_young"]
    kept = await library("x").get("med_kept")
    found = [piece async for piece in library("x").read(kept, start=0, end=kept.size_bytes)]
    assert b"".join(found) == data
