"""A gRPC server as every service runs it: the pipeline, health, reflection, bounded messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection

from services.chassis.grpc_limits import MESSAGE_BYTES_MAX
from services.chassis.grpc_pipeline import RpcPipeline

_CONCURRENT_RPCS_MAX = 4096
_OPTIONS = (
    # Without it a second server on the port would silently share its calls.
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
)


class GrpcServer:
    """Binds, serves, and stops without cutting calls off."""

    def __init__(
        self,
        *,
        pipeline: RpcPipeline,
        register: Iterable[Callable[[grpc.aio.Server], None]],
        service_names: Iterable[str],
        host: str,
        port: int,
        certificate_file: str = "",
        private_key_file: str = "",
    ) -> None:
        self._server = grpc.aio.server(
            interceptors=(pipeline,),
            options=_OPTIONS,
            maximum_concurrent_rpcs=_CONCURRENT_RPCS_MAX,
        )
        self._names = tuple(service_names)
        for add in register:
            add(self._server)
        self._health = health_aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            (
                *self._names,
                health_pb2.DESCRIPTOR.services_by_name["Health"].full_name,
                reflection.SERVICE_NAME,
            ),
            self._server,
        )
        address = f"{host}:{port}"
        if certificate_file:
            pair = (Path(private_key_file).read_bytes(), Path(certificate_file).read_bytes())
            self.port = self._server.add_secure_port(address, grpc.ssl_server_credentials([pair]))
        else:
            self.port = self._server.add_insecure_port(address)

    async def start(self) -> None:
        """Answers calls, but is not yet SERVING."""
        await self._server.start()

    async def set_serving(self) -> None:
        """Health checks say SERVING from now on."""
        for name in ("", *self._names):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)

    async def stop(self, *, grace_seconds: float) -> None:
        """Takes no new calls; those in flight have so long to finish."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(grace_seconds)
