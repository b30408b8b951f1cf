"""Token buckets: the burst, the refill, and the bound on memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.accounts.domain.rate_limits import RateLimit


def test_a_burst_and_then_so_many_a_second() -> None:
    limit = RateLimit(burst=3, per_second=0.5)
    assert [limit.take("a", now_seconds=10.0) for _ in range(4)] == [True, True, True, False]
    assert not limit.take("a", now_seconds=11.9)
    assert limit.take("a", now_seconds=12.0)
    assert not limit.take("a", now_seconds=12.0)


def test_looking_takes_nothing() -> None:
    limit = RateLimit(burst=1, per_second=1.0)
    assert all(limit.allows("a", now_seconds=0.0) for _ in range(5))
    assert limit.take("a", now_seconds=0.0)
    assert not limit.allows("a", now_seconds=0.0)


def test_what_is_given_back_is_there_again_and_never_more_than_the_burst() -> None:
    limit = RateLimit(burst=2, per_second=0.1)
    assert limit.take("a", now_seconds=0.0)
    assert limit.take("a", now_seconds=0.0)
    limit.give_back("a", now_seconds=0.0)
    assert limit.take("a", now_seconds=0.0)
    assert not limit.take("a", now_seconds=0.0)
    for _ in range(5):
        limit.give_back("a", now_seconds=0.0)
        limit.give_back("nobody", now_seconds=0.0)
    assert [limit.take("a", now_seconds=0.0) for _ in range(3)] == [True, True, False]
    assert len(limit) == 1


def test_one_key_does_not_spend_anothers() -> None:
    limit = RateLimit(burst=1, per_second=0.1)
    assert limit.take("a", now_seconds=0.0)
    assert limit.take("b", now_seconds=0.0)
    assert not limit.take("a", now_seconds=0.0)


def test_a_refused_attempt_does_not_push_the_refill_away() -> None:
    limit = RateLimit(burst=1, per_second=1.0)
    assert limit.take("a", now_seconds=0.0)
    for tenth in range(1, 10):
        assert not limit.take("a", now_seconds=tenth / 10)
    assert limit.take("a", now_seconds=1.001)


@given(keys=st.lists(st.text(max_size=3), max_size=60))
def test_memory_is_bounded(keys: list[str]) -> None:
    limit = RateLimit(burst=1, per_second=0.0, keys_max=5)
    for key in keys:
        limit.take(key, now_seconds=0.0)
        assert len(limit) <= 5


@given(
    gaps=st.lists(st.floats(0, 5), min_size=1, max_size=60),
    burst=st.integers(1, 5),
    rate=st.floats(0.1, 3),
)
def test_never_more_than_burst_and_refill_together(
    gaps: list[float], burst: int, rate: float
) -> None:
    limit, now, taken = RateLimit(burst=burst, per_second=rate), 0.0, 0
    for gap in gaps:
        now += gap
        taken += limit.take("a", now_seconds=now)
    assert taken <= burst + now * rate + 1e-6
