"""Pay calendars: periods end by themselves, payees are stated when due and paid on their day."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import grpc
import pytest

from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.clock import utc_now
from services.payouts.store.payments.rail_collections import PERIODS, STATEMENTS
from services.payouts.usecases.payments import pay_runs
from tests.contract.sandbox_process import SandboxProcess
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.served_rail import CLOSED, STATES, ServedRail, rail_running
from tests.waiting import eventually


class MovedClock:
    """The machine's, so much ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    def go_to(self, moment: datetime) -> None:
        self.ahead = moment - utc_now()


@pytest.fixture
def clock(rpc: RpcHarness) -> MovedClock:
    moved = MovedClock()
    rpc.clock = moved
    return moved


@pytest.fixture
async def moved(
    rpc: RpcHarness, clock: MovedClock, sandbox: SandboxProcess
) -> AsyncIterator[ServedRail]:
    """Payouts whose clock the test moves."""
    async with rail_running(
        rpc, sandbox, statement_minimums_minor={"USD": 300}, pay_retry_seconds=600
    ) as served:
        yield served


def putting(calendar_id: str, **changes: Any) -> pb.PutPayCalendarRequest:
    values: dict[str, Any] = {
        "pay_calendar_id": calendar_id,
        "cadence": types_pb2.PAY_CADENCE_WEEKLY,
        "anchor_date": "2026-11-02",
        "time_zone": "UTC",
        "pay_after_business_days": 2,
        "holidays_country": "US",
        **changes,
    }
    return pb.PutPayCalendarRequest(
        request_id=str(uuid.uuid4()), pay_calendar=types_pb2.PayCalendar(**values)
    )


async def schedule(rail: ServedRail, payee_id: str) -> pb.GetPayScheduleResponse:
    found: pb.GetPayScheduleResponse = await rail.send(
        rail.stub.GetPaySchedule, pb.GetPayScheduleRequest(), token=rail.payee(payee_id)
    )
    return found


async def until_closed(rail: ServedRail, period_id: str) -> types_pb2.PayPeriod:
    async def closed() -> types_pb2.PayPeriod | None:
        period = await rail.period(period_id)
        return period if period.state == CLOSED else None

    found: types_pb2.PayPeriod = await eventually(closed, what=f"{period_id} is closed")
    return found


async def test_everybody_is_stated_by_the_own_calendar_and_paid_on_the_pay_day(
    moved: ServedRail, clock: MovedClock
) -> None:
    """C12: who is not stated yet sees why, how much, and the next day."""
    rail = moved
    await rail.funded()
    await rail.contractors("ctr_w", "ctr_m", "ctr_small")
    await rail.contractors("ctr_x", country="FR")
    await rail.open_account("ctr_w")
    for request in (
        putting("weekly", payee_ids=["ctr_w", "ctr_small"]),
        putting("monthly", cadence=types_pb2.PAY_CADENCE_MONTHLY, countries=["US"]),
    ):
        await rail.send(rail.stub.PutPayCalendar, request)
    await rail.accept_each(["ctr_w"] * 5 + ["ctr_m"] * 4 + ["ctr_small"] * 2 + ["ctr_x"] * 3)
    ahead = await schedule(rail, "ctr_w")
    assert ahead.pay_calendar_id == "weekly"
    end = ahead.next_statement_time.ToDatetime(tzinfo=UTC)
    assert end > clock()
    assert await rail.parts.calendars.period_clock.turn() is False
    clock.go_to(end + timedelta(minutes=1))
    # A month may end first, and does where the test runs at the end of one.
    ended = 0
    while await rail.parts.calendars.period_clock.turn():
        ended += 1
    assert ended in (1, 2)
    period = await until_closed(rail, f"pp_{ended:06d}")
    assert period.end_time.ToDatetime(tzinfo=UTC) == end

    stated = {one.payee_id: one for one in await rail.statements()}
    assert "ctr_w" in stated
    assert not {"ctr_small", "ctr_x"} & set(stated)
    weekly = stated["ctr_w"]
    assert (weekly.unpaid.code, weekly.unpaid.acts) == (
        "PAY_DAY_AHEAD", types_pb2.UNPAID_ACTOR_NOBODY,
    )  # fmt: skip
    pay_at = weekly.pay_time.ToDatetime(tzinfo=UTC)
    assert pay_at.date().isoformat() == ahead.next_pay_date
    assert pay_at.weekday() < 5
    assert weekly.unpaid.next_look_time == weekly.pay_time

    small = await schedule(rail, "ctr_small")
    assert [
        (one.amount.amount_minor, one.minimum_minor, one.reason.code) for one in small.carried
    ] == [(200, 300, "BELOW_MINIMUM")]
    assert small.carried[0].reason.next_look_time == small.next_statement_time
    outside = await schedule(rail, "ctr_x")
    assert outside.pay_calendar_id == ""
    assert [one.reason.code for one in outside.carried] == ["NOT_DUE"]
    assert not outside.carried[0].reason.HasField("next_look_time")
    if "ctr_m" not in stated:
        monthly = await schedule(rail, "ctr_m")
        assert [one.reason.code for one in monthly.carried] == ["NOT_DUE"]
        assert monthly.carried[0].reason.next_look_time == monthly.next_statement_time

    # Nothing is paid before its day, and all of it on that day.
    await rail.parts.calendars.pay_runs.turn()
    assert (await rail.statements(token=rail.payee("ctr_w")))[0].state == STATES.Value(
        "STATEMENT_STATE_CLOSED"
    )
    clock.go_to(pay_at + timedelta(minutes=1))
    await rail.parts.calendars.pay_runs.turn()

    async def paid() -> bool:
        (found,) = await rail.statements(token=rail.payee("ctr_w"))
        return bool(found.state == STATES.Value("STATEMENT_STATE_PAID"))

    await eventually(paid, what="the weekly statement is paid")

    # An operator's closing states who has no calendar.
    by_hand = await rail.close()
    found = await rail.statements(period_id=by_hand.pay_period_id)
    assert ("ctr_x", 300) in [(one.payee_id, one.total_minor) for one in found]
    assert "ctr_small" not in [one.payee_id for one in found]


