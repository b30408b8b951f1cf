from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payouts.domain.errors import (
    InvalidEntry,
    InvalidPeriod,
    InvalidStatement,
    PeriodStateInvalid,
)
from services.payouts.domain.ledger import flows
from services.payouts.domain.ledger.balances import trial_balance
from services.payouts.domain.ledger.entries import Booking, Entry
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR
from services.payouts.domain.payments.rail_flows import statement_close
from services.payouts.domain.statements.statement_lines import (
    AccrualAggregate,
    Payee,
    PayeeKind,
    StatementLine,
    add_up,
    aggregate_of,
    rest_of,
)
from services.payouts.domain.statements.statements import (
    CarryReason,
    Closing,
    PayPeriod,
    PeriodState,
    Statement,
    booking_period,
    close_period,
    rest_carried,
)
from tests.unit.payouts import samples
from tests.unit.payouts.samples import BOOKING, NOON, funded_books, statement_of

VENDOR = Payee(kind=PayeeKind.VENDOR, payee_id="org_v")
DIRECT = Payee(kind=PayeeKind.CONTRACTOR, payee_id="ctr_1")


M = LEDGER_UNITS_PER_MINOR


def accrual_of(*names: str, pay_minor: int = 10, **changes: Any) -> Entry:
    return samples.accrual_of(*names, pay_units=pay_minor * M, **changes)


def period(period_id: str, first_day: int, **changes: object) -> PayPeriod:
    starts_at = NOON + timedelta(days=first_day)
    values: dict[str, object] = {
        "period_id": period_id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(days=30),
    }
    return PayPeriod(**(values | changes))  # type: ignore[arg-type]


def close(
    entries: list[Entry], *, minimum_minor: int = 1, carried: Closing | None = None
) -> Closing:
    aggregates = add_up(found for entry in entries if (found := aggregate_of(entry)) is not None)
    return close_period(
        period_id=entries[0].booking.period_id,
        aggregates=aggregates,
        carried=carried.carried if carried else (),
        minimum_minor={"USD": minimum_minor},
    )


def test_a_period_closes_in_two_steps() -> None:
    november = period("2026-11", 0)
    closing = november.start_closing()
    assert closing.state is PeriodState.CLOSING
    assert closing.finish_closing().state is PeriodState.CLOSED


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (PeriodState.CLOSING, PayPeriod.start_closing),
        (PeriodState.CLOSED, PayPeriod.start_closing),
        (PeriodState.OPEN, PayPeriod.finish_closing),
        (PeriodState.CLOSED, PayPeriod.finish_closing),
    ],
)
def test_other_steps_are_refused(
    state: PeriodState, step: Callable[[PayPeriod], PayPeriod]
) -> None:
    with pytest.raises(PeriodStateInvalid) as caught:
        step(period("2026-11", 0, state=state))
    assert caught.value.metadata["state"] == state


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_at": NOON},
        {"ends_at": NOON - timedelta(days=1)},
        {"ends_at": datetime(2027, 1, 1)},  # noqa: DTZ001
    ],
)
def test_bad_periods_cannot_be_made(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidPeriod):
        period("2026-11", 0, **changes)


@pytest.mark.parametrize(
    ("days", "expected"), [(0, "now"), (29, "now"), (30, "next"), (31, "next"), (-5, "now")]
)
def test_what_happens_counts_into_the_open_period_of_its_day(days: int, expected: str) -> None:
    periods = [period("next", 30), period("now", 0), period("past", -30, state=PeriodState.CLOSED)]
    assert booking_period(periods, effective_at=NOON + timedelta(days=days)).period_id == expected


@pytest.mark.parametrize("state", [PeriodState.CLOSING, PeriodState.CLOSED])
def test_what_comes_late_counts_into_the_next_open_period(state: PeriodState) -> None:
    periods = [period("now", 0, state=state), period("next", 30)]
    assert booking_period(periods, effective_at=NOON).period_id == "next"


def test_without_an_open_period_nothing_is_booked() -> None:
    with pytest.raises(PeriodStateInvalid):
        booking_period([period("now", 0)], effective_at=NOON + timedelta(days=30))


