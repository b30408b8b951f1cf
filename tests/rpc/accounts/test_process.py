"""`python -m services.accounts` starts, answers, is observed, and ends when it is told to."""

from __future__ import annotations

from pathlib import Path

import grpc
import httpx
from grpc_health.v1 import health_pb2, health_pb2_grpc

from crewline.accounts.v1 import service_pb2 as pb
from crewline.accounts.v1 import service_pb2_grpc
from deploy.local.servers import Mongod, NatsServer
from services.chassis.mongo import drop_database
from tests.running import service_process

KEY = "ck_operator_" + "o" * 40


async def test_start_exchange_and_stop(
    mongod: Mongod, nats_server: NatsServer, run_name: str, tmp_path: Path
) -> None:
    await nats_server.apply_topology(prefix=run_name)
    environment = {
        "CREWLINE_MONGO_URI": mongod.uri,
        "CREWLINE_MONGO_DATABASE": run_name,
        "CREWLINE_NATS_URL": nats_server.url,
        "CREWLINE_STREAM_PREFIX": run_name,
        "CREWLINE_BOOTSTRAP_OPERATOR_KEY": KEY,
    }
    async with service_process("accounts", environment=environment, folder=tmp_path) as process:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{process.ports['grpc']}") as channel:
            health = await health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(service="crewline.accounts.v1.AccountsService"),
                timeout=10,
            )
            assert health.status == health_pb2.HealthCheckResponse.SERVING
            stub = service_pb2_grpc.AccountsServiceStub(channel)
            answer = await stub.ExchangeApiKey(pb.ExchangeApiKeyRequest(secret=KEY), timeout=10)
            assert answer.access_token
        url = f"http://127.0.0.1:{process.ports['metrics']}/metrics"
        async with httpx.AsyncClient() as client:
            shown = (await client.get(url, timeout=10)).text
        assert 'crewline_key_exchanges_total{outcome="minted"} 1.0' in shown
    assert process.ended == 0
    assert process.stop_seconds < 8
    assert process.errors() == []
    assert KEY not in process.log_file.read_text()
    await drop_database(uri=mongod.uri, name=run_name)
