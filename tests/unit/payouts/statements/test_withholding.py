"""Withholding: nothing by default, and by a table never more than its rates, nor all."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind
from services.payouts.domain.statements.tax_forms import FormState, TaxFacts, TaxForm
from services.payouts.domain.statements.withholding import (
    WithholdingInvalid,
    WithholdingRule,
    by_table,
    no_withholding,
)

PERSON = Payee(kind=PayeeKind.CONTRACTOR, payee_id="ctr_1")
DAY = date(2026, 11, 30)


def rule(name: str = "us-backup", **changes: Any) -> WithholdingRule:
    values: dict[str, Any] = {
        "name": name,
        "authority": "irs",
        "rate_bps": 2400,
        "source": "a fictional table",
        "valid_from": date(2026, 1, 1),
        **changes,
    }
    return WithholdingRule(**values)


def facts(country: str = "US", form: TaxForm | None = None) -> TaxFacts:
    state = FormState.VALID if form else FormState.MISSING
    return TaxFacts(payee=PERSON, country=country, state=state, form=form)


def minor(amount: int) -> int:
    return amount * LEDGER_UNITS_PER_MINOR


def test_nothing_is_withheld_by_default() -> None:
    assert no_withholding(facts(), {"work": minor(1_000)}, DAY) == ()
    assert by_table([])(facts(), {"work": minor(1_000)}, DAY) == ()


def test_a_row_is_for_its_country_forms_kinds_and_days() -> None:
    without_form = rule(country="US")
    of_w8ben = rule(
        "treaty", authority="kra", rate_bps=500, forms=frozenset({TaxForm.W8BEN}),
        line_kinds=frozenset({"work"}), valid_to=DAY,
    )  # fmt: skip
    policy = by_table([without_form, of_w8ben])
    amounts = {"work": minor(1_000), "floor_top_up": minor(99)}
    taken = policy(facts(), amounts, DAY)
    assert [(one.rule, one.authority, one.amount_minor) for one in taken] == [
        ("us-backup", "irs", 263)
    ]
    assert policy(facts(form=TaxForm.W9), amounts, DAY) == ()
    assert policy(facts("KE"), amounts, DAY) == ()
    of_form = policy(facts("KE", TaxForm.W8BEN), amounts, DAY)
    assert [(one.rule, one.amount_minor) for one in of_form] == [("treaty", 50)]
    assert policy(facts("KE", TaxForm.W8BEN), amounts, date(2026, 12, 1)) == ()
    assert policy(facts(), amounts, date(2025, 12, 31)) == ()


@pytest.mark.parametrize(
    "rows",
    [
        [rule(), rule()],
        [rule(rate_bps=6_000), rule("other", rate_bps=4_000, country="KE")],
    ],
    ids=["one name twice", "all of it together"],
)
def test_a_table_that_cannot_be_applied_is_refused(rows: list[WithholdingRule]) -> None:
    with pytest.raises(WithholdingInvalid):
        by_table(rows)


@pytest.mark.parametrize(
    "changes",
    [
        {"rate_bps": 0},
        {"rate_bps": 10_000},
        {"source": " "},
        {"valid_to": date(2025, 1, 1)},
        {"authority": "a:b"},
    ],
)
def test_a_row_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(WithholdingInvalid):
        rule(**changes)


@given(
    work=st.integers(min_value=-(10**12), max_value=10**12),
    extra=st.integers(min_value=-(10**12), max_value=10**12),
    first_bps=st.integers(min_value=1, max_value=5_000),
    second_bps=st.integers(min_value=1, max_value=4_999),
)
def test_something_is_always_left(work: int, extra: int, first_bps: int, second_bps: int) -> None:
    """§7.8: whatever the lines take back, less is withheld than the whole that is paid."""
    rows = [
        rule("a", rate_bps=first_bps, line_kinds=frozenset({"work"})),
        rule("b", rate_bps=second_bps),
    ]
    taken = by_table(rows)(facts(), {"work": work, "extra": extra}, DAY)
    total_minor = (work + extra) // LEDGER_UNITS_PER_MINOR
    assert sum(one.amount_minor for one in taken) < max(1, total_minor)
    for one, row in zip(taken, (r for r in rows if r.name in {t.rule for t in taken}), strict=True):
        exact = one.base_units * row.rate_bps
        whole = LEDGER_UNITS_PER_MINOR * 10_000
        assert 0 <= exact - one.amount_minor * whole < whole


def test_what_rounding_leaves_is_not_taxed_before_it_is_paid() -> None:
    """Else a statement of one minor unit could be withheld whole, and its rest twice."""
    policy = by_table([rule(rate_bps=6_000)])
    almost_two = minor(2) - 1
    assert policy(facts(), {"work": almost_two}, DAY) == ()
    (taken,) = policy(facts(), {"work": minor(2) + 1}, DAY)
    assert (taken.amount_minor, taken.base_units) == (1, minor(2))
