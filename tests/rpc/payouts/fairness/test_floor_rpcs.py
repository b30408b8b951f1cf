"""Fair pay over the wire: tables in, prices refused, what runs."""

from __future__ import annotations

import uuid
from datetime import timedelta

import grpc
import pytest

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import floors_pb2 as pb
from crewline.payouts.v1 import service_pb2
from services.chassis.clock import utc_now
from services.payouts.domain.ledger.money import units_of
from tests.rpc.harness import Refusal, RpcHarness, refusal
from tests.rpc.payouts.served_floors import HOUR, ServedFloors, load, row, start_floors, token


@pytest.fixture
async def floors(rpc: RpcHarness) -> ServedFloors:
    return await start_floors(rpc)


def funding(amount_minor: int = 1000) -> service_pb2.FundProjectRequest:
    return service_pb2.FundProjectRequest(
        request_id=str(uuid.uuid4()),
        project_id="prj_1",
        amount=common_pb2.Money(amount_minor=amount_minor, currency="USD"),
    )


async def refused(floors: ServedFloors) -> Refusal:
    before = await floors.rpc.contents()
    found = await refusal(floors.stub.FundProject, funding(), token=token(floors, "CLIENT"))
    assert await floors.rpc.contents() == before
    return found


async def test_a_table_is_taken_row_by_row(floors: ServedFloors) -> None:
    """§6: versions are added, each bad row is told by line, field and rule, good ones stay."""
    first = await load(
        floors, row(2), row(3, country="XX", amount="free"), row(4, source_date="2020-01-01")
    )
    assert (first.added, first.known) == (1, 0)
    assert [(one.line, one.field, one.rule) for one in first.problems] == [
        (3, "amount", "decimal"),
        (4, "source_date", "fresh"),
    ]
    again = await load(floors, row(2), row(3, amount="2.80"))
    assert (again.added, again.known) == (1, 1)
    listed = await floors.send(
        floors.stub.ListFloors, pb.ListFloorsRequest(), token=token(floors, "CLIENT")
    )
    assert [(one.floor_id, one.amount, one.is_fresh) for one in listed.floors] == [
        ("ZZ:2026-01-01:1", "2.60", True),
        ("ZZ:2026-01-01:2", "2.80", True),
    ]
    assert listed.floors[0].hourly == common_pb2.Money(amount_minor=260, currency="USD")
    assert {one.recorded_by for one in listed.floors} == {""}
    listed = await floors.send(
        floors.stub.ListFloors, pb.ListFloorsRequest(), token=token(floors, "OPERATOR")
    )
    assert all(one.recorded_by for one in listed.floors)


async def test_a_row_of_a_region_that_there_is_not_is_told_and_the_others_go_in(
    floors: ServedFloors,
) -> None:
    """G17: such a row would be nobody's floor, and nobody would hear of it."""
    found = await load(
        floors,
        row(2, country="US", region="CX"),
        row(3, country="US", region="US-CA"),
        row(4, country="KE", region="3"),
        row(5, country="KE", region="03"),
        row(6, country="ZZ", region="1"),
        row(7, country="HK", region="KL"),
    )
    assert (found.added, found.known) == (4, 0)
    assert [(one.line, one.field, one.rule) for one in found.problems] == [
        (2, "region", "iso3166_2"),
        (4, "region", "iso3166_2"),
    ]
    assert "US-CX" in found.problems[0].message
    assert "US-CA (California)" in found.problems[0].message
    assert found.problems[1].nearest.startswith("KE-03 (Bungoma), ")
    assert found.problems[1].nearest in found.problems[1].message
    listed = await floors.send(
        floors.stub.ListFloors, pb.ListFloorsRequest(), token=token(floors, "CLIENT")
    )
    assert [(one.country, one.region) for one in listed.floors] == [
        ("HK", "KL"), ("KE", "03"), ("US", "CA"), ("ZZ", "1"),
    ]  # fmt: skip


