from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payouts.domain.errors import EntryConflict, InsufficientFunds
from services.payouts.domain.ledger import flows
from services.payouts.domain.ledger.accounts import parse
from services.payouts.domain.ledger.balances import apply, fold, guarded_accounts, trial_balance
from services.payouts.domain.ledger.entries import Entry, EntryKind, Posting
from services.payouts.domain.ledger.money import decimal_text
from tests.unit.payouts.samples import AVAILABLE, BOOKING, HELD, Books, accrual_of, funded_books

PAYABLE_VIA = "contractor:ctr_1:via:org_v:payable:USD"


def hold(hold_id: str, amount_units: int) -> Entry:
    return flows.project_hold(
        hold_id=hold_id,
        client_id="org_a",
        project_id="prj_1",
        currency="USD",
        amount_units=amount_units,
        booking=BOOKING,
    )


def test_six_holds_of_1000_on_5000() -> None:
    """G4, C17: holds count (blnk 181)."""
    # A ledger that forgets to count holds lets all six through.
    books = funded_books(available_units=5_000)
    folded = books.post([hold(f"hold_{number}", 1_000) for number in range(6)])
    assert [entry.entry_id for entry in folded.accepted] == [f"hold:hold_{n}" for n in range(5)]
    (refusal,) = folded.refused
    assert refusal.entry.entry_id == "hold:hold_5"
    assert isinstance(refusal.error, InsufficientFunds)
    assert refusal.error.metadata == {
        "account": AVAILABLE,
        "available": "0.00",
        "needed": "0.001",
        "currency": "USD",
    }
    assert books.balance_units(AVAILABLE) == 0
    assert books.balance_units(HELD) == 5_000


def test_one_bad_entry_does_not_spoil_the_others() -> None:
    books = funded_books(held_units=30)
    folded = books.post(
        [
            accrual_of("asn_1"),
            accrual_of("asn_2", pay_units=1_000),
            accrual_of("asn_3"),
        ]
    )
    assert [entry.entry_id for entry in folded.accepted] == ["accrual:asn_1:1", "accrual:asn_3:1"]
    assert [refusal.entry.entry_id for refusal in folded.refused] == ["accrual:asn_2:1"]
    assert folded.deltas_units[HELD] == 26
    assert sum(folded.deltas_units.values()) == 0


def test_repeats_inside_a_batch_and_across_batches_do_nothing() -> None:
    books = funded_books(held_units=100)
    first = books.post([accrual_of(), accrual_of()])
    assert (len(first.accepted), len(first.repeated)) == (1, 1)
    second = books.post([accrual_of()])
    assert (second.accepted, len(second.repeated), second.deltas_units) == ((), 1, {})
    assert books.balance_units(PAYABLE_VIA) == 10


def test_another_body_under_a_known_key_is_refused_inside_a_batch_and_across() -> None:
    books = funded_books(held_units=100)
    first = books.post([accrual_of(), accrual_of(pay_units=20)])
    second = books.post([accrual_of(pay_units=20)])
    for folded in (first, second):
        (refusal,) = folded.refused
        assert isinstance(refusal.error, EntryConflict)
    assert books.balance_units(PAYABLE_VIA) == 10


def test_a_refused_entry_may_succeed_later_under_its_key() -> None:
    books = funded_books(available_units=500)
    assert len(books.post([hold("hold_1", 600)]).refused) == 1
    books.must_post(
        flows.client_deposit(
            client_id="org_a", currency="USD", amount_minor=100, rail_id="tu_2", booking=BOOKING
        )
    )
    folded = books.post([hold("hold_1", 600)])
    assert len(folded.accepted) == 1
    assert folded.repeated == ()


def test_money_comes_in_even_to_an_overdrawn_account() -> None:
    deposit = flows.client_deposit(
        client_id="org_a", currency="USD", amount_minor=10, rail_id="tu_1", booking=BOOKING
    )
    folded = fold(entries=[deposit], balances_units={AVAILABLE: 100}, known_hashes={})
    assert folded.accepted == (deposit,)


def test_what_a_rail_reports_is_booked_even_below_zero() -> None:
    chargeback = Entry(
        entry_id="fact:x_1",
        kind=EntryKind.CLIENT_DEPOSIT,
        postings=(
            Posting(account="platform:absorbed:USD", amount_units=70, currency="USD"),
            Posting(account="rail:stripe:platform:USD", amount_units=-70, currency="USD"),
        ),
        booking=BOOKING,
    )
    assert fold(entries=[chargeback], balances_units={}, known_hashes={}).accepted == (chargeback,)


