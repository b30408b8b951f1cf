from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payouts.domain.answers.pricing import part_units, price, worst_case_units
from services.payouts.domain.errors import InvalidAmount
from tests.unit.payouts.samples import amounts_units, bps


@pytest.mark.parametrize(
    ("pay_units", "commission_bps", "fee_bps", "commission_units", "fee_units", "total_units"),
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
    pay_units: int,
    commission_bps: int,
    fee_bps: int,
    commission_units: int,
    fee_units: int,
    total_units: int,
) -> None:
    cost = price(pay_units=pay_units, commission_bps=commission_bps, fee_bps=fee_bps)
    assert (cost.pay_units, cost.commission_units, cost.fee_units) == (
        pay_units,
        commission_units,
        fee_units,
    )
    assert cost.total_units == total_units


@given(pay_units=amounts_units, pay_bps=st.integers(1, 10_000), commission_bps=bps, fee_bps=bps)
def test_a_part_costs_nobody_more_than_the_whole_and_pays_at_least_its_share(
    pay_units: int, pay_bps: int, commission_bps: int, fee_bps: int
) -> None:
    part_pay = part_units(pay_units=pay_units, pay_bps=pay_bps)
    assert part_pay * 10_000 >= pay_units * pay_bps > (part_pay - 1) * 10_000
    part = price(pay_units=part_pay, commission_bps=commission_bps, fee_bps=fee_bps)
    whole = price(pay_units=pay_units, commission_bps=commission_bps, fee_bps=fee_bps)
    assert part.pay_units <= whole.pay_units
    assert part.commission_units <= whole.commission_units
    assert part.fee_units <= whole.fee_units
    if pay_bps == 10_000:
        assert part == whole


@pytest.mark.parametrize(
    "changes",
    [
        {"pay_units": 0},
        {"pay_units": -1},
        {"pay_units": 1.0},
        {"pay_units": True},
        {"commission_bps": -1},
        {"commission_bps": 10_001},
        {"commission_bps": 0.5},
        {"fee_bps": -1},
        {"fee_bps": 10_001},
    ],
)
def test_bad_prices_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidAmount):
        price(**({"pay_units": 1, "commission_bps": 0, "fee_bps": 0} | changes))


@given(pay_units=amounts_units, commission_bps=bps, other_bps=bps, fee_bps=bps)
def test_no_cut_depends_on_another(
    pay_units: int, commission_bps: int, other_bps: int, fee_bps: int
) -> None:
    one = price(pay_units=pay_units, commission_bps=commission_bps, fee_bps=fee_bps)
    other = price(pay_units=pay_units, commission_bps=other_bps, fee_bps=fee_bps)
    assert one.pay_units == other.pay_units == pay_units
    assert one.fee_units == other.fee_units


def test_worst_case() -> None:
    assert (
        worst_case_units(
            tasks=100, overlap=3, pay_units=10, max_commission_bps=2_000, fee_bps=1_000
        )
        == 100 * 3 * 13
    )
    assert worst_case_units(tasks=0, overlap=1, pay_units=10, max_commission_bps=0, fee_bps=0) == 0


@pytest.mark.parametrize(("tasks", "overlap"), [(-1, 1), (1, 0)])
def test_worst_case_of_nonsense(tasks: int, overlap: int) -> None:
    with pytest.raises(InvalidAmount):
        worst_case_units(
            tasks=tasks, overlap=overlap, pay_units=10, max_commission_bps=0, fee_bps=0
        )


@given(
    pay_units=amounts_units,
    max_commission_bps=bps,
    fee_bps=bps,
    commissions=st.lists(bps, min_size=1, max_size=30),
    overlap=st.integers(min_value=1, max_value=10),
)
def test_nothing_costs_more_than_the_worst_case(
    pay_units: int, max_commission_bps: int, fee_bps: int, commissions: list[int], overlap: int
) -> None:
    spent_units = sum(
        price(
            pay_units=pay_units,
            commission_bps=min(commission_bps, max_commission_bps),
            fee_bps=fee_bps,
        ).total_units
        for commission_bps in commissions
        for _ in range(overlap)
    )
    assert spent_units <= worst_case_units(
        tasks=len(commissions),
        overlap=overlap,
        pay_units=pay_units,
        max_commission_bps=max_commission_bps,
        fee_bps=fee_bps,
    )