async def test_a_region_that_an_operator_adds_counts(rpc: RpcHarness) -> None:
    """A code that is newer than the release is taken at once, by rows and by prices."""
    floors = await start_floors(rpc, regions_extra="US-CX")
    found = await load(floors, row(2, country="US", region="CX"), row(3, country="US", region="CY"))
    assert (found.added, [one.line for one in found.problems]) == (1, [3])
    answer = await floors.send(
        floors.stub.GetPriceCheck,
        pb.GetPriceCheckRequest(
            pay_units=1, currency="USD", expected_seconds=60, countries=["US"], regions=["US-CX"]
        ),
        token=token(floors, "CLIENT"),
    )
    assert [line.place for line in answer.lines] == ["US-CX"]


@pytest.mark.parametrize(
    ("places", "reason", "region"),
    [
        ({"countries": ["KE"], "regions": ["KE-30", "US-CA"]}, "ELIGIBILITY_INVALID", "US-CA"),
        ({"regions": ["KE-30"]}, "ELIGIBILITY_INVALID", "KE-30"),
        ({"countries": ["KE", "US"], "regions": ["KE-30", "US-CX"]}, "REGION_INVALID", "US-CX"),
    ],
)
async def test_a_price_is_asked_about_regions_that_there_are_in_the_countries_named(
    floors: ServedFloors, places: dict[str, list[str]], reason: str, region: str
) -> None:
    """§6: what no project can ask for is no price, and is refused as the project would be."""
    found = await refusal(
        floors.stub.GetPriceCheck,
        pb.GetPriceCheckRequest(pay_units=1, currency="USD", expected_seconds=60, **places),
        token=token(floors, "CLIENT"),
    )
    assert found.code == grpc.StatusCode.INVALID_ARGUMENT
    assert (found.reason, found.fields) == (reason, ("regions",))
    assert found.metadata["region"] == region
    assert region in found.message


async def test_operators_see_which_countries_lack_a_floor(floors: ServedFloors) -> None:
    soon = (utc_now().date() + timedelta(days=3)).isoformat()
    await load(floors, row(2), row(3, country="XA", valid_to=soon))
    for country in ("ZZ", "XA", "XB"):
        await floors.contractors(f"ctr_{country}", country=country)
    answer = await floors.send(
        floors.stub.GetFloorsCheck, pb.GetFloorsCheckRequest(), token=token(floors, "OPERATOR")
    )
    assert [(lack.country, pb.FloorLackKind.Name(lack.kind)) for lack in answer.lacks] == [
        ("XA", "FLOOR_LACK_KIND_ENDING"),
        ("XB", "FLOOR_LACK_KIND_UNKNOWN"),
    ]
    assert answer.lacks[0].end_date == soon


async def test_a_project_whose_pay_reaches_no_floor_is_not_funded(floors: ServedFloors) -> None:
    """§6: refused at the gate to going live, with the reason and the figures."""
    await floors.fund(1, available_minor=50_000, project_id="prj_other")
    await floors.contractors("ctr_1")
    await floors.project(expected_milliseconds=1_500_000)
    assert (await refused(floors)).reason == "FLOOR_UNKNOWN"
    await load(floors, row())
    found = await refused(floors)
    # A dollar for 25 minutes is 2.40 an hour.
    assert (found.code, found.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "PAY_BELOW_FLOOR",
    )
    assert found.metadata["country"] == "ZZ"
    assert found.metadata["effective_hourly_units"] == str(units_of(240))
    assert found.metadata["floor_hourly_units"] == str(units_of(260))
    assert found.metadata["seconds"] == "1500"


async def test_a_project_says_how_long_an_answer_takes(floors: ServedFloors) -> None:
    await floors.fund(1, available_minor=50_000, project_id="prj_other")
    await floors.contractors("ctr_1")
    await load(floors, row())
    await floors.project()
    assert (await refused(floors)).reason == "EXPECTED_SECONDS_MISSING"


async def test_the_places_of_a_project_alone_count(floors: ServedFloors) -> None:
    await floors.fund(1, available_minor=50_000, project_id="prj_other")
    await floors.contractors("ctr_1")
    await floors.contractors("ctr_2", country="XX")
    await load(floors, row())
    await floors.project(expected_milliseconds=60_000, countries=["ZZ"])
    answer = await floors.send(floors.stub.FundProject, funding(), token=token(floors, "CLIENT"))
    assert answer.held.amount_minor == 1000


