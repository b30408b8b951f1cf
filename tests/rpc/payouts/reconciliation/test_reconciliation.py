"""What moved at the provider beside what the ledger booked of it: nothing is explained away."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from prometheus_client import REGISTRY

from crewline.payouts.v1 import service_pb2 as pb
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.ledger.flows import client_deposit
from services.payouts.domain.reconciliation.mirrors import ItemSide, MirrorItem
from services.payouts.store.reconciliation.mirror_collections import MIRROR_ALIASES, MIRROR_ITEMS
from services.payouts.store.reconciliation.mirror_items import ItemStore
from tests.contract.sandbox_process import SandboxProcess
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.funding import test_payments
from tests.rpc.payouts.served_rail import ServedRail, rail_running
from tests.waiting import eventually

_READ = 0.01
_numbers = itertools.count()


@pytest.fixture
async def impatient(rpc: RpcHarness, sandbox: SandboxProcess) -> AsyncIterator[ServedRail]:
    """Whatever is not matched at once is missed."""
    async with rail_running(
        rpc, sandbox, reconcile_seconds=_READ, reconcile_grace_seconds=0.001
    ) as served:
        await served.parts.reconciliation.mirroring.start()
        yield served


async def days(rail: ServedRail, **asked: str) -> dict[str, pb.ReconciliationDay]:
    """All days as one, by account: what is summed over them must hold on midnight, too."""
    request = pb.ListReconciliationDaysRequest(
        first_day=(datetime.now(UTC) - timedelta(days=1)).date().isoformat(),
        last_day=(datetime.now(UTC) + timedelta(days=1)).date().isoformat(),
        **asked,
    )
    answer = await rail.send(rail.stub.ListReconciliationDays, request)
    return {day.account: day for day in answer.days}


async def read_all(rail: ServedRail) -> None:
    """Both sides, until nothing is due that was wanted meanwhile."""
    for _ in range(4):
        while await rail.parts.reconciliation.mirroring.turn():
            pass


async def unmatched(rail: ServedRail) -> list[pb.UnmatchedMovement]:
    request = pb.ListUnmatchedMovementsRequest(page_size=1000)
    answer = await rail.send(rail.stub.ListUnmatchedMovements, request)
    return list(answer.movements)


async def until_unmatched(rail: ServedRail, count: int) -> list[pb.UnmatchedMovement]:
    async def there() -> list[pb.UnmatchedMovement] | None:
        await rail.parts.reconciliation.mirroring.turn()
        found = await unmatched(rail)
        return found if len(found) == count else None

    if not count:

        async def none() -> bool:
            await rail.parts.reconciliation.mirroring.turn()
            return not await unmatched(rail)

        await eventually(none, what="everything is matched")
        return []
    found: list[pb.UnmatchedMovement] = await eventually(there, what=f"{count} are not matched")
    return found


async def pay_somebody(rail: ServedRail, contractor_id: str = "ctr_d") -> str:
    """Eight answers of 100 each, to the bank; returns the account."""
    await rail.funded()
    await rail.contractors(contractor_id)
    account_id = await rail.open_account(contractor_id)
    await rail.accept(contractor_id, 8)
    period = await rail.close()
    await rail.pay(period.pay_period_id)
    await rail.until_all("PAID")
    return account_id


async def test_days_add_up_and_what_nobody_explains_has_a_line_of_its_own(
    impatient: ServedRail,
) -> None:
    """G14, C15: per currency and day both sums, what is matched, and the rest, never hidden."""
    rail = impatient
    await pay_somebody(rail)
    await until_unmatched(rail, 0)

    found = await days(rail)
    platform, connected = found["platform"], found["connected"]
    assert platform.provider.amount_minor == platform.ledger.amount_minor == 1_000_000 - 800
    assert connected.provider.amount_minor == connected.ledger.amount_minor == 0
    assert platform.matched_provider == platform.matched_ledger == platform.provider
    for day in (platform, connected):
        assert (day.unexplained.amount_minor, day.timing.amount_minor) == (0, 0)
        assert (day.unmatched_provider_count, day.unmatched_ledger_count) == (0, 0)

    # Somebody takes money out by hand, and somebody books a deposit that never was.
    other = await rail.stripe.ready_account()
    stolen = await rail.stripe.v1.transfers.create_async(
        {"amount": 1_500, "currency": "usd", "destination": other.id}
    )
    await book_deposit(rail, amount_minor=40, rail_id="tu_nobody")
    two = {one.side: one for one in await until_unmatched(rail, 2)}

    assert (two["provider"].source, two["provider"].type) == (stolen.id, "transfer")
    assert (two["ledger"].source, two["ledger"].amount.amount_minor) == ("tu_nobody", 40)
    day = (await days(rail, currency="USD"))["platform"]
    assert day.provider.amount_minor == 1_000_000 - 800 - 1_500
    assert day.ledger.amount_minor == 1_000_000 - 800 + 40
    assert day.unexplained.amount_minor == -1_500 - 40
    assert await days(rail, currency="EUR") == {}


async def test_what_comes_back_is_matched_on_both_accounts(impatient: ServedRail) -> None:
    """G14: a reversal and a failed payout are told by other ids; they find their group."""
    rail = impatient
    await pay_somebody(rail)
    [paid] = await rail.statements()
    await rail.stripe.control(
        "fail_payout", {"payout": paid.payout_id, "failure_code": "account_closed"}
    )
    await rail.until_all("FAILED")
    await until_unmatched(rail, 0)
    assert (await days(rail))["connected"].ledger.amount_minor == 800

    await rail.stripe.v1.transfers.reversals.create_async(paid.transfer_id, {})

    async def seen() -> bool:
        await rail.parts.reconciliation.mirroring.turn()
        return (await days(rail))["platform"].ledger.amount_minor == 1_000_000

    await eventually(seen, what="the reversal is booked")
    await until_unmatched(rail, 0)
    found = await days(rail)
    assert found["platform"].provider.amount_minor == 1_000_000
    assert found["connected"].provider.amount_minor == 0
    assert [day.unexplained.amount_minor for day in found.values()] == [0, 0]


async def test_payments_their_price_and_what_goes_back_are_matched(
    impatient: ServedRail,
) -> None:
    """G14: by card, refunded, disputed and won; what the provider keeps of each is booked, too."""
    rail = impatient
    first, second = await test_payments.paid(rail), await test_payments.paid(rail, 5_000)
    await rail.stripe.v1.refunds.create_async(
        {"payment_intent": first.provider_id, "amount": 2_500}
    )
    intent = await rail.stripe.v1.payment_intents.retrieve_async(second.provider_id)
    dispute = await rail.stripe.control("dispute", {"charge": intent.latest_charge})
    await test_payments.until_funds(rail, 7_500)
    await rail.stripe.control("close_dispute", {"dispute": dispute["id"], "status": "won"})
    await test_payments.until_funds(rail, 12_500)
    await until_unmatched(rail, 0)
    day = (await days(rail))["platform"]
    assert day.unexplained.amount_minor == 0
    assert day.provider.amount_minor == day.ledger.amount_minor
    # The price of both payments, and nothing of the dispute that was won.
    assert 0 < 12_500 - day.provider.amount_minor < 1_000


async def test_reading_twice_counts_once_and_goes_on_where_it_stopped(
    impatient: ServedRail,
) -> None:
    """G14: a reading that is repeated from the beginning adds nothing; pages are followed."""
    rail = impatient
    for _ in range(101):
        await rail.stripe.v1.topups.create_async(
            {"amount": 100, "currency": "usd", "description": "by hand"}
        )
    await until_unmatched(rail, 101)
    items = rail.rpc.database.collection(MIRROR_ITEMS)
    before = await items.count_documents({})
    cursors = rail.rpc.database.collection("mirror_cursors")
    await cursors.update_many({}, {"$unset": {"since": "", "newest": "", "after_at": ""}})
    await cursors.update_many({}, {"$set": {"after": "", "due_at": datetime(2020, 1, 1)}})  # noqa: DTZ001
    await read_all(rail)
    assert await items.count_documents({}) == before == 101
    assert await rail.rpc.database.collection("rail_transactions").count_documents({}) == 101
    assert (await days(rail))["platform"].unexplained.amount_minor == 10_100


async def test_a_booking_of_the_next_day_is_timing_and_not_missing(impatient: ServedRail) -> None:
    """G14: each day's line says what is only a matter of midnight; over both days it is nothing."""
    rail = impatient
    items = ItemStore(database=rail.rpc.database, items=MIRROR_ITEMS, aliases=MIRROR_ALIASES)
    late = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    added = await items.add(
        [
            movement(ItemSide.RAIL, at=late, units=7_000_000),
            movement(ItemSide.LEDGER, at=late + timedelta(minutes=2), units=7_000_000),
        ]
    )
    await rail.transactions.run(lambda work: items.settle(added.groups, session=work.session))
    request = pb.ListReconciliationDaysRequest(first_day="2026-03-01", last_day="2026-03-02")
    first, second = (await rail.send(rail.stub.ListReconciliationDays, request)).days
    assert (first.day, second.day) == ("2026-03-01", "2026-03-02")
    assert first.timing.amount_minor == -second.timing.amount_minor != 0
    assert first.unexplained.amount_minor == second.unexplained.amount_minor == 0
    assert await unmatched(rail) == []


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2026-13-01", "", "first_day"),
        ("2026-03-02", "2026-03-01", "last_day"),
        ("2020-03-02", "2026-03-01", "last_day"),
    ],
)
async def test_days_that_are_none_are_refused(
    impatient: ServedRail, first: str, last: str, field: str
) -> None:
    request = pb.ListReconciliationDaysRequest(first_day=first, last_day=last)
    found = await refusal(
        impatient.stub.ListReconciliationDays, request, token=impatient.operator()
    )
    assert (found.code, found.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "DAYS_INVALID")
    assert found.fields == (field,)


