"""Faults of a run as data: the same seed fails the same calls, and what was struck can be read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import stripe

from tests.contract.sandbox_process import SandboxProcess, Stripe, error_of
from tests.waiting import eventually

_CALLS = 40


@pytest.fixture
async def planned(api: Stripe) -> AsyncIterator[Stripe]:
    """The shared sandbox; a plan that the test begins ends with it."""
    yield api
    await ended(api)


async def ended(api: Stripe) -> Any:
    url = f"{api.process.url}/_sandbox/fault_plan"
    async with api.session.delete(url) as response:
        return await response.json()


async def begin(api: Stripe, *rules: dict[str, Any], seed: int = 1) -> None:
    await api.control("fault_plan", {"seed": seed, "rules": list(rules)})


async def refused_calls(api: Stripe, *rules: dict[str, Any], seed: int) -> list[int]:
    """Return which of the calls of a plan's run were refused, numbered from 1."""
    await begin(api, *rules, seed=seed)
    statuses = [(await api.raw("GET", "/v1/balance"))[0] for _ in range(_CALLS)]
    return [number for number, status in enumerate(statuses, start=1) if status != 200]


async def test_the_same_seed_strikes_the_same_calls(planned: Stripe) -> None:
    busy = {"name": "busy", "operation": "balance.*", "probability": 0.3, "fault": "429"}
    other = {"name": "other", "operation": "*", "calls": [2], "fault": "429"}
    first = await refused_calls(planned, busy, seed=7)
    assert 4 < len(first) < 25
    assert await refused_calls(planned, busy, seed=7) == first
    assert await refused_calls(planned, busy, seed=8) != first
    # A rule strikes what it strikes whatever stands before it.
    assert await refused_calls(planned, other, busy, seed=7) == sorted({2, *first})
    told = await planned.control("fault_plan")
    assert told["rules"]["busy"]["calls"] == told["rules"]["other"]["calls"] == _CALLS
    assert [hit["call"] for hit in told["hits"]] == sorted({2, *first})
    assert {hit["operation"] for hit in told["hits"]} == {"balance.retrieve"}


async def test_a_burst_hits_calls_in_a_row_up_to_a_limit(planned: Stripe) -> None:
    burst = {"operation": "balance.retrieve", "calls": [3, 20, 30], "fault": "429", "burst": 4}
    assert await refused_calls(planned, {**burst, "limit": 10}, seed=1) == [
        *(3, 4, 5, 6),
        *(20, 21, 22, 23),
        *(30, 31),
    ]


@pytest.mark.parametrize(
    ("fault", "made", "answer"),
    [
        ("drop_response", True, None),
        ("reset", False, None),
        ("500_after_commit", True, (500, None)),
        ("500_before_commit", False, (500, None)),
        ("409", False, (409, "idempotency_key_in_use")),
        ("429", False, (429, "rate_limit")),
    ],
)
async def test_what_a_fault_leaves_behind(
    planned: Stripe, fault: str, made: bool, answer: tuple[int, str | None] | None
) -> None:
    account = await planned.ready_account()
    await planned.top_up(1_000)
    body = f"amount=100&currency=usd&destination={account.id}"
    key = {"Idempotency-Key": f"{fault}-{account.id}"}
    await begin(planned, {"operation": "transfer.create", "calls": [1], "fault": fault})
    if answer is None:
        with pytest.raises(aiohttp.ClientError):
            await planned.raw("POST", "/v1/transfers", body, headers=key)
    else:
        status, _, refusal = await planned.raw("POST", "/v1/transfers", body, headers=key)
        assert (status, refusal["error"].get("code")) == answer
    [hit] = (await planned.control("fault_plan"))["hits"]
    assert (hit["fault"], hit["applied"]) == (fault, True)
    assert hit["idempotency_key"] == key["Idempotency-Key"]
    page = await planned.v1.transfers.list_async({"destination": account.id})
    assert len(page.data) == made
    status, headers, _ = await planned.raw("POST", "/v1/transfers", body, headers=key)
    is_kept = answer is None or answer[0] == 500
    assert status == (500 if "500" in fault else 200)
    assert ("Idempotent-Replayed" in headers) == (is_kept and fault != "reset")


async def test_a_lost_answer_may_be_lost_again_when_it_is_read_from_its_key(
    planned: Stripe,
) -> None:
    key = {"Idempotency-Key": "lost-twice"}
    await begin(planned, {"operation": "topup.create", "calls": [1, 2], "fault": "drop_response"})
    for _ in range(2):
        with pytest.raises(aiohttp.ClientError):
            await planned.raw("POST", "/v1/topups", "amount=7&currency=usd", headers=key)
    status, headers, _ = await planned.raw(
        "POST", "/v1/topups", "amount=7&currency=usd", headers=key
    )
    assert (status, headers["Idempotent-Replayed"]) == (200, "true")


