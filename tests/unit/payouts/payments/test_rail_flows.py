from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.payouts.domain.errors import EntryConflict, InsufficientFunds
from services.payouts.domain.ledger import flows
from services.payouts.domain.ledger.balances import trial_balance
from services.payouts.domain.ledger.entries import MAX_POSTINGS, Entry, EntryKind, Subject
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR as M
from services.payouts.domain.ledger.money import whole_minor
from services.payouts.domain.payments.instructions import Movement
from services.payouts.domain.payments.rail_flows import entries_for, statement_close
from services.payouts.domain.statements.statement_lines import StatementLine
from tests.unit.payouts.samples import BOOKING, Books, instruction_of, statement_of

OWED = "statement:2026-11.contractor.ctr_1.USD:USD"
IN_FLIGHT = "rail:stripe:in_flight:USD"
PLATFORM = "rail:stripe:platform:USD"
CONNECTED = "rail:stripe:connected:acct_1:USD"
TRANSFERRED = "rail:stripe:transferred:USD"
PAYING_OUT = "rail:stripe:payout_in_flight:USD"
PAID_OUT = "rail:stripe:paid_out:USD"
PAY = "pay.2026-11.contractor.ctr_1.USD"


def entry_for(kind: EntryKind, **changes: object) -> Entry:
    values: dict[str, object] = {
        "kind": kind,
        "attempt": 1,
        "amount_minor": 5_000,
        "destination": "acct_1",
    }
    movement = Movement(**(values | changes))  # type: ignore[arg-type]
    (entry,) = entries_for(instruction_of(), (movement,), booking=BOOKING)
    return entry


@pytest.mark.parametrize(
    ("kind", "changes", "key", "postings"),
    [
        (EntryKind.TRANSFER_SENT, {}, "transfer:PAY:1", {OWED: 5_000, IN_FLIGHT: -5_000}),
        (
            EntryKind.TRANSFER_SEEN,
            {"rail_id": "tr_1"},
            "transfer_outcome:PAY:1",
            {IN_FLIGHT: 5_000, PLATFORM: -5_000, CONNECTED: 5_000, TRANSFERRED: -5_000},
        ),
        (
            EntryKind.TRANSFER_REFUSED,
            {"attempt": 2},
            "transfer_outcome:PAY:2",
            {IN_FLIGHT: 5_000, OWED: -5_000},
        ),
        (
            EntryKind.TRANSFER_REVERSED,
            {"amount_minor": 400, "reversed_minor": 900},
            "transfer_reversal:PAY:1:900",
            {PLATFORM: 400, OWED: -400, TRANSFERRED: 400, CONNECTED: -400},
        ),
        (EntryKind.PAYOUT_SENT, {}, "payout:PAY:1", {PAYING_OUT: 5_000, CONNECTED: -5_000}),
        (EntryKind.PAYOUT_PAID, {}, "payout_paid:PAY:1", {PAID_OUT: 5_000, PAYING_OUT: -5_000}),
        (
            EntryKind.PAYOUT_REFUSED,
            {},
            "payout_return:PAY:1",
            {CONNECTED: 5_000, PAYING_OUT: -5_000},
        ),
        (
            EntryKind.PAYOUT_FAILED,
            {},
            "payout_return:PAY:1",
            {CONNECTED: 5_000, PAYING_OUT: -5_000},
        ),
        (
            EntryKind.PAYOUT_FAILED,
            {"was_paid": True},
            "payout_return:PAY:1",
            {CONNECTED: 5_000, PAID_OUT: -5_000},
        ),
    ],
)
def test_every_movement(
    kind: EntryKind, changes: dict[str, Any], key: str, postings: dict[str, int]
) -> None:
    entry = entry_for(kind, **changes)
    assert entry.entry_id == key.replace("PAY", PAY)
    assert entry.kind is kind
    assert {
        posting.account: whole_minor(posting.amount_units) for posting in entry.postings
    } == postings
    assert entry.subject == Subject(
        contractor_id="ctr_1",
        statement_id="2026-11.contractor.ctr_1.USD",
        instruction_id=PAY,
        rail_id=changes.get("rail_id", ""),
    )


GLOBAL = {
    name: f"rail:stripe_global_payouts:{name}:USD"
    for name in ("in_flight", "platform", "transferred", "payout_in_flight", "paid_out")
}


