"""Names on the bus: late, twice and out of order, and to payouts alone."""

from __future__ import annotations

import asyncio
from typing import Any

from crewline.accounts.v1 import events_pb2 as accounts_pb2
from crewline.accounts.v1 import types_pb2 as accounts_types
from crewline.vendors.v1 import events_pb2 as vendors_pb2
from deploy.local.servers import NatsServer
from deploy.nats.users import USERS_FILE
from services.chassis.bus import Bus
from services.chassis.clock import utc_now
from services.chassis.consumer import BatchConsumer
from services.chassis.ids import new_id
from services.chassis.mongo import MongoDatabase
from services.chassis.outbox import OutboxRelay
from services.chassis.topology import load_topology
from services.chassis.unit_of_work import COLLECTIONS, Transactions, UnitOfWork
from services.payouts.parts.names import NameParts
from services.payouts.store.papers.erasures import ERASURE_COLLECTIONS
from services.payouts.store.papers.names import CONTRACTOR_NAMES, NAME_COLLECTIONS
from tests.waiting import eventually


def named(contractor_id: str, version: int, name: str) -> vendors_pb2.ContractorsNamed:
    return vendors_pb2.ContractorsNamed(
        names=[vendors_pb2.ContractorName(contractor_id=contractor_id, version=version, name=name)]
    )


def registered(organisation_id: str, name: str) -> accounts_pb2.OrganisationRegistered:
    return accounts_pb2.OrganisationRegistered(
        organisation=accounts_types.Organisation(organisation_id=organisation_id, name=name)
    )


async def test_names_are_kept_by_version_whatever_the_order(
    database: MongoDatabase, bus: Bus, nats_server: NatsServer, run_name: str
) -> None:
    """The salt of a version is drawn once: documents that are sealed with it stay provable."""
    await nats_server.apply_topology(prefix=run_name)
    topology = load_topology(prefix=run_name)
    await database.ensure((*COLLECTIONS, *NAME_COLLECTIONS, *ERASURE_COLLECTIONS))
    transactions = Transactions(
        database=database, clock=utc_now, new_id=new_id, subject_prefix=run_name
    )
    relay = OutboxRelay(database=database, bus=bus, clock=utc_now)
    transactions.tell(relay.committed)
    parts = NameParts(database=database, transactions=transactions)
    handlers: dict[str, tuple[Any, Any]] = {
        "payouts__contractors_named": (
            vendors_pb2.ContractorsNamed,
            parts.consumers.contractors_named,
        ),
        "payouts__organisation_registered": (
            accounts_pb2.OrganisationRegistered,
            parts.consumers.organisation_registered,
        ),
    }
    consumers = [
        BatchConsumer(
            bus=bus, topology=topology, name=name, kind=kind, handler=handler, clock=utc_now
        )
        for name, (kind, handler) in handlers.items()
    ]
    tasks = [asyncio.create_task(one.run()) for one in consumers]
    tasks.append(asyncio.create_task(relay.run()))

    async def tell(*messages: Any) -> None:
        async def body(work: UnitOfWork) -> None:
            for number, message in enumerate(messages):
                work.publish(message, key=f"k{number}")

        await transactions.run(body)

    async def names_are(*wanted: str) -> bool:
        found = await parts.store.newest_of_people(["ctr_1", "ctr_2"])
        return sorted(one.name for one in found.values()) == sorted(wanted)

    try:
        await tell(named("ctr_1", 2, "Ada Obi"), registered("org_1", "Acme & Söhne"))
        await eventually(lambda: names_are("Ada Obi"), what="the newer name")
        salted = (await parts.store.newest_of_people(["ctr_1"]))["ctr_1"].salt
        await tell(named("ctr_1", 1, "Ada Young"), named("ctr_1", 2, "Ada Obi"))
        await tell(registered("org_1", "Acme & Söhne"), named("ctr_2", 1, "Ben"))

        async def told() -> bool:
            versions = await database.collection(CONTRACTOR_NAMES).count_documents({})
            # By another consumer, which may be behind.
            organisations = await parts.store.organisations(["org_1"])
            return versions == 3 and bool(organisations)

        await eventually(told, what="three versions, and the organisation")
        assert await names_are("Ada Obi", "Ben")
        newest = await parts.store.newest_of_people(["ctr_1"])
        assert newest["ctr_1"].salt == salted
        assert await parts.store.organisations(["org_1", "org_2"]) == {"org_1": "Acme & Söhne"}
    finally:
        for one in consumers:
            one.stop()
        await relay.stop(timeout_seconds=2.0)
        await asyncio.gather(*tasks)


def test_no_other_service_may_hear_what_people_are_called() -> None:
    users = USERS_FILE.read_text().split("    user: ")[1:]
    hearing = [user.split("\n")[0] for user in users if "contractors_named" in user]
    assert hearing == ["payouts"]
    consumers = load_topology().consumers.values()
    assert [one.name for one in consumers if ".contractors_named." in one.subject] == [
        "payouts__contractors_named"
    ]
