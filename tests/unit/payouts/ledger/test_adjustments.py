"""Corrections by hand: two persons, balanced, one payee at a time, and nothing reversed twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import DomainError
from services.payouts.domain.ledger import accounts
from services.payouts.domain.ledger.adjustment_flows import (
    NOT_BY_HAND,
    REVERSIBLE,
    EntryNotReversible,
    adjustment,
    reversal,
)
from services.payouts.domain.ledger.adjustments import (
    Adjustment,
    AdjustmentInvalid,
    AdjustmentResolved,
    AdjustmentState,
    Wanted,
)
from services.payouts.domain.ledger.balances import fold
from services.payouts.domain.ledger.entries import (
    Approval,
    Booking,
    Entry,
    EntryKind,
    Posting,
    reversal_key,
)
from services.payouts.domain.ledger.flows import accrual, accrual_reversal, client_deposit, move
from services.payouts.domain.ledger.two_persons import SecondPersonNeeded, TwoPersons
from services.payouts.domain.statements.statement_lines import (
    LineKind,
    Payee,
    PayeeKind,
    StatementLine,
    aggregate_of,
    rest_of,
)
from services.payouts.domain.statements.tax_flows import tax_remittance

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BOOKING = Booking(effective_at=NOON, recorded_at=NOON, period_id="pp_000001")
APPROVAL = Approval(proposed_by="per_ada", confirmed_by="per_bob")
DIRECT = accounts.payable(contractor_id="ctr_1", vendor_id="", currency="USD")
VIA = accounts.payable(contractor_id="ctr_1", vendor_id="org_v", currency="USD")
COMMISSION = accounts.vendor_commission(vendor_id="org_v", currency="USD")
ABSORBED = accounts.platform_absorbed(currency="USD")
FEES = accounts.platform_fees(currency="USD")
AVAILABLE = accounts.client_available(client_id="org_c", currency="USD")
OTHER = accounts.client_available(client_id="org_d", currency="USD")
AMOUNTS = st.integers(min_value=1, max_value=10**12)


def posting(account: str, amount_units: int) -> Posting:
    return Posting(account=account, amount_units=amount_units, currency="USD")


def wanted(*postings: Posting, request_id: str = "r1") -> Wanted:
    return Wanted(request_id=request_id, reason="paid twice", postings=postings)


def proposal(**changes: object) -> Adjustment:
    given_up = replace(
        Adjustment(
            adjustment_id="adj_1",
            wanted=wanted(posting(ABSORBED, 5), posting(DIRECT, -5)),
            postings=(),
            proposed_by="per_ada",
            proposed_at=NOON,
            expires_at=NOON + timedelta(days=14),
        )
    )
    return replace(given_up, **changes)  # type: ignore[arg-type]


def accrued(vendor_id: str = "") -> Entry:
    return accrual(
        assignment_id="asn_1", revision=1, client_id="org_c", project_id="prj_1",
        contractor_id="ctr_1", vendor_id=vendor_id, currency="USD", pay_units=1_000_000,
        commission_bps=1000, fee_bps=2000, booking=BOOKING,
    )  # fmt: skip


def test_the_proposer_may_not_confirm() -> None:
    """Two persons; where one runs the platform alone, it is said so."""
    with pytest.raises(SecondPersonNeeded, match="whoever proposed it may not confirm it"):
        proposal().approval(by="per_ada", two_persons=TwoPersons())
    assert proposal().approval(by="per_bob", two_persons=TwoPersons()) == APPROVAL
    alone = proposal().approval(by="per_ada", two_persons=TwoPersons(needed=False))
    assert (alone.proposed_by, alone.confirmed_by) == ("per_ada", "per_ada")


def test_a_proposal_is_resolved_once_and_not_after_its_time() -> None:
    """Every order of confirming, declining and letting it expire: the first is the only one."""
    end = proposal().expires_at

    def confirm(one: Adjustment) -> Adjustment:
        return one.confirmed(by="per_bob", at=NOON, entry_id="adjustment:r1")

    def decline(one: Adjustment) -> Adjustment:
        return one.declined(by="per_cyd", at=NOON, reason="no")

    def expire(one: Adjustment) -> Adjustment:
        return one.declined(by="per_cyd", at=end, reason="late")

    for first, second, third in permutations((confirm, decline, expire)):
        one = proposal()
        outcomes = []
        for step in (first, second, third):
            try:
                one = step(one)
            except AdjustmentResolved as err:
                outcomes.append(err.metadata["state"])
        assert len(outcomes) == 2
        assert one.state in {AdjustmentState.CONFIRMED, AdjustmentState.DECLINED} or (
            one.state_at(end) is AdjustmentState.EXPIRED
        )
    assert proposal().state_at(end - timedelta(microseconds=1)) is AdjustmentState.PROPOSED
    assert proposal().state_at(end) is AdjustmentState.EXPIRED


@given(shares=st.lists(AMOUNTS, min_size=1, max_size=3), pay=st.booleans())
def test_any_balanced_adjustment_is_booked_as_it_was_proposed(shares: list[int], pay: bool) -> None:
    """G1, G3: balanced; under its request's key, the same body again is the same entry."""
    sources = [ABSORBED, FEES, OTHER][: len(shares)]
    target = DIRECT if pay else AVAILABLE
    postings = [posting(account, units) for account, units in zip(sources, shares, strict=True)]
    one = wanted(*postings, posting(target, -sum(shares)))
    entry = adjustment(one, approval=APPROVAL, booking=BOOKING)
    assert sum(each.amount_units for each in entry.postings) == 0
    assert entry.entry_id == "adjustment:r1"
    assert entry.kind is (EntryKind.PAY_ADJUSTMENT if pay else EntryKind.ADJUSTMENT)
    later = replace(BOOKING, recorded_at=NOON + timedelta(days=1))
    again = adjustment(one, approval=APPROVAL, booking=later)
    folded = fold(entries=[entry, again], balances_units={OTHER: -(10**13)}, known_hashes={})
    assert (folded.accepted, folded.repeated, folded.refused) == ((entry,), (again,), ())
    # Others agreed on it, or for another reason: it is not the same.
    for other in (replace(APPROVAL, confirmed_by="per_cyd"), replace(APPROVAL, document="7")):
        assert adjustment(one, approval=other, booking=BOOKING).body_hash != entry.body_hash
    undone = reversal(entry, reason="no", approval=APPROVAL, booking=BOOKING)
    assert undone.kind is (EntryKind.PAY_REVERSAL if pay else EntryKind.ENTRY_REVERSAL)
    both = fold(entries=[entry, undone], balances_units={OTHER: -(10**13)}, known_hashes={})
    assert both.deltas_units == {}