def test_an_accrual_counts_one_answer() -> None:
    assert aggregate_of(accrual_of()) == AccrualAggregate(
        payee=VENDOR,
        currency="USD",
        line=StatementLine(
            period_id="2026-11",
            contractor_id="ctr_1",
            project_id="prj_1",
            answers=1,
            pay_units=10 * M,
            commission_units=2 * M,
            fee_units=1 * M,
        ),
    )
    direct = aggregate_of(accrual_of(vendor_id=""))
    assert direct is not None
    assert direct.payee == DIRECT
    assert (direct.line.pay_units, direct.line.commission_units) == (10 * M, 0)


def test_a_reversal_counts_into_its_own_period() -> None:
    next_month = Booking(effective_at=NOON, recorded_at=NOON, period_id="2026-12")
    reversal = aggregate_of(
        flows.accrual_reversal(accrued=accrual_of(), reason="x", booking=next_month)
    )
    assert reversal is not None
    line = reversal.line
    assert (line.period_id, line.answers, line.pay_units, line.commission_units) == (
        "2026-12",
        -1,
        -10 * M,
        -2 * M,
    )


def test_an_absorption_is_none_of_the_contractors_business() -> None:
    entry = flows.accrual_absorption(accrued=accrual_of(), reason="x", booking=BOOKING)
    assert aggregate_of(entry) is None


def test_an_accrual_without_a_period_would_never_be_paid() -> None:
    with pytest.raises(InvalidEntry):
        aggregate_of(accrual_of(booking=replace(BOOKING, period_id="")))


def test_adding_up_merges_lines_of_the_same_key_only() -> None:
    entries = [
        accrual_of("asn_1"),
        accrual_of("asn_2"),
        accrual_of("asn_3", project_id="prj_2"),
        accrual_of("asn_4", contractor_id="ctr_2"),
        accrual_of("asn_5", vendor_id=""),
    ]
    totals = add_up(found for entry in entries if (found := aggregate_of(entry)) is not None)
    assert [(total.payee, total.line.key[1:3], total.line.answers) for total in totals] == [
        (DIRECT, ("ctr_1", "prj_1"), 1),
        (VENDOR, ("ctr_1", "prj_1"), 2),
        (VENDOR, ("ctr_1", "prj_2"), 1),
        (VENDOR, ("ctr_2", "prj_1"), 1),
    ]


def test_one_statement_per_payee() -> None:
    closing = close(
        [
            accrual_of("asn_1"),
            accrual_of("asn_2"),
            accrual_of("asn_3", contractor_id="ctr_2"),
            accrual_of("asn_4", vendor_id=""),
        ]
    )
    direct, vendor = closing.statements
    assert closing.carried == ()
    assert (direct.statement_id, direct.payee, direct.total_minor) == (
        "2026-11.contractor.ctr_1.USD",
        DIRECT,
        10,
    )
    assert (vendor.statement_id, vendor.payee) == ("2026-11.vendor.org_v.USD", VENDOR)
    assert (vendor.answers, vendor.pay_units, vendor.commission_units) == (3, 30 * M, 6 * M)
    assert vendor.total_minor == 36
    assert (vendor.total.amount_minor, vendor.total.currency) == (36, "USD")
    assert [(line.contractor_id, line.answers) for line in vendor.lines] == [
        ("ctr_1", 2),
        ("ctr_2", 1),
    ]


def test_small_sums_are_carried_over_and_come_up_again() -> None:
    december = replace(BOOKING, period_id="2026-12")
    first = close([accrual_of("asn_1")], minimum_minor=20)
    assert first.statements == ()
    (carried,) = first.carried
    assert (carried.payee, carried.reason) == (VENDOR, CarryReason.BELOW_MINIMUM)
    assert (carried.total_units, carried.minimum_minor) == (12 * M, 20)
    second = close([accrual_of("asn_2", booking=december)], minimum_minor=20, carried=first)
    assert second.carried == ()
    (statement,) = second.statements
    assert statement.total_minor == 24
    assert [line.period_id for line in statement.lines] == ["2026-11", "2026-12"]