async def test_a_fault_of_execution_passes_by_a_call_that_is_not_executed(planned: Stripe) -> None:
    await begin(planned, {"operation": "topup.create", "calls": [1], "fault": "500_after_commit"})
    status, _, _ = await planned.raw("POST", "/v1/topups", "amount=7&currency=usd&nonsense=1")
    assert status == 400
    [hit] = (await planned.control("fault_plan"))["hits"]
    assert hit["applied"] is False


async def test_a_slow_call_takes_its_time_on_the_sandboxes_clock(planned: Stripe) -> None:
    await begin(
        planned, {"operation": "topup.create", "calls": [1], "fault": "delay", "seconds": 90}
    )
    slow = asyncio.create_task(
        planned.v1.topups.create_async({"amount": 7, "currency": "usd", "metadata": {"slow": "1"}})
    )

    async def is_held() -> bool:
        return len((await planned.control("fault_plan"))["hits"]) == 1

    await eventually(is_held, what="the slow call is being held")
    await planned.control("clock/advance", {"seconds": 60})
    newest = await planned.v1.topups.list_async({"limit": 1})
    assert [topup for topup in newest.data if "slow" in topup.metadata] == []
    await planned.control("clock/advance", {"seconds": 31})
    topup = await slow
    assert (await planned.v1.topups.retrieve_async(topup.id)).status == "succeeded"


async def test_a_list_may_lag_behind_what_was_made(planned: Stripe) -> None:
    account = await planned.ready_account()
    await planned.top_up(1_000)
    old = await planned.v1.transfers.create_async(
        {"amount": 1, "currency": "usd", "destination": account.id}
    )
    await planned.control("clock/advance", {"seconds": 60})
    new = await planned.v1.transfers.create_async(
        {"amount": 2, "currency": "usd", "destination": account.id}
    )
    await begin(
        planned,
        {"operation": "transfer.list", "calls": [1], "fault": "stale_list", "seconds": 30},
    )
    seen = []
    for _ in range(2):
        page = await planned.v1.transfers.list_async({"destination": account.id})
        seen.append([transfer.id for transfer in page.data])
    assert seen == [[old.id], [new.id, old.id]]


async def test_a_call_may_be_executed_by_a_wrong_clock(planned: Stripe) -> None:
    ahead = {"operation": "topup.create", "calls": [1], "fault": "clock_skew", "seconds": 500}
    await begin(planned, ahead, {**ahead, "calls": [2], "seconds": -500, "name": "behind"})
    created = [
        (await planned.v1.topups.create_async({"amount": 7, "currency": "usd"})).created
        for _ in range(3)
    ]
    assert 400 < created[0] - created[2] <= 500
    assert 400 < created[2] - created[1] <= 600


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ({"rules": [], "sede": 1}, "sede is no field"),
        ({"rules": [], "seed": "1"}, "seed must be an integer"),
        ({"rules": {}}, "rules must be a list"),
        ({"rules": [{}]}, "rules[0].fault"),
        ({"rules": [{"operation": "*", "fault": "429"}]}, "one of calls and probability"),
        ({"rules": [{"fault": "429", "calls": [1]}]}, "rules[0].operation"),
        ({"rules": [{"operation": "*", "fault": "429", "calls": [0]}]}, "rules[0].calls"),
        (
            {"rules": [{"operation": "*", "fault": "429", "probability": 1.5}]},
            "rules[0].probability",
        ),
        ({"rules": [{"operation": "*", "fault": "delay", "calls": [1]}]}, "seconds must be given"),
        (
            {"rules": [{"operation": "*", "fault": "reset", "calls": [1], "seconds": 1}]},
            "takes no time",
        ),
        (
            {"rules": [{"operation": "*", "fault": "429", "calls": [1], "name": "a"}] * 2},
            "given twice",
        ),
    ],
)
async def test_a_plan_that_is_none_is_explained_and_changes_nothing(
    planned: Stripe, document: dict[str, Any], complaint: str
) -> None:
    await begin(planned, {"operation": "balance.retrieve", "calls": [1], "fault": "429"})
    url = f"{planned.process.url}/_sandbox/fault_plan"
    async with planned.session.post(url, json=document) as response:
        assert response.status == 400
        assert complaint in (await response.json())["error"]["message"]
    with pytest.raises(stripe.RateLimitError) as refusal:
        await planned.v1.balance.retrieve_async()
    assert error_of(refusal.value)["code"] == "rate_limit"


async def test_a_plan_may_come_from_a_file(
    tmp_path: Path,
    new_process: Callable[..., SandboxProcess],
    session: aiohttp.ClientSession,
) -> None:
    file = tmp_path / "plan.json"
    rule = {"operation": "*", "calls": [1], "fault": "429", "code": "lock_timeout"}
    file.write_text(json.dumps({"seed": 3, "rules": [rule]}))
    api = Stripe(new_process("--fault-plan", str(file)), session)
    with pytest.raises(stripe.RateLimitError) as refusal:
        await api.v1.balance.retrieve_async()
    assert error_of(refusal.value)["code"] == "lock_timeout"
    await api.v1.balance.retrieve_async()