@given(pay_units=AMOUNTS, commission_units=AMOUNTS)
def test_a_statement_tells_pay_and_commission_and_not_who_bears_it(
    pay_units: int, commission_units: int
) -> None:
    one = wanted(
        posting(FEES, pay_units + commission_units),
        posting(VIA, -pay_units),
        posting(COMMISSION, -commission_units),
    )
    entry = adjustment(one, approval=APPROVAL, booking=BOOKING)
    told = aggregate_of(entry)
    assert told is not None
    assert told.payee == Payee(kind=PayeeKind.VENDOR, payee_id="org_v")
    line = told.line
    assert (line.kind, line.answers, line.pay_units, line.commission_units, line.fee_units) == (
        LineKind.ADJUSTMENT, 0, pay_units, commission_units, 0,
    )  # fmt: skip
    undone = aggregate_of(reversal(entry, reason="no", approval=APPROVAL, booking=BOOKING))
    assert undone is not None
    assert undone.key == told.key
    assert undone.line.amount_units == -line.amount_units


@pytest.mark.parametrize("vendor_id", ["", "org_v"])
def test_no_entry_is_reversed_twice_whoever_does_it(vendor_id: str) -> None:
    """G2: the platform's reversal and people's have one key; the second is a conflict."""
    entry = accrued(vendor_id)
    by_platform = accrual_reversal(accrued=entry, reason="overturned", booking=BOOKING)
    by_hand = reversal(entry, reason="overturned", approval=APPROVAL, booking=BOOKING)
    assert {by_platform.entry_id, by_hand.entry_id} == {reversal_key(entry.entry_id)}
    assert (by_hand.kind, by_hand.effort) == (EntryKind.ACCRUAL_REVERSAL, entry.effort)
    held = {entry.postings[0].account: -(10**12)}
    for first, second in permutations((by_platform, by_hand)):
        folded = fold(entries=[entry, first, second], balances_units=held, known_hashes={})
        assert folded.accepted == (entry, first)
        assert [one.error.reason for one in folded.refused] == ["ENTRY_CONFLICT"]
        assert folded.deltas_units == {}


def test_a_remittance_that_was_typed_wrongly_is_owed_again() -> None:
    remitted = tax_remittance(
        remittance_id="txr_1", authority="kra", currency="USD", amount_minor=700,
        rail=accounts.BANK, reference="FT 1", booking=BOOKING,
    )  # fmt: skip
    undone = reversal(remitted, reason="70, not 700", approval=APPROVAL, booking=BOOKING)
    assert (undone.kind, undone.reverses_id) == (EntryKind.ENTRY_REVERSAL, remitted.entry_id)
    owed = accounts.tax_withheld(authority="kra", currency="USD")
    folded = fold(entries=[remitted, undone], balances_units={owed: -7_000_000}, known_hashes={})
    assert (folded.accepted, folded.deltas_units) == ((remitted, undone), {})


