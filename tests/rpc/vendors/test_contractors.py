"""Contractors, enrolled one by one and streamed in bulk, over gRPC."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest

from crewline.vendors.v1 import events_pb2, types_pb2
from crewline.vendors.v1 import service_pb2 as pb
from services.chassis.natural_keys import derived_id
from tests.rpc.harness import PLATFORM_ID, refusal
from tests.rpc.vendors.served import STEPS, Vendors, new_request_id, requests, row, step


async def test_a_vendors_contractor(vendors: Vendors) -> None:
    await vendors.approve()
    contractor = await vendors.enrol(token=vendors.vendor(), email="ada@example.com")
    assert contractor.contractor_id == derived_id("ctr", "org_vendor", "w1")
    assert contractor.organisation_id == "org_vendor"
    assert contractor.engagement == types_pb2.ENGAGEMENT_VENDOR
    assert contractor.state == types_pb2.CONTRACTOR_STATE_ACTIVE
    assert (contractor.name, contractor.email) == ("Ada", "ada@example.com")
    (event,) = await vendors.rpc.events(events_pb2.ContractorsChanged)
    record = event.contractors[0]
    assert record.contractor_id == contractor.contractor_id
    assert (record.country, list(record.languages)) == ("KE", ["en", "sw-KE"])
    assert (list(record.skills), record.version) == (["labels"], 1)
    assert b"Ada" not in event.SerializeToString()


async def test_an_operator_engages_directly_without_a_vendor(vendors: Vendors) -> None:
    contractor = await vendors.enrol(token=vendors.operator)
    assert contractor.organisation_id == PLATFORM_ID
    assert contractor.engagement == types_pb2.ENGAGEMENT_DIRECT


@pytest.mark.parametrize("led_by", [None, "apply", "SuspendVendor", "RejectVendor"])
async def test_only_an_approved_vendor_enrols(vendors: Vendors, led_by: str | None) -> None:
    if led_by == "SuspendVendor":
        await vendors.approve()
    elif led_by is not None:
        await vendors.apply()
    if led_by not in (None, "apply"):
        request_type = getattr(pb, f"{led_by}Request")
        request = request_type(request_id=new_request_id(), vendor_id="org_vendor", reason="x")
        await vendors.send(getattr(vendors.stub, str(led_by)), request, token=vendors.operator)
    before = await vendors.rpc.contents()
    enrol = pb.EnrolContractorRequest(request_id=new_request_id(), contractor=row())
    found = await refusal(vendors.stub.EnrolContractor, enrol, token=vendors.vendor())
    assert found.code == grpc.StatusCode.FAILED_PRECONDITION
    assert found.reason == "VENDOR_NOT_APPROVED"
    for messages in ((), ([row()],)):
        found = await refusal(
            vendors.stub.ImportContractors, requests(*messages), token=vendors.vendor()
        )
        refused = (grpc.StatusCode.FAILED_PRECONDITION, "VENDOR_NOT_APPROVED")
        assert (found.code, found.reason) == refused
    assert await vendors.rpc.contents() == before


async def test_one_external_id_is_one_contractor_in_each_organisation(vendors: Vendors) -> None:
    await vendors.approve()
    await vendors.approve("org_other")
    mine = await vendors.enrol(token=vendors.vendor())
    other = await vendors.enrol(token=vendors.vendor("org_other"))
    assert mine.contractor_id != other.contractor_id
    before = await vendors.rpc.contents()
    again = pb.EnrolContractorRequest(request_id=new_request_id(), contractor=row(name="Bo"))
    found = await refusal(vendors.stub.EnrolContractor, again, token=vendors.vendor())
    assert (found.code, found.reason) == (grpc.StatusCode.ALREADY_EXISTS, "CONTRACTOR_EXISTS")
    assert await vendors.rpc.contents() == before


BAD_ROWS: list[tuple[dict[str, Any], str, str]] = [
    ({"external_id": ""}, "FIELD_VIOLATION", "external_id"),
    ({"external_id": "x" * 129}, "FIELD_VIOLATION", "external_id"),
    ({"name": ""}, "FIELD_VIOLATION", "name"),
    ({"country": "kenya"}, "FIELD_VIOLATION", "country"),
    ({"country": "XX"}, "COUNTRY_UNKNOWN", "country"),
    ({"region": "KE-"}, "REGION_INVALID", "region"),
    ({"region": "ke-30"}, "REGION_INVALID", "region"),
    ({"region": "30"}, "REGION_INVALID", "region"),
    ({"region": "KE-NAIROBI-CITY"}, "REGION_INVALID", "region"),
    ({"region": "US-CA"}, "REGION_INVALID", "region"),
    ({"region": "KE-48"}, "REGION_INVALID", "region"),
    ({"region": "x" * 17}, "FIELD_VIOLATION", "region"),
    ({"languages": ["en", "klingon!"]}, "FIELD_VIOLATION", "languages[1]"),
    ({"skills": [""]}, "FIELD_VIOLATION", "skills[0]"),
    ({"skills": ["s"] * 51}, "FIELD_VIOLATION", "skills"),
]


@pytest.mark.parametrize(("change", "reason", "field"), BAD_ROWS)
async def test_a_malformed_contractor_writes_nothing(
    vendors: Vendors, change: dict[str, object], reason: str, field: str
) -> None:
    request = pb.EnrolContractorRequest(request_id=new_request_id(), contractor=row(**change))
    found = await refusal(vendors.stub.EnrolContractor, request, token=vendors.operator)
    assert found.code == grpc.StatusCode.INVALID_ARGUMENT
    assert (found.reason, found.fields) == (reason, (f"contractor.{field}",))
    assert not any((await vendors.rpc.contents()).values())


async def test_a_bad_row_costs_the_others_nothing(vendors: Vendors) -> None:
    await vendors.approve()
    good_before, good_after = row(external_id="first"), row(external_id="last")
    bad = [row(**{"external_id": f"bad{n}", **change}) for n, (change, _, _) in enumerate(BAD_ROWS)]
    (response,) = await vendors.load([good_before, *bad, good_after], token=vendors.vendor())
    results = list(response.results)
    assert [result.row for result in results] == list(range(len(bad) + 2))
    assert [result.created for result in results] == [True, *[False] * len(bad), True]
    for result, (_, reason, field) in zip(results[1:-1], BAD_ROWS, strict=True):
        assert (result.error.reason, result.error.field) == (reason, field)
        assert result.contractor_id == ""
        assert result.error.message
    stored = (await vendors.rpc.contents())["contractors"]
    assert {document["external_id"] for document in stored} == {"first", "last"}


async def test_rows_count_over_the_stream_and_repeats_find_what_is_there(vendors: Vendors) -> None:
    await vendors.approve()
    first = await vendors.load(
        [row(external_id=f"w{n}") for n in range(3)],
        [],
        [row(external_id="w1", name="Other"), row(external_id="w3"), row(external_id="w3")],
        token=vendors.vendor(),
    )
    assert [len(response.results) for response in first] == [3, 0, 3]
    results = [result for response in first for result in response.results]
    assert [result.row for result in results] == [0, 1, 2, 3, 4, 5]
    assert [result.created for result in results] == [True, True, True, False, True, False]
    assert results[3].contractor_id == results[1].contractor_id
    # Each is told of once, and by the name that they were enrolled under.
    named = await vendors.rpc.events(events_pb2.ContractorsNamed)
    told = [(one.contractor_id, one.name) for event in named for one in event.names]
    enrolled = {result.contractor_id for result in results}
    assert sorted(told) == sorted((contractor_id, row().name) for contractor_id in enrolled)
    before = await vendors.rpc.contents()
    again = await vendors.load([row(external_id=f"w{n}") for n in range(4)], token=vendors.vendor())
    assert [result.created for result in again[0].results] == [False] * 4
    assert await vendors.rpc.contents() == before


async def test_a_thousand_rows_a_message_in_events_of_five_hundred(vendors: Vendors) -> None:
    rows = [row(external_id=f"w{n}") for n in range(1000)]
    (response,) = await vendors.load(rows, token=vendors.operator)
    assert all(result.created for result in response.results)
    events = await vendors.rpc.events(events_pb2.ContractorsChanged)
    assert [len(event.contractors) for event in events] == [500, 500]
    told = {record.contractor_id for event in events for record in event.contractors}
    assert told == {result.contractor_id for result in response.results}
    found = await refusal(
        vendors.stub.ImportContractors,
        requests([*rows, row(external_id="one more")]),
        token=vendors.operator,
    )
    assert (found.code, found.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "TOO_MANY_ROWS")


async def test_imports_of_the_same_rows_at_once_create_each_once(vendors: Vendors) -> None:
    rows = [row(external_id=f"w{n}") for n in range(200)]
    answers = await asyncio.gather(
        *(vendors.load(rows[half:] + rows[:half], token=vendors.operator) for half in (0, 50, 100))
    )
    results = [result for (response,) in answers for result in response.results]
    assert sum(result.created for result in results) == 200
    assert len({result.contractor_id for result in results}) == 200
    events = await vendors.rpc.events(events_pb2.ContractorsChanged)
    told = [record.contractor_id for event in events for record in event.contractors]
    assert len(told) == len(set(told)) == 200


async def test_a_contractor_from_suspension_to_offboarding(vendors: Vendors) -> None:
    await vendors.approve()
    token = vendors.vendor()
    contractor = await vendors.enrol(token=token)
    for name in ("SuspendContractor", "ReinstateContractor", "OffboardContractor"):
        contractor = await step(vendors, name, contractor.contractor_id, token=token)
    assert [(change.to_state, change.reason) for change in contractor.history] == [
        ("ACTIVE", "enrolled"),
        ("SUSPENDED", "for SuspendContractor"),
        ("ACTIVE", "for ReinstateContractor"),
        ("OFFBOARDED", "for OffboardContractor"),
    ]
    assert {change.actor for change in contractor.history} == {"per_vendor"}
    events = await vendors.rpc.events(events_pb2.ContractorsChanged)
    assert [event.contractors[0].version for event in events] == [1, 2, 3, 4]
    assert events[-1].contractors[0].state == types_pb2.CONTRACTOR_STATE_OFFBOARDED
    before = await vendors.rpc.contents()
    for name, kind in STEPS.items():
        request = kind(
            request_id=new_request_id(), contractor_id=contractor.contractor_id, reason="x"
        )
        found = await refusal(getattr(vendors.stub, name), request, token=token)
        assert found.code == grpc.StatusCode.FAILED_PRECONDITION
        assert found.reason == "CONTRACTOR_STATE_WRONG"
    assert await vendors.rpc.contents() == before


async def test_suspending_a_vendor_touches_no_contractor(vendors: Vendors) -> None:
    await vendors.approve()
    contractor = await vendors.enrol(token=vendors.vendor())
    before = (await vendors.rpc.contents())["contractors"]
    await vendors.send(
        vendors.stub.SuspendVendor,
        pb.SuspendVendorRequest(
            request_id=new_request_id(), vendor_id="org_vendor", reason="late papers"
        ),
        token=vendors.operator,
    )
    assert (await vendors.rpc.contents())["contractors"] == before
    gone = await step(
        vendors, "OffboardContractor", contractor.contractor_id, token=vendors.vendor()
    )
    assert gone.state == types_pb2.CONTRACTOR_STATE_OFFBOARDED


async def test_everybody_sees_their_own(vendors: Vendors) -> None:
    await vendors.approve()
    await vendors.approve("org_other")
    mine = await vendors.enrol(token=vendors.vendor())
    colleague = await vendors.enrol(token=vendors.vendor(), external_id="w2")
    other = await vendors.enrol(token=vendors.vendor("org_other"))

    async def listed(token: str) -> set[str]:
        answer = await vendors.send(
            vendors.stub.ListContractors, pb.ListContractorsRequest(), token=token
        )
        return {contractor.contractor_id for contractor in answer.contractors}

    assert await listed(vendors.vendor()) == {mine.contractor_id, colleague.contractor_id}
    assert await listed(vendors.vendor("org_other")) == {other.contractor_id}
    everybody = {c.contractor_id for c in (mine, colleague, other)}
    assert await listed(vendors.operator) == everybody
    themself = vendors.rpc.mint.token(
        "CONTRACTOR", subject_id=mine.contractor_id, organisation_id="org_vendor"
    )
    sees = {
        vendors.operator: everybody,
        vendors.vendor(): {mine.contractor_id, colleague.contractor_id},
        themself: {mine.contractor_id},
    }
    for token, seen in sees.items():
        for contractor_id in everybody | {"ctr_none"}:
            request = pb.GetContractorRequest(contractor_id=contractor_id)
            if contractor_id in seen:
                answer = await vendors.send(vendors.stub.GetContractor, request, token=token)
                assert answer.contractor.contractor_id == contractor_id
                continue
            found = await refusal(vendors.stub.GetContractor, request, token=token)
            assert found.code == grpc.StatusCode.NOT_FOUND
            assert found.reason == "CONTRACTOR_NOT_FOUND"
    before = await vendors.rpc.contents()
    for name, kind in STEPS.items():
        step = kind(request_id=new_request_id(), contractor_id=other.contractor_id, reason="x")
        found = await refusal(getattr(vendors.stub, name), step, token=vendors.vendor())
        assert found.reason == "CONTRACTOR_NOT_FOUND"
    assert await vendors.rpc.contents() == before


async def test_contractors_are_listed_in_pages(vendors: Vendors) -> None:
    (response,) = await vendors.load(
        [row(external_id=f"w{n}") for n in range(7)], token=vendors.operator
    )
    found: list[str] = []
    page_token = ""
    while True:
        page = await vendors.send(
            vendors.stub.ListContractors,
            pb.ListContractorsRequest(page_size=3, page_token=page_token),
            token=vendors.operator,
        )
        found += [contractor.contractor_id for contractor in page.contractors]
        page_token = page.next_page_token
        if not page_token:
            break
    assert found == sorted(result.contractor_id for result in response.results)
