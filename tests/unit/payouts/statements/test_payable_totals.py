"""Totals that every rail can pay: multiples of the currency's step, whatever is withheld."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payouts.domain.ledger import accounts, flows
from services.payouts.domain.ledger.balances import trial_balance
from services.payouts.domain.ledger.entries import Entry
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR, Money
from services.payouts.domain.payments.rail_flows import statement_close
from services.payouts.domain.payments.rail_units import payable_step_minor, to_rail_units
from services.payouts.domain.statements.payable_totals import after_taxes, units_by_kind
from services.payouts.domain.statements.statement_lines import add_up, aggregate_of
from services.payouts.domain.statements.statements import (
    CarryReason,
    Closing,
    close_period,
    rest_carried,
)
from services.payouts.domain.statements.tax_flows import tax_withholding
from services.payouts.domain.statements.tax_forms import FormState, TaxFacts
from services.payouts.domain.statements.withholding import (
    Withheld,
    WithholdingPolicy,
    WithholdingRule,
    by_table,
    no_withholding,
)
from tests.unit.payouts import samples
from tests.unit.payouts.samples import BOOKING

M = LEDGER_UNITS_PER_MINOR
DAY = date(2026, 11, 30)
STEPS = {"USD": 1, "JPY": 1, "ISK": 1, "UGX": 1, "KWD": 10, "TND": 10, "HUF": 100, "TWD": 100,
         "MGA": 100, "IQD": 1}  # fmt: skip


@pytest.mark.parametrize(("currency", "step_minor"), STEPS.items())
def test_every_currency_has_a_step(currency: str, step_minor: int) -> None:
    assert payable_step_minor(currency) == step_minor


def close(entries: list[Entry], *, carried: Closing | None = None) -> Closing:
    return close_period(
        period_id=entries[0].booking.period_id,
        aggregates=add_up(one for entry in entries if (one := aggregate_of(entry)) is not None),
        carried=carried.carried if carried else (),
        minimum_minor={},
    )


def accrued(name: str, pay_units: int, currency: str, *, vendor_id: str = "") -> Entry:
    return samples.accrual_of(name, pay_units=pay_units, vendor_id=vendor_id, currency=currency)


def test_what_no_rail_can_move_is_carried_on_and_said() -> None:
    """1,234.56 forint are owed: banks take whole ones, and 0.56 stay in the account."""
    (statement,) = close([accrued("a", 123_456 * M, "HUF")]).statements
    assert (statement.total_minor, statement.rest_units) == (123_400, 56 * M)
    rest = rest_carried(statement)
    assert rest is not None
    assert (rest.reason, rest.total_units) == (CarryReason.ROUNDING, 56 * M)


def test_less_than_a_step_is_no_statement() -> None:
    closing = close([accrued("a", 9 * M, "KWD")])
    assert closing.statements == ()
    (carry,) = closing.carried
    assert (carry.reason, carry.minimum_minor) == (CarryReason.BELOW_MINIMUM, 10)


def test_what_tax_leaves_less_than_a_step_of_is_carried_whole() -> None:
    (statement,) = close([accrued("a", 150 * M, "HUF")]).statements
    taxed = after_taxes(statement, lambda units: table(4_000)(FACTS, units, DAY))
    assert taxed is None


def test_taxes_that_leave_the_same_of_whatever_is_stated_hold_up_no_period() -> None:
    """Billions of forint, of which all but 1.50 are taken: no part of them can be paid."""
    (statement,) = close([accrued("a", 10**12 * M, "HUF")]).statements
    tries = 0

    def all_but_some(units: Mapping[str, int]) -> tuple[Withheld, ...]:
        nonlocal tries
        tries += 1
        assert tries <= 1_000
        amount_minor = sum(units.values()) // M - 150
        (one,) = table(5_000)(FACTS, units, DAY)
        return (replace(one, amount_minor=amount_minor),)

    assert after_taxes(statement, all_but_some) is None


@pytest.mark.parametrize("rate_bps", [4_000, 9_000, 9_900])
def test_high_taxes_leave_what_can_be_paid(rate_bps: int) -> None:
    for pay_minor in range(123_456_789, 123_456_889, 9):
        (statement,) = close([accrued("a", pay_minor * M, "HUF")]).statements
        taxed = after_taxes(statement, lambda units: table(rate_bps)(FACTS, units, DAY))
        assert taxed is not None
        assert taxed.total_minor % 100 == 0


FACTS = TaxFacts(payee=samples.statement_of().payee, country="HU", state=FormState.MISSING)


def table(*rates_bps: int) -> WithholdingPolicy:
    kinds: tuple[frozenset[str], ...] = (
        frozenset(),
        frozenset({"work"}),
        frozenset({"commission"}),
    )
    return by_table(
        [
            WithholdingRule(
                name=f"r{number}",
                authority=f"a{number}",
                rate_bps=rate_bps,
                source="a fictional table",
                valid_from=date(2026, 1, 1),
                line_kinds=kinds[number],
            )
            for number, rate_bps in enumerate(rates_bps)
            if rate_bps
        ]
    )


@given(
    currency=st.sampled_from(sorted(STEPS)),
    pays=st.lists(
        st.tuples(
            st.integers(min_value=1, max_value=3_000 * M),
            st.integers(min_value=0, max_value=2),
            st.sampled_from(["", "org_v"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=8,
    ),
    rates_bps=st.tuples(*[st.integers(min_value=0, max_value=3_000)] * 3),
)
def test_every_frozen_total_can_be_paid_and_nothing_is_lost(
    currency: str,
    pays: list[tuple[int, int, str, bool]],
    rates_bps: tuple[int, int, int],
) -> None:
    """G8: rounded once, down, to what any rail moves; no account gives more than it has."""
    books = samples.funded_books(held_units=1_000_000 * M, currency=currency)
    entries: list[Entry] = []
    for number, (pay_units, contractor, vendor_id, overturned) in enumerate(pays):
        one = samples.accrual_of(
            f"asn_{number}",
            pay_units=pay_units,
            contractor_id=f"ctr_{contractor}",
            vendor_id=vendor_id,
            currency=currency,
        )
        entries.append(one)
        if overturned:
            entries.append(flows.accrual_reversal(accrued=one, reason="x", booking=BOOKING))
    books.must_post(*entries)
    policy = table(*rates_bps) if any(rates_bps) else no_withholding
    closing = close(entries)
    step_minor = payable_step_minor(currency)
    carried_units = sum(carry.total_units for carry in closing.carried)
    for planned in closing.statements:
        statement = after_taxes(planned, lambda units: policy(FACTS, units, DAY))
        if statement is None:
            carried_units += planned.lines_units
            continue
        total = Money(amount_minor=statement.total_minor, currency=currency)
        assert total.amount_minor > 0
        assert total.amount_minor % step_minor == 0
        if currency != "IQD":
            to_rail_units(total)
            to_rail_units(total, payout=True)
        # The most that there could be: one step more, and its tax, is not there.
        with_all = replace(planned, held_back_minor=0)
        most = with_all.gross_minor - sum(
            one.amount_minor for one in policy(FACTS, units_by_kind(with_all), DAY)
        )
        assert statement.total_minor == most - most % step_minor
        # What is carried on is taxed when it is paid, and not now.
        assert statement.withheld == policy(FACTS, units_by_kind(statement), DAY)
        books.must_post(*statement_close(statement, booking=BOOKING))
        books.must_post(*tax_withholding(statement, booking=BOOKING))
        account = accounts.statement(statement_id=statement.statement_id, currency=currency)
        assert books.balance_units(account) == statement.total_minor * M
        carried_units += statement.rest_units
    left_units = {
        account: books.balance_units(account)
        for account in books.balances_units
        if account.startswith("vendor:") or ":payable:" in account or ":via:" in account
    }
    assert sum(left_units.values()) == carried_units
    assert min(left_units.values(), default=0) >= 0
    assert trial_balance(books.balances_units) == {currency: 0}