async def test_measured_time_takes_the_place_of_the_estimate(rpc: RpcHarness) -> None:
    """§6 while it runs: below the floor by p75, the client hears it, and no more money is held."""
    floors = await start_floors(rpc, floor_measured_answers_min=4)
    await floors.contractors("ctr_1")
    await load(floors, row())
    await floors.project(expected_milliseconds=60_000)
    await floors.fund(10_000, available_minor=50_000)
    await floors.worked("ctr_1", HOUR / 2, HOUR / 6, HOUR / 2)
    await floors.send(floors.stub.FundProject, funding(), token=token(floors, "CLIENT"))
    await floors.worked("ctr_1", HOUR / 2, timedelta(0))
    found = await refused(floors)
    assert (found.reason, found.metadata["seconds"]) == ("PAY_BELOW_FLOOR", "1800")
    await floors.told_of("pay.below_floor")
    for _ in range(2):
        await floors.parts.notices.pay.turn()
    [notice] = await floors.notices()
    assert notice["type"] == "pay.below_floor"
    assert notice["data"] == {
        "project_id": "prj_1",
        "currency": "USD",
        "countries": ["ZZ"],
        "place": "ZZ",
        "seconds": 1800.0,
        "answers": 4,
        "effective_hourly": "2.00",
        "floor_hourly": "2.60",
        "least_pay": "1.30",
    }
    pay = await floors.send(
        floors.stub.GetProjectPay,
        pb.GetProjectPayRequest(project_id="prj_1"),
        token=token(floors, "CLIENT"),
    )
    assert (pay.answers, pay.median_seconds, pay.is_measured, pay.passes) == (4, 1800, True, False)
    assert pay.median_hourly == common_pb2.Money(amount_minor=200, currency="USD")
    assert pay.lines[0].floor_hourly == common_pb2.Money(amount_minor=260, currency="USD")
    other = await refusal(
        floors.stub.GetProjectPay,
        pb.GetProjectPayRequest(project_id="prj_1"),
        token=token(floors, "CLIENT", of="org_other"),
    )
    assert other.reason == "PROJECT_NOT_FOUND"


async def test_a_price_is_tried_without_a_project(floors: ServedFloors) -> None:
    await load(floors, row(2), row(3, country="XA", currency="KES", amount="300"))
    request = pb.GetPriceCheckRequest(
        pay_units=13_000,
        currency="USD",
        expected_seconds=18,
        countries=["ZZ", "XA", "XB"],
    )
    answer = await floors.send(floors.stub.GetPriceCheck, request, token=token(floors, "CLIENT"))
    verdicts = {line.country: pb.FloorVerdict.Name(line.verdict) for line in answer.lines}
    assert verdicts == {
        "XA": "FLOOR_VERDICT_RATE_UNKNOWN",
        "XB": "FLOOR_VERDICT_FLOOR_UNKNOWN",
        # 1.3 cents for 18 seconds is 2.60 an hour, to the unit.
        "ZZ": "FLOOR_VERDICT_PASSES",
    }
    assert not answer.passes
    yesterday = (utc_now().date() - timedelta(days=1)).isoformat()
    rate = pb.RateRow(
        line=2,
        base="USD",
        quote="KES",
        rate="100",
        date=yesterday,
        source="invented",
        source_url="https://example.com/rates",
    )
    await floors.send(
        floors.stub.ImportRates,
        pb.ImportRatesRequest(request_id=str(uuid.uuid4()), rows=[rate]),
        token=token(floors, "OPERATOR"),
    )
    answer = await floors.send(floors.stub.GetPriceCheck, request, token=token(floors, "CLIENT"))
    line = next(line for line in answer.lines if line.country == "XA")
    assert pb.FloorVerdict.Name(line.verdict) == "FLOOR_VERDICT_BELOW_FLOOR"
    assert line.floor_hourly == common_pb2.Money(amount_minor=300, currency="USD")
    assert line.rate_id == f"USD:KES:{yesterday}:1"


