"""Lists: pages join up without a gap or a repeat, both ways, and filters choose what they say."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.contract.sandbox_process import Stripe, account_params, body_of


@pytest.fixture
async def account(api: Stripe) -> stripe.Account:
    ready = await api.ready_account()
    await api.top_up(10_000)
    return ready


async def send(api: Stripe, account: stripe.Account, **params: Any) -> stripe.Transfer:
    sent: stripe.Transfer = await api.v1.transfers.create_async(
        {"amount": 10, "currency": "usd", "destination": account.id, **params}
    )
    return sent


@pytest.mark.parametrize(("count", "limit"), [(0, 10), (1, 1), (7, 3), (6, 3), (5, 100)])
async def test_pages_join_up(api: Stripe, account: stripe.Account, count: int, limit: int) -> None:
    newest_first = [(await send(api, account)).id for _ in range(count)][::-1]
    query: dict[str, Any] = {"destination": account.id, "limit": limit}
    forward: list[str] = []
    while True:
        page = body_of(await api.v1.transfers.list_async(query))
        forward += [item["id"] for item in page["data"]]
        assert len(page["data"]) <= limit
        assert page["has_more"] == (len(forward) < count)
        if not page["has_more"]:
            break
        query["starting_after"] = forward[-1]
    assert forward == newest_first
    if count < 2:
        return
    back: list[str] = []
    query = {"destination": account.id, "limit": limit, "ending_before": newest_first[-1]}
    while True:
        page = body_of(await api.v1.transfers.list_async(query))
        back = [item["id"] for item in page["data"]] + back
        if not page["has_more"]:
            break
        query["ending_before"] = back[0]
    assert back == newest_first[:-1]


async def test_the_clients_own_paging_sees_everything_once(
    api: Stripe, account: stripe.Account
) -> None:
    made = {(await send(api, account)).id for _ in range(25)}
    page = await api.v1.transfers.list_async({"destination": account.id, "limit": 4})
    seen = [transfer.id async for transfer in page.auto_paging_iter()]
    assert len(seen) == 25
    assert set(seen) == made


async def test_the_usual_page_is_ten(api: Stripe, account: stripe.Account) -> None:
    for _ in range(11):
        await send(api, account)
    page = await api.v1.transfers.list_async({"destination": account.id})
    assert (len(page.data), page.has_more) == (10, True)


async def test_one_cursor_at_a_time(api: Stripe, account: stripe.Account) -> None:
    sent = await send(api, account)
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        await api.v1.transfers.list_async({"starting_after": sent.id, "ending_before": sent.id})


async def test_transfers_by_group(api: Stripe, account: stripe.Account) -> None:
    mine = await send(api, account, transfer_group=f"g-{account.id}")
    await send(api, account, transfer_group="another")
    await send(api, account)
    page = await api.v1.transfers.list_async({"transfer_group": f"g-{account.id}"})
    assert [item.id for item in page.data] == [mine.id]


async def test_created_bounds(api: Stripe, account: stripe.Account) -> None:
    early = await send(api, account)
    await api.control("clock/advance", {"seconds": 100})
    late = await send(api, account)
    assert late.created >= early.created + 100

    async def found(created: Any) -> list[str]:
        query = {"destination": account.id, "created": created}
        page = await api.v1.transfers.list_async(query)
        return [item.id for item in page.data]

    assert await found({"gt": early.created + 1}) == [late.id]
    assert await found({"lte": early.created}) == [early.id]
    assert await found({"gte": early.created, "lt": late.created}) == [early.id]
    assert await found(late.created) == [late.id]
    assert await found({"gt": late.created}) == []


async def test_payouts_by_status(api: Stripe, account: stripe.Account) -> None:
    as_account = {"stripe_account": account.id}
    await send(api, account, amount=300)
    done = await api.v1.payouts.create_async({"amount": 100, "currency": "usd"}, as_account)
    await api.settled(done.id, account.id)
    called_off = await api.v1.payouts.create_async({"amount": 50, "currency": "usd"}, as_account)
    await api.v1.payouts.cancel_async(called_off.id, None, as_account)
    pending = await api.v1.payouts.create_async({"amount": 70, "currency": "usd"}, as_account)
    for status, expected in (("paid", done), ("canceled", called_off), ("pending", pending)):
        page = await api.v1.payouts.list_async({"status": status}, as_account)
        assert [item.id for item in page.data] == [expected.id]
    everything = await api.v1.payouts.list_async(None, as_account)
    assert [item.id for item in everything.data] == [pending.id, called_off.id, done.id]
    elsewhere = await api.v1.payouts.list_async()
    assert {item.id for item in elsewhere.data}.isdisjoint({done.id, pending.id})


async def test_events_by_type(api: Stripe, account: stripe.Account) -> None:
    as_account = {"stripe_account": account.id}
    one = await api.v1.events.list_async({"type": "account.updated"}, as_account)
    assert {event.type for event in one.data} == {"account.updated"}
    group = await api.v1.events.list_async({"type": "account.*"}, as_account)
    assert {event.type for event in group.data} == {
        "account.updated",
        "account.external_account.created",
    }
    several = await api.v1.events.list_async(
        {"types": ["capability.updated", "account.updated"]}, as_account
    )
    assert {event.type for event in several.data} == {"capability.updated", "account.updated"}
    with pytest.raises(stripe.InvalidRequestError):
        await api.v1.events.list_async({"type": "a", "types": ["b"]}, as_account)


async def test_events_are_kept_thirty_days(api: Stripe) -> None:
    account = await api.ready_account()
    as_account = {"stripe_account": account.id}
    assert (await api.v1.events.list_async(None, as_account)).data
    await api.control("clock/advance", {"seconds": 30 * 24 * 3600 + 60})
    assert (await api.v1.events.list_async(None, as_account)).data == []


async def test_accounts_are_listed_newest_first(api: Stripe) -> None:
    first = await api.v1.accounts.create_async(account_params())
    second = await api.v1.accounts.create_async(account_params())
    page = await api.v1.accounts.list_async({"limit": 2})
    assert [item.id for item in page.data] == [second.id, first.id]


async def test_metadata_merges(api: Stripe, account: stripe.Account) -> None:
    sent = await send(api, account, metadata={"a": "1", "b": "2"})
    for change, expected in (
        ({"b": "3", "c": "4"}, {"a": "1", "b": "3", "c": "4"}),
        ({"a": ""}, {"b": "3", "c": "4"}),
        ("", {}),
        ({"d": "5"}, {"d": "5"}),
    ):
        await api.v1.transfers.update_async(sent.id, {"metadata": change})
        held = await api.v1.transfers.retrieve_async(sent.id)
        assert body_of(held)["metadata"] == expected