async def test_a_failed_payment_is_looked_at_again_when_its_cause_is_gone(
    moved: ServedRail, clock: MovedClock
) -> None:
    """C12, C20: the reason has words, says who must act and a way out, and ends by itself."""
    rail = moved
    await rail.funded()
    await rail.contractors("ctr_d")
    await rail.accept("ctr_d", 5)
    period = await rail.close()
    await rail.pay(period.pay_period_id)
    (failed,) = await rail.until_all("FAILED")
    assert failed.unpaid.code == "PAYOUT_ACCOUNT_MISSING"
    assert failed.unpaid.acts == types_pb2.UNPAID_ACTOR_PAYEE
    assert types_pb2.WAY_OUT_OPEN_ACCOUNT in failed.unpaid.ways_out
    assert not failed.unpaid.HasField("next_look_time")
    await rail.parts.calendars.pay_runs.turn()
    (told,) = await rail.statements()
    again = told.unpaid.next_look_time.ToDatetime(tzinfo=UTC)
    assert timedelta(0) < again - clock() <= timedelta(seconds=600)
    # An account that is ready makes it due at once; so would time.
    await rail.open_account("ctr_d")
    await rail.parts.calendars.pay_runs.turn()
    await rail.until_all("PAID")
    await rail.check_books()


async def test_a_bank_that_has_refused_is_not_asked_every_hour(
    moved: ServedRail, clock: MovedClock
) -> None:
    """C7: dispatched again by itself only after days; until then it is the payee's turn."""
    rail = moved
    await rail.funded()
    await rail.contractors("ctr_d")
    account_id = await rail.open_account("ctr_d", number="000111111113")
    await rail.accept("ctr_d", 5)
    await rail.pay((await rail.close()).pay_period_id)
    await rail.until_all("FAILED")
    runs = rail.parts.calendars.pay_runs

    async def payouts() -> int:
        made = await rail.stripe.v1.payouts.list_async({}, {"stripe_account": account_id})
        return len(made.data)

    for after in (timedelta(), timedelta(hours=2), timedelta(hours=4)):
        clock.ahead = after
        await runs.turn()
        (told,) = await rail.statements()
        assert told.unpaid.code == "ACCOUNT_CLOSED"
    assert await payouts() == 1
    clock.ahead = timedelta(days=3, hours=1)
    await runs.turn()

    async def again() -> bool:
        return await payouts() == 2

    await eventually(again, what="the bank is asked again")
    await rail.until_all("FAILED")


