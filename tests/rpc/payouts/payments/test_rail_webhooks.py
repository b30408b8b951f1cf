"""Notifications: only proved ones count, each once, in any order, and never by what they say."""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import Any

import grpc
import pytest
import stripe

from crewline.payouts.v1 import service_pb2 as pb
from services.chassis.grpc_client import call
from services.payouts.store.payments.rail_collections import WEBHOOKS
from tests.rpc.harness import TIMEOUT_SECONDS, refusal
from tests.rpc.payouts.served_rail import ServedRail
from tests.waiting import eventually


def event(**changes: Any) -> dict[str, Any]:
    return {
        "id": "evt_1",
        "object": "event",
        "type": "customer.created",
        "data": {"object": {"id": "cus_1", "object": "customer"}},
        **changes,
    }


def signed(body: Any, secret: str, *, age_seconds: float = 0) -> tuple[bytes, str]:
    text = body if isinstance(body, str) else json.dumps(body)
    header = stripe.WebhookSignature.generate_signature_header(
        text, secret, timestamp=int(time.time() - age_seconds)
    )
    return text.encode(), header


def secret_of(rail: ServedRail, endpoint: str) -> str:
    value = getattr(rail.settings, f"stripe_webhook_secret_{endpoint}")
    return str(value.get_secret_value())


async def deliver(
    rail: ServedRail, payload: bytes, signature: str, *, endpoint: str = "platform"
) -> bool:
    request = pb.ReceiveWebhookRequest(endpoint=endpoint, payload=payload, signature=signature)
    # No token: the signature proves the sender.
    answer = await call(rail.stub.ReceiveWebhook, request, timeout_seconds=TIMEOUT_SECONDS)
    return bool(answer.duplicate)


async def kept(rail: ServedRail) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        await rail.rpc.database.collection(WEBHOOKS).find().sort("_id").to_list(None)
    )
    return found


async def test_a_notification_is_kept_byte_for_byte_and_once(rail: ServedRail) -> None:
    payload, signature = signed(event(), secret_of(rail, "platform"))
    assert await deliver(rail, payload, signature) is False
    again, later = signed(event(), secret_of(rail, "platform"), age_seconds=-1)
    assert await deliver(rail, again, later) is True
    documents = await kept(rail)
    assert [(one["_id"], one["payload"]) for one in documents] == [("evt_1", payload)]

    async def ignored() -> bool:
        return [one.get("outcome") for one in await kept(rail)] == ["ignored"]

    await eventually(ignored, what="a type that means nothing to us is put aside")


async def test_ten_at_once_are_one(rail: ServedRail) -> None:
    payload, signature = signed(event(), secret_of(rail, "connect"))
    answers = await asyncio.gather(
        *(deliver(rail, payload, signature, endpoint="connect") for _ in range(10))
    )
    assert sorted(answers) == [False] + [True] * 9
    assert len(await kept(rail)) == 1


@pytest.mark.parametrize(
    "case", ["other endpoint's secret", "stranger", "altered", "old", "future", "garbage", "bytes"]
)
async def test_what_proves_nothing_is_refused_and_not_kept(rail: ServedRail, case: str) -> None:
    secret = secret_of(rail, "platform")
    if case == "other endpoint's secret":
        secret = secret_of(rail, "connect")
    if case == "stranger":
        secret = "whsec_stranger"
    age_seconds = {"old": 301, "future": -302}.get(case, 0)
    payload, signature = signed(event(), secret, age_seconds=age_seconds)
    if case == "altered":
        payload = payload.replace(b"cus_1", b"cus_2")
    if case == "garbage":
        signature = "v1=00"
    if case == "bytes":
        payload = b"\xff\xfe{}"
    request = pb.ReceiveWebhookRequest(endpoint="platform", payload=payload, signature=signature)
    found = await refusal(rail.stub.ReceiveWebhook, request)
    assert found.code is grpc.StatusCode.INVALID_ARGUMENT
    assert found.reason in ("SIGNATURE_INVALID", "EVENT_MALFORMED")
    assert (found.reason == "EVENT_MALFORMED") is (case == "bytes")
    assert await kept(rail) == []


@pytest.mark.parametrize(
    "body", ["{]", "[]", '"text"', "{}", json.dumps(event(data={})), json.dumps(event(data=None))]
)
async def test_what_is_signed_but_no_event_is_refused(rail: ServedRail, body: str) -> None:
    payload, signature = signed(body, secret_of(rail, "platform"))
    request = pb.ReceiveWebhookRequest(endpoint="platform", payload=payload, signature=signature)
    found = await refusal(rail.stub.ReceiveWebhook, request)
    assert (found.code, found.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "EVENT_MALFORMED")
    assert await kept(rail) == []


