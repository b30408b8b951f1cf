"""vendors, served in-process, for the tests of this folder."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import grpc

from crewline.vendors.v1 import service_pb2 as pb
from crewline.vendors.v1 import service_pb2_grpc
from services.chassis.grpc_client import call
from services.chassis.regions import RegionCodes
from services.vendors.app import SERVICE_NAME, Parts, compose
from services.vendors.store import COLLECTIONS
from tests.rpc.harness import TIMEOUT_SECONDS, RpcHarness


def new_request_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendors:
    """What a test calls and looks into."""

    rpc: RpcHarness
    channel: grpc.aio.Channel
    stub: service_pb2_grpc.VendorsServiceAsyncStub
    parts: Parts

    @property
    def operator(self) -> str:
        """A token."""
        return self.rpc.mint.token("OPERATOR", subject_id="per_op")

    def vendor(self, organisation_id: str = "org_vendor") -> str:
        """A token."""
        return self.rpc.mint.token("VENDOR", organisation_id=organisation_id)

    async def send(self, method: Any, request: Any, *, token: str) -> Any:
        """One call that succeeds."""
        return await call(method, request, timeout_seconds=TIMEOUT_SECONDS, token=token)

    async def apply(self, organisation_id: str = "org_vendor") -> pb.SubmitApplicationResponse:
        """The organisation applies."""
        answer: pb.SubmitApplicationResponse = await self.send(
            self.stub.SubmitApplication, application(), token=self.vendor(organisation_id)
        )
        return answer

    async def approve(self, organisation_id: str = "org_vendor") -> None:
        """The organisation applies and is approved."""
        await self.apply(organisation_id)
        await self.send(
            self.stub.ApproveVendor,
            pb.ApproveVendorRequest(
                request_id=new_request_id(), vendor_id=organisation_id, reason="checked"
            ),
            token=self.operator,
        )

    async def enrol(self, *, token: str, **changes: Any) -> Any:
        """One contractor."""
        answer = await self.send(
            self.stub.EnrolContractor,
            pb.EnrolContractorRequest(request_id=new_request_id(), contractor=row(**changes)),
            token=token,
        )
        return answer.contractor

    async def load(
        self, *messages: Iterable[pb.NewContractor], token: str
    ) -> list[pb.ImportContractorsResponse]:
        """A whole import."""
        metadata = (("authorization", f"Bearer {token}"),)
        stream = self.stub.ImportContractors(
            requests(*messages), timeout=TIMEOUT_SECONDS, metadata=metadata
        )
        return [response async for response in stream]


async def requests(
    *messages: Iterable[pb.NewContractor],
) -> AsyncIterator[pb.ImportContractorsRequest]:
    for rows in messages:
        yield pb.ImportContractorsRequest(contractors=rows)


STEPS = {
    "SuspendContractor": pb.SuspendContractorRequest,
    "ReinstateContractor": pb.ReinstateContractorRequest,
    "OffboardContractor": pb.OffboardContractorRequest,
}


async def step(vendors: Vendors, name: str, contractor_id: str, *, token: str) -> Any:
    """One of STEPS; returns the contractor."""
    request = STEPS[name](
        request_id=new_request_id(), contractor_id=contractor_id, reason=f"for {name}"
    )
    return (await vendors.send(getattr(vendors.stub, name), request, token=token)).contractor


def application(**changes: Any) -> pb.SubmitApplicationRequest:
    """One that succeeds."""
    values = {
        "request_id": new_request_id(),
        "legal_name": "Acme Staffing Ltd",
        "country": "KE",
        "contact_email": "office@example.com",
        **changes,
    }
    return pb.SubmitApplicationRequest(**values)


def row(**changes: Any) -> pb.NewContractor:
    """One that succeeds."""
    values = {
        "external_id": "w1",
        "name": "Ada",
        "country": "KE",
        "languages": ["en", "sw-KE"],
        "skills": ["labels"],
        **changes,
    }
    return pb.NewContractor(**values)


async def start(rpc: RpcHarness) -> Vendors:
    """vendors on an empty database."""
    transactions = await rpc.prepare(COLLECTIONS)
    parts = compose(database=rpc.database, transactions=transactions, region_codes=RegionCodes())
    channel = await rpc.serve(parts.register, service_name=SERVICE_NAME)
    stub = service_pb2_grpc.VendorsServiceStub(channel)
    return Vendors(rpc=rpc, channel=channel, stub=stub, parts=parts)
