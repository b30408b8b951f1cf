from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payouts.domain.errors import InvalidAmount
from services.payouts.domain.pricing import part_minor, price, worst_case_minor

from .samples import amounts_minor, bps


@pytest.mark.parametrize(
    ("pay_minor", "commission_bps", "fee_bps", "commission_minor", "fee_minor", "total_minor"),
    [
        (10, 2_000, 1_000, 2, 1, 13),
        (10, 0, 0, 0, 0, 10),
        (10, 10_000, 10_000, 10, 10, 30),
        # Halves go up, each share for itself.
        (5, 1_000, 1_000, 1, 1, 7),
        (4, 1_000, 1_000, 0, 0, 4),
    ],
)
def test_price(
    pay_minor: int,
    commission_bps: int,
    fee_bps: int,
    commission_minor: int,
    fee_minor: int,
    total_minor: int,
) -> None:
    cost = price(pay_minor=pay_minor, commission_bps=commission_bps, fee_bps=fee_bps)
    assert (cost.pay_minor, cost.commission_minor, cost.fee_minor) == (
        pay_minor,
        commission_minor,
        fee_minor,
    )
    assert cost.total_minor == total_minor


@given(pay_minor=amounts_minor, pay_bps=st.integers(1, 10_000), commission_bps=bps, fee_bps=bps)
def test_a_part_costs_nobody_more_than_the_whole_and_pays_at_least_its_share(
    pay_minor: int, pay_bps: int, commission_bps: int, fee_bps: int
) -> None:
    part_pay = part_minor(pay_minor=pay_minor, pay_bps=pay_bps)
    assert part_pay * 10_000 >= pay_minor * pay_bps > (part_pay - 1) * 10_000
    part = price(pay_minor=part_pay, commission_bps=commission_bps, fee_bps=fee_bps)
    whole = price(pay_minor=pay_minor, commission_bps=commission_bps, fee_bps=fee_bps)
    assert part.pay_minor <= whole.pay_minor
    assert part.commission_minor <= whole.commission_minor
    assert part.fee_minor <= whole.fee_minor
    if pay_bps == 10_000:
        assert part == whole


@pytest.mark.parametrize(
    "changes",
    [
        {"pay_minor": 0},
        {"pay_minor": -1},
        {"pay_minor": 1.0},
        {"pay_minor": True},
        {"commission_bps": -1},
        {"commission_bps": 10_001},
        {"commission_bps": 0.5},
        {"fee_bps": -1},
        {"fee_bps": 10_001},
    ],
)
def test_bad_prices_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidAmount):
        price(**({"pay_minor": 1, "commission_bps": 0, "fee_bps": 0} | changes))


@given(pay_minor=amounts_minor, commission_bps=bps, other_bps=bps, fee_bps=bps)
def test_no_cut_depends_on_another(
    pay_minor: int, commission_bps: int, other_bps: int, fee_bps: int
) -> None:
    one = price(pay_minor=pay_minor, commission_bps=commission_bps, fee_bps=fee_bps)
    other = price(pay_minor=pay_minor, commission_bps=other_bps, fee_bps=fee_bps)
    assert one.pay_minor == other.pay_minor == pay_minor
    assert one.fee_minor == other.fee_minor


def test_worst_case() -> None:
    assert (
        worst_case_minor(
            tasks=100, overlap=3, pay_minor=10, max_commission_bps=2_000, fee_bps=1_000
        )
        == 100 * 3 * 13
    )
    assert worst_case_minor(tasks=0, overlap=1, pay_minor=10, max_commission_bps=0, fee_bps=0) == 0


@pytest.mark.parametrize(("tasks", "overlap"), [(-1, 1), (1, 0)])
def test_worst_case_of_nonsense(tasks: int, overlap: int) -> None:
    with pytest.raises(InvalidAmount):
        worst_case_minor(
            tasks=tasks, overlap=overlap, pay_minor=10, max_commission_bps=0, fee_bps=0
        )


@given(
    pay_minor=amounts_minor,
    max_commission_bps=bps,
    fee_bps=bps,
    commissions=st.lists(bps, min_size=1, max_size=30),
    overlap=st.integers(min_value=1, max_value=10),
)
def test_nothing_costs_more_than_the_worst_case(
    pay_minor: int, max_commission_bps: int, fee_bps: int, commissions: list[int], overlap: int
) -> None:
    spent_minor = sum(
        price(
            pay_minor=pay_minor,
            commission_bps=min(commission_bps, max_commission_bps),
            fee_bps=fee_bps,
        ).total_minor
        for commission_bps in commissions
        for _ in range(overlap)
    )
    assert spent_minor <= worst_case_minor(
        tasks=len(commissions),
        overlap=overlap,
        pay_minor=pay_minor,
        max_commission_bps=max_commission_bps,
        fee_bps=fee_bps,
    )
