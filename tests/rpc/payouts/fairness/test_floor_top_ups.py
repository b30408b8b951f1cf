"""Closing a pay period: whoever earned less than the floor is topped up, on the same statement."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis.clock import utc_now
from services.payouts.domain.fairness.fair_pay import MILLISECONDS_AN_HOUR
from services.payouts.domain.fairness.floor_tests import Outcome
from services.payouts.domain.ledger.money import units_of
from services.payouts.domain.statements.statement_lines import LineKind
from services.payouts.usecases.fairness import floor_top_ups
from tests.rpc.harness import RpcHarness
from tests.rpc.payouts.served_floors import HOUR, ServedFloors, start_floors
from tests.unit.payouts.fairness.test_floor_tables import floor_row, rate_row

RESERVE = "client:org_client:project:prj_1:reserve:USD"
HELD = "client:org_client:project:prj_1:held:USD"
AVAILABLE = "client:org_client:available:USD"


def recent(**changes: Any) -> Any:
    """A floor of 2.60 USD an hour in a country that there is not, published a week ago."""
    published = utc_now().date() - timedelta(days=7)
    return floor_row(source_date=published.isoformat(), valid_from="2020-01-01", **changes)


@pytest.fixture
async def floors(rpc: RpcHarness) -> ServedFloors:
    served = await start_floors(rpc)
    assert (await served.floors(recent())).added == 1
    return served


async def test_what_lacks_to_the_floor_is_paid_on_the_same_statement(floors: ServedFloors) -> None:
    """§6, G17: topped up out of the reserve, with floor, source and time as evidence."""
    await floors.project()
    await floors.project("prj_2", pay_units=units_of(600))
    await floors.fund(10_000, reserve_minor=1_000)
    await floors.fund(10_000, project_id="prj_2")
    await floors.contractors("ctr_poor", "ctr_fair", "ctr_unmeasured")
    await floors.contractors("ctr_v", vendor_id="org_v")
    await floors.rate_card("org_v")
    await floors.worked("ctr_poor", HOUR, HOUR)
    await floors.worked("ctr_fair", HOUR)
    await floors.worked("ctr_fair", HOUR, project_id="prj_2")
    await floors.worked("ctr_v", HOUR / 2, vendor_id="org_v")
    await floors.worked("ctr_unmeasured", timedelta(0))

    period = (await floors.close()).period_id

    tests = {test.contractor_id: test for test in await floors.tests()}
    assert {name: test.outcome for name, test in tests.items()} == {
        "ctr_poor": Outcome.TOPPED_UP,
        "ctr_fair": Outcome.PASSED,
        "ctr_v": Outcome.TOPPED_UP,
    }
    poor = tests["ctr_poor"]
    # Two hours at 2.60 are 5.20; 2.00 was earned.
    assert (poor.needed_units, poor.topped_up_units) == (units_of(520), units_of(320))
    assert poor.evidence is not None
    assert (poor.evidence.source, poor.evidence.floor_id) == ("nobody", "ZZ:2020-01-01:1")
    direct = await floors.lines(f"{period}.contractor.ctr_poor.USD", LineKind.FLOOR_TOP_UP)
    assert [(line.project_id, line.pay_units) for line in direct] == [("prj_1", units_of(320))]
    # A vendor's contractor is topped up like anybody, without a commission on it.
    passed_on = await floors.lines(f"{period}.vendor.org_v.USD", LineKind.FLOOR_TOP_UP)
    assert [(line.contractor_id, line.pay_units, line.commission_units) for line in passed_on] == [
        ("ctr_v", units_of(30), 0)
    ]
    [told] = (await floors.content(f"{period}.contractor.ctr_poor.USD"))["top_ups"]
    assert (told["topped_up_units"], told["source"], told["counted_milliseconds"]) == (
        units_of(320),
        "nobody",
        2 * MILLISECONDS_AN_HOUR,
    )
    [told] = (await floors.content(f"{period}.vendor.org_v.USD"))["top_ups"]
    assert (told["contractor_id"], told["topped_up_units"]) == ("ctr_v", units_of(30))
    assert await floors.balance(RESERVE) == units_of(1_000 - 320 - 30)
    assert await floors.balance("contractor:ctr_poor:payable:USD") == 0
    assert set((await floors.parts.ledger.watch.look()).values()) == {0}


async def test_settling_again_adds_nothing_and_the_next_period_knows_nothing_of_it(
    floors: ServedFloors,
) -> None:
    """Idempotent: natural keys by period, contractor and project."""
    await floors.project()
    await floors.fund(10_000, reserve_minor=1_000)
    await floors.contractors("ctr_1")
    await floors.worked("ctr_1", HOUR)
    record = await floors.end_period()
    await floors.parts.floors.top_ups.settle(record)
    before = await floors.rpc.contents()
    await floors.parts.floors.top_ups.settle(record)
    assert await floors.rpc.contents() == before
    await floors.parts.rail.periods.turn()
    assert await floors.balance("contractor:ctr_1:payable:USD") == 0
    later = await floors.close()
    assert [test.period_id for test in await floors.tests()] == [record.period_id]
    assert later.period_id != record.period_id
    assert await floors.balance("platform:absorbed:USD") == 0


async def test_a_settling_that_dies_half_way_is_resumed(
    floors: ServedFloors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floor_top_ups, "_TOPPED_UP_MAX", 2)
    await floors.project()
    await floors.fund(100_000, reserve_minor=10_000)
    people = [f"ctr_{number}" for number in range(7)]
    await floors.contractors(*people)
    for person in people:
        await floors.worked(person, HOUR)
    record = await floors.end_period()
    run, calls = floors.transactions.run, Counter[str]()

    async def dying(body: Any) -> Any:
        calls["run"] += 1
        if calls["run"] == 3:
            raise RuntimeError("killed")
        return await run(body)

    monkeypatch.setattr(floors.parts.floors.top_ups._transactions, "run", dying)
    with pytest.raises(RuntimeError, match="killed"):
        await floors.parts.floors.top_ups.settle(record)
    assert len(await floors.tests()) == 4
    monkeypatch.setattr(floors.parts.floors.top_ups._transactions, "run", run)
    # Two processes find it half done, and both go on with it.
    await asyncio.gather(*(floors.parts.floors.top_ups.settle(record) for _ in range(2)))
    await floors.parts.rail.periods.turn()
    assert len(await floors.tests(shortfalls_only=True)) == 7
    assert await floors.balance(RESERVE) == units_of(10_000 - 7 * 160)
    for person in people:
        assert await floors.balance(f"contractor:{person}:payable:USD") == 0


async def test_beyond_the_reserve_the_client_pays_and_then_the_platform_visibly(
    floors: ServedFloors,
) -> None:
    """What is held for answers is nobody else's: their givers are always paid."""
    await floors.project()
    await floors.fund(10_000, reserve_minor=50, available_minor=80)
    await floors.contractors("ctr_1")
    await floors.worked("ctr_1", HOUR)
    await floors.close()
    [test] = await floors.tests()
    [part] = test.parts
    assert (part.reserve_units, part.available_units, part.absorbed_units) == (
        units_of(50),
        units_of(80),
        units_of(30),
    )
    assert await floors.balance(HELD) == units_of(10_000 - 100)
    assert await floors.balance(AVAILABLE) == 0
    assert await floors.balance(RESERVE) == 0
    assert await floors.balance("platform:absorbed:USD") == -units_of(30)


