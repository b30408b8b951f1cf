"""Applications, decisions and rate cards, over gRPC."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.vendors.v1 import events_pb2, types_pb2
from crewline.vendors.v1 import service_pb2 as pb
from tests.rpc.harness import check_admission, refusal
from tests.rpc.vendors.served import Vendors, application, new_request_id

APPLIED = types_pb2.VENDOR_STATE_APPLIED
APPROVED = types_pb2.VENDOR_STATE_APPROVED
SUSPENDED = types_pb2.VENDOR_STATE_SUSPENDED
REJECTED = types_pb2.VENDOR_STATE_REJECTED
STEPS = {
    "ApproveVendor": pb.ApproveVendorRequest,
    "RejectVendor": pb.RejectVendorRequest,
    "SuspendVendor": pb.SuspendVendorRequest,
    "ReinstateVendor": pb.ReinstateVendorRequest,
}


async def _step(vendors: Vendors, name: str, vendor_id: str = "org_vendor") -> Any:
    request = STEPS[name](request_id=new_request_id(), vendor_id=vendor_id, reason=f"for {name}")
    answer = await vendors.send(getattr(vendors.stub, name), request, token=vendors.operator)
    return answer.vendor


async def test_a_vendor_from_application_to_suspension_and_back(vendors: Vendors) -> None:
    made = await vendors.apply()
    assert (made.vendor.vendor_id, made.vendor.state) == ("org_vendor", APPLIED)
    for name in ("ApproveVendor", "SuspendVendor"):
        await _step(vendors, name)
    vendor = await _step(vendors, "ReinstateVendor")
    assert [(change.from_state, change.to_state) for change in vendor.history] == [
        ("", "APPLIED"), ("APPLIED", "APPROVED"), ("APPROVED", "SUSPENDED"),
        ("SUSPENDED", "APPROVED"),
    ]  # fmt: skip
    assert [change.actor for change in vendor.history] == ["per_vendor"] + ["per_op"] * 3
    assert vendor.history[2].reason == "for SuspendVendor"
    times = [change.change_time.ToNanoseconds() for change in vendor.history]
    assert times == sorted(times)
    seen = await vendors.send(
        vendors.stub.GetVendor, pb.GetVendorRequest(vendor_id="org_vendor"), token=vendors.vendor()
    )
    assert seen.vendor == vendor
    told = await vendors.rpc.events(events_pb2.VendorStateChanged)
    assert [(event.state, event.version) for event in told] == [
        (APPLIED, 1), (APPROVED, 2), (SUSPENDED, 3), (APPROVED, 4),
    ]  # fmt: skip
    assert {event.country for event in told} == {"KE"}


@pytest.mark.parametrize(
    ("led_by", "refused"),
    [
        ([], {"SuspendVendor", "ReinstateVendor"}),
        (["ApproveVendor"], {"ApproveVendor", "RejectVendor", "ReinstateVendor"}),
        (["RejectVendor"], set(STEPS)),
        (["ApproveVendor", "SuspendVendor"], {"ApproveVendor", "RejectVendor", "SuspendVendor"}),
    ],
)
async def test_other_steps_are_refused_and_write_nothing(
    vendors: Vendors, led_by: list[str], refused: set[str]
) -> None:
    await vendors.apply()
    for name in led_by:
        await _step(vendors, name)
    before = await vendors.rpc.contents()
    for name in refused:
        request = STEPS[name](request_id=new_request_id(), vendor_id="org_vendor", reason="x")
        found = await refusal(getattr(vendors.stub, name), request, token=vendors.operator)
        assert found.code == grpc.StatusCode.FAILED_PRECONDITION, name
        assert found.reason == "VENDOR_STATE_WRONG"
    assert await vendors.rpc.contents() == before


async def test_two_operators_at_once_decide_once(vendors: Vendors) -> None:
    await vendors.apply()
    outcomes = await asyncio.gather(
        *(_step(vendors, name) for name in ("ApproveVendor", "RejectVendor") * 3),
        return_exceptions=True,
    )
    decided = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert len(decided) == 1
    told = await vendors.rpc.events(events_pb2.VendorStateChanged)
    assert [event.version for event in told] == [1, 2]
    assert told[1].state == decided[0].state


async def test_applying_again_is_refused_but_a_repeat_is_not(vendors: Vendors) -> None:
    request = application()
    token = vendors.vendor()
    first = await vendors.send(vendors.stub.SubmitApplication, request, token=token)
    before = await vendors.rpc.contents()
    again = await vendors.send(vendors.stub.SubmitApplication, request, token=token)
    assert again == first
    found = await refusal(vendors.stub.SubmitApplication, application(), token=token)
    assert (found.code, found.reason) == (grpc.StatusCode.ALREADY_EXISTS, "VENDOR_EXISTS")
    assert await vendors.rpc.contents() == before


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"legal_name": ""}, "FIELD_VIOLATION", "legal_name"),
        ({"country": "Kenya"}, "FIELD_VIOLATION", "country"),
        ({"country": "ke"}, "FIELD_VIOLATION", "country"),
        ({"country": "XX"}, "COUNTRY_UNKNOWN", "country"),
        ({"contact_email": "office"}, "FIELD_VIOLATION", "contact_email"),
        ({"request_id": ""}, "FIELD_VIOLATION", "request_id"),
    ],
)
async def test_a_malformed_application_writes_nothing(
    vendors: Vendors, change: dict[str, str], reason: str, field: str
) -> None:
    found = await refusal(
        vendors.stub.SubmitApplication, application(**change), token=vendors.vendor()
    )
    assert found.code == grpc.StatusCode.INVALID_ARGUMENT
    assert (found.reason, found.fields) == (reason, (field,))
    assert not any((await vendors.rpc.contents()).values())


async def test_others_vendors_are_not_found(vendors: Vendors) -> None:
    await vendors.apply("org_other")
    found = await refusal(
        vendors.stub.GetVendor, pb.GetVendorRequest(vendor_id="org_other"), token=vendors.vendor()
    )
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "VENDOR_NOT_FOUND")
    found = await refusal(
        vendors.stub.GetRateCard,
        pb.GetRateCardRequest(vendor_id="org_other"),
        token=vendors.vendor(),
    )
    assert found.reason == "VENDOR_NOT_FOUND"
    for name, kind in STEPS.items():
        request = kind(request_id=new_request_id(), vendor_id="org_none", reason="x")
        found = await refusal(getattr(vendors.stub, name), request, token=vendors.operator)
        assert found.reason == "VENDOR_NOT_FOUND"


async def test_vendors_are_listed_by_state_and_page(vendors: Vendors) -> None:
    for number in range(5):
        await vendors.apply(f"org_{number}")
    await _step(vendors, "ApproveVendor", "org_3")

    async def listed(state: int, token: str = "") -> Any:
        request = pb.ListVendorsRequest(page_size=2, page_token=token, state=state)  # type: ignore[arg-type]
        return await vendors.send(vendors.stub.ListVendors, request, token=vendors.operator)

    first = await listed(APPLIED)
    second = await listed(APPLIED, first.next_page_token)
    assert [vendor.vendor_id for vendor in first.vendors] == ["org_0", "org_1"]
    assert [vendor.vendor_id for vendor in second.vendors] == ["org_2", "org_4"]
    assert second.next_page_token == ""
    assert [vendor.vendor_id for vendor in (await listed(APPROVED)).vendors] == ["org_3"]
    request = pb.ListVendorsRequest(page_token=first.next_page_token, state=APPROVED)
    found = await refusal(vendors.stub.ListVendors, request, token=vendors.operator)
    assert found.reason == "PAGE_TOKEN_INVALID"


def _rates(*rates: tuple[int, int]) -> pb.SetRateCardRequest:
    return pb.SetRateCardRequest(
        request_id=new_request_id(),
        rates=[types_pb2.Rate(kind=kind, commission_bps=bps) for kind, bps in rates],  # type: ignore[arg-type]
    )


async def test_rate_cards_have_versions(vendors: Vendors) -> None:
    token = vendors.vendor()
    found = await refusal(
        vendors.stub.SetRateCard, _rates((common_pb2.WORK_KIND_TEXT, 1)), token=token
    )
    assert found.reason == "VENDOR_NOT_FOUND"
    await vendors.apply()
    get = pb.GetRateCardRequest(vendor_id="org_vendor")
    found = await refusal(vendors.stub.GetRateCard, get, token=token)
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "RATE_CARD_NOT_FOUND")
    kinds = (common_pb2.WORK_KIND_CHOICE, common_pb2.WORK_KIND_TEXT)
    first = await vendors.send(vendors.stub.SetRateCard, _rates((kinds[0], 1500)), token=token)
    second = await vendors.send(
        vendors.stub.SetRateCard, _rates((kinds[0], 0), (kinds[1], 10_000)), token=token
    )
    assert (first.rate_card.version, second.rate_card.version) == (1, 2)
    seen = await vendors.send(vendors.stub.GetRateCard, get, token=vendors.operator)
    assert seen.rate_card == second.rate_card
    told = await vendors.rpc.events(events_pb2.RateCardSet)
    assert [event.rate_card for event in told] == [first.rate_card, second.rate_card]


async def test_rate_cards_set_at_once_get_versions_of_their_own(vendors: Vendors) -> None:
    await vendors.apply()
    answers = await asyncio.gather(
        *(
            vendors.send(
                vendors.stub.SetRateCard,
                _rates((common_pb2.WORK_KIND_TEXT, bps)),
                token=vendors.vendor(),
            )
            for bps in range(6)
        )
    )
    assert sorted(answer.rate_card.version for answer in answers) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("rates", "reason", "field"),
    [
        ([], "FIELD_VIOLATION", "rates"),
        ([(0, 10)], "FIELD_VIOLATION", "rates[0].kind"),
        ([(77, 10)], "FIELD_VIOLATION", "rates[0].kind"),
        ([(1, -1)], "FIELD_VIOLATION", "rates[0].commission_bps"),
        ([(1, 10_001)], "FIELD_VIOLATION", "rates[0].commission_bps"),
        ([(1, 5), (2, 5), (1, 6)], "RATE_REPEATED", "rates[2].kind"),
    ],
)
async def test_a_malformed_rate_card_writes_nothing(
    vendors: Vendors, rates: list[tuple[int, int]], reason: str, field: str
) -> None:
    await vendors.apply()
    before = await vendors.rpc.contents()
    found = await refusal(vendors.stub.SetRateCard, _rates(*rates), token=vendors.vendor())
    assert found.code == grpc.StatusCode.INVALID_ARGUMENT
    assert (found.reason, found.fields) == (reason, (field,))
    assert await vendors.rpc.contents() == before


async def test_every_rpc_refuses_whom_it_does_not_admit(vendors: Vendors) -> None:
    service = pb.DESCRIPTOR.services_by_name["VendorsService"]
    channel = await vendors.rpc.serve(vendors.parts.register, service_name=service.full_name)
    refused = await check_admission(channel, service, mint=vendors.rpc.mint)
    assert refused > len(service.methods) * 6
    assert not any((await vendors.rpc.contents()).values())
