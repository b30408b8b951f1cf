"""Bad calls to vendors: the right code, a reason, the field, and nothing written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.vendors.v1 import service_pb2 as pb
from crewline.vendors.v1 import types_pb2
from tests.rpc.bad_requests import check_page_tokens, check_repeat, check_rules
from tests.rpc.harness import callable_of, check_bytes, refusal
from tests.rpc.vendors.served import Vendors, application, new_request_id, row

SERVICE = pb.DESCRIPTOR.services_by_name["VendorsService"]
BY_VENDOR = {"SubmitApplication", "SetRateCard"}
VENDOR_STEPS = {
    "ApproveVendor": pb.ApproveVendorRequest,
    "RejectVendor": pb.RejectVendorRequest,
    "SuspendVendor": pb.SuspendVendorRequest,
    "ReinstateVendor": pb.ReinstateVendorRequest,
}
CONTRACTOR_STEPS = {
    "SuspendContractor": pb.SuspendContractorRequest,
    "ReinstateContractor": pb.ReinstateContractorRequest,
    "OffboardContractor": pb.OffboardContractorRequest,
}


def _vendor_step(name: str) -> Any:
    return VENDOR_STEPS[name](request_id=new_request_id(), vendor_id="org_vendor", reason="why")


def _contractor_step(name: str, contractor_id: str = "ctr_1") -> Any:
    return CONTRACTOR_STEPS[name](
        request_id=new_request_id(), contractor_id=contractor_id, reason="why"
    )


def _rates() -> pb.SetRateCardRequest:
    rate = types_pb2.Rate(kind=common_pb2.WORK_KIND_TEXT, commission_bps=100)
    return pb.SetRateCardRequest(request_id=new_request_id(), rates=[rate])


def _enrolment() -> pb.EnrolContractorRequest:
    contractor = row(email="ada@example.com")
    return pb.EnrolContractorRequest(request_id=new_request_id(), contractor=contractor)


def _valid() -> dict[str, Message]:
    return {
        "SubmitApplication": application(),
        "GetVendor": pb.GetVendorRequest(vendor_id="org_vendor"),
        "ListVendors": pb.ListVendorsRequest(),
        **{name: _vendor_step(name) for name in VENDOR_STEPS},
        "SetRateCard": _rates(),
        "GetRateCard": pb.GetRateCardRequest(vendor_id="org_vendor"),
        "EnrolContractor": _enrolment(),
        "ImportContractors": pb.ImportContractorsRequest(contractors=[row()]),
        "GetContractor": pb.GetContractorRequest(contractor_id="ctr_1"),
        "ListContractors": pb.ListContractorsRequest(),
        **{name: _contractor_step(name) for name in CONTRACTOR_STEPS},
        "SetContractorRegion": pb.SetContractorRegionRequest(
            request_id=new_request_id(), contractor_id="ctr_1", region="KE-30", reason="why"
        ),
        "EraseContractor": pb.EraseContractorRequest(
            request_id=new_request_id(), contractor_id="ctr_1", reason="why"
        ),
    }


async def _channel(vendors: Vendors) -> grpc.aio.Channel:
    return await vendors.rpc.serve(vendors.parts.register, service_name=SERVICE.full_name)


async def test_every_rule_of_every_request_is_enforced(vendors: Vendors) -> None:
    refused = await check_rules(
        await _channel(vendors),
        SERVICE,
        _valid(),
        tokens=lambda method: vendors.vendor() if method in BY_VENDOR else vendors.operator,
    )
    assert refused > 70
    assert not any((await vendors.rpc.contents()).values())


async def test_what_is_no_message_is_refused(vendors: Vendors) -> None:
    assert await check_bytes(await _channel(vendors), SERVICE, mint=vendors.rpc.mint) > 50
    assert not any((await vendors.rpc.contents()).values())


async def test_a_torn_message_ends_an_import_after_what_came_before_it(vendors: Vendors) -> None:
    call = callable_of(
        await _channel(vendors), SERVICE.methods_by_name["ImportContractors"], serializer=bytes
    )

    async def torn() -> AsyncIterator[bytes]:
        yield pb.ImportContractorsRequest(contractors=[row()]).SerializeToString()
        yield b"\xff\xff\xff"
        yield pb.ImportContractorsRequest(contractors=[row(external_id="w2")]).SerializeToString()

    found = await refusal(call, torn(), token=vendors.operator)
    assert found.code is grpc.StatusCode.INVALID_ARGUMENT
    assert found.reason == "MESSAGE_MALFORMED"
    stored = (await vendors.rpc.contents())["contractors"]
    assert [document["external_id"] for document in stored] == ["w1"]


@pytest.mark.parametrize(
    ("led_by", "method", "changes"),
    [
        ([], "ApproveVendor", {"reason": "another"}),
        ([], "RejectVendor", {"reason": "another"}),
        (["ApproveVendor"], "SuspendVendor", {"vendor_id": "org_other"}),
        (["ApproveVendor", "SuspendVendor"], "ReinstateVendor", {"reason": "another"}),
    ],
)
async def test_a_request_id_decides_about_a_vendor_once(
    vendors: Vendors, led_by: list[str], method: str, changes: dict[str, str]
) -> None:
    await vendors.apply()
    for name in led_by:
        await vendors.send(getattr(vendors.stub, name), _vendor_step(name), token=vendors.operator)
    await check_repeat(
        vendors.rpc,
        getattr(vendors.stub, method),
        _vendor_step(method),
        token=vendors.operator,
        changes=changes,
    )


@pytest.mark.parametrize(
    ("led_by", "method"),
    [
        ([], "SuspendContractor"),
        (["SuspendContractor"], "ReinstateContractor"),
        ([], "OffboardContractor"),
    ],
)
async def test_a_request_id_moves_a_contractor_once(
    vendors: Vendors, led_by: list[str], method: str
) -> None:
    contractor = await vendors.enrol(token=vendors.operator)
    for name in led_by:
        step = _contractor_step(name, contractor.contractor_id)
        await vendors.send(getattr(vendors.stub, name), step, token=vendors.operator)
    await check_repeat(
        vendors.rpc,
        getattr(vendors.stub, method),
        _contractor_step(method, contractor.contractor_id),
        token=vendors.operator,
        changes={"reason": "another"},
    )


async def test_a_request_id_enrols_and_sets_rates_once(vendors: Vendors) -> None:
    await vendors.approve()
    token, request = vendors.vendor(), _enrolment()
    first = await vendors.send(vendors.stub.EnrolContractor, request, token=token)
    card = await vendors.send(vendors.stub.SetRateCard, (rates := _rates()), token=token)
    before = await vendors.rpc.contents()
    assert await vendors.send(vendors.stub.EnrolContractor, request, token=token) == first
    assert await vendors.send(vendors.stub.SetRateCard, rates, token=token) == card
    request.contractor.name = "Another"
    rates.rates[0].commission_bps = 1
    for method, other in (
        (vendors.stub.EnrolContractor, request),
        (vendors.stub.SetRateCard, rates),
    ):
        found = await refusal(method, other, token=token)
        assert (found.reason, found.fields) == ("REQUEST_ID_REUSED", ("request_id",))
    assert await vendors.rpc.contents() == before


@pytest.mark.parametrize("method", ["ListVendors", "ListContractors"])
async def test_page_tokens_of_nowhere_are_refused(vendors: Vendors, method: str) -> None:
    for number in range(2):
        await vendors.approve(f"org_{number}")
        await vendors.enrol(token=vendors.operator, external_id=f"w{number}")
    other = "ListContractors" if method == "ListVendors" else "ListVendors"
    request: Any = _valid()[other]
    request.page_size = 1
    page = await vendors.send(getattr(vendors.stub, other), request, token=vendors.operator)
    assert page.next_page_token
    await check_page_tokens(
        getattr(vendors.stub, method),
        _valid()[method],
        token=vendors.operator,
        foreign=page.next_page_token,
    )


async def test_an_address_is_one_or_left_out(vendors: Vendors) -> None:
    (response,) = await vendors.load(
        [
            row(external_id="none", email=""),
            row(external_id="bad", email="nobody at home"),
            row(external_id="long", email="x" * 250 + "@example.com"),
            row(external_id="good", email="ada@example.com"),
        ],
        token=vendors.operator,
    )
    told = [
        (result.created, result.error.reason, result.error.field) for result in response.results
    ]
    assert told == [
        (True, "", ""),
        (False, "FIELD_VIOLATION", "email"),
        (False, "FIELD_VIOLATION", "email"),
        (True, "", ""),
    ]


async def test_a_language_tag_is_not_a_book(vendors: Vendors) -> None:
    request = _enrolment()
    request.contractor.languages[:] = ["en" + "-abcdefgh" * 4_000]
    found = await refusal(vendors.stub.EnrolContractor, request, token=vendors.operator)
    assert (found.reason, found.fields[0]) == ("FIELD_VIOLATION", "contractor.languages[0]")
    assert not any((await vendors.rpc.contents()).values())