async def test_money_on_its_way_is_shown_by_age_until_it_has_arrived(
    impatient: ServedRail,
) -> None:
    """G15: a clearing account is its open items; when nothing is under way it has none."""
    rail = impatient
    await rail.funded()
    await rail.contractors("ctr_d")
    await rail.open_account("ctr_d")
    await rail.accept("ctr_d", 5)
    period = await rail.close()
    # Nobody knows what became of these payouts.
    fault = {"method": "POST", "path": "/v1/payouts", "mode": "429", "count": 1000}
    await rail.stripe.control("fail_next", fault)
    await rail.pay(period.pay_period_id)
    await rail.until_all("TRANSFERRED")

    async def open_items() -> list[pb.ClearingItem]:
        await rail.parts.reconciliation.mirroring.turn()
        answer = await rail.send(rail.stub.ListClearingItems, pb.ListClearingItemsRequest())
        return list(answer.items)

    [item] = await eventually(open_items, what="the payout is on its way")
    statement = (await rail.statements())[0]
    assert (item.amount.amount_minor, item.statement_id) == (500, statement.statement_id)
    assert item.account == "rail:stripe:payout_in_flight:USD"
    [age] = (await rail.send(rail.stub.GetClearingAges, pb.GetClearingAgesRequest())).ages
    assert (age.age, age.items, age.amount.amount_minor) == ("1h", 1, 500)
    # The same a week later.
    old = datetime.now(UTC) - timedelta(days=8)
    await rail.rpc.database.collection("clearing_items").update_many(
        {"settled": False}, {"$set": {"at": old}}
    )
    [age] = (await rail.send(rail.stub.GetClearingAges, pb.GetClearingAgesRequest())).ages
    assert age.age == "older"
    # Another rail's is counted beside it, and covers nothing up.
    items = rail.rpc.database.collection("clearing_items")
    known = await items.find_one({"settled": False})
    assert known is not None
    other = {"_id": "elsewhere#0", "account": "rail:stripe_global:payout_in_flight:USD"}
    await items.insert_one({**known, **other})
    await rail.parts.reconciliation.clearing.measure()
    labels = {"account": "rail_payout_in_flight", "currency": "USD", "age": "older"}
    assert REGISTRY.get_sample_value("crewline_clearing_open_items", labels) == 2
    assert REGISTRY.get_sample_value("crewline_clearing_open_minor", labels) == 1_000
    await items.delete_one({"_id": other["_id"]})

    await rail.stripe.control("clear_faults", {})
    await rail.until_all("PAID")

    async def nothing() -> bool:
        return not await open_items()

    await eventually(nothing, what="nothing is on its way")
    assert (await rail.send(rail.stub.GetClearingAges, pb.GetClearingAgesRequest())).ages == []


def movement(side: ItemSide, *, at: datetime, units: int) -> MirrorItem:
    return MirrorItem(
        item_id=f"made_{next(_numbers)}",
        side=side,
        account="platform",
        currency="USD",
        amount_units=units,
        at=at,
        type="topup",
        source="tu_made",
        group="tu_made",
    )


async def book_deposit(rail: ServedRail, *, amount_minor: int, rail_id: str) -> None:
    now = datetime.now(UTC)
    entry = client_deposit(
        client_id="org_client",
        currency="USD",
        amount_minor=amount_minor,
        rail_id=rail_id,
        booking=Booking(effective_at=now, recorded_at=now),
    )
    await rail.transactions.run(
        lambda work: rail.parts.ledger.store.post_all([entry], session=work.session, now=work.now)
    )