async def test_a_period_that_does_not_close_keeps_no_other_from_its_pay_day(
    moved: ServedRail, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C12: however many statements of one wait, those of the others have their turn."""
    rail = moved
    monkeypatch.setattr(pay_runs, "_AT_ONCE", 1)
    await rail.funded()
    await rail.contractors("ctr_a", "ctr_b")
    period_ids = []
    for payee_id in ("ctr_a", "ctr_b"):
        await rail.accept(payee_id, 5)
        period_ids.append((await rail.close()).pay_period_id)
    await rail.stop_loops()
    statements, periods = (rail.rpc.database.collection(name) for name in (STATEMENTS, PERIODS))
    await periods.update_one({"_id": period_ids[0]}, {"$set": {"state": "closing"}})
    for days, period_id in zip((2, 1), period_ids, strict=True):
        pay_at = clock() - timedelta(days=days)
        await statements.update_one({"period_id": period_id}, {"$set": {"pay_at": pay_at}})
    assert await rail.parts.calendars.pay_runs.turn()
    await rail.parts.calendars.pay_runs.turn()
    reasons = {one.payee_id: one.reason for one in await rail.statements()}
    assert reasons == {"ctr_a": "", "ctr_b": "PAYOUT_ACCOUNT_MISSING"}


async def test_what_the_platform_lacked_is_tried_when_it_has_it(
    moved: ServedRail, clock: MovedClock
) -> None:
    """C3: no attempt, and no entry, for every hour of a weekend without money."""
    rail = moved
    await rail.funded(hold_minor=1_000)
    await rail.contractors("ctr_d")
    await rail.open_account("ctr_d")
    await rail.accept("ctr_d", 5)
    other = await rail.stripe.ready_account()
    await rail.stripe.v1.transfers.create_async(
        {"amount": 1_600, "currency": "usd", "destination": other.id}
    )
    await rail.pay((await rail.close()).pay_period_id)
    (failed,) = await rail.until_all("FAILED")
    assert failed.unpaid.code == "BALANCE_INSUFFICIENT"
    runs = rail.parts.calendars.pay_runs
    await runs.turn()
    clock.ahead = timedelta(hours=2)
    await runs.turn()
    found = await rail.parts.rail.instructions.get(f"pay.{failed.statement_id}")
    assert found is not None
    assert found.leg.attempt == 1
    await rail.stripe.top_up(5_000)
    clock.ahead = timedelta(hours=4)
    await runs.turn()
    await rail.until_all("PAID")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"anchor_date": "2026-02-30"}, "anchor_date"),
        ({"holidays_country": "XX"}, "holidays_country"),
    ],
)
async def test_a_calendar_that_makes_no_sense_is_refused_by_field(
    rail: ServedRail, changes: dict[str, Any], field: str
) -> None:
    found = await refusal(
        rail.stub.PutPayCalendar, putting("odd", **changes), token=rail.operator()
    )
    assert (found.code, found.reason, found.fields) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "PAY_CALENDAR_INVALID",
        (field,),
    )


async def test_calendars_are_listed_replaced_and_retired(rail: ServedRail) -> None:
    await rail.send(rail.stub.PutPayCalendar, putting("one", countries=["KE"]))
    await rail.send(rail.stub.PutPayCalendar, putting("one", countries=["KE", "UG"]))
    clash = await refusal(
        rail.stub.PutPayCalendar, putting("two", countries=["UG"]), token=rail.operator()
    )
    assert (clash.reason, clash.fields) == ("PAY_CALENDAR_INVALID", ("countries",))
    listed = await rail.send(rail.stub.ListPayCalendars, pb.ListPayCalendarsRequest())
    assert [list(one.countries) for one in listed.pay_calendars] == [["KE", "UG"]]
    [one] = listed.pay_calendars
    ends = one.next_statement_time.ToDatetime(UTC)
    assert ends > rail.rpc.clock()
    # At midnight where the calendar is, and paid on a working day after it.
    there = ends.astimezone(ZoneInfo(one.time_zone))
    assert (there.hour, there.minute) == (0, 0)
    paid = date.fromisoformat(one.next_pay_date)
    assert paid >= there.date()
    assert paid.weekday() < 5
    retire = pb.RetirePayCalendarRequest(request_id=str(uuid.uuid4()), pay_calendar_id="one")
    for _ in range(2):
        await rail.send(rail.stub.RetirePayCalendar, retire)
    gone = await refusal(
        rail.stub.RetirePayCalendar,
        pb.RetirePayCalendarRequest(request_id=str(uuid.uuid4()), pay_calendar_id="one"),
        token=rail.operator(),
    )
    assert gone.reason == "PAY_CALENDAR_NOT_FOUND"