async def test_nobody_is_paid_for_more_time_than_there_was(floors: ServedFloors) -> None:
    """Two tasks held side by side for an hour are one hour, whatever is reported."""
    await floors.project()
    await floors.fund(10_000, reserve_minor=1_000)
    await floors.contractors("ctr_1")
    now = floors.rpc.clock()
    await floors.worked("ctr_1", HOUR, HOUR, held=[(now - HOUR, now), (now - HOUR, now)])
    await floors.close()
    [test] = await floors.tests()
    assert test.measured_milliseconds == 2 * test.counted_milliseconds == 2 * MILLISECONDS_AN_HOUR
    # 2.60 for the hour; 2.00 was earned.
    assert test.topped_up_units == units_of(60)


async def test_a_floor_in_another_currency_is_converted_by_a_loaded_rate(
    rpc: RpcHarness,
) -> None:
    floors = await start_floors(rpc)
    today = floors.rpc.clock().date()
    await floors.floors(recent(currency="KES", amount="300"))
    await floors.project()
    await floors.fund(10_000, reserve_minor=1_000)
    await floors.contractors("ctr_1")
    await floors.contractors("ctr_x", country="XX")
    await floors.worked("ctr_1", HOUR)
    await floors.worked("ctr_x", HOUR)
    record = await floors.end_period()
    # Old, and all there is: what was worked is paid by it, and the evidence says so.
    loaded = await floors.rates(
        rate_row(rate="150", rate_date=(today - timedelta(days=1)).isoformat())
    )
    assert loaded.added == 1
    await floors.parts.floors.top_ups.settle(record)
    found = {test.contractor_id: test for test in await floors.tests()}
    assert found["ctr_x"].outcome is Outcome.UNTESTED
    assert found["ctr_x"].reason == "FLOOR_UNKNOWN"
    # 300 shillings at 150 for a dollar.
    assert found["ctr_1"].topped_up_units == units_of(100)
    evidence = found["ctr_1"].evidence
    assert evidence is not None
    assert (evidence.rate, evidence.rate_source) == ("150", "invented")