@pytest.mark.parametrize(
    ("kind", "changes", "key", "debits", "credited"),
    [
        (EntryKind.OUTBOUND_SENT, {}, "outbound", [OWED], ["in_flight"]),
        (EntryKind.OUTBOUND_REFUSED, {}, "outbound_outcome", ["in_flight"], [OWED]),
        (
            EntryKind.OUTBOUND_SEEN,
            {},
            "outbound_outcome",
            ["in_flight", "payout_in_flight"],
            ["platform", "transferred"],
        ),
        (EntryKind.OUTBOUND_PAID, {}, "outbound_paid", ["paid_out"], ["payout_in_flight"]),
        (
            EntryKind.OUTBOUND_RETURNED,
            {},
            "outbound_return",
            ["platform", "transferred"],
            [OWED, "payout_in_flight"],
        ),
        (
            EntryKind.OUTBOUND_RETURNED,
            {"was_paid": True},
            "outbound_return",
            ["platform", "transferred"],
            [OWED, "paid_out"],
        ),
    ],
)
def test_every_movement_of_a_rail_of_one_call(
    kind: EntryKind, changes: dict[str, Any], key: str, debits: list[str], credited: list[str]
) -> None:
    """G1: the same accounts as of two calls, without the payee's balance in between."""
    values: dict[str, Any] = {"kind": kind, "attempt": 1, "amount_minor": 5_000}
    movement = Movement(**(values | {"destination": "acct_1"} | changes))
    instruction = instruction_of(rail="stripe_global_payouts")
    (entry,) = entries_for(instruction, (movement,), booking=BOOKING)
    assert entry.entry_id == f"{key}:{PAY}:1"
    expected = {GLOBAL.get(name, name): 5_000 for name in debits}
    expected |= {GLOBAL.get(name, name): -5_000 for name in credited}
    found = {posting.account: whole_minor(posting.amount_units) for posting in entry.postings}
    assert found == expected


def test_what_a_rail_kept_goes_back_on_that_rail() -> None:
    """A payment that leaves a rail is owed again there before it is sent on another one."""
    movement = Movement(
        kind=EntryKind.OUTBOUND_REFUSED,
        attempt=1,
        amount_minor=5_000,
        destination="acct_1",
        rail="stripe_global_payouts",
    )
    (entry,) = entries_for(instruction_of(), (movement,), booking=BOOKING)
    assert {posting.account for posting in entry.postings} == {OWED, GLOBAL["in_flight"]}


def test_a_vendors_payment_is_about_the_vendor() -> None:
    instruction = replace(instruction_of(), payee=statement_of(vendor=True).payee)
    movement = Movement(
        kind=EntryKind.TRANSFER_SENT, attempt=1, amount_minor=5_000, destination="acct_1"
    )
    (entry,) = entries_for(instruction, (movement,), booking=BOOKING)
    assert (entry.subject.vendor_id, entry.subject.contractor_id) == ("org_v", "")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (entry_for(EntryKind.TRANSFER_SEEN), entry_for(EntryKind.TRANSFER_REFUSED)),
        (
            entry_for(EntryKind.TRANSFER_SEEN, rail_id="tr_1"),
            entry_for(EntryKind.TRANSFER_SEEN, rail_id="tr_2"),
        ),
        (entry_for(EntryKind.PAYOUT_REFUSED), entry_for(EntryKind.PAYOUT_FAILED)),
    ],
)
def test_an_attempt_has_one_end(first: Entry, second: Entry) -> None:
    books = Books()
    books.must_post(first)
    (refusal,) = books.post([second]).refused
    assert isinstance(refusal.error, EntryConflict)


def test_a_statement_cannot_be_paid_twice() -> None:
    books = owed_books()
    books.must_post(entry_for(EntryKind.TRANSFER_SENT))
    (refusal,) = books.post([entry_for(EntryKind.TRANSFER_SENT, attempt=2)]).refused
    assert isinstance(refusal.error, InsufficientFunds)
    assert refusal.error.metadata["account"] == OWED


def owed_books(*, deposit_minor: int = 9_000) -> Books:
    books = Books()
    deposit = flows.client_deposit(
        client_id="org_a",
        currency="USD",
        amount_minor=deposit_minor,
        rail_id="tu_1",
        booking=BOOKING,
    )
    hold = flows.project_hold(
        hold_id="h_1",
        client_id="org_a",
        project_id="prj_1",
        currency="USD",
        amount_units=9_000 * M,
        booking=BOOKING,
    )
    accrual = flows.accrual(
        assignment_id="asn_1",
        revision=1,
        client_id="org_a",
        project_id="prj_1",
        contractor_id="ctr_1",
        vendor_id="",
        currency="USD",
        pay_units=5_000 * M,
        commission_bps=0,
        fee_bps=1_000,
        booking=BOOKING,
    )
    books.must_post(deposit, hold, accrual)
    books.must_post(*statement_close(statement_of(), booking=BOOKING))
    return books