def test_who_is_leaving_has_no_minimum_but_that_of_the_rails() -> None:
    """C20: nothing more comes that would make it up."""

    def closing(pay_units: int, *, leaving: bool) -> Closing:
        aggregate = aggregate_of(samples.accrual_of("a", pay_units=pay_units, vendor_id=""))
        assert aggregate is not None
        return close_period(
            period_id=accrual_of().booking.period_id,
            aggregates=[aggregate],
            minimum_minor={"USD": 100_000},
            is_leaving=lambda payee: leaving and payee == aggregate.payee,
        )

    assert len(closing(1 * M, leaving=True).statements) == 1
    assert len(closing(99_999 * M, leaving=False).carried) == 1
    assert len(closing(M - 1, leaving=True).carried) == 1


def test_the_minimum_itself_is_paid() -> None:
    assert len(close([accrual_of()], minimum_minor=12).statements) == 1
    assert len(close([accrual_of()], minimum_minor=13).carried) == 1


def test_more_taken_back_than_earned_is_carried_over() -> None:
    reversal = flows.accrual_reversal(accrued=accrual_of("asn_0"), reason="x", booking=BOOKING)
    closing = close([reversal])
    assert closing.statements == ()
    assert [(carry.reason, carry.total_units) for carry in closing.carried] == [
        (CarryReason.NOTHING_PAYABLE, -12 * M)
    ]


def test_what_cancels_out_is_gone() -> None:
    accrued = accrual_of()
    reversal = flows.accrual_reversal(accrued=accrued, reason="x", booking=BOOKING)
    assert close([accrued, reversal]) == Closing(statements=(), carried=())


def test_answers_without_money_are_not_forgotten() -> None:
    december = replace(BOOKING, period_id="2026-12")
    entries = [accrual_of("asn_1", booking=december), accrual_of("asn_2", booking=december)]
    old = accrual_of("asn_0", pay_minor=20)
    reversal = flows.accrual_reversal(accrued=old, reason="x", booking=december)
    (carry,) = close([*entries, reversal]).carried
    assert (carry.total_units, carry.reason) == (0, CarryReason.NOTHING_PAYABLE)
    assert [line.answers for line in carry.lines] == [1]


def test_totals_of_another_period_are_refused() -> None:
    aggregate = aggregate_of(accrual_of())
    assert aggregate is not None
    with pytest.raises(InvalidStatement):
        close_period(period_id="2026-12", aggregates=[aggregate], minimum_minor={})
    carried = close([accrual_of()], minimum_minor=100)
    with pytest.raises(InvalidStatement):
        close([accrual_of()], carried=carried)


def test_closing_twice_gives_the_same_statements() -> None:
    entries = [accrual_of(f"asn_{n}", contractor_id=f"ctr_{n % 3}") for n in range(10)]
    once, twice = close(entries), close(entries[::-1])
    assert once == twice
    assert once.statements[0].body_hash == twice.statements[0].body_hash


@pytest.mark.parametrize(
    "changes",
    [
        {"answers": 11},
        {"pay_units": 5_000 * M + 1},
        {"project_id": "prj_2"},
        {"contractor_id": "ctr_2"},
        {"period_id": "2026-10"},
        {"pay_units": 4_999 * M, "commission_units": M},
    ],
)
def test_the_hash_covers_every_line(changes: dict[str, Any]) -> None:
    statement = statement_of()
    (line,) = statement.lines
    other = replace(statement, lines=(replace(line, **changes),))
    assert other.body_hash != statement.body_hash


def test_statements_are_in_order_and_pay_something() -> None:
    line = statement_of().lines[0]
    for lines in (
        (),
        (replace(line, pay_units=M - 1),),
        (replace(line, pay_units=-5),),
        (line, line),
        (replace(line, project_id="prj_9"), line),
    ):
        with pytest.raises(InvalidStatement):
            Statement(
                statement_id="s_1", period_id="2026-11", payee=VENDOR, currency="USD", lines=lines
            )


