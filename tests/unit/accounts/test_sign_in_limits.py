"""Attempts to sign in: by address and by account; others lock nobody out of their account."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.domain.errors import RateLimited
from services.accounts.domain.rate_limits import RateLimit
from services.accounts.domain.sign_in_limits import SignInLimits

HOME, ELSEWHERE = "10.0.0.1", "10.9.9.9"
ADA, BO = "ada@example.com", "bo@example.com"


def _limits(
    *, address: int = 100, account: int = 3, per_second: float = 0.1, known_max: int = 100
) -> SignInLimits:
    return SignInLimits(
        by_address=RateLimit(burst=address, per_second=per_second),
        by_account=RateLimit(burst=account, per_second=per_second),
        known_max=known_max,
    )


def _admitted(limits: SignInLimits, *, address: str, account: str, now: float = 0.0) -> bool:
    try:
        limits.take(address=address, account=account, now_seconds=now)
    except RateLimited:
        return False
    return True


def test_an_account_is_limited_wherever_the_attempts_come_from() -> None:
    limits = _limits()
    tries = [_admitted(limits, address=f"10.0.0.{n}", account=ADA) for n in range(5)]
    assert tries == [True, True, True, False, False]
    assert _admitted(limits, address=HOME, account=BO)


def test_an_address_is_limited_whatever_it_tries() -> None:
    limits = _limits(address=3)
    tries = [_admitted(limits, address=HOME, account=f"{n}@example.com") for n in range(5)]
    assert tries == [True, True, True, False, False]
    assert _admitted(limits, address=ELSEWHERE, account=ADA)


def test_an_attempt_that_the_account_refuses_costs_the_address_nothing() -> None:
    limits = _limits(address=4, account=1)
    assert _admitted(limits, address=HOME, account=ADA)
    assert not any(_admitted(limits, address=HOME, account=ADA) for _ in range(10))
    assert [_admitted(limits, address=HOME, account=f"{n}@x.example") for n in range(4)] == [
        True, True, True, False,
    ]  # fmt: skip


def test_successes_cost_nothing_and_what_was_not_judged_neither() -> None:
    limits = _limits(address=1, account=1)
    for _ in range(5):
        limits.take(address=HOME, account=ADA, now_seconds=0.0)
        limits.succeeded(address=HOME, account=ADA, now_seconds=0.0)
    for _ in range(5):
        limits.take(address=ELSEWHERE, account=BO, now_seconds=0.0)
        limits.give_back(address=ELSEWHERE, account=BO, now_seconds=0.0)


def test_limits_recover() -> None:
    limits = _limits(account=1)
    assert _admitted(limits, address=HOME, account=ADA)
    assert not _admitted(limits, address=HOME, account=ADA, now=9.0)
    assert _admitted(limits, address=HOME, account=ADA, now=10.0)


def test_others_lock_nobody_out_from_where_they_have_signed_in() -> None:
    limits = _limits()
    limits.take(address=HOME, account=ADA, now_seconds=0.0)
    limits.succeeded(address=HOME, account=ADA, now_seconds=0.0)
    while _admitted(limits, address=ELSEWHERE, account=ADA):
        pass
    assert _admitted(limits, address=HOME, account=ADA)
    # There too, they have no more attempts than anybody.
    assert [_admitted(limits, address=HOME, account=ADA) for _ in range(3)] == [True, True, False]


def test_no_text_that_is_tried_spends_what_is_anothers() -> None:
    limits = _limits(account=1)
    limits.take(address=HOME, account=ADA, now_seconds=0.0)
    limits.succeeded(address=HOME, account=ADA, now_seconds=0.0)
    for text in (f"{HOME}\n{ADA}", f"known:{HOME}\n{ADA}", f"{ADA}\n{HOME}", f"account:{ADA}"):
        assert _admitted(limits, address=ELSEWHERE, account=text)
    assert _admitted(limits, address=HOME, account=ADA)
    assert _admitted(limits, address=ELSEWHERE, account=ADA)


@given(st.lists(st.tuples(st.text(max_size=2), st.text(max_size=2)), max_size=60))
def test_memory_is_bounded(pairs: list[tuple[str, str]]) -> None:
    limits = _limits(known_max=5)
    for address, account in pairs:
        if _admitted(limits, address=address, account=account):
            limits.succeeded(address=address, account=account, now_seconds=0.0)
        assert len(limits._known) <= 5


def test_the_refusals_do_not_tell_which_limit() -> None:
    limits = _limits(address=1, account=1)
    limits.take(address=HOME, account=ADA, now_seconds=0.0)
    for address, account in ((HOME, BO), (ELSEWHERE, ADA)):
        with pytest.raises(RateLimited):
            limits.take(address=address, account=account, now_seconds=0.0)