def test_from_the_clients_deposit_to_the_contractors_bank() -> None:
    books = owed_books()
    for kind in (
        EntryKind.TRANSFER_SENT,
        EntryKind.TRANSFER_SEEN,
        EntryKind.PAYOUT_SENT,
        EntryKind.PAYOUT_PAID,
    ):
        books.must_post(entry_for(kind))
        assert trial_balance(books.balances_units) == {"USD": 0}
    left = {account: whole_minor(books.balance_units(account)) for account in books.nonzero()}
    assert left == {
        "client:org_a:project:prj_1:held:USD": 3_500,
        "platform:fees:USD": 500,
        # What is still at the rail, and what went through it.
        PLATFORM: 4_000,
        TRANSFERRED: 5_000,
        PAID_OUT: 5_000,
    }


@pytest.mark.parametrize("was_paid", [True, False])
def test_a_payout_that_failed_and_a_transfer_that_was_reversed_leave_the_debt(
    was_paid: bool,
) -> None:
    books = owed_books()
    before = books.nonzero()
    paid = [entry_for(EntryKind.PAYOUT_PAID)] if was_paid else []
    books.must_post(
        entry_for(EntryKind.TRANSFER_SENT),
        entry_for(EntryKind.TRANSFER_SEEN),
        entry_for(EntryKind.PAYOUT_SENT),
        *paid,
        entry_for(EntryKind.PAYOUT_FAILED, was_paid=was_paid),
        entry_for(EntryKind.TRANSFER_REVERSED, reversed_minor=5_000),
    )
    assert books.nonzero() == before


def test_closing_a_vendors_statement() -> None:
    statement = replace(
        statement_of(vendor=True),
        lines=(
            _line("ctr_1", pay_minor=70, commission_minor=7),
            _line("ctr_2", pay_minor=30, commission_minor=3),
            _line("ctr_2", pay_minor=-30, project_id="prj_2"),
        ),
    )
    (entry,) = statement_close(statement, booking=BOOKING)
    assert entry.entry_id == "statement:2026-11.vendor.org_v.USD:0"
    assert {posting.account: whole_minor(posting.amount_units) for posting in entry.postings} == {
        "contractor:ctr_1:via:org_v:payable:USD": 70,
        "vendor:org_v:commission:USD": 10,
        "statement:2026-11.vendor.org_v.USD:USD": -80,
    }
    assert entry.subject == Subject(vendor_id="org_v", statement_id="2026-11.vendor.org_v.USD")


def _line(
    contractor_id: str, *, pay_minor: int, commission_minor: int = 0, project_id: str = "prj_1"
) -> StatementLine:
    return StatementLine(
        period_id="2026-11",
        contractor_id=contractor_id,
        project_id=project_id,
        answers=1,
        pay_units=pay_minor * M,
        commission_units=commission_minor * M,
    )


@example(pays=[-20] * 600 + [100] * 600)
@example(pays=[1] * (MAX_POSTINGS - 1))
@example(pays=[1] * MAX_POSTINGS)
@given(
    pays=st.lists(st.integers(min_value=-20, max_value=100), min_size=1, max_size=30).filter(
        lambda pays: sum(pays) > 0
    )
)
def test_large_statements_close_in_parts_that_never_overdraw(pays: list[int]) -> None:
    lines = tuple(_line(f"ctr_{n:05}", pay_minor=pay) for n, pay in enumerate(pays))
    statement = replace(statement_of(vendor=True), lines=lines)
    entries = statement_close(statement, booking=BOOKING)
    assert len({entry.entry_id for entry in entries}) == len(entries)
    owed_minor = 0
    account = "statement:2026-11.vendor.org_v.USD:USD"
    for entry in entries:
        assert len(entry.postings) <= MAX_POSTINGS
        owed_minor -= sum(p.amount_units // M for p in entry.postings if p.account == account)
        assert owed_minor >= 0
    assert owed_minor == statement.total_minor == sum(pays)
    assert statement_close(statement, booking=BOOKING) == entries
