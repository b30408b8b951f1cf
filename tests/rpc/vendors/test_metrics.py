"""What is counted is what was committed: repeats and refusals are not."""

from __future__ import annotations

from prometheus_client import REGISTRY

from crewline.vendors.v1 import service_pb2 as pb
from tests.rpc.harness import refusal
from tests.rpc.vendors.served import Vendors, new_request_id, row


def _enrolled(engagement: str) -> float:
    found = REGISTRY.get_sample_value(
        "crewline_contractors_enrolled_total", {"engagement": engagement}
    )
    return found or 0.0


def _approved() -> float:
    found = REGISTRY.get_sample_value("crewline_vendors_decided_total", {"state": "approved"})
    return found or 0.0


async def test_contractors_are_counted_once(vendors: Vendors) -> None:
    await vendors.approve()
    direct, by_vendor = _enrolled("direct"), _enrolled("vendor")
    request = pb.EnrolContractorRequest(request_id=new_request_id(), contractor=row())
    for _ in range(3):
        await vendors.send(vendors.stub.EnrolContractor, request, token=vendors.operator)
    again = pb.EnrolContractorRequest(request_id=new_request_id(), contractor=row())
    await refusal(vendors.stub.EnrolContractor, again, token=vendors.operator)
    rows = [row(external_id=name) for name in ("a", "b", "a", "")]
    for _ in range(2):
        await vendors.load(rows, token=vendors.vendor())
    assert _enrolled("direct") - direct == 1
    assert _enrolled("vendor") - by_vendor == 2


async def test_decisions_are_counted_once(vendors: Vendors) -> None:
    before = _approved()
    await vendors.apply()
    request = pb.ApproveVendorRequest(
        request_id=new_request_id(), vendor_id="org_vendor", reason="checked"
    )
    for _ in range(2):
        await vendors.send(vendors.stub.ApproveVendor, request, token=vendors.operator)
    request.request_id = new_request_id()
    await refusal(vendors.stub.ApproveVendor, request, token=vendors.operator)
    assert _approved() - before == 1
