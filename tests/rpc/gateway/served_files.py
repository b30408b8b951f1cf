"""Routes of files before a real broker, for the tests of what goes in and what comes out."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
import httpx
from fastapi import FastAPI

from services.chassis.authentication import TokenVerifier
from services.gateway.callers import Callers
from services.gateway.client_address import ClientAddresses
from services.gateway.exports.downloads import Downloads
from services.gateway.peers import Peers
from services.gateway.problems import add_problems
from services.gateway.rest.admission import Admission
from services.gateway.rest.api import RestApi
from services.gateway.rest.limits import Buckets, Limits, StreamSlots
from services.gateway.uploads.routes import Uploads
from tests.rpc.broker.served import ServedBroker, start
from tests.rpc.harness import RpcHarness

SERVICES = ("accounts", "vendors", "broker", "quality", "payouts")


@dataclass
class Files:
    """The routes of files, the broker behind them, and a client of both."""

    http: httpx.AsyncClient
    broker: ServedBroker

    async def upload(self, project_id: str, content: Any, kind: str, **headers: str) -> Any:
        return await self.http.post(
            f"/v1/projects/{project_id}/tasks:upload",
            content=content,
            headers={"Content-Type": kind, **headers},
        )

    async def resolved(
        self, config: str, rows: Sequence[Mapping[str, Any]], answers: Sequence[Sequence[str]]
    ) -> str:
        """A project whose tasks are answered and resolved; its id.

        `answers` has a list for each contractor: what they say of each row.
        """
        broker, names = self.broker, [f"c{number}" for number in range(len(answers))]
        await broker.enrol(*names)
        project = await broker.project(
            kind=0, labels=[], label_config=config, overlap=len(names), held_units=100_000_000_000
        )
        body = b"\n".join(json.dumps(row).encode() for row in rows)
        posted = (await self.upload(project.project_id, body, "application/jsonl")).json()
        assert posted["posted"] == len(rows), posted
        places = {json.dumps(_data(row)): place for place, row in enumerate(rows)}
        said: dict[str, list[str]] = {}
        for name, values in zip(names, answers, strict=True):
            for lease in await broker.claim(name, len(rows)):
                value = values[places[json.dumps(json.loads(lease.data_json))]]
                [result] = await broker.submit(name, [lease], value=value)
                assert not result.HasField("error"), result
                said.setdefault(lease.task_id, []).append(value)
        await broker.broker.news.tasks_resolved(
            [
                {
                    "_id": task_id,
                    "project_id": project.project_id,
                    "label": max(values, key=values.count),
                    "confidence": 0.75,
                    "resolved_at": broker.rpc.clock(),
                }
                for task_id, values in said.items()
            ]
        )
        return project.project_id

    async def export(self, project_id: str, **query: str) -> httpx.Response:
        return await self.http.get(f"/v1/projects/{project_id}/export", params=query)


@contextlib.asynccontextmanager
async def served_files(rpc: RpcHarness) -> AsyncIterator[Files]:
    """The routes of files, before a real broker."""
    broker = await start(rpc)
    async with file_client(rpc, broker.channel, token=broker.client) as http:
        yield Files(http=http, broker=broker)


@contextlib.asynccontextmanager
async def file_client(
    rpc: RpcHarness, channel: grpc.aio.Channel, *, token: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the routes of files, before whatever service is at the channel."""
    peers = Peers(dict.fromkeys(SERVICES, channel))
    callers = Callers(peers=peers, verifier=TokenVerifier(fetch_keys=rpc.mint.fetch_keys))
    limits = Limits(
        keys=Buckets(per_second=1000, burst=1000),
        addresses=Buckets(per_second=1000, burst=1000),
        streams=StreamSlots(per_key_max=10),
    )
    addresses = ClientAddresses(trusted_proxies=())
    admission = Admission(callers=callers, addresses=addresses, limits=limits)
    rest = RestApi(peers=peers, admission=admission)
    app = FastAPI()
    add_problems(app)
    uploads = Uploads(
        tasks=rest.rows("PostTasks"),
        contractors=rest.rows("ImportContractors"),
        identify=admission.identify,
        parquet_bytes_max=1_000_000,
    )
    app.include_router(uploads.router())
    app.include_router(Downloads(peers=peers, identify=admission.identify).router())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://crewline",
        headers={"Authorization": f"Bearer {token}"},
    ) as http:
        yield http


def _data(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "external_id"}
