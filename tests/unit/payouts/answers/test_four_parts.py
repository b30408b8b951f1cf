"""Prices everyone can see: pay, commission, fee and benefits, and the reserve that is set aside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payouts.domain.answers.costs import Cost, cost_of
from services.payouts.domain.answers.parties import Project
from services.payouts.domain.answers.pricing import price, reserve_part_units, worst_case_units
from services.payouts.domain.errors import InsufficientFunds, InvalidAmount, InvalidEntry
from services.payouts.domain.fairness.fairness_flows import floor_top_up, reserve_shortfall
from services.payouts.domain.ledger import flows
from services.payouts.domain.ledger.accounts import parse
from services.payouts.domain.ledger.entries import Entry
from services.payouts.domain.ledger.money import (
    LEDGER_UNITS_PER_MINOR,
    decimal_text,
    minor_below,
    units_of,
    whole_minor,
)
from services.payouts.domain.statements.statement_lines import LineKind, aggregate_of
from tests.unit.payouts.samples import AVAILABLE, BOOKING, HELD, accrual_of, bps, funded_books

BENEFITS = "contractor:ctr_1:benefits:USD"
RESERVE = "client:org_a:project:prj_1:reserve:USD"
PAYABLE = "contractor:ctr_1:via:org_v:payable:USD"

_NAMED: dict[str, Any] = {
    "client_id": "org_a",
    "project_id": "prj_1",
    "currency": "USD",
    "booking": BOOKING,
}


def _with_benefits(**changes: object) -> Entry:
    values: dict[str, Any] = {
        "assignment_id": "asn_1",
        "revision": 1,
        "contractor_id": "ctr_1",
        "vendor_id": "org_v",
        "pay_units": 13_000,
        "commission_bps": 1_500,
        "fee_bps": 2_000,
        "benefits_bps": 333,
    }
    return flows.accrual(**(values | _NAMED | changes))


def test_a_price_of_one_point_three_cents_is_exact_in_all_its_parts() -> None:
    """G8: nothing is rounded at an answer, but benefits to the next unit for the contractor."""
    entry = _with_benefits()
    assert {one.account: one.amount_units for one in entry.postings} == {
        HELD: 13_000 + 1_950 + 2_600 + 433,
        PAYABLE: -13_000,
        "platform:fees:USD": -2_600,
        BENEFITS: -433,
        "vendor:org_v:commission:USD": -1_950,
    }
    assert cost_of(entry) == Cost(
        pay_units=13_000, commission_units=1_950, fee_units=2_600, benefits_units=433
    )
    assert cost_of(entry).total_units == entry.postings[0].amount_units


def test_what_is_taken_back_and_what_was_booked_come_to_nothing() -> None:
    accrued = _with_benefits()
    reversal = flows.accrual_reversal(accrued=accrued, reason="x", booking=BOOKING)
    assert cost_of(accrued) + cost_of(reversal) == Cost()
    assert -cost_of(accrued) == cost_of(reversal)


@given(
    pay=st.integers(1, 10**10),
    shares=st.tuples(bps, bps, bps, bps),
    answers=st.integers(1, 10_000),
    missing_minor=st.integers(0, 3),
)
def test_a_hold_of_the_worst_case_pays_for_every_answer_and_keeps_the_reserve(
    pay: int, shares: tuple[int, int, int, int], answers: int, missing_minor: int
) -> None:
    """What goes to the reserve never takes from what the answers cost."""
    commission, fee, benefits, reserve_bps = shares
    project = Project(
        project_id="prj_1",
        client_id="org_a",
        kind=1,
        pay_units=pay,
        currency="USD",
        platform_fee_bps=fee,
        commission_bps_max=commission,
        benefits_bps=benefits,
        floor_reserve_bps=reserve_bps,
    )
    worst_units = worst_case_units(
        tasks=answers,
        overlap=1,
        pay_units=pay,
        max_commission_bps=commission,
        fee_bps=fee,
        benefits_bps=benefits,
        floor_reserve_bps=reserve_bps,
    )
    # What a client pays in is whole: a little more than the worst case, never less.
    amount_units = units_of(-(-worst_units // LEDGER_UNITS_PER_MINOR) + missing_minor)
    part_units = reserve_part_units(
        amount_units=amount_units,
        price_units_max=project.price_units_max,
        reserve_units_each=project.reserve_units_each,
    )
    assert amount_units - part_units >= answers * project.price_units_max
    assert part_units >= answers * project.reserve_units_each
    cost = price(pay_units=pay, commission_bps=commission, fee_bps=fee, benefits_bps=benefits)
    assert cost.benefits_units * 10_000 >= pay * benefits


def test_a_hold_is_split_and_given_back_in_both_its_parts() -> None:
    hold = flows.project_hold(hold_id="h", amount_units=1_100, reserve_units=100, **_NAMED)
    assert {one.account: one.amount_units for one in hold.postings} == {
        AVAILABLE: 1_100,
        HELD: -1_000,
        RESERVE: -100,
    }
    back = flows.hold_release(release_id="r", held_units=1_000, reserve_units=100, **_NAMED)
    assert {one.account: one.amount_units for one in back.postings} == {
        HELD: 1_000,
        RESERVE: 100,
        AVAILABLE: -1_100,
    }
    with pytest.raises(InvalidEntry):
        flows.project_hold(hold_id="h", amount_units=10, reserve_units=11, **_NAMED)


def _top_up(amount_units: int) -> Entry:
    return floor_top_up(
        period_id="p1",
        contractor_id="ctr_1",
        vendor_id="org_v",
        amount_units=amount_units,
        reason="floor KE 2026",
        **_NAMED,
    )


def test_a_top_up_comes_out_of_the_reserve_and_goes_to_the_contractor_alone() -> None:
    books = funded_books(available_units=1_000)
    books.must_post(flows.project_hold(hold_id="h", amount_units=500, reserve_units=100, **_NAMED))
    (refusal,) = books.post([_top_up(101)]).refused
    assert isinstance(refusal.error, InsufficientFunds)
    books.must_post(
        reserve_shortfall(
            period_id="p1", contractor_id="ctr_1", amount_units=1, reason="x", **_NAMED
        ),
        _top_up(101),
    )
    assert books.balance_units(PAYABLE) == 101
    assert books.balance_units("platform:absorbed:USD") == 1
    aggregate = aggregate_of(replace(_top_up(101), booking=BOOKING))
    assert aggregate is not None
    line = aggregate.line
    assert (line.kind, line.answers, line.pay_units, line.commission_units) == (
        LineKind.FLOOR_TOP_UP,
        0,
        101,
        0,
    )


def test_every_guarded_account_of_people_and_clients_is_on_the_credit_side() -> None:
    for entry in (_with_benefits(), accrual_of(), _top_up(5)):
        for posting in entry.postings:
            account = parse(posting.account)
            assert account.balance_units(-1) == 1 or not account.kind.guarded


@given(st.integers(-9 * 10**14, 9 * 10**14))
def test_units_and_minor_units(amount_minor: int) -> None:
    units = units_of(amount_minor)
    assert whole_minor(units) == minor_below(units) == amount_minor
    assert minor_below(units + 1) == amount_minor
    with pytest.raises(InvalidAmount):
        whole_minor(units + 1)


@pytest.mark.parametrize(
    ("units", "currency", "text"),
    [
        (13_000, "USD", "0.013"),
        (10_000, "USD", "0.01"),
        (1_230_000, "USD", "1.23"),
        (-13_001, "USD", "-0.013001"),
        (5_000, "JPY", "0.5"),
        (10_000, "JPY", "1"),
        (15_000, "KWD", "0.0015"),
        (0, "USD", "0.00"),
    ],
)
def test_amounts_as_people_write_them(units: int, currency: str, text: str) -> None:
    assert decimal_text(units, currency) == text
