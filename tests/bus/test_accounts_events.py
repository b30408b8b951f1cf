"""What accounts tells the bus, and what it makes of what it hears."""

from __future__ import annotations

import uuid

import pytest

from crewline.accounts.v1 import events_pb2, service_pb2_grpc, types_pb2
from crewline.accounts.v1 import service_pb2 as pb
from crewline.vendors.v1 import events_pb2 as vendors_pb2
from crewline.vendors.v1 import types_pb2 as vendors_types
from deploy.local.servers import Mongod, NatsServer
from services.accounts.app import build
from services.accounts.settings import AccountsSettings
from services.chassis.bus import Bus
from services.chassis.clock import utc_now
from services.chassis.events import incoming, outgoing
from services.chassis.grpc_client import call, open_channel
from services.chassis.ids import new_id
from services.chassis.mongo import MongoDatabase
from tests.running import running
from tests.waiting import eventually

OPERATOR_KEY = "ck_operator_" + "o" * 40
ACTIVE = vendors_types.CONTRACTOR_STATE_ACTIVE
GONE = vendors_types.CONTRACTOR_STATE_OFFBOARDED


@pytest.fixture
async def settings(
    mongod: Mongod, nats_server: NatsServer, run_name: str, database: MongoDatabase
) -> AccountsSettings:
    await nats_server.apply_topology(prefix=run_name)
    values: dict[str, object] = {
        "mongo_uri": mongod.uri,
        "mongo_database": database.name,
        "nats_url": nats_server.url,
        "stream_prefix": run_name,
        "bootstrap_operator_key": OPERATOR_KEY,
    }
    return AccountsSettings(**values)  # type: ignore[arg-type]


async def test_a_registration_is_told(
    settings: AccountsSettings, bus: Bus, database: MongoDatabase
) -> None:
    async with running(build, settings) as ports:
        channel = open_channel(f"127.0.0.1:{ports['grpc']}", own_connection=True)
        stub = service_pb2_grpc.AccountsServiceStub(channel)
        request = pb.RegisterOrganisationRequest(
            request_id=str(uuid.uuid4()),
            name="Acme",
            kind=types_pb2.ORGANISATION_KIND_CLIENT,
            email="ada@example.com",
            person_name="Ada",
        )
        made = await call(stub.RegisterOrganisation, request, timeout_seconds=10)
        again = await call(stub.RegisterOrganisation, request, timeout_seconds=10)
        assert again.organisation == made.organisation
        await channel.close()

        async def outbox_is_empty() -> bool:
            return await database.collection("outbox").count_documents({}) == 0

        await eventually(outbox_is_empty, what="outbox empty")
    stream = f"{settings.stream_prefix}ACCOUNTS_EVENTS"
    state = (await bus.js.stream_info(stream)).state
    assert state.messages == 2, "the platform and the client, once each"
    message = await bus.js.get_msg(stream, state.last_seq)
    event = incoming(
        events_pb2.OrganisationRegistered, message.data or b"", message.headers or {}, deliveries=1
    )
    assert event.message.organisation == made.organisation


async def test_contractors_become_people_who_can_be_given_keys(
    settings: AccountsSettings, bus: Bus, database: MongoDatabase
) -> None:
    people = database.collection("people")

    async def tell(
        version: int,
        *,
        state: vendors_types.ContractorState.ValueType,
        contractor_id: str = "ctr_1",
    ) -> None:
        await bus.publish(
            outgoing(
                vendors_pb2.ContractorsChanged(
                    contractors=[
                        vendors_pb2.ContractorRecord(
                            contractor_id=contractor_id,
                            organisation_id="org_vendor",
                            engagement=vendors_types.ENGAGEMENT_VENDOR,
                            state=state,
                            version=version,
                        )
                    ]
                ),
                event_id=new_id("evt"),
                key="org_vendor",
                now=utc_now(),
                subject_prefix=settings.stream_prefix,
            )
        )

    async def versions() -> dict[str, int]:
        rows = await people.find({"roles": "CONTRACTOR"}).to_list(None)
        return {row["_id"]: row["contractor_version"] for row in rows}

    async def are(wanted: dict[str, int]) -> bool:
        return await versions() == wanted

    async with running(build, settings):
        # Offboarded before the enrolment is heard of: late, twice and out of order.
        await tell(3, state=GONE)
        await tell(1, state=ACTIVE)
        await tell(3, state=GONE)
        await tell(1, state=ACTIVE, contractor_id="ctr_2")
        await eventually(lambda: are({"ctr_1": 3, "ctr_2": 1}), what="people")
        await tell(4, state=GONE)
        await eventually(lambda: are({"ctr_1": 4, "ctr_2": 1}), what="version 4")
    info = await bus.js.stream_info(f"{settings.stream_prefix}DEAD_LETTERS")
    assert info.state.messages == 0
