"""Regions, from a contractor's enrolment to the floor that their pay is raised to."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from crewline.payouts.v1 import floors_pb2 as pb
from crewline.payouts.v1 import service_pb2 as pb_service
from crewline.vendors.v1 import events_pb2 as vendors_pb2
from services.chassis.clock import utc_now
from services.chassis.events import IncomingEvent
from services.payouts.domain.fairness.floor_choice import FloorScope
from services.payouts.domain.fairness.floor_tests import FloorTest, Outcome
from services.payouts.domain.ledger.accounts import project_reserve
from services.payouts.domain.ledger.money import units_of
from services.payouts.store.fairness.floor_collections import FLOORS
from services.vendors.domain.contractors import Contractor, Engagement, NewContractor, enrolled
from services.vendors.domain.histories import Cause
from services.vendors.wire import contractor_record
from tests.rpc.harness import RpcHarness
from tests.rpc.payouts.fairness.test_floor_top_ups import recent
from tests.rpc.payouts.served_floors import CLIENT, HOUR, ServedFloors, start_floors


@pytest.fixture
async def floors(rpc: RpcHarness) -> ServedFloors:
    served = await start_floors(rpc)
    await served.project()
    await served.fund(100_000, reserve_minor=10_000)
    return served


def cause() -> Cause:
    return Cause(actor="per_op", reason="asked to", now=utc_now())


def person(name: str, region: str = "", *, country: str = "ZZ") -> Contractor:
    row = NewContractor(
        external_id=name, name=name, email="", country=country, languages=(), skills=(),
        region=region,
    )  # fmt: skip
    return enrolled(
        row, organisation_id="org_platform", engagement=Engagement.DIRECT, cause=cause()
    )


async def told(floors: ServedFloors, *contractors: Contractor) -> None:
    """As onboarding announces them, each in an event of its own."""
    for contractor in contractors:
        message = vendors_pb2.ContractorsChanged(contractors=[contractor_record(contractor)])
        event: IncomingEvent[Any] = IncomingEvent(
            event_id=str(uuid.uuid4()), time=utc_now(), message=message, deliveries=1
        )
        await floors.parts.ledger.consumers.contractors_changed([event])


def row_of(test: FloorTest) -> tuple[str, str]:
    assert test.evidence is not None
    return test.evidence.place, test.evidence.scope


async def test_two_regions_of_one_country_are_two_floors_and_the_evidence_names_them(
    floors: ServedFloors,
) -> None:
    """§6, G17: the region's row where there is one, the country's otherwise, frozen by name."""
    await floors.floors(
        recent(),
        recent(line=3, region="1", amount="4.00", source="of the city"),
        recent(line=4, region="2", amount="2.00", source="of the hills"),
    )
    city, hills, sea, anywhere = (
        person("city", "ZZ-1"), person("hills", "ZZ-2"), person("sea", "ZZ-3"), person("anywhere"),
    )  # fmt: skip
    people = (city, hills, sea, anywhere)
    await told(floors, *people)
    for one in people:
        await floors.worked(one.contractor_id, HOUR)

    period = (await floors.close()).period_id

    found = {test.contractor_id: test for test in await floors.tests()}
    assert [
        (found[one.contractor_id].region, *row_of(found[one.contractor_id]),
         found[one.contractor_id].topped_up_units)
        for one in people
    ] == [
        ("ZZ-1", "ZZ-1", FloorScope.REGION, units_of(300)),
        ("ZZ-2", "ZZ-2", FloorScope.REGION, units_of(100)),
        ("ZZ-3", "ZZ", FloorScope.COUNTRY, units_of(160)),
        ("", "ZZ", FloorScope.COUNTRY, units_of(160)),
    ]  # fmt: skip
    # It stands on the person's statement, and whoever asks is told the same.
    [on_paper] = (await floors.content(f"{period}.contractor.{city.contractor_id}.USD"))["top_ups"]
    assert [on_paper[name] for name in ("region", "floor_place", "floor_scope", "source")] == [
        "ZZ-1", "ZZ-1", "region", "of the city",
    ]  # fmt: skip
    token = floors.rpc.mint.token("CONTRACTOR", subject_id=hills.contractor_id)
    answer = await floors.send(floors.stub.ListFloorTests, pb.ListFloorTestsRequest(), token=token)
    [shown] = answer.floor_tests
    assert (shown.region, shown.floor_place, shown.source) == ("ZZ-2", "ZZ-2", "of the hills")
    assert shown.floor_scope == pb.FLOOR_SCOPE_REGION
    # The client pays it, and does not learn from the entries where in the country who lives.
    token = floors.rpc.mint.token("CLIENT", organisation_id=CLIENT)
    paid_from = project_reserve(client_id=CLIENT, project_id="prj_1", currency="USD")
    seen = await floors.send(
        floors.stub.ListEntries, pb_service.ListEntriesRequest(account=paid_from), token=token
    )
    assert sum(entry.kind == "floor_top_up" for entry in seen.entries) == len(people)
    assert "ZZ-" not in str(seen)
    # A move after the close changes no test of before.
    await told(floors, hills.moved("ZZ-1", cause()))
    assert {test.contractor_id: test for test in await floors.tests()} == found


async def test_moves_that_come_late_twice_and_out_of_order_leave_the_newest_region(
    floors: ServedFloors,
) -> None:
    await floors.floors(recent(region="1", amount="4.00"), recent(line=3, region="2"))
    first = person("mover", "ZZ-1")
    second = first.moved("ZZ-2", cause())
    third = second.moved("", cause())
    await told(floors, second, first, second, first)
    await floors.worked(first.contractor_id, HOUR)
    await floors.close()
    await told(floors, third, second)
    await floors.worked(first.contractor_id, HOUR)
    await floors.close()
    before, after = await floors.tests()
    assert (before.region, row_of(before)) == ("ZZ-2", ("ZZ-2", FloorScope.REGION))
    # Nobody says any more where: of a table of regions alone the highest, named as what it is.
    assert (after.region, row_of(after)) == ("", ("ZZ-1", FloorScope.HIGHEST_REGION))
    assert (before.topped_up_units, after.topped_up_units) == (units_of(160), units_of(300))


async def test_contractors_of_before_regions_have_the_countrys_floor(floors: ServedFloors) -> None:
    await floors.floors(recent(), recent(line=3, region="1", amount="4.00"))
    await floors.parts.ledger.projections.contractors_changed(
        [{"_id": "ctr_old", "organisation_id": "org_p", "is_direct": True, "country": "ZZ",
          "version": 1}]
    )  # fmt: skip
    await floors.worked("ctr_old", HOUR)
    await floors.close()
    [test] = await floors.tests()
    assert (test.outcome, row_of(test)) == (Outcome.TOPPED_UP, ("ZZ", FloorScope.COUNTRY))


async def test_a_region_of_before_that_there_is_not_is_heard_of_and_read(
    floors: ServedFloors,
) -> None:
    """What was taken when only its form was looked at stops no event, no close and no list."""
    await floors.floors(recent(country="KE"), recent(line=3, country="KE", region="30"))
    stored = await floors.rpc.database.collection(FLOORS).find_one({"region": "30"})
    assert stored is not None
    await floors.rpc.database.collection(FLOORS).insert_one(
        stored | {"_id": stored["_id"].replace("KE-30", "KE-48"), "region": "48"}
    )
    await floors.project(project_id="prj_2", countries=["KE"], regions=["KE-48"])
    mover = person("mistyped", "KE-48", country="KE")
    await told(floors, mover)
    await floors.worked(mover.contractor_id, HOUR)
    await floors.close()
    [test] = await floors.tests()
    assert (test.region, row_of(test)) == ("KE-48", ("KE-48", FloorScope.REGION))
    client = floors.rpc.mint.token("CLIENT", organisation_id=CLIENT)
    listed = await floors.send(floors.stub.ListFloors, pb.ListFloorsRequest(), token=client)
    assert [one.region for one in listed.floors] == ["30", "48", ""]
    pay = await floors.send(
        floors.stub.GetProjectPay, pb.GetProjectPayRequest(project_id="prj_2"), token=client
    )
    assert [line.place for line in pay.lines] == ["KE-48"]


async def test_a_price_for_a_country_is_by_its_dearest_region_and_the_check_looks_at_each(
    floors: ServedFloors,
) -> None:
    """§6: whoever takes the work may live in any region; operators hear of each that ends."""
    soon = (utc_now().date() + timedelta(days=3)).isoformat()
    await floors.floors(recent(), recent(line=3, region="ZZ-1", amount="4.00", valid_to=soon))
    await told(floors, person("anywhere"))
    operator = floors.rpc.mint.token("OPERATOR", subject_id="per_op")
    answer = await floors.send(
        floors.stub.GetPriceCheck,
        pb.GetPriceCheckRequest(
            pay_units=units_of(300), currency="USD", expected_seconds=3600, countries=["ZZ"]
        ),
        token=operator,
    )
    [line] = answer.lines
    assert (answer.passes, line.place, line.floor_scope) == (
        False,
        "ZZ-1",
        pb.FLOOR_SCOPE_HIGHEST_REGION,
    )
    assert line.least_pay.amount_minor == 400
    # For one region alone its own row counts, and for another one the country's.
    for region, passes, place in (("ZZ-1", False, "ZZ-1"), ("ZZ-2", True, "ZZ")):
        found = await floors.send(
            floors.stub.GetPriceCheck,
            pb.GetPriceCheckRequest(
                pay_units=units_of(300), currency="USD", expected_seconds=3600,
                countries=["ZZ"], regions=[region],
            ),
            token=operator,
        )  # fmt: skip
        assert (found.passes, found.lines[0].place) == (passes, place)
    lacks = await floors.send(
        floors.stub.GetFloorsCheck, pb.GetFloorsCheckRequest(), token=operator
    )
    assert [(one.country, one.place, one.kind, one.end_date) for one in lacks.lacks] == [
        ("ZZ", "ZZ-1", pb.FLOOR_LACK_KIND_ENDING, soon)
    ]
