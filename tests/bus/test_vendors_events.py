"""vendors and accounts side by side: what the one commits reaches the bus, and the other."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from crewline.accounts.v1 import service_pb2 as accounts_pb
from crewline.accounts.v1 import service_pb2_grpc as accounts_grpc
from crewline.accounts.v1 import types_pb2 as accounts_types
from crewline.common.v1 import types_pb2 as common_pb2
from crewline.vendors.v1 import events_pb2, service_pb2_grpc, types_pb2
from crewline.vendors.v1 import service_pb2 as pb
from deploy.local.servers import Mongod, NatsServer
from services.accounts.app import build as build_accounts
from services.accounts.settings import AccountsSettings
from services.chassis.bus import Bus
from services.chassis.events import MessageT, incoming
from services.chassis.grpc_client import call, open_channel
from services.chassis.mongo import drop_database
from services.vendors.app import build as build_vendors
from services.vendors.settings import VendorsSettings
from tests.running import running
from tests.waiting import eventually

OPERATOR_KEY = "ck_operator_" + "o" * 40
TIMEOUT_SECONDS = 10.0


def _id() -> str:
    return str(uuid.uuid4())


@pytest.fixture
async def addresses(
    mongod: Mongod, nats_server: NatsServer, run_name: str
) -> AsyncIterator[dict[str, str]]:
    """Both services, running; the addresses of their RPCs."""
    await nats_server.apply_topology(prefix=run_name)
    common: dict[str, Any] = {
        "mongo_uri": mongod.uri,
        "nats_url": nats_server.url,
        "stream_prefix": run_name,
    }
    accounts = AccountsSettings(
        **common, mongo_database=f"{run_name}a", bootstrap_operator_key=SecretStr(OPERATOR_KEY)
    )
    async with running(build_accounts, accounts) as accounts_ports:
        accounts_address = f"127.0.0.1:{accounts_ports['grpc']}"
        vendors = VendorsSettings(
            **common, mongo_database=f"{run_name}v", accounts_address=accounts_address
        )
        async with running(build_vendors, vendors) as ports:
            yield {"accounts": accounts_address, "vendors": f"127.0.0.1:{ports['grpc']}"}
    for suffix in ("a", "v"):
        await drop_database(uri=mongod.uri, name=run_name + suffix)


async def _events(bus: Bus, stream: str, kind: type[MessageT]) -> list[MessageT]:
    found = []
    info = await bus.js.stream_info(stream)
    for sequence in range(1, info.state.last_seq + 1):
        message = await bus.js.get_msg(stream, sequence)
        if (message.headers or {}).get("ce-type") == kind.DESCRIPTOR.full_name:
            event = incoming(kind, message.data or b"", message.headers or {}, deliveries=1)
            found.append(event.message)
    return found


async def test_from_application_to_a_contractors_token(
    addresses: dict[str, str], bus: Bus, run_name: str
) -> None:
    channels = [open_channel(addresses[name], own_connection=True) for name in sorted(addresses)]
    accounts = accounts_grpc.AccountsServiceStub(channels[0])
    vendors = service_pb2_grpc.VendorsServiceStub(channels[1])

    async def send(method: Any, request: Any, token: str = "") -> Any:
        return await call(method, request, timeout_seconds=TIMEOUT_SECONDS, token=token)

    async def sign_in(secret: str) -> str:
        request = accounts_pb.ExchangeApiKeyRequest(secret=secret)
        return str((await send(accounts.ExchangeApiKey, request)).access_token)

    registered = await send(
        accounts.RegisterOrganisation,
        accounts_pb.RegisterOrganisationRequest(
            request_id=_id(),
            name="Acme Staffing",
            kind=accounts_types.ORGANISATION_KIND_VENDOR,
            email="ada@example.com",
            person_name="Ada",
        ),
    )
    vendor_id = registered.organisation.organisation_id
    vendor, operator = await sign_in(registered.secret), await sign_in(OPERATOR_KEY)
    await send(
        vendors.SubmitApplication,
        pb.SubmitApplicationRequest(
            request_id=_id(), legal_name="Acme", country="PH", contact_email="a@example.com"
        ),
        vendor,
    )
    await send(
        vendors.ApproveVendor,
        pb.ApproveVendorRequest(request_id=_id(), vendor_id=vendor_id, reason="checked"),
        operator,
    )
    rate = types_pb2.Rate(kind=common_pb2.WORK_KIND_CHOICE, commission_bps=1200)
    card = await send(
        vendors.SetRateCard, pb.SetRateCardRequest(request_id=_id(), rates=[rate]), vendor
    )
    enrolled = await send(
        vendors.EnrolContractor,
        pb.EnrolContractorRequest(
            request_id=_id(),
            contractor=pb.NewContractor(external_id="w1", name="Bo", country="PH"),
        ),
        vendor,
    )
    contractor_id = enrolled.contractor.contractor_id

    async def key() -> str:
        # A new request each time: a repeat of the first would be answered with its refusal.
        answer = await send(
            accounts.BatchCreateApiKeys,
            accounts_pb.BatchCreateApiKeysRequest(
                request_id=_id(), keys=[accounts_pb.NewApiKey(person_id=contractor_id)]
            ),
            vendor,
        )
        return str(answer.results[0].secret)

    token = await sign_in(await eventually(key, what="the contractor known to accounts"))
    seen = await send(
        vendors.GetContractor, pb.GetContractorRequest(contractor_id=contractor_id), token
    )
    assert seen.contractor == enrolled.contractor

    stream = f"{run_name}VENDORS_EVENTS"

    async def all_told() -> bool:
        return (await bus.js.stream_info(stream)).state.messages == 5

    await eventually(all_told, what="five events on the bus")
    changes = await _events(bus, stream, events_pb2.VendorStateChanged)
    assert [(event.vendor_id, event.version) for event in changes] == [
        (vendor_id, 1), (vendor_id, 2),
    ]  # fmt: skip
    assert changes[1].state == types_pb2.VENDOR_STATE_APPROVED
    (rates,) = await _events(bus, stream, events_pb2.RateCardSet)
    assert rates.rate_card == card.rate_card
    (contractors,) = await _events(bus, stream, events_pb2.ContractorsChanged)
    assert [record.contractor_id for record in contractors.contractors] == [contractor_id]
    assert "Bo" not in repr(contractors)
    (named,) = await _events(bus, stream, events_pb2.ContractorsNamed)
    assert [(one.contractor_id, one.name, one.version) for one in named.names] == [
        (contractor_id, "Bo", 1)
    ]
    assert {change.legal_name for change in changes} == {"Acme"}
    for channel in channels:
        await channel.close()