def test_which_balances_a_batch_needs() -> None:
    assert guarded_accounts([accrual_of()]) == {
        HELD,
        PAYABLE_VIA,
        "vendor:org_v:commission:USD",
    }
    assert guarded_accounts([]) == frozenset()


def test_accounts_that_did_not_change_are_not_in_the_deltas() -> None:
    books = funded_books(held_units=100)
    accrued = accrual_of()
    folded = books.post(
        [accrued, flows.accrual_reversal(accrued=accrued, reason="x", booking=BOOKING)]
    )
    assert len(folded.accepted) == 2
    assert folded.deltas_units == {}


def test_trial_balance_per_currency() -> None:
    assert trial_balance({}) == {}
    assert trial_balance(
        {AVAILABLE: -5, "rail:stripe:platform:USD": 5, "platform:fees:EUR": -1}
    ) == {"USD": 0, "EUR": -1}


def test_apply_leaves_what_it_was_given_alone() -> None:
    before = {AVAILABLE: -5}
    assert apply(before, {AVAILABLE: 5, HELD: -5}) == {AVAILABLE: 0, HELD: -5}
    assert before == {AVAILABLE: -5}


@st.composite
def candidates(draw: st.DrawFn) -> list[Entry]:
    """Draw entries that use the same few accounts and keys, too often for the money there is."""
    entries: list[Entry] = []
    accruals: list[Entry] = []
    for number in range(draw(st.integers(min_value=1, max_value=25))):
        amount_units = draw(st.integers(min_value=1, max_value=300))
        match draw(st.sampled_from(["deposit", "hold", "release", "accrual", "undo", "again"])):
            case "deposit":
                entry = flows.client_deposit(
                    client_id="org_a",
                    currency="USD",
                    amount_minor=amount_units,
                    rail_id=f"tu_{number}",
                    booking=BOOKING,
                )
            case "hold":
                entry = hold(f"hold_{number % 5}", amount_units)
            case "release":
                entry = flows.hold_release(
                    release_id=f"rel_{number}",
                    client_id="org_a",
                    project_id="prj_1",
                    currency="USD",
                    held_units=amount_units,
                    booking=BOOKING,
                )
            case "undo" if accruals:
                entry = flows.accrual_reversal(
                    accrued=draw(st.sampled_from(accruals)), reason="x", booking=BOOKING
                )
            case "again" if entries:
                entry = draw(st.sampled_from(entries))
            case _:
                entry = accrual_of(
                    f"asn_{number % 7}",
                    pay_units=amount_units,
                    contractor_id=f"ctr_{number % 2}",
                    vendor_id=draw(st.sampled_from(["", "org_v"])),
                )
                accruals.append(entry)
        entries.append(entry)
    return entries


@given(candidates())
def test_a_batch_does_what_one_at_a_time_does(entries: list[Entry]) -> None:
    together = Books()
    folded = together.post(entries)
    alone = Books()
    results = [alone.post([entry]) for entry in entries]
    assert folded.accepted == tuple(entry for result in results for entry in result.accepted)
    assert folded.repeated == tuple(entry for result in results for entry in result.repeated)
    assert [(refusal.entry, str(refusal.error)) for refusal in folded.refused] == [
        (refusal.entry, str(refusal.error)) for result in results for refusal in result.refused
    ]
    assert together.hashes == alone.hashes
    assert together.balances_units == {
        account: amount for account, amount in alone.balances_units.items() if amount
    }


@given(candidates())
def test_no_account_goes_below_its_limit_and_the_books_balance(entries: list[Entry]) -> None:
    books = Books()
    for entry in entries:
        books.post([entry])
        assert set(trial_balance(books.balances_units).values()) <= {0}
        for account in books.balances_units:
            if parse(account).kind.guarded:
                assert books.balance_units(account) >= 0


@given(candidates())
def test_balances_are_the_sum_of_what_was_accepted(entries: list[Entry]) -> None:
    books = Books()
    folded = books.post(entries)
    sums: dict[str, int] = {}
    for entry in folded.accepted:
        for posting in entry.postings:
            sums[posting.account] = sums.get(posting.account, 0) + posting.amount_units
    assert books.balances_units == {account: total for account, total in sums.items() if total}


@pytest.mark.parametrize("balance_units", [0, 12])
def test_the_guard_counts_what_the_store_says(balance_units: int) -> None:
    folded = fold(entries=[accrual_of()], balances_units={HELD: -balance_units}, known_hashes={})
    (refusal,) = folded.refused
    assert isinstance(refusal.error, InsufficientFunds)
    assert refusal.error.metadata["available"] == decimal_text(balance_units, "USD")
    assert refusal.error.metadata["needed"] == "0.000013"
