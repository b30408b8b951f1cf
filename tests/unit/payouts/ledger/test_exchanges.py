"""Money changes its currency only through the pair's clearing accounts, and never grows by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payouts.domain.errors import CurrencyMismatch, InvalidAmount, InvalidEntry
from services.payouts.domain.ledger.entries import Booking, Entry, EntryKind, Exchange, Posting
from services.payouts.domain.ledger.exchanges import (
    RateInvalid,
    converted_units,
    fx_conversion,
    fx_settlement,
    given_rate,
)
from services.payouts.domain.ledger.money import Money
from services.payouts.store.ledger.entry_documents import entry_document, entry_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BOOKING = Booking(effective_at=NOON, recorded_at=NOON)
RATE = Exchange(base="USD", quote="EUR", rate="0.9137", source="ECB", rated_at=NOON)
CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KWD", "KES"])
RATES = st.decimals(min_value="0.000001", max_value="100000", places=6).map(lambda one: f"{one:f}")


def _converted(amount_minor: int = 10_001, *, target: str = "EUR", **changes: Any) -> Entry:
    named: dict[str, Any] = {
        "conversion_id": "fxc_1",
        "client_id": "org_c",
        "amount": Money(amount_minor=amount_minor, currency="USD"),
        "target": target,
        "exchange": RATE,
        "booking": BOOKING,
    }
    return fx_conversion(**(named | changes))


def test_a_conversion_goes_through_both_clearing_accounts() -> None:
    """G1: with rate, source and time on the entry, which is kept whole."""
    entry = _converted()
    assert {posting.account: posting.amount_units for posting in entry.postings} == {
        "client:org_c:available:USD": 100_010_000,
        "fx:USD:EUR:clearing:USD": -100_010_000,
        "fx:USD:EUR:clearing:EUR": 91_379_137,
        "client:org_c:available:EUR": -91_379_137,
    }
    assert entry_of(entry_document(entry)) == entry
    assert entry.exchange == RATE


@pytest.mark.parametrize(
    "changes",
    [{"rate": "0.9138"}, {"source": "else"}, {"rated_at": NOON + timedelta(milliseconds=1)}],
)
def test_another_rate_source_or_time_is_another_entry(changes: dict[str, Any]) -> None:
    named: dict[str, Any] = {
        "base": "USD",
        "quote": "EUR",
        "rate": "0.9137",
        "source": "ECB",
        "rated_at": NOON,
    }
    # The sums stay: what is told of the rate is a part of what the entry does.
    other = Exchange(**(named | changes))
    postings = _converted().postings
    entry = Entry(
        entry_id="fx_conversion:fxc_1",
        kind=EntryKind.FX_CONVERSION,
        postings=postings,
        booking=BOOKING,
        subject=_converted().subject,
        exchange=other,
    )
    assert entry.body_hash != _converted().body_hash


def _posting(account: str, amount_units: int) -> Posting:
    return Posting(account=account, amount_units=amount_units, currency=account[-3:])


@pytest.mark.parametrize(
    ("kind", "accounts", "exchange"),
    [
        # Two currencies in one entry that is no exchange.
        (
            EntryKind.PROJECT_HOLD,
            ("client:a:available:USD", "platform:fees:USD", "client:a:available:EUR",
             "platform:fees:EUR"),
            None,
        ),
        # An exchange that goes around the clearing accounts, or through one alone.
        (
            EntryKind.FX_CONVERSION,
            ("client:a:available:USD", "platform:fees:USD", "client:a:available:EUR",
             "platform:fees:EUR"),
            RATE,
        ),
        (
            EntryKind.FX_CONVERSION,
            ("client:a:available:USD", "fx:USD:EUR:clearing:USD", "client:a:available:EUR",
             "platform:fees:EUR"),
            RATE,
        ),
        # Through those of another pair, or of two pairs.
        (
            EntryKind.FX_CONVERSION,
            ("client:a:available:USD", "fx:USD:GBP:clearing:USD", "client:a:available:EUR",
             "fx:USD:GBP:clearing:EUR"),
            RATE,
        ),
        (
            EntryKind.FX_CONVERSION,
            ("client:a:available:USD", "fx:USD:EUR:clearing:USD", "client:a:available:EUR",
             "fx:EUR:USD:clearing:EUR"),
            RATE,
        ),
        # Without a rate, or with another pair's.
        (
            EntryKind.FX_CONVERSION,
            ("client:a:available:USD", "fx:USD:EUR:clearing:USD", "client:a:available:EUR",
             "fx:USD:EUR:clearing:EUR"),
            None,
        ),
        (
            EntryKind.FX_CONVERSION,
            ("client:a:available:USD", "fx:USD:EUR:clearing:USD", "client:a:available:EUR",
             "fx:USD:EUR:clearing:EUR"),
            Exchange(base="USD", quote="KES", rate="129", source="x", rated_at=NOON),
        ),
        # One currency that hides in a clearing account, and a rate on what changes nothing.
        (EntryKind.HOLD_RELEASE, ("client:a:available:USD", "fx:USD:EUR:clearing:USD"), None),
        (EntryKind.HOLD_RELEASE, ("client:a:available:USD", "platform:fees:USD"), RATE),
    ],
)  # fmt: skip
def test_every_other_way_between_currencies_is_refused(
    kind: EntryKind, accounts: tuple[str, ...], exchange: Exchange | None
) -> None:
    """G1: the entry cannot exist."""
    with pytest.raises(InvalidEntry):
        Entry(
            entry_id="any:1",
            kind=kind,
            postings=tuple(
                _posting(account, 5 if place % 2 else -5) for place, account in enumerate(accounts)
            ),
            booking=BOOKING,
            exchange=exchange,
        )


@given(
    amount_units=st.integers(0, 10**16), source=CURRENCIES, target=CURRENCIES, rate=RATES
)  # fmt: skip
def test_there_and_back_never_makes_money(
    amount_units: int, source: str, target: str, rate: str
) -> None:
    """G1: rounding is in favour of clearing, whichever way round the rate is told."""
    if source == target:
        return
    exchange = Exchange(base=source, quote=target, rate=rate, source="x", rated_at=NOON)
    there = converted_units(amount_units, target=target, exchange=exchange)
    assert converted_units(there, target=source, exchange=exchange) <= amount_units
    turned = converted_units(amount_units, target=source, exchange=exchange)
    assert converted_units(turned, target=target, exchange=exchange) <= amount_units


@given(paid=st.integers(1, 10**9), received=st.integers(1, 10**9))
def test_a_settlement_closes_the_position_whatever_it_came_to(paid: int, received: int) -> None:
    conversion = _converted()
    settled = fx_settlement(
        conversion=conversion,
        paid=Money(amount_minor=paid, currency="USD"),
        received=Money(amount_minor=received, currency="EUR"),
        rail="bank",
        exchange=RATE,
        booking=BOOKING,
    )
    left: dict[str, int] = {}
    for posting in (*conversion.postings, *settled.postings):
        left[posting.account] = left.get(posting.account, 0) + posting.amount_units
    assert left["fx:USD:EUR:clearing:USD"] == left["fx:USD:EUR:clearing:EUR"] == 0
    assert left["rail:bank:platform:USD"] == -paid * 10_000
    assert left["rail:bank:platform:EUR"] == received * 10_000


def test_what_makes_no_conversion_is_told() -> None:
    with pytest.raises(InvalidAmount):
        _converted(1, exchange=Exchange(
            base="USD", quote="EUR", rate="0.00000001", source="x", rated_at=NOON
        ))  # fmt: skip
    named: dict[str, Any] = {
        "source": "USD",
        "target": "EUR",
        "rate": "0.9",
        "told_by": "x",
        "rated_at": NOON,
        "now": NOON,
    }
    given_rate(**named)
    for changes, error in (
        ({"target": "USD"}, CurrencyMismatch),
        ({"told_by": ""}, RateInvalid),
        ({"rated_at": NOON + timedelta(seconds=1)}, RateInvalid),
        ({"rate": "0"}, InvalidEntry),
        ({"rate": "1e3"}, InvalidEntry),
    ):
        with pytest.raises(error):
            given_rate(**(named | changes))
    with pytest.raises(CurrencyMismatch):
        fx_settlement(
            conversion=_converted(),
            paid=Money(amount_minor=1, currency="EUR"),
            received=Money(amount_minor=1, currency="USD"),
            rail="bank",
            exchange=RATE,
            booking=BOOKING,
        )