async def test_what_is_left_of_a_reserve_goes_back_once_nothing_can_need_it(
    floors: ServedFloors,
) -> None:
    await floors.project()
    await floors.fund(200, reserve_minor=1_000)
    await floors.contractors("ctr_1")
    await floors.worked("ctr_1", HOUR)
    await floors.close()
    assert await floors.balance(RESERVE) == units_of(840)
    record = await floors.end_period()
    # Counts into the next period: the reserve waits for it.
    await floors.worked("ctr_1", HOUR)
    await floors.ended(answers=2)
    await floors.parts.floors.top_ups.settle(record)
    assert await floors.balance(RESERVE) == units_of(840)
    await floors.parts.rail.periods.turn()
    await floors.close()
    assert await floors.balance(RESERVE) == 0
    assert await floors.balance(AVAILABLE) == units_of(840 - 160)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    work=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 3 * 60 * 60)),
        min_size=1,
        max_size=12,
    ),
    reserve_minor=st.integers(0, 400),
)
async def test_after_every_close_earned_and_topped_up_reach_the_floor(
    floors: ServedFloors, work: list[tuple[int, int, int]], reserve_minor: int
) -> None:
    """§7.1 floor holds, against the real ledger: exact in units, and never more than needed."""
    projects = [f"prj_{floors.answers}a", f"prj_{floors.answers}b"]
    await floors.project(projects[0])
    await floors.project(projects[1], pay_units=units_of(250))
    await floors.contractors("ctr_0", "ctr_1", "ctr_2")
    for project_id in projects:
        await floors.fund(5_000, project_id=project_id, reserve_minor=reserve_minor)
    floors.answers += 1
    milliseconds: Counter[str] = Counter()
    measured_pay: Counter[str] = Counter()
    for person, project, seconds in work:
        name = f"ctr_{person}"
        await floors.worked(name, timedelta(seconds=seconds), project_id=projects[project])
        if seconds:
            milliseconds[name] += seconds * 1000
            measured_pay[name] += units_of(100 if project == 0 else 250)
    period = (await floors.close()).period_id
    tests = {test.contractor_id: test for test in await floors.tests(period_id=period)}
    assert tests.keys() == milliseconds.keys()
    hourly = units_of(260)
    for name, time in milliseconds.items():
        total = measured_pay[name] + tests[name].topped_up_units
        assert total * MILLISECONDS_AN_HOUR >= hourly * time
        if tests[name].topped_up_units:
            assert (total - 1) * MILLISECONDS_AN_HOUR < hourly * time
    assert set((await floors.parts.ledger.watch.look()).values()) == {0}
