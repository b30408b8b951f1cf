"""The parts that every service has, put together in their order of start and stop.

Started: database, bus, outbox relay, what the service adds, consumers, gRPC server. Stopped in
reverse: no new calls, no new batches, what is in flight finishes, the outbox is sent, all closes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import grpc

from services.chassis.authentication import TokenVerifier
from services.chassis.bus import Bus
from services.chassis.clock import Clock, utc_now
from services.chassis.consumer import BatchConsumer, Handler
from services.chassis.events import MessageT
from services.chassis.grpc_client import open_channel
from services.chassis.grpc_pipeline import RpcPipeline
from services.chassis.grpc_server import GrpcServer
from services.chassis.ids import NewId, new_id
from services.chassis.key_set import fetch_keys_from
from services.chassis.lifecycle import Lifecycle
from services.chassis.mongo import CollectionSpec, MongoDatabase
from services.chassis.outbox import OutboxRelay
from services.chassis.settings import ServiceSettings
from services.chassis.topology import Topology, load_topology
from services.chassis.unit_of_work import COLLECTIONS, Transactions

_RELAY_FLUSH_SECONDS = 5.0


class Assembly:
    """What `app.py` builds a service on."""

    def __init__(
        self,
        *,
        settings: ServiceSettings,
        lifecycle: Lifecycle,
        database: MongoDatabase,
        bus: Bus,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._settings = settings
        self._lifecycle = lifecycle
        self.database = database
        self.bus = bus
        self.clock = clock
        self.new_id = new_id
        self.topology: Topology = load_topology(prefix=settings.stream_prefix)
        self.transactions = Transactions(
            database=database,
            clock=clock,
            new_id=new_id,
            subject_prefix=settings.stream_prefix,
        )
        self._consumers: list[BatchConsumer[Any]] = []
        self.relay = OutboxRelay(database=database, bus=bus, clock=clock)
        self.transactions.tell(self.relay.committed)

    @classmethod
    async def connect(
        cls,
        *,
        name: str,
        settings: ServiceSettings,
        lifecycle: Lifecycle,
        collections: Iterable[CollectionSpec],
    ) -> Assembly:
        """Connects to the database and the bus and makes the collections.

        Errors:
            StoreUnavailable, PeerUnavailable: one of them does not answer.
        """
        database = MongoDatabase.connect(
            uri=settings.mongo_uri.get_secret_value(), name=settings.mongo_database, app_name=name
        )
        await database.ensure((*COLLECTIONS, *collections))
        bus = await Bus.connect(
            url=settings.nats_url,
            name=name,
            user=settings.nats_user,
            password=settings.nats_password.get_secret_value(),
            ca_file=settings.nats_ca_file,
        )
        base = cls(
            settings=settings,
            lifecycle=lifecycle,
            database=database,
            bus=bus,
            clock=utc_now,
            new_id=new_id,
        )
        lifecycle.add("database", stop=base._close_database)
        lifecycle.add("bus", stop=bus.close)
        lifecycle.add("outbox", run=base.relay.run, stop=base._stop_relay)
        return base

    def background(
        self,
        name: str,
        *,
        start: Callable[[], Awaitable[None]] | None = None,
        run: Callable[[], Awaitable[None]] | None = None,
        stop: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """A part of the service's own; see Lifecycle.add."""
        self._lifecycle.add(name, start=start, run=run, stop=stop)

    def consume(self, name: str, kind: type[MessageT], handler: Handler[MessageT]) -> None:
        """Feeds the consumer that deploy/nats/topology.toml names to the handler."""
        consumer = BatchConsumer(
            bus=self.bus,
            topology=self.topology,
            name=name,
            kind=kind,
            handler=handler,
            clock=self.clock,
        )

        self._consumers.append(consumer)

        async def stop() -> None:
            # All of them: each has a pull to wait for, and does not wait for the others' as well.
            for one in self._consumers:
                one.stop()

        self._lifecycle.add(name, run=consumer.run, stop=stop)

    def verifier(self) -> TokenVerifier:
        """Verifies tokens with the key set of the accounts service."""
        channel = self.channel(self._settings.accounts_address)
        return TokenVerifier(fetch_keys=fetch_keys_from(channel))

    def channel(self, address: str) -> grpc.aio.Channel:
        """A channel to another service, closed when the service stops."""
        channel = open_channel(address, ca_file=self._settings.grpc_ca_file)
        self._lifecycle.add(f"channel:{address}", stop=channel.close)
        return channel

    def serve(
        self,
        register: Callable[[grpc.aio.Server], None],
        *,
        service_name: str,
        verifier: TokenVerifier,
    ) -> None:
        """Answers RPCs; add it last, so that it starts last and stops first."""
        server = GrpcServer(
            pipeline=RpcPipeline(verifier=verifier),
            register=(register,),
            service_names=(service_name,),
            host=self._settings.grpc_host,
            port=self._settings.grpc_port,
            certificate_file=self._settings.grpc_certificate_file,
            private_key_file=self._settings.grpc_private_key_file,
        )
        self._lifecycle.ports["grpc"] = server.port

        async def start() -> None:
            await server.start()
            await server.set_serving()

        async def stop() -> None:
            await server.stop(grace_seconds=self._settings.stop_grace_seconds)

        self._lifecycle.add("grpc", start=start, stop=stop)

    async def _close_database(self) -> None:
        self.database.close()

    async def _stop_relay(self) -> None:
        await self.relay.stop(timeout_seconds=_RELAY_FLUSH_SECONDS)
