"""Request limits are kept on our side: never more in a second than agreed, and nobody overtakes."""

from __future__ import annotations

import asyncio
import time

from services.payouts.stripe_api.pace import Pace


async def test_a_second_never_has_more_than_agreed() -> None:
    pace = Pace(requests_per_second=100)
    started = time.monotonic()
    order: list[int] = []

    async def one(number: int) -> float:
        await pace.admit("transfers.create")
        order.append(number)
        return time.monotonic() - started

    times = await asyncio.gather(*(one(number) for number in range(50)))
    assert order == sorted(order)
    # 20 may go at once, the others follow a hundredth of a second apart.
    assert sum(moment < 0.005 for moment in times) <= 21
    assert max(times) >= 0.29


async def test_endpoints_have_limits_of_their_own() -> None:
    pace = Pace(requests_per_second=10)
    started = time.monotonic()
    await asyncio.gather(*(pace.admit(f"endpoint.{number}") for number in range(5)))
    assert time.monotonic() - started < 0.05


async def test_no_limit_is_no_wait() -> None:
    pace = Pace(requests_per_second=0)
    started = time.monotonic()
    for _ in range(1000):
        await pace.admit("transfers.create")
    assert time.monotonic() - started < 0.5
