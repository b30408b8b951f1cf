"""Ready-made values for the tests of the payouts domain."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from hypothesis import strategies as st

from services.payouts.domain.ledger import accounts, flows
from services.payouts.domain.ledger.accounts import STRIPE
from services.payouts.domain.ledger.balances import Folded, apply, fold
from services.payouts.domain.ledger.entries import Booking, Entry, EntryKind
from services.payouts.domain.ledger.money import units_of
from services.payouts.domain.payments.instructions import Instruction, instruction_for
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind, StatementLine
from services.payouts.domain.statements.statements import Statement

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BOOKING = Booking(effective_at=NOON, recorded_at=NOON, period_id="2026-11")

HELD = "client:org_a:project:prj_1:held:USD"
AVAILABLE = "client:org_a:available:USD"


def accrual_of(
    assignment_id: str = "asn_1",
    *,
    revision: int = 1,
    project_id: str = "prj_1",
    contractor_id: str = "ctr_1",
    vendor_id: str = "org_v",
    pay_units: int = 10,
    commission_bps: int = 2000,
    fee_bps: int = 1000,
    booking: Booking = BOOKING,
    currency: str = "USD",
) -> Entry:
    return flows.accrual(
        assignment_id=assignment_id,
        revision=revision,
        client_id="org_a",
        project_id=project_id,
        contractor_id=contractor_id,
        vendor_id=vendor_id,
        currency=currency,
        pay_units=pay_units,
        commission_bps=commission_bps,
        fee_bps=fee_bps,
        booking=booking,
        task_id="tsk_1",
    )


def statement_of(amount_minor: int = 5_000, *, vendor: bool = False) -> Statement:
    payee = (
        Payee(kind=PayeeKind.VENDOR, payee_id="org_v")
        if vendor
        else Payee(kind=PayeeKind.CONTRACTOR, payee_id="ctr_1")
    )
    line = StatementLine(
        period_id="2026-11",
        contractor_id="ctr_1",
        project_id="prj_1",
        answers=10,
        pay_units=units_of(amount_minor),
        commission_units=0,
    )
    return Statement(
        statement_id=f"2026-11.{payee.kind}.{payee.payee_id}.USD",
        period_id="2026-11",
        payee=payee,
        currency="USD",
        lines=(line,),
    )


def instruction_of(amount_minor: int = 5_000, *, rail: str = STRIPE) -> Instruction:
    return instruction_for(
        statement_of(amount_minor), destination="acct_1", created_at=NOON, rail=rail
    )


class Books:
    """A ledger in memory that takes what the fold accepts, and remembers it."""

    def __init__(self) -> None:
        self.balances_units: dict[str, int] = {}
        self.hashes: dict[str, str] = {}

    def post(self, entries: Iterable[Entry]) -> Folded:
        folded = fold(
            entries=list(entries),
            balances_units=self.balances_units,
            known_hashes=self.hashes,
        )
        self.balances_units = apply(self.balances_units, folded.deltas_units)
        self.hashes.update({entry.entry_id: entry.body_hash for entry in folded.accepted})
        return folded

    def must_post(self, *entries: Entry) -> None:
        folded = self.post(entries)
        assert [str(refusal.error) for refusal in folded.refused] == []

    def nonzero(self) -> dict[str, int]:
        return {account: amount for account, amount in self.balances_units.items() if amount}

    def balance_units(self, account: str) -> int:
        """Return a balance on the account's own side."""
        return accounts.parse(account).balance_units(self.balances_units.get(account, 0))


def funded_books(*, available_units: int = 0, held_units: int = 0, currency: str = "USD") -> Books:
    books = Books()
    total_units = available_units + held_units
    if total_units:
        books.must_post(
            # As a deposit, but of whatever units a test wants.
            Entry(
                entry_id="deposit:tu_1",
                kind=EntryKind.CLIENT_DEPOSIT,
                postings=flows.move(
                    debit=accounts.rail_platform(currency=currency),
                    credit=accounts.client_available(client_id="org_a", currency=currency),
                    amount_units=total_units,
                    currency=currency,
                ),
                booking=BOOKING,
            )
        )
    if held_units:
        books.must_post(
            flows.project_hold(
                hold_id="hold_1",
                client_id="org_a",
                project_id="prj_1",
                currency=currency,
                amount_units=held_units,
                booking=BOOKING,
            )
        )
    return books


amounts_units = st.integers(min_value=1, max_value=10**12)
bps = st.integers(min_value=0, max_value=10_000)
