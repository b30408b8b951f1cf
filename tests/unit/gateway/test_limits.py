"""Limits: the burst, the refill, what the caller is told, and the bound on memory."""

from __future__ import annotations

import pytest

from services.gateway.rest.limits import Buckets, Limits, RateExceeded, StreamSlots


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def limits(clock: Clock, **changes: int) -> Limits:
    return Limits(
        keys=Buckets(per_second=2.0, burst=3, monotonic=clock),
        addresses=Buckets(per_second=1.0, burst=2, monotonic=clock),
        streams=StreamSlots(per_key_max=2),
    )


def test_a_burst_and_then_so_many_a_second() -> None:
    clock = Clock()
    limit = limits(clock)
    left = [limit.take("a") for _ in range(3)]
    assert [each.remaining for each in left] == [2, 1, 0]
    assert [each.reset_seconds for each in left] == [1, 1, 2]
    assert {each.limit for each in left} == {3}
    with pytest.raises(RateExceeded) as refused:
        limit.take("a")
    assert refused.value.retry_seconds == pytest.approx(0.5)
    assert refused.value.allowance is not None
    limit.take("b")
    clock.now += 0.49
    with pytest.raises(RateExceeded):
        limit.take("a")
    clock.now += 0.01
    limit.take("a")


def test_an_address_is_refused_after_so_many_wrong_credentials() -> None:
    clock = Clock()
    limit = limits(clock)
    for _ in range(2):
        limit.check_address("203.0.113.9")
        limit.refused("203.0.113.9")
    with pytest.raises(RateExceeded):
        limit.check_address("203.0.113.9")
    limit.check_address("203.0.113.10")
    clock.now += 1.0
    limit.check_address("203.0.113.9")


def test_addresses_of_one_ipv6_network_share_a_bucket() -> None:
    limit = limits(Clock())
    limit.take_public("2001:db8::1")
    limit.take_public("2001:db8::2:1")
    with pytest.raises(RateExceeded):
        limit.take_public("2001:db8::3")
    limit.take_public("2001:db8:0:1::1")


def test_the_buckets_that_are_kept_are_the_last_used() -> None:
    buckets = Buckets(per_second=0.001, burst=1, keys_max=2, monotonic=Clock())
    for key in ("a", "b", "a", "c"):
        buckets.take(key)
    assert len(buckets) == 2
    assert buckets.look("a").wait_seconds > 0
    assert buckets.look("b").wait_seconds == 0


def test_streams_of_a_key_are_counted_while_they_are_open() -> None:
    slots = StreamSlots(per_key_max=2)
    with slots.one("a"), slots.one("b"):
        with slots.one("a"), pytest.raises(RateExceeded), slots.one("a"):
            pass
        with slots.one("a"):
            pass
    assert slots._open == {}
