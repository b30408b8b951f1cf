"""What the platform bears when an answer is overturned after it was paid, and how it comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payouts.domain.answers.costs import Cost, cost_of
from services.payouts.domain.answers.decisions import Standing, Step, Verdict, step_of
from services.payouts.domain.answers.overturned import (
    loss_repaid,
    repaid_cost,
    with_benefits_borne,
)
from services.payouts.domain.ledger import flows
from tests.unit.payouts import samples
from tests.unit.payouts.answers.test_decisions import decision_of
from tests.unit.payouts.samples import BOOKING


def overturned(*, pay_bps: int = 10_000) -> Step:
    accepted = step_of(decision_of(Verdict.ACCEPTED, pay_bps=pay_bps), None)
    assert accepted is not None
    rejected = step_of(decision_of(Verdict.REJECTED, revision=2), accepted.after)
    assert rejected is not None
    return rejected.with_loss_borne()


def again(standing: Standing, verdict: Verdict, revision: int, pay_bps: int = 10_000) -> Step:
    step = step_of(decision_of(verdict, revision=revision, pay_bps=pay_bps), standing)
    assert step is not None
    return step


@pytest.mark.parametrize(
    ("pay_bps", "repaid_bps"), [(10_000, 6_000), (6_000, 6_000), (2_000, 2_000)]
)
def test_a_client_pays_us_back_for_no_more_than_was_kept(pay_bps: int, repaid_bps: int) -> None:
    rejected = overturned(pay_bps=6_000)
    assert (rejected.after.borne_bps, rejected.after.borne_revision) == (6_000, 1)
    accepted = again(rejected.after, Verdict.ACCEPTED, 3, pay_bps)
    assert (accepted.repays, accepted.after.accrued_bps) == (True, repaid_bps)
    assert not again(accepted.after, Verdict.ACCEPTED, 4, pay_bps).accrues
    undone = again(accepted.after, Verdict.REJECTED, 4)
    assert (undone.undoes_repaid, undone.reverses_revision) == (True, 3)
    assert again(undone.after, Verdict.ACCEPTED, 5).repays


def test_who_kept_no_pay_is_paid_anew_and_benefits_borne_come_back_once() -> None:
    accepted = step_of(decision_of(Verdict.ACCEPTED), None)
    assert accepted is not None
    rejected = again(accepted.after, Verdict.REJECTED, 2).with_benefits_borne()
    anew = again(rejected.after, Verdict.ACCEPTED, 3, 4_000)
    assert (anew.accrues, anew.repays, anew.recovers_revision) == (True, False, 1)
    more = again(anew.after, Verdict.ACCEPTED, 4)
    assert (more.reprices, more.undoes_repaid, more.recovers_revision) == (True, False, 0)


@given(
    pay_units=st.integers(min_value=1, max_value=10**9),
    borne_bps=st.integers(min_value=1, max_value=10_000),
    bps=st.integers(min_value=1, max_value=10_000),
)
def test_what_is_repaid_is_a_part_of_the_loss_and_adds_up(
    pay_units: int, borne_bps: int, bps: int
) -> None:
    accrued = samples.accrual_of(pay_units=pay_units)
    bps = min(bps, borne_bps)
    repaid = loss_repaid(accrued=accrued, revision=3, bps=bps, borne_bps=borne_bps, booking=BOOKING)
    amount_units, whole_units = repaid.postings[0].amount_units, accrued.postings[0].amount_units
    assert 0 <= amount_units * borne_bps - whole_units * bps < borne_bps
    cost = repaid_cost(repaid, accrued=accrued)
    assert cost.total_units == amount_units
    if bps == borne_bps:
        assert cost == cost_of(accrued)
    undone = flows.accrual_absorption(accrued=repaid, reason="x", booking=BOOKING)
    assert undone.reverses_id == repaid.entry_id
    assert cost + -cost == Cost()


def test_pay_that_is_gone_is_no_matter_of_benefits() -> None:
    accrued = replace(samples.accrual_of())
    reversal = flows.accrual_reversal(accrued=accrued, reason="x", booking=BOOKING)
    assert with_benefits_borne(reversal, revision=1, balances_units={}) is None