async def test_late_repeated_and_shuffled_notifications_change_nothing_back(
    rail: ServedRail,
) -> None:
    """G12, C8, C9: neither ids nor times order events; each is only a reason to look."""
    await rail.funded()
    await rail.contractors("ctr_d")
    await rail.open_account("ctr_d")
    await rail.accept("ctr_d", 5)
    period = await rail.close()
    rail.hooks.open = False
    rail.hooks.received.clear()
    await rail.pay(period.pay_period_id)
    paid = await rail.until_all("PAID")
    types = [json.loads(payload)["type"] for _, payload, _ in rail.hooks.received]
    await eventually(
        lambda: (
            {"transfer.created", "payout.created", "payout.paid"}
            <= {json.loads(payload)["type"] for _, payload, _ in rail.hooks.received}
        ),
        what=f"the sandbox has told everything, so far {types}",
    )
    before = await rail.check_books()

    stale = list(rail.hooks.received) * 2
    random.Random(5).shuffle(stale)
    duplicates = [
        await deliver(rail, payload, signature, endpoint=endpoint)
        for endpoint, payload, signature in stale
    ]
    assert sum(duplicates) == len(stale) // 2

    async def all_handled() -> bool:
        documents = await kept(rail)
        return all("outcome" in one for one in documents)

    await eventually(all_handled, what="all are looked into")
    outcomes = {one["type"]: one["outcome"] for one in await kept(rail)}
    assert outcomes["payout.created"] == outcomes["transfer.created"] == "applied"
    assert await rail.statements() == paid
    assert await rail.check_books() == before


async def test_a_notification_that_lies_is_found_out_by_asking(rail: ServedRail) -> None:
    await rail.funded()
    await rail.contractors("ctr_d")
    account_id = await rail.open_account("ctr_d")
    await rail.accept("ctr_d", 5)
    period = await rail.close()
    await rail.pay(period.pay_period_id)
    paid = (await rail.until_all("PAID"))[0]

    lies = [
        event(
            id="evt_lie_1",
            type="payout.failed",
            account=account_id,
            data={"object": {"id": paid.payout_id, "object": "payout", "status": "failed"}},
        ),
        event(
            id="evt_lie_2",
            type="account.updated",
            account=account_id,
            data={"object": {"id": account_id, "payouts_enabled": False}},
        ),
        event(
            id="evt_lie_3",
            type="transfer.reversed",
            data={"object": {"id": "tr_nobody", "object": "transfer"}},
        ),
    ]
    for lie in lies:
        endpoint = "connect" if "account" in lie else "platform"
        payload, signature = signed(lie, secret_of(rail, endpoint))
        await deliver(rail, payload, signature, endpoint=endpoint)

    async def handled() -> dict[str, str] | None:
        found = {one["_id"]: one.get("outcome", "") for one in await kept(rail)}
        asked = {lie["id"]: found[lie["id"]] for lie in lies}
        return asked if all(asked.values()) else None

    outcomes = await eventually(handled, what="all are looked into")
    assert outcomes == {"evt_lie_1": "applied", "evt_lie_2": "applied", "evt_lie_3": "ignored"}
    assert (await rail.until_all("PAID"))[0].payout_id == paid.payout_id
    answer = await rail.send(
        rail.stub.GetPayoutAccount, pb.GetPayoutAccountRequest(), token=rail.payee("ctr_d")
    )
    assert answer.payout_account.payouts_enabled


async def test_a_reversed_transfer_is_owed_again(rail: ServedRail) -> None:
    await rail.funded()
    await rail.contractors("ctr_d")
    account_id = await rail.open_account("ctr_d")
    await rail.accept("ctr_d", 5)
    period = await rail.close()
    # Payouts wait, so that the money is still at the account.
    fault = {"method": "POST", "path": "/v1/payouts", "mode": "429", "count": 1000}
    await rail.stripe.control("fail_next", fault)
    await rail.pay(period.pay_period_id)
    held = (await rail.until_all("TRANSFERRED"))[0]
    await rail.stripe.v1.transfers.reversals.create_async(held.transfer_id, {})
    await rail.stripe.control("clear_faults", {})

    failed = (await rail.until_all("FAILED"))[0]
    # Whether the payout had been refused by then decides who has to look at it.
    assert failed.reason in ("REVERSED_UNDER_PAYOUT", "TRANSFER_REVERSED", "BALANCE_INSUFFICIENT")

    async def agrees() -> bool:
        answer = await rail.send(rail.stub.GetReconciliation, pb.GetReconciliationRequest())
        line = answer.lines[0]
        return bool(line.ledger_platform_minor == line.provider_platform_minor)

    await eventually(agrees, what="the money is the platform's again")
    said = (await rail.stripe.control("ledger"))["usd"]
    assert (said["connected_balances_minor"][account_id], said["paid_out_minor"]) == (0, 0)
    entries = await rail.send(
        rail.stub.ListEntries,
        pb.ListEntriesRequest(account=f"statement:{held.statement_id}:USD"),
    )
    assert entries.entries[-1].kind == "transfer_reversed"
