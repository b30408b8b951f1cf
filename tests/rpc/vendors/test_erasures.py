"""Erasing a person, over gRPC and by payouts' news: asked for, refused, carried out, for good."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from crewline.payouts.v1.events_pb2 import ContractorErasureCleared
from crewline.vendors.v1 import events_pb2, types_pb2
from crewline.vendors.v1 import service_pb2 as pb
from services.chassis.clock import utc_now
from services.chassis.events import IncomingEvent
from services.vendors.consumers import contractor_erasure_cleared
from tests.rpc.harness import ROLES, refusal
from tests.rpc.vendors.served import Vendors, new_request_id, row

NAME, EMAIL, EXTERNAL_ID = "Zora Quill", "zora.quill@example.com", "zora-7"
TRACES = (NAME, EMAIL, EXTERNAL_ID, "labels", "sw-KE", "KE-30")


def _erasure(contractor_id: str, reason: str = "asked to, letter 12") -> pb.EraseContractorRequest:
    return pb.EraseContractorRequest(
        request_id=new_request_id(), contractor_id=contractor_id, reason=reason
    )


async def _enrolled(vendors: Vendors) -> str:
    await vendors.approve()
    contractor = await vendors.enrol(
        token=vendors.vendor(), external_id=EXTERNAL_ID, name=NAME, email=EMAIL, region="KE-30"
    )
    return str(contractor.contractor_id)


async def _left(vendors: Vendors) -> str:
    """Somebody who was enrolled and has left."""
    contractor_id = await _enrolled(vendors)
    request = pb.OffboardContractorRequest(
        request_id=new_request_id(), contractor_id=contractor_id, reason=f"{NAME} moves away"
    )
    await vendors.send(vendors.stub.OffboardContractor, request, token=vendors.vendor())
    return contractor_id


async def _ask(vendors: Vendors, contractor_id: str, **changes: Any) -> Any:
    request = _erasure(contractor_id, **changes)
    answer = await vendors.send(vendors.stub.EraseContractor, request, token=vendors.operator)
    return answer.contractor


async def _clear(vendors: Vendors, *contractor_ids: str) -> None:
    """Payouts has told that nothing is owed."""
    handle = contractor_erasure_cleared(vendors.parts.erasures)
    await handle(
        [
            IncomingEvent(
                message=ContractorErasureCleared(contractor_id=one, version=3),
                event_id=f"evt_{one}",
                time=utc_now(),
                traceparent="",
                deliveries=1,
            )
            for one in contractor_ids
        ]
    )


async def _get(vendors: Vendors, contractor_id: str) -> Any:
    request = pb.GetContractorRequest(contractor_id=contractor_id)
    return (
        await vendors.send(vendors.stub.GetContractor, request, token=vendors.operator)
    ).contractor


async def test_a_person_is_erased_once_payouts_owes_nothing(vendors: Vendors) -> None:
    contractor_id = await _left(vendors)
    asked = await _ask(vendors, contractor_id)
    assert (asked.name, asked.erasure.actor) == (NAME, "per_op")
    assert not asked.erasure.HasField("erase_time")
    (told,) = await vendors.rpc.events(events_pb2.ContractorErasureAsked)
    assert told.contractor_id == contractor_id
    assert NAME.encode() not in told.SerializeToString()

    await _clear(vendors, contractor_id)
    left = await _get(vendors, contractor_id)
    assert (left.name, left.email, left.external_id, left.region) == ("", "", "", "")
    assert (list(left.languages), list(left.skills), list(left.region_history)) == ([], [], [])
    # What the books refer to, and who did what.
    assert (left.organisation_id, left.country) == ("org_vendor", "KE")
    assert left.state == types_pb2.CONTRACTOR_STATE_OFFBOARDED
    assert [(one.to_state, one.reason) for one in left.history] == [
        ("ACTIVE", ""),
        ("OFFBOARDED", ""),
    ]
    assert left.erasure.HasField("erase_time")
    assert (left.erasure.actor, left.erasure.reason) == ("per_op", "asked to, letter 12")
    (erased,) = await vendors.rpc.events(events_pb2.ContractorErased)
    newest = (await vendors.rpc.events(events_pb2.ContractorsChanged))[-1].contractors[0]
    assert (erased.contractor_id, erased.version) == (contractor_id, newest.version)
    assert (list(newest.languages), list(newest.skills), newest.region) == ([], [], "")


async def test_nothing_of_the_person_is_left_in_the_database(vendors: Vendors) -> None:
    """What was answered to requests is kept for repeats: it goes, too."""
    contractor_id = await _left(vendors)
    await _ask(vendors, contractor_id)
    await _clear(vendors, contractor_id)
    await vendors.rpc.database.collection("outbox").delete_many({})  # sent, as the relay does
    found = str(await vendors.rpc.contents())
    assert contractor_id in found
    assert [trace for trace in TRACES if trace in found] == []


async def test_told_twice_and_of_nobody_is_nothing(vendors: Vendors) -> None:
    contractor_id = await _left(vendors)
    # Before anybody asked: nothing happens.
    await _clear(vendors, contractor_id, "ctr_none")
    assert (await _get(vendors, contractor_id)).name == NAME
    await _ask(vendors, contractor_id)
    await _clear(vendors, contractor_id)
    once = await vendors.rpc.contents()
    await _clear(vendors, contractor_id, contractor_id)
    assert await vendors.rpc.contents() == once


async def test_to_ask_again_changes_nothing(vendors: Vendors) -> None:
    contractor_id = await _left(vendors)
    first = await _ask(vendors, contractor_id)
    assert await _ask(vendors, contractor_id, reason="another one") == first
    assert len(await vendors.rpc.events(events_pb2.ContractorErasureAsked)) == 1
    await _clear(vendors, contractor_id)
    again = await _ask(vendors, contractor_id, reason="another one")
    assert (again.name, again.erasure.reason) == ("", "asked to, letter 12")


@pytest.mark.parametrize("role", [role for role in ROLES if role != "OPERATOR"])
async def test_only_operators_erase(vendors: Vendors, role: str) -> None:
    """Not the vendor who enrolled the person, and not the person: they ask an operator."""
    contractor_id = await _left(vendors)
    before = await vendors.rpc.contents()
    subject_id = contractor_id if role == "CONTRACTOR" else ""
    token = vendors.rpc.mint.token(role, subject_id=subject_id)
    found = await refusal(vendors.stub.EraseContractor, _erasure(contractor_id), token=token)
    assert found.code == grpc.StatusCode.PERMISSION_DENIED
    assert await vendors.rpc.contents() == before


async def test_what_is_refused_writes_nothing(vendors: Vendors) -> None:
    contractor_id = await _enrolled(vendors)
    before = await vendors.rpc.contents()
    found = await refusal(
        vendors.stub.EraseContractor, _erasure(contractor_id), token=vendors.operator
    )
    assert (found.code, found.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "CONTRACTOR_STATE_WRONG",
    )
    assert found.metadata["state"] == "ACTIVE"
    found = await refusal(vendors.stub.EraseContractor, _erasure("ctr_no"), token=vendors.operator)
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "CONTRACTOR_NOT_FOUND")
    assert await vendors.rpc.contents() == before


@pytest.mark.parametrize("reason", ["as zora quill wishes", f"mail of {EMAIL.upper()}"])
async def test_the_reason_that_is_kept_has_no_name_in_it(vendors: Vendors, reason: str) -> None:
    contractor_id = await _left(vendors)
    request = _erasure(contractor_id, reason)
    found = await refusal(vendors.stub.EraseContractor, request, token=vendors.operator)
    assert (found.code, found.reason, found.fields) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "ERASURE_REASON_NAMES_PERSON",
        ("reason",),
    )
    assert not (await _get(vendors, contractor_id)).HasField("erasure")


async def test_nothing_brings_an_erased_person_back(vendors: Vendors) -> None:
    """Enrolled anew, imported, moved, or by the repeat of a request of before: refused."""
    await vendors.approve()
    enrolment = pb.EnrolContractorRequest(
        request_id=new_request_id(), contractor=row(external_id=EXTERNAL_ID, name=NAME)
    )
    token = vendors.vendor()
    made = await vendors.send(vendors.stub.EnrolContractor, enrolment, token=token)
    contractor_id = made.contractor.contractor_id
    gone = pb.OffboardContractorRequest(
        request_id=new_request_id(), contractor_id=contractor_id, reason="left"
    )
    await vendors.send(vendors.stub.OffboardContractor, gone, token=token)
    await _ask(vendors, contractor_id)
    await _clear(vendors, contractor_id)
    before = await vendors.rpc.contents()

    found = await refusal(vendors.stub.EnrolContractor, enrolment, token=token)
    assert (found.code, found.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "CONTRACTOR_ERASED",
    )
    move = pb.SetContractorRegionRequest(
        request_id=new_request_id(), contractor_id=contractor_id, region="KE-30", reason="x"
    )
    found = await refusal(vendors.stub.SetContractorRegion, move, token=token)
    assert found.reason == "CONTRACTOR_ERASED"
    found = await refusal(vendors.stub.OffboardContractor, gone, token=token)
    assert found.reason == "CONTRACTOR_STATE_WRONG"
    assert await vendors.rpc.contents() == before

    rows = [row(external_id=EXTERNAL_ID, name=NAME), row(external_id="other", name="Bo")]
    (answer,) = await vendors.load(rows, token=token)
    assert [one.error.reason for one in answer.results] == ["CONTRACTOR_ERASED", ""]
    assert answer.results[1].created
    assert (await _get(vendors, contractor_id)).name == ""
