"""Where contractors live, by ISO 3166-2: told, changed, refused."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.vendors.v1 import events_pb2, types_pb2
from crewline.vendors.v1 import service_pb2 as pb
from tests.rpc.harness import refusal
from tests.rpc.vendors.served import Vendors, new_request_id, row, step


async def test_a_region_is_told_enrolled_and_imported_and_changes_with_a_history(
    vendors: Vendors,
) -> None:
    await vendors.approve()
    token = vendors.vendor()
    first = await vendors.enrol(token=token, region="KE-30")
    (loaded,) = await vendors.load(
        [row(external_id="w2", region="KE-47"), row(external_id="w3")], token=token
    )
    assert all(result.created for result in loaded.results)

    async def move(region: str, reason: str) -> Any:
        request = pb.SetContractorRegionRequest(
            request_id=new_request_id(),
            contractor_id=first.contractor_id,
            region=region,
            reason=reason,
        )
        return (
            await vendors.send(vendors.stub.SetContractorRegion, request, token=token)
        ).contractor

    moved = await move("KE-47", "moved house")
    assert moved == await move("KE-47", "said twice")
    gone = await step(vendors, "OffboardContractor", first.contractor_id, token=token)
    assert (gone.region, gone.state) == ("KE-47", types_pb2.CONTRACTOR_STATE_OFFBOARDED)
    unknown = await move("", "not sure any more")
    history = [(one.from_region, one.to_region, one.reason) for one in unknown.region_history]
    assert history == [
        ("KE-30", "KE-47", "moved house"),
        ("KE-47", "", "not sure any more"),
    ]
    assert [one.to_state for one in unknown.history] == ["ACTIVE", "OFFBOARDED"]
    told = [
        (record.region, record.version)
        for event in await vendors.rpc.events(events_pb2.ContractorsChanged)
        for record in event.contractors
        if record.contractor_id == first.contractor_id
    ]
    assert told == [("KE-30", 1), ("KE-47", 2), ("KE-47", 3), ("", 4)]


async def test_a_region_elsewhere_or_of_somebody_elses_contractor_writes_nothing(
    vendors: Vendors,
) -> None:
    await vendors.approve()
    await vendors.approve("org_other")
    contractor = await vendors.enrol(token=vendors.vendor(), region="KE-30")
    before = await vendors.rpc.contents()
    for region, organisation, code, reason in (
        ("US-CA", "org_vendor", grpc.StatusCode.INVALID_ARGUMENT, "REGION_INVALID"),
        ("Nairobi", "org_vendor", grpc.StatusCode.INVALID_ARGUMENT, "REGION_INVALID"),
        ("KE-48", "org_vendor", grpc.StatusCode.INVALID_ARGUMENT, "REGION_INVALID"),
        ("KE-47", "org_other", grpc.StatusCode.NOT_FOUND, "CONTRACTOR_NOT_FOUND"),
    ):
        request = pb.SetContractorRegionRequest(
            request_id=new_request_id(),
            contractor_id=contractor.contractor_id,
            region=region,
            reason="x",
        )
        found = await refusal(
            vendors.stub.SetContractorRegion, request, token=vendors.vendor(organisation)
        )
        assert (found.code, found.reason) == (code, reason)
        if reason == "REGION_INVALID":
            assert found.fields == ("region",)
    assert await vendors.rpc.contents() == before


async def test_a_mistyped_region_is_refused_with_the_codes_that_were_meant(
    vendors: Vendors,
) -> None:
    """G17: nobody is paid by another floor than theirs for a slip of the finger."""
    await vendors.approve()
    near = "US-CA (California), US-CO (Colorado), US-CT (Connecticut)"
    enrol = pb.EnrolContractorRequest(
        request_id=new_request_id(), contractor=row(country="US", region="US-CX")
    )
    found = await refusal(vendors.stub.EnrolContractor, enrol, token=vendors.vendor())
    assert (found.metadata["region"], found.metadata["nearest"]) == ("US-CX", near)
    (response,) = await vendors.load(
        [row(country="US", region="US-CX"), row(external_id="w2", country="US", region="US-CA")],
        token=vendors.vendor(),
    )
    bad, good = response.results
    assert (bad.error.reason, bad.error.field) == ("REGION_INVALID", "region")
    assert (bad.error.metadata["nearest"], good.created) == (near, True)
    assert near in bad.error.message
    stored = (await vendors.rpc.contents())["contractors"]
    assert [one["external_id"] for one in stored] == ["w2"]


async def test_a_region_of_before_stays_until_it_is_changed(vendors: Vendors) -> None:
    """What was taken when only the form was looked at is read, told of, and put right."""
    contractor = await vendors.enrol(token=vendors.operator, region="KE-30")
    await vendors.rpc.database.collection("contractors").update_one(
        {"_id": contractor.contractor_id}, {"$set": {"region": "KE-48"}}
    )
    suspended = await step(
        vendors, "SuspendContractor", contractor.contractor_id, token=vendors.operator
    )
    assert suspended.region == "KE-48"
    request = pb.SetContractorRegionRequest(
        request_id=new_request_id(),
        contractor_id=contractor.contractor_id,
        region="KE-47",
        reason="mistyped",
    )
    moved = (
        await vendors.send(vendors.stub.SetContractorRegion, request, token=vendors.operator)
    ).contractor
    assert [(one.from_region, one.to_region) for one in moved.region_history] == [
        ("KE-48", "KE-47")
    ]
    told = [
        record.region
        for event in await vendors.rpc.events(events_pb2.ContractorsChanged)
        for record in event.contractors
    ]
    assert told == ["KE-30", "KE-48", "KE-47"]