_WORK = st.lists(
    st.tuples(
        st.integers(min_value=1, max_value=500_000),
        st.integers(min_value=0, max_value=3),
        st.integers(min_value=0, max_value=2),
        st.sampled_from(["", "org_v", "org_w"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


@given(work=_WORK, minimum_minor=st.integers(min_value=0, max_value=2_000))
def test_statements_pay_out_what_was_accrued_and_carry_the_rest(
    work: list[tuple[int, int, int, str, bool]], minimum_minor: int
) -> None:
    """G8: rounded once, at the statement, and down; nothing is lost, and nothing is paid twice."""
    books = funded_books(held_units=100_000 * M)
    entries: list[Entry] = []
    for number, (pay_units, contractor, project, vendor_id, overturned) in enumerate(work):
        accrued = samples.accrual_of(
            f"asn_{number}",
            pay_units=pay_units,
            contractor_id=f"ctr_{contractor}",
            project_id="prj_1",
            vendor_id=vendor_id,
        )
        accrued = replace(accrued, subject=replace(accrued.subject, project_id=f"prj_{project}"))
        entries.append(accrued)
        if overturned:
            entries.append(flows.accrual_reversal(accrued=accrued, reason="x", booking=BOOKING))
    books.must_post(*entries)
    closing = close(entries, minimum_minor=minimum_minor)
    rests = [rest for one in closing.statements if (rest := rest_carried(one)) is not None]
    for statement in closing.statements:
        lines_units = sum(line.amount_units for line in statement.lines)
        assert 0 <= lines_units - statement.total_minor * M < M
        assert statement.total_minor >= minimum_minor
        books.must_post(*statement_close(statement, booking=BOOKING))
        account = f"statement:{statement.statement_id}:USD"
        assert books.balance_units(account) == statement.total_minor * M
    left_units = sum(
        books.balance_units(account)
        for account in books.balances_units
        if account.startswith(("contractor:", "vendor:"))
    )
    carried = [*closing.carried, *rests]
    assert left_units == sum(carry.total_units for carry in carried)
    assert trial_balance(books.balances_units) == {"USD": 0}


def test_a_rest_is_on_the_next_statement() -> None:
    """G8: a third of a cent an answer, three times, is a cent in the end."""
    december = replace(BOOKING, period_id="2026-12")
    third = {"pay_units": 3_334, "vendor_id": ""}
    (first,) = close([samples.accrual_of(f"a_{n}", **third) for n in range(4)]).statements  # type: ignore[arg-type]
    assert (first.total_minor, first.rest_units) == (1, 3_336)
    rest = rest_carried(first)
    assert rest is not None
    (second,) = close(
        [samples.accrual_of(f"b_{n}", **third, booking=december) for n in range(2)],  # type: ignore[arg-type]
        carried=Closing(statements=(), carried=(rest,)),
    ).statements
    assert (second.total_minor, second.rest_units, second.answers) == (1, 4, 2)


@given(
    pays=st.lists(st.integers(min_value=-20_000, max_value=60_000), min_size=1, max_size=12),
    commissions=st.lists(st.integers(min_value=0, max_value=9_000), min_size=12, max_size=12),
)
def test_no_account_gives_more_than_it_has_to_a_rest(
    pays: list[int], commissions: list[int]
) -> None:
    lines = tuple(
        StatementLine(
            period_id="2026-11",
            contractor_id=f"ctr_{number:02}",
            project_id="prj_1",
            answers=1,
            pay_units=pay_units,
            commission_units=commission_units,
        )
        for number, (pay_units, commission_units) in enumerate(zip(pays, commissions, strict=False))
    )
    total_units = sum(line.amount_units for line in lines)
    if total_units < M:
        return
    rest = rest_of(lines, total_units % M)
    assert sum(line.amount_units for line in rest) == total_units % M
    by_contractor = {line.contractor_id: line for line in lines}
    for line in rest:
        whole = by_contractor[line.contractor_id]
        assert 0 <= line.pay_units <= max(whole.pay_units, 0)
        assert 0 <= line.commission_units <= whole.commission_units