async def test_who_sees_a_floor_test(floors: ServedFloors) -> None:
    await load(floors, row())
    await floors.project()
    await floors.fund(10_000, reserve_minor=1_000)
    await floors.contractors("ctr_1", vendor_id="org_v")
    await floors.contractors("ctr_2")
    await floors.worked("ctr_1", HOUR, vendor_id="org_v")
    await floors.worked("ctr_2", HOUR)
    await floors.close()

    async def seen(role: str, of: str) -> list[tuple[str, int, bool]]:
        answer = await floors.send(
            floors.stub.ListFloorTests,
            pb.ListFloorTestsRequest(),
            token=token(floors, role, of=of),
        )
        return [
            (
                one.contractor_id,
                one.topped_up.amount_minor,
                one.top_ups[0].HasField("from_reserve"),
            )
            for one in answer.floor_tests
        ]

    assert await seen("OPERATOR", "org_op") == [("ctr_1", 160, True), ("ctr_2", 160, True)]
    assert await seen("VENDOR", "org_v") == [("ctr_1", 160, False)]
    assert await seen("CONTRACTOR", "ctr_2") == [("ctr_2", 160, False)]
    assert await seen("CONTRACTOR", "ctr_x") == []


async def test_a_vendor_learns_nothing_of_what_was_earned_through_others(
    floors: ServedFloors,
) -> None:
    """§6: of somebody who changed sides a vendor sees the verdict and its own part."""
    await load(floors, row())
    for project_id in ("prj_1", "prj_2"):
        await floors.project(project_id)
        await floors.fund(10_000, project_id=project_id, reserve_minor=1_000)
    await floors.contractors("ctr_1", vendor_id="org_w")
    for vendor_id in ("org_v", "org_w"):
        await floors.rate_card(vendor_id)
    await floors.worked("ctr_1", HOUR, vendor_id="org_v")
    await floors.worked("ctr_1", HOUR, HOUR, vendor_id="org_w", project_id="prj_2")
    # On a project of the former vendor's, too: its time and pay cannot be told apart any more.
    await floors.worked("ctr_1", HOUR, vendor_id="org_w")
    period = (await floors.close()).period_id

    async def seen(role: str, of: str) -> pb.FloorTest:
        answer = await floors.send(
            floors.stub.ListFloorTests, pb.ListFloorTestsRequest(), token=token(floors, role, of=of)
        )
        found: pb.FloorTest
        [found] = answer.floor_tests
        assert found.outcome == pb.FLOOR_OUTCOME_TOPPED_UP
        return found

    whole = await seen("OPERATOR", "org_op")
    assert (whole.answers, whole.counted_seconds, len(whole.top_ups)) == (4, 4 * 3600, 2)
    assert (await seen("CONTRACTOR", "ctr_1")).earned == whole.earned

    nothing = common_pb2.Money(currency="USD")
    for vendor_id in ("org_v", "org_w"):
        one = await seen("VENDOR", vendor_id)
        assert (one.answers, one.measured_seconds, one.counted_seconds) == (0, 0, 0)
        assert (one.earned, one.needed) == (nothing, nothing)
        assert one.floor_hourly == whole.floor_hourly
        [told] = (await floors.content(f"{period}.vendor.{vendor_id}.USD"))["top_ups"]
        assert told["outcome"] == "topped_up"
        assert not told.keys() & {
            "answers",
            "earned_units",
            "needed_units",
            "measured_milliseconds",
            "counted_milliseconds",
        }
        assert told["topped_up_units"] == units_of(one.topped_up.amount_minor)
    assert not (await seen("VENDOR", "org_v")).top_ups
    parts = {one.project_id: one for one in (await seen("VENDOR", "org_w")).top_ups}
    assert (parts["prj_2"].answers, parts["prj_2"].active_seconds) == (2, 2 * 3600)
    assert parts["prj_2"].earned.amount_minor == 200
    shared = parts["prj_1"]
    assert (shared.answers, shared.active_seconds, shared.earned) == (0, 0, nothing)
    assert shared.amount == whole.top_ups[0].amount
