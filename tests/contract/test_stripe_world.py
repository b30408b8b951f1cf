"""What happens around Stripe's calls: locks, currencies, banks, holders, supervisors, webhooks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
import stripe

from tests.contract.sandbox_process import SandboxProcess, Stripe, account_params, error_of
from tests.contract.test_stripe_webhooks import Receiver, own, receiver, subscribe
from tests.waiting import eventually

__all__ = ["own", "receiver"]

_DAY_SECONDS = 24 * 3600


async def paid_in_euro(api: Stripe) -> stripe.Account:
    """An account that has a bank account for euro alone."""
    account = await api.v1.accounts.create_async({**account_params(), "country": "DE"})
    await api.control("complete_onboarding", {"account": account.id, "currencies": ["eur"]})
    ready: stripe.Account = await api.v1.accounts.retrieve_async(account.id)
    return ready


def transfer_to(account: str, amount: int = 100) -> dict[str, Any]:
    return {"amount": amount, "currency": "usd", "destination": account}


def amount_of(body: bytes) -> int:
    """Return the amount of the top-up that a delivery tells of."""
    return int(json.loads(body)["data"]["object"]["amount"])


async def test_an_object_in_use_makes_the_next_wait_and_then_refuses(
    new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession
) -> None:
    api = Stripe(new_process("--lock-wait-seconds=0.1"), session)
    account, other = await api.ready_account(), await api.ready_account()
    await api.top_up(1_000)
    slow = {"path": "/v1/transfers", "mode": "delay", "seconds": 90, "count": 1}
    await api.control("fail_next", slow)
    first = asyncio.create_task(api.v1.transfers.create_async(transfer_to(account.id)))

    async def is_under_way() -> bool:
        return bool((await api.control("healthz"))["faults_armed"] == 0)

    await eventually(is_under_way, what="the slow transfer is being executed")
    key = {"idempotency_key": "locked"}
    with pytest.raises(stripe.RateLimitError) as refusal:
        await api.v1.transfers.create_async(transfer_to(account.id), key)
    assert error_of(refusal.value)["code"] == "lock_timeout"
    # Another object is nobody's business, and reading takes no lock.
    await api.v1.transfers.create_async(transfer_to(other.id))
    await api.v1.accounts.retrieve_async(account.id)
    await api.control("clock/advance", {"seconds": 90})
    await first
    # Nothing of the refusal was kept under the key.
    made = await api.v1.transfers.create_async(transfer_to(account.id), key)
    page = await api.v1.transfers.list_async({"destination": account.id})
    assert {held.id for held in page.data} == {made.id, (await first).id}


async def test_a_transfer_into_another_currency_has_two_sides(api: Stripe) -> None:
    await api.control("exchange_rates", {"usd/eur": "0.905"})
    account = await paid_in_euro(api)
    await api.top_up(10_000)
    as_account = {"stripe_account": account.id}
    transfer = await api.v1.transfers.create_async(transfer_to(account.id, 999))
    sent = await api.v1.balance_transactions.retrieve_async(transfer.balance_transaction)
    assert (sent.amount, sent.currency, sent.exchange_rate) == (-999, "usd", None)
    payment = await api.v1.charges.retrieve_async(transfer.destination_payment, None, as_account)
    assert (payment.amount, payment.currency) == (999, "usd")
    got = await api.v1.balance_transactions.retrieve_async(
        payment.balance_transaction, None, as_account
    )
    assert (got.amount, got.currency, got.exchange_rate) == (904, "eur", 0.905)
    parts = [
        await api.v1.transfers.reversals.create_async(transfer.id, {"amount": part})
        for part in (333, 333, 333)
    ]
    assert {part.currency for part in parts} == {"usd"}
    balance = await api.v1.balance.retrieve_async(None, as_account)
    assert [(held.currency, held.amount) for held in balance.available] == [("eur", 0)]
    ledger = await api.control("ledger")
    assert ledger["usd"]["conserved"]
    assert ledger["eur"]["conserved"]


async def test_less_than_a_minor_unit_leaves_no_transaction(api: Stripe) -> None:
    account = await paid_in_euro(api)
    await api.control("exchange_rates", {"usd/eur": "0.905"})
    await api.top_up(100)
    as_account = {"stripe_account": account.id}
    transfer = await api.v1.transfers.create_async(transfer_to(account.id, 1))
    assert transfer.balance_transaction
    payment = await api.v1.charges.retrieve_async(transfer.destination_payment, None, as_account)
    assert payment.balance_transaction is None
    history = await api.v1.balance_transactions.list_async(None, as_account)
    assert history.data == []
    await api.v1.transfers.reversals.create_async(transfer.id)
    ledger = await api.control("ledger")
    assert all(ledger[currency]["conserved"] for currency in ledger)


async def test_a_negative_account_swallows_transfers_and_the_platform_answers_for_it(
    new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession
) -> None:
    api = Stripe(new_process(), session)
    account = await api.ready_account()
    await api.top_up(1_000)
    debt = {"account": account.id, "currency": "usd", "available": -300}
    await api.control("set_balance", debt)
    platform = await api.v1.balance.retrieve_async()
    assert [held.amount for held in platform.available] == [700]
    assert [held.amount for held in platform.connect_reserved] == [300]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await api.v1.transfers.create_async(transfer_to(account.id, 701))
    assert error_of(refusal.value)["code"] == "balance_insufficient"
    await api.v1.transfers.create_async(transfer_to(account.id, 300))
    as_account = {"stripe_account": account.id}
    held = await api.v1.balance.retrieve_async(None, as_account)
    assert [entry.amount for entry in held.available] == [0]
    with pytest.raises(stripe.InvalidRequestError):
        await api.v1.payouts.create_async({"amount": 1, "currency": "usd"}, as_account)
    assert (await api.control("ledger"))["usd"]["conserved"]


async def test_payouts_arrive_on_business_days(
    new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession
) -> None:
    api = Stripe(new_process("--payout-business-days=2"), session)
    account = await api.ready_account()
    as_account = {"stripe_account": account.id}
    await api.top_up(1_000)
    await api.v1.transfers.create_async(transfer_to(account.id, 700))
    for _ in range(7):
        payout = await api.v1.payouts.create_async({"amount": 100, "currency": "usd"}, as_account)
        arrival = datetime.fromtimestamp(payout.arrival_date, UTC)
        assert arrival.weekday() < 5
        assert (arrival.hour, arrival.minute, arrival.second) == (0, 0, 0)
        started = datetime.fromtimestamp(payout.created, UTC)
        # Two business days, with the weekend that lies between them or that it started on.
        calendar_days = {0: 2, 1: 2, 2: 2, 3: 4, 4: 4, 5: 3, 6: 2}[started.weekday()]
        assert (arrival.date() - started.date()).days == calendar_days
        until = payout.arrival_date - (await api.control("healthz"))["now"]
        await api.control("clock/advance", {"seconds": until - 60})
        held = await api.v1.payouts.retrieve_async(payout.id, None, as_account)
        assert held.status == "in_transit"
        await api.control("clock/advance", {"seconds": 120})
        held = await api.v1.payouts.retrieve_async(payout.id, None, as_account)
        assert held.status == "paid"


async def test_a_bank_may_send_back_what_it_had_taken(api: Stripe) -> None:
    account = await api.ready_account(number="000555555559")
    as_account = {"stripe_account": account.id}
    await api.top_up(1_000)
    await api.v1.transfers.create_async(transfer_to(account.id, 700))
    payout = await api.v1.payouts.create_async({"amount": 700, "currency": "usd"}, as_account)
    assert (await api.settled(payout.id, account.id)).status == "paid"
    await api.control("clock/advance", {"seconds": 2 * _DAY_SECONDS})
    failed = await api.v1.payouts.retrieve_async(payout.id, None, as_account)
    assert (failed.status, failed.failure_code) == ("failed", "no_account")
    balance = await api.v1.balance.retrieve_async(None, as_account)
    assert [held.amount for held in balance.available] == [700]
    bank = (await api.v1.accounts.external_accounts.list_async(account.id)).data[0]
    assert bank.status == "errored"


@pytest.mark.parametrize(
    ("country", "currency", "least"),
    [("AR", "ars", 460_000), ("CL", "clp", 23_000), ("HU", "huf", 100)],
)
async def test_a_countrys_least_payout(
    api: Stripe, country: str, currency: str, least: int
) -> None:
    account = await api.v1.accounts.create_async({**account_params(), "country": country})
    await api.control("complete_onboarding", {"account": account.id})
    funds = {"account": account.id, "currency": currency, "available": 3 * least}
    await api.control("set_balance", funds)
    as_account = {"stripe_account": account.id}
    with pytest.raises(stripe.InvalidRequestError):
        await api.v1.payouts.create_async({"amount": least - 1, "currency": currency}, as_account)
    await api.v1.payouts.create_async({"amount": least, "currency": currency}, as_account)


async def test_what_stripe_asks_for_later_stops_an_account_when_it_is_past_due(
    api: Stripe,
) -> None:
    account = await api.ready_account()
    field = "individual.verification.document"
    ask = {"account": account.id, "fields": [field], "due_in_seconds": 7 * _DAY_SECONDS}
    await api.control("require", ask)
    asked = (await api.v1.accounts.retrieve_async(account.id)).requirements
    assert (asked.currently_due, asked.past_due, asked.disabled_reason) == ([field], [], None)
    assert asked.current_deadline is not None
    assert (await api.v1.accounts.retrieve_async(account.id)).payouts_enabled
    await api.control("clock/advance", {"seconds": 7 * _DAY_SECONDS + 1})
    stopped = await api.v1.accounts.retrieve_async(account.id)
    assert stopped.requirements.past_due == [field]
    assert stopped.requirements.disabled_reason == "requirements.past_due"
    assert (stopped.capabilities.transfers, stopped.payouts_enabled) == ("inactive", False)
    changes = await api.v1.events.list_async(
        {"type": "capability.updated", "limit": 1}, {"stripe_account": account.id}
    )
    assert changes.data[0].data.object["status"] == "inactive"
    await api.control("complete_onboarding", {"account": account.id})
    ready = await api.v1.accounts.retrieve_async(account.id)
    assert (ready.capabilities.transfers, ready.payouts_enabled) == ("active", True)


async def test_a_holder_may_take_the_platforms_access_away(api: Stripe) -> None:
    account = await api.ready_account()
    await api.top_up(1_000)
    await api.v1.transfers.create_async(transfer_to(account.id))
    await api.control("deauthorize", {"account": account.id})
    with pytest.raises(stripe.PermissionError) as refusal:
        await api.v1.accounts.retrieve_async(account.id)
    assert error_of(refusal.value)["code"] == "account_invalid"
    with pytest.raises(stripe.PermissionError):
        await api.v1.balance.retrieve_async(None, {"stripe_account": account.id})
    with pytest.raises(stripe.InvalidRequestError, match="No such destination"):
        await api.v1.transfers.create_async(transfer_to(account.id))
    assert (await api.control("ledger"))["usd"]["connected_balances_minor"][account.id] == 100


async def test_webhooks_by_plan_come_twice_late_again_or_never(
    own: Stripe, receiver: Receiver
) -> None:
    await subscribe(own, receiver, "topup.succeeded")
    faults = ("duplicate", "delay", "redeliver", "drop")
    rules = [
        {"event": "topup.succeeded", "deliveries": [number], "fault": fault, "name": fault}
        | ({"seconds": 600} if fault in ("delay", "redeliver") else {})
        for number, fault in enumerate(faults, start=1)
    ]
    await own.control("fault_plan", {"seed": 5, "deliveries": rules})
    for amount in (1, 2, 3, 4, 5):
        await own.top_up(amount)

    def amounts() -> list[int]:
        return sorted(amount_of(body) for body, _ in receiver.seen)

    await eventually(lambda: amounts() == [1, 1, 3, 5], what="what is sent at once has come")
    owed = await own.v1.events.list_async({"delivery_success": False})
    assert sorted(event.data.object["amount"] for event in owed.data) == [2, 4]
    await own.control("clock/advance", {"seconds": 601})
    await eventually(lambda: amounts() == [1, 1, 2, 3, 3, 5], what="what is late has come")
    snapshots = [json.loads(body)["data"] for body, _ in receiver.seen if amount_of(body) == 3]
    assert snapshots[0] == snapshots[1]

    async def only_the_dropped_is_owed() -> bool:
        owed = await own.v1.events.list_async({"delivery_success": False})
        return [event.data.object["amount"] for event in owed.data] == [4]

    await eventually(only_the_dropped_is_owed, what="the delayed one counts as delivered")
    told = (await own.control("fault_plan"))["deliveries"]
    assert {name: count["hits"] for name, count in told.items()} == dict.fromkeys(faults, 1)


async def test_webhooks_by_plan_overtake_each_other_by_seed(
    own: Stripe, receiver: Receiver
) -> None:
    await subscribe(own, receiver, "topup.succeeded")
    rule = {"event": "*", "probability": 1, "fault": "shuffle", "seconds": 1000}
    orders = []
    for _ in range(2):
        receiver.seen.clear()
        await own.control("fault_plan", {"seed": 11, "deliveries": [rule]})
        for amount in range(1, 7):
            await own.top_up(amount)
        for _ in range(20):
            await own.control("clock/advance", {"seconds": 50})

            async def nothing_is_due() -> bool:
                wait = (await own.control("deliveries"))["next_attempt_in_seconds"]
                return wait is None or wait > 0

            await eventually(nothing_is_due, what="what is due has been sent")
        await eventually(lambda: len(receiver.seen) == 6, what="all six have come")
        orders.append([amount_of(body) for body, _ in receiver.seen])
    assert orders[0] == orders[1] != sorted(orders[0])


async def test_an_old_snapshot_may_be_sent_again(own: Stripe, receiver: Receiver) -> None:
    await subscribe(own, receiver, "account.updated", connect=True)
    account = await own.ready_account()
    await eventually(lambda: receiver.seen, what="the account's event has come")
    first = json.loads(receiver.seen[0][0])
    await own.control("require", {"account": account.id, "fields": ["individual.id_number"]})
    await eventually(
        lambda: len(receiver.of_type("account.updated")) >= 2, what="the change has come"
    )
    await own.control("redeliver", {"event": first["id"]})

    def same() -> list[Any]:
        events = [json.loads(body) for body, _ in receiver.seen]
        return [event["data"] for event in events if event["id"] == first["id"]]

    await eventually(lambda: len(same()) == 2, what="the old event has come again")
    assert same() == [first["data"], first["data"]]


async def test_two_secrets_sign_until_the_old_one_expires(own: Stripe, receiver: Receiver) -> None:
    endpoint = await subscribe(own, receiver, "topup.succeeded")
    rolled = await own.control("roll_secret", {"endpoint": endpoint.id, "expires_in_seconds": 3600})
    await own.top_up(1)
    await eventually(lambda: len(receiver.seen) == 1, what="a delivery came")
    for secret in (endpoint.secret, rolled["secret"]):
        own.client.construct_event(*receiver.seen[0], secret)
    await own.control("clock/advance", {"seconds": 3601})
    await own.top_up(1)
    await eventually(lambda: len(receiver.seen) == 2, what="another delivery came")
    own.client.construct_event(*receiver.seen[1], rolled["secret"])
    with pytest.raises(stripe.SignatureVerificationError):
        own.client.construct_event(*receiver.seen[1], endpoint.secret)


async def test_everything_stored_can_be_read_out(api: Stripe) -> None:
    account = await api.ready_account()
    found: dict[str, Any] = {}
    after = ""
    while page := (await api.control(f"objects?kind=account&after={after}"))["objects"]:
        found |= {held["id"]: held for held in page}
        after = page[-1]["id"]
    assert found[account.id]["body"]["email"] == account.email
