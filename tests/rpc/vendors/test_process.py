"""`python -m services.vendors` starts, answers, and ends when it is told to."""

from __future__ import annotations

from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from crewline.vendors.v1 import service_pb2 as pb
from crewline.vendors.v1 import service_pb2_grpc
from deploy.local.servers import Mongod, NatsServer
from services.chassis.mongo import drop_database
from tests.rpc.harness import refusal
from tests.running import service_process


async def test_start_answer_and_stop(
    mongod: Mongod, nats_server: NatsServer, run_name: str, tmp_path: Path
) -> None:
    await nats_server.apply_topology(prefix=run_name)
    environment = {
        "CREWLINE_MONGO_URI": mongod.uri,
        "CREWLINE_MONGO_DATABASE": run_name,
        "CREWLINE_NATS_URL": nats_server.url,
        "CREWLINE_STREAM_PREFIX": run_name,
        "CREWLINE_ACCOUNTS_ADDRESS": "127.0.0.1:1",
    }
    async with (
        service_process("vendors", environment=environment, folder=tmp_path) as process,
        grpc.aio.insecure_channel(f"127.0.0.1:{process.ports['grpc']}") as channel,
    ):
        health = await health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(service="crewline.vendors.v1.VendorsService"),
            timeout=10,
        )
        assert health.status == health_pb2.HealthCheckResponse.SERVING
        stub = service_pb2_grpc.VendorsServiceStub(channel)
        found = await refusal(stub.GetVendor, pb.GetVendorRequest(vendor_id="org_x"))
        assert found.reason == "TOKEN_INVALID"
    assert process.ended == 0
    assert process.stop_seconds < 8
    assert process.errors() == []
    await drop_database(uri=mongod.uri, name=run_name)
