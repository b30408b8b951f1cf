"""One of our services as a part of the stack."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import grpc
import httpx
from grpc_health.v1 import health_pb2, health_pb2_grpc

from deploy.local.folder import ROOT, StackFolder, read_json
from deploy.local.ports import GRPC, StackPorts
from deploy.local.processes import ChildProcess, ProcessFailed
from deploy.local.stack_secrets import StackSecrets
from services.chassis.grpc_client import open_channel

_READY_TIMEOUT_SECONDS = 60.0
_HEALTH_TIMEOUT_SECONDS = 10.0


@dataclass(slots=True, kw_only=True)
class ServiceProcess:
    """Started with everything in its environment; ready when it says so and answers."""

    name: str
    folder: StackFolder
    ports: StackPorts
    environment: Mapping[str, str]
    process: ChildProcess | None = None

    async def start(self) -> None:
        """Starts it, or starts it again on the same ports after a crash.

        Errors:
            ProcessFailed: it ended, or was not ready in time.
        """
        ready_file = self.folder.ready_file(self.name)
        ready_file.unlink(missing_ok=True)
        process = ChildProcess(
            name=self.name,
            argv=[sys.executable, "-m", f"services.{self.name}"],
            log_file=self.folder.log_file(self.name),
            environment={**self.environment, "CREWLINE_READY_FILE": str(ready_file)},
        )
        self.process = process
        await process.start()
        await process.until(
            lambda: read_json(ready_file).get("pid") == process.pid,
            timeout_seconds=_READY_TIMEOUT_SECONDS,
        )
        if not await self._answers():
            raise ProcessFailed(f"{self.name} does not answer:\n{process.log_tail()}")

    async def stop(self) -> None:
        """Asks it to finish what is in flight and end."""
        if self.process is not None:
            await self.process.stop()

    async def _answers(self) -> bool:
        if self.name not in GRPC:
            return await _is_alive(self.ports.http)
        return await _is_serving(self.ports.grpc[self.name])


def service_environment(
    name: str,
    *,
    ports: StackPorts,
    secrets: StackSecrets,
    mongo_uri: str,
    nats_url: str,
    sandbox_url: str,
) -> dict[str, str]:
    """What a service is told; secrets only to the one that they are for."""
    told = {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'protos' / 'gen'}",
        "PYTHONUNBUFFERED": "1",
        "CREWLINE_METRICS_PORT": str(ports.metrics[name]),
        **{
            f"CREWLINE_{peer.upper()}_ADDRESS": f"127.0.0.1:{port}"
            for peer, port in ports.grpc.items()
        },
    }
    told |= {
        "CREWLINE_MONGO_URI": mongo_uri,
        "CREWLINE_MONGO_DATABASE": f"crewline_{name}",
    }
    if name == "gateway":
        return told | {
            "CREWLINE_HTTP_PORT": str(ports.http),
            "CREWLINE_MEDIA_SIGNING_KEY": secrets.media_signing_key,
            "CREWLINE_METRICS_URLS": json.dumps(
                {peer: f"http://127.0.0.1:{port}/metrics" for peer, port in ports.metrics.items()}
            ),
        }
    told |= {
        "CREWLINE_NATS_URL": nats_url,
        "CREWLINE_GRPC_PORT": str(ports.grpc[name]),
    }
    if name == "accounts":
        told["CREWLINE_BOOTSTRAP_OPERATOR_KEY"] = secrets.operator_key
    if name == "payouts":
        told |= {
            "CREWLINE_STRIPE_API_BASE": sandbox_url,
            "CREWLINE_STRIPE_SECRET_KEY": secrets.sandbox_key,
            # The sandbox opens connected accounts everywhere.
            "CREWLINE_STRIPE_CONNECT_COUNTRIES": "*",
            # No living wage from any source: a cent an hour, by name a fallback,
            # so that there is work to try before an operator has loaded floors.
            "CREWLINE_FLOOR_FALLBACK_HOURLY_MINOR": '{"USD": 1, "EUR": 1, "GBP": 1, "JPY": 1}',
            "CREWLINE_FLOOR_NEEDS_ESTIMATE": "false",
            # Here is one operator alone: a second person could confirm nothing.
            "CREWLINE_TWO_PERSONS": "false",
            "CREWLINE_TAX_NUMBER_KEYS": secrets.tax_number_keys,
            "CREWLINE_TAX_LOOKUP_KEY": secrets.tax_lookup_key,
            "CREWLINE_WEBHOOK_SIGNING_KEY": secrets.webhook_signing_key,
            # Whoever tries it has an endpoint on this machine.
            "CREWLINE_WEBHOOK_ALLOW_PRIVATE": "true",
            **{
                f"CREWLINE_STRIPE_WEBHOOK_SECRET_{endpoint.upper()}": webhook.secret
                for endpoint, webhook in secrets.webhooks.items()
            },
        }
    return told


async def _is_serving(port: int) -> bool:
    channel = open_channel(f"127.0.0.1:{port}", own_connection=True)
    try:
        response = await health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(),
            timeout=_HEALTH_TIMEOUT_SECONDS,
            wait_for_ready=True,
        )
    except grpc.aio.AioRpcError:
        return False
    finally:
        await channel.close()
    return bool(response.status == health_pb2.HealthCheckResponse.SERVING)


async def _is_alive(port: int) -> bool:
    async with httpx.AsyncClient(timeout=_HEALTH_TIMEOUT_SECONDS, trust_env=False) as client:
        try:
            response = await client.get(f"http://127.0.0.1:{port}/healthz")
        except httpx.HTTPError:
            return False
    return response.is_success
