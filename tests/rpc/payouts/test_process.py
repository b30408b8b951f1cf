"""`python -m services.payouts` starts, takes news, answers, and ends when it is told to."""

from __future__ import annotations

from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import service_pb2_grpc
from deploy.local.servers import Mongod, NatsServer
from services.chassis.bus import Bus
from services.chassis.clock import utc_now
from services.chassis.events import outgoing
from services.chassis.mongo import MongoDatabase
from services.payouts.store.answers.projections import ProjectionStore
from tests.rpc.harness import refusal
from tests.running import service_process
from tests.waiting import eventually


async def test_start_answer_and_stop(
    mongod: Mongod,
    nats_server: NatsServer,
    bus: Bus,
    database: MongoDatabase,
    run_name: str,
    tmp_path: Path,
) -> None:
    await nats_server.apply_topology(prefix=run_name)
    environment = {
        "CREWLINE_MONGO_URI": mongod.uri,
        "CREWLINE_MONGO_DATABASE": database.name,
        "CREWLINE_NATS_URL": nats_server.url,
        "CREWLINE_STREAM_PREFIX": run_name,
        "CREWLINE_ACCOUNTS_ADDRESS": "127.0.0.1:1",
        "CREWLINE_STRIPE_API_BASE": "http://127.0.0.1:9",
        "CREWLINE_STRIPE_SECRET_KEY": "sk_test_none",
        "CREWLINE_STRIPE_WEBHOOK_SECRET_PLATFORM": "whsec_platform",
        "CREWLINE_STRIPE_WEBHOOK_SECRET_CONNECT": "whsec_connect",
        "CREWLINE_TAX_NUMBER_KEYS": f"k1:{'17' * 32}",
        "CREWLINE_TAX_LOOKUP_KEY": "42" * 32,
        "CREWLINE_WEBHOOK_SIGNING_KEY": "24" * 32,
    }
    project = broker_types_pb2.Project(
        project_id="prj_1",
        client_id="org_c",
        kind=common_pb2.WORK_KIND_CHOICE,
        pay=common_pb2.Money(amount_minor=5, currency="USD"),
    )
    created = outgoing(
        broker_pb2.ProjectCreated(project=project),
        event_id="evt_1",
        key="prj_1",
        now=utc_now(),
        subject_prefix=run_name,
    )
    store = ProjectionStore(database=database)

    async def known() -> bool:
        return bool(await store.projects(["prj_1"]))

    async with (
        service_process("payouts", environment=environment, folder=tmp_path) as process,
        grpc.aio.insecure_channel(f"127.0.0.1:{process.ports['grpc']}") as channel,
    ):
        health = await health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(service="crewline.payouts.v1.PayoutsService"), timeout=10
        )
        assert health.status == health_pb2.HealthCheckResponse.SERVING
        stub = service_pb2_grpc.PayoutsServiceStub(channel)
        found = await refusal(stub.GetTrialBalance, pb.GetTrialBalanceRequest())
        assert found.reason == "TOKEN_INVALID"
        await bus.js.publish(created.subject, created.body, headers=created.headers)
        await eventually(known, what="the project known")
    assert process.ended == 0
    assert process.stop_seconds < 8
    assert process.errors() == []