def test_each_kind_of_entry_is_reversed_by_hand_or_says_how_it_is_corrected() -> None:
    assert REVERSIBLE | NOT_BY_HAND.keys() == set(EntryKind)
    assert not REVERSIBLE & NOT_BY_HAND.keys()
    deposit = client_deposit(
        client_id="org_c", currency="USD", amount_minor=5, rail_id="tu_1", booking=BOOKING
    )
    with pytest.raises(EntryNotReversible, match="adjust what follows from it"):
        reversal(deposit, reason="no", approval=APPROVAL, booking=BOOKING)


@pytest.mark.parametrize(
    "postings",
    [
        # Twice the same account, two contractors, two vendors, two statements.
        (posting(DIRECT, 5), posting(DIRECT, -5)),
        (posting(DIRECT, 5), posting(DIRECT.replace("ctr_1", "ctr_2"), -5)),
        (posting(COMMISSION, 5), posting(COMMISSION.replace("org_v", "org_w"), -5)),
        (posting(DIRECT, 5), posting(VIA, -5)),
        (posting(DIRECT, 5), posting(COMMISSION, -5)),
        # Whose own flow it is.
        (posting(AVAILABLE, 5), posting("client:org_c:project:prj_1:held:USD", -5)),
        (posting(AVAILABLE, 5), posting("client:org_c:owed:USD", -5)),
        (posting(DIRECT, 5), posting("tax:irs:withheld:USD", -5)),
        (posting("rail:stripe:platform:USD", 5), posting(AVAILABLE, -5)),
        (posting("rail:manual_csv:in_flight:USD", 5), posting(AVAILABLE, -5)),
    ],
)
def test_what_has_its_own_flow_or_two_payees_is_refused(postings: tuple[Posting, ...]) -> None:
    with pytest.raises(DomainError) as refusal:
        adjustment(wanted(*postings), approval=APPROVAL, booking=BOOKING)
    assert refusal.value.reason in {"ADJUSTMENT_INVALID", "ACCOUNT_NOT_ADJUSTABLE"}
    assert refusal.value.metadata["field"] == "postings"


def test_the_banks_own_books_are_kept_by_people() -> None:
    """What the bank took for itself, which no rail reports."""
    bank = accounts.rail_platform(currency="USD", rail=accounts.BANK)
    costs = accounts.platform_payment_costs(currency="USD")
    legs = move(debit=costs, credit=bank, amount_units=250_000, currency="USD")
    entry = adjustment(wanted(*legs), approval=APPROVAL, booking=BOOKING)
    assert entry.kind is EntryKind.ADJUSTMENT


@pytest.mark.parametrize(
    "changes",
    [{"reason": " "}, {"reverses_id": "accrual:a:1"}, {"postings": ()}],
)
def test_a_proposal_says_why_and_one_thing(changes: dict[str, object]) -> None:
    one = wanted(posting(ABSORBED, 5), posting(DIRECT, -5))
    with pytest.raises(AdjustmentInvalid):
        replace(one, **changes)  # type: ignore[arg-type]


LINES = st.lists(
    st.builds(
        StatementLine,
        period_id=st.just("pp_000001"),
        contractor_id=st.sampled_from(["ctr_1", "ctr_2", "ctr_3"]),
        project_id=st.sampled_from(["", "prj_1", "prj_2"]),
        answers=st.just(0),
        pay_units=st.integers(min_value=-30_000, max_value=90_000),
        commission_units=st.integers(min_value=-3_000, max_value=9_000),
        kind=st.sampled_from([LineKind.WORK, LineKind.ADJUSTMENT]),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda line: line.key,
)


@given(lines=LINES)
def test_what_rounding_leaves_is_borne_by_those_who_have_it(lines: list[StatementLine]) -> None:
    """G8: a line that takes something back leaves less to bear from; nobody bears another's."""
    total_units = sum(line.amount_units for line in lines)
    rest_units = max(total_units, 0) % 10_000
    found = rest_of(lines, rest_units)
    assert sum(line.amount_units for line in found) == rest_units
    for contractor_id in {line.contractor_id for line in found}:
        own = sum(line.pay_units for line in lines if line.contractor_id == contractor_id)
        borne = sum(line.pay_units for line in found if line.contractor_id == contractor_id)
        assert 0 <= borne <= max(own, 0)
    commission = sum(line.commission_units for line in lines)
    assert 0 <= sum(line.commission_units for line in found) <= max(commission, 0)
