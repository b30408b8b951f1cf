"""Files of contractors before the real vendors service: good rows in, bad ones told by line."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from crewline.vendors.v1 import service_pb2 as pb
from tests.rpc.gateway.served_files import file_client
from tests.rpc.harness import RpcHarness
from tests.rpc.vendors.served import Vendors, start

PATH = "/v1/contractors:upload"
TABLE = (
    "external_id;name;email;country;languages;skills\n"
    'w1;"Ada; L.";ada@example.com;ke;"en | sw-KE";"photos;audio"\n'
    "w2;Ben;;KE;;\n"
)


@dataclass
class Pool:
    """A vendor's pool and a client of the routes."""

    http: httpx.AsyncClient
    vendors: Vendors

    async def upload(self, content: str, kind: str = "text/csv", **headers: str) -> httpx.Response:
        return await self.http.post(
            PATH, content=content.encode(), headers={"Content-Type": kind, **headers}
        )

    async def names(self) -> dict[str, list[str]]:
        """Skills, by external_id, of all that are enrolled."""
        listed = await self.vendors.send(
            self.vendors.stub.ListContractors,
            pb.ListContractorsRequest(),
            token=self.vendors.vendor(),
        )
        return {one.external_id: list(one.skills) for one in listed.contractors}


@pytest.fixture
async def pool(rpc: RpcHarness) -> AsyncIterator[Pool]:
    vendors = await start(rpc)
    await vendors.approve()
    async with file_client(rpc, vendors.channel, token=vendors.vendor()) as http:
        yield Pool(http=http, vendors=vendors)


async def test_a_table_of_contractors_goes_in_and_its_repeat_is_nothing_new(pool: Pool) -> None:
    first = (await pool.upload(TABLE)).json()
    assert first == {
        "created": 2, "duplicates": 0, "refused": 0, "errors": [], "errors_truncated": False
    }  # fmt: skip
    assert await pool.names() == {"w1": ["photos", "audio"], "w2": []}
    lines = "\n".join(
        json.dumps({"external_id": name, "name": "x", "country": "KE"}) for name in ("w2", "w3")
    )
    again = (await pool.upload(lines, "application/jsonl")).json()
    assert (again["created"], again["duplicates"]) == (1, 1)
    # The row that is there is not changed by its repeat.
    assert await pool.names() == {"w1": ["photos", "audio"], "w2": [], "w3": []}


async def test_regions_come_in_by_file_and_one_of_another_country_is_told(pool: Pool) -> None:
    table = (
        "external_id,name,country,region\n"
        "w1,Ada,ke,ke-30\n"
        "w2,Ben,KE,US-CA\n"
        "w3,Cyd,KE,\n"
        "w4,Dee,KE,Nairobi\n"
        "w6,Fay,KE,ke-74\n"
    )
    told = (await pool.upload(table)).json()
    assert (told["created"], told["refused"]) == (2, 3)
    assert [(one["line"], one["reason"], one["field"]) for one in told["errors"]] == [
        (3, "REGION_INVALID", "region"),
        (5, "REGION_INVALID", "region"),
        (6, "REGION_INVALID", "region"),
    ]
    assert "KE-47 (West Pokot)" in told["errors"][2]["message"]
    line = json.dumps({"external_id": "w5", "name": "Eve", "country": "KE", "region": "KE-47"})
    assert (await pool.upload(line, "application/jsonl")).json()["created"] == 1
    listed = await pool.vendors.send(
        pool.vendors.stub.ListContractors,
        pb.ListContractorsRequest(),
        token=pool.vendors.vendor(),
    )
    assert {one.external_id: one.region for one in listed.contractors} == {
        "w1": "KE-30", "w3": "", "w5": "KE-47",
    }  # fmt: skip


async def test_bad_contractors_are_told_by_line_and_field_and_the_others_go_in(pool: Pool) -> None:
    table = (
        "external_id,name,email,country,languages\n"
        "a,Ada,,KE,en\n"
        "b,Ben,no-address,KE,en\n"
        "c,,,KE,en\n"
        "d,Dee,,Kenya,en\n"
        'e,"E\nE",,KE,"en;!"\n'
        "f,Fay,,KE\n"
        "g,Gil,,KE,sw\n"
    )
    told = (await pool.upload(table)).json()
    assert (told["created"], told["refused"], told["errors_truncated"]) == (2, 5, False)
    assert [(one["line"], one["external_id"], one["field"]) for one in told["errors"]] == [
        (3, "b", "email"),
        (4, "c", "name"),
        (5, "d", "country"),
        (6, "e", "languages[1]"),
        (8, "", ""),
    ]
    assert told["errors"][-1]["reason"] == "CSV_MALFORMED"
    assert set(await pool.names()) == {"a", "g"}


async def test_a_column_that_is_not_known_is_told(pool: Pool) -> None:
    told = (await pool.upload("external_id,name,country,phone\nw1,Ada,KE,1\n")).json()
    [error] = told["errors"]
    assert (error["reason"], error["field"]) == ("COLUMN_UNKNOWN", "phone")
    assert await pool.names() == {}


async def test_progress_is_told_in_lines(pool: Pool) -> None:
    answer = await pool.upload(TABLE, Accept="application/x-ndjson")
    *_, last = (json.loads(line) for line in answer.text.splitlines())
    assert (last["rows"], last["summary"]["created"]) == (2, 2)


async def test_a_client_enrols_nobody(pool: Pool) -> None:
    token = pool.vendors.rpc.mint.token("CLIENT")
    answer = await pool.upload(TABLE, Authorization=f"Bearer {token}")
    assert (answer.status_code, answer.json()["reason"]) == (403, "ROLE_NOT_ADMITTED")
    assert await pool.names() == {}
