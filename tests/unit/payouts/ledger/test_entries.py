from __future__ import annotations

import hashlib
from dataclasses import FrozenInstanceError, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.chassis.errors import DomainError
from services.payouts.domain.errors import (
    CurrencyMismatch,
    EntryConflict,
    EntryUnbalanced,
    InvalidAccount,
    InvalidAmount,
    InvalidEntry,
)
from services.payouts.domain.ledger.entries import (
    MAX_POSTINGS,
    Booking,
    Entry,
    EntryKind,
    Posting,
    Subject,
    check_same,
    reversal_key,
)
from tests.unit.payouts.samples import AVAILABLE, BOOKING, HELD, NOON


def posting(account: str, amount_units: int, currency: str = "USD") -> Posting:
    return Posting(account=account, amount_units=amount_units, currency=currency)


def hold(**changes: object) -> Entry:
    values: dict[str, object] = {
        "entry_id": "hold:hold_1",
        "kind": EntryKind.PROJECT_HOLD,
        "postings": (posting(AVAILABLE, 100), posting(HELD, -100)),
        "booking": BOOKING,
        "subject": Subject(client_id="org_a", project_id="prj_1"),
    }
    return Entry(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("account", "amount", "currency", "error"),
    [
        (AVAILABLE, 0, "USD", InvalidAmount),
        (AVAILABLE, 1.0, "USD", InvalidAmount),
        (AVAILABLE, 2**63, "USD", InvalidAmount),
        (AVAILABLE, 1, "EUR", CurrencyMismatch),
        ("client:org_a:pocket:USD", 1, "USD", InvalidAccount),
    ],
)
def test_bad_postings_cannot_be_made(
    account: str, amount: Any, currency: str, error: type[DomainError]
) -> None:
    with pytest.raises(error):
        posting(account, amount, currency)


EUROS = (posting("client:org_a:available:EUR", 5, "EUR"), posting("platform:fees:EUR", -4, "EUR"))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"postings": (posting(AVAILABLE, 100), posting(HELD, -99))}, EntryUnbalanced),
        ({"postings": (posting(AVAILABLE, 1), posting(HELD, -1), *EUROS)}, EntryUnbalanced),
        # Balanced over both currencies, but in neither of them.
        (
            {"postings": (posting(AVAILABLE, 5), posting("platform:fees:EUR", -5, "EUR"))},
            EntryUnbalanced,
        ),
        ({"postings": ()}, InvalidEntry),
        ({"postings": (posting(AVAILABLE, 100),)}, InvalidEntry),
        ({"postings": (posting(AVAILABLE, 1), posting(HELD, -1)) * 251}, InvalidEntry),
        ({"entry_id": ""}, InvalidEntry),
        ({"entry_id": "hold"}, InvalidEntry),
        ({"entry_id": "hold:"}, InvalidEntry),
        ({"entry_id": "Hold:1"}, InvalidEntry),
        ({"entry_id": "hold:a b"}, InvalidEntry),
        ({"entry_id": "hold:a\n"}, InvalidEntry),
        ({"entry_id": "hold" + ":x" * 200}, InvalidEntry),
        ({"reason": "x" * 501}, InvalidEntry),
        (
            {"booking": Booking(effective_at=datetime(2026, 1, 1), recorded_at=NOON)},  # noqa: DTZ001
            InvalidEntry,
        ),
        (
            {"booking": Booking(effective_at=NOON, recorded_at=datetime(2026, 1, 1))},  # noqa: DTZ001
            InvalidEntry,
        ),
        ({"reverses_id": "hold:hold_0"}, InvalidEntry),
        ({"kind": EntryKind.ACCRUAL_REVERSAL}, InvalidEntry),
        # Undoing something under a key of one's own would allow to undo it twice.
        ({"kind": EntryKind.ACCRUAL_REVERSAL, "reverses_id": "accrual:asn_1:1"}, InvalidEntry),
    ],
)
def test_bad_entries_cannot_be_made(changes: dict[str, Any], error: type[DomainError]) -> None:
    with pytest.raises(error):
        hold(**changes)


def test_an_unbalanced_entry_says_by_how_much() -> None:
    """G1: it cannot be made."""
    with pytest.raises(EntryUnbalanced) as caught:
        hold(postings=(posting(AVAILABLE, 100), posting(HELD, -99)))
    assert caught.value.metadata == {
        "entry_id": "hold:hold_1",
        "currency": "USD",
        "difference_units": "1",
    }


def test_the_largest_entry() -> None:
    postings = (posting(AVAILABLE, 1), posting(HELD, -1)) * (MAX_POSTINGS // 2)
    assert len(hold(postings=postings).postings) == MAX_POSTINGS


def test_entries_do_not_change() -> None:
    entry = hold()
    with pytest.raises(FrozenInstanceError):
        entry.reason = "second thoughts"  # type: ignore[misc]


LATER = NOON + timedelta(days=40)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"booking": Booking(effective_at=NOON, recorded_at=LATER, period_id="2026-12")},
        {"booking": Booking(effective_at=LATER, recorded_at=LATER)},
        {"postings": (posting(HELD, -100), posting(AVAILABLE, 100))},
    ],
)
def test_the_same_cause_is_the_same_entry(changes: dict[str, Any]) -> None:
    again = hold(**changes)
    assert again.body_hash == hold().body_hash
    check_same(again, hold().body_hash)


@pytest.mark.parametrize(
    "changes",
    [
        {"postings": (posting(AVAILABLE, 101), posting(HELD, -101))},
        {"postings": (posting(AVAILABLE, 100), posting("platform:fees:USD", -100))},
        {"postings": (posting(HELD, 100), posting(AVAILABLE, -100))},
        {"kind": EntryKind.HOLD_RELEASE},
        {"subject": Subject(client_id="org_a", project_id="prj_2")},
        # The same texts in other places are not the same subject.
        {"subject": Subject(client_id="prj_1", project_id="org_a")},
        {"reason": "because"},
    ],
)
def test_another_body_under_the_same_key_is_a_conflict(changes: dict[str, Any]) -> None:
    other = hold(**changes)
    with pytest.raises(EntryConflict) as caught:
        check_same(other, hold().body_hash)
    assert caught.value.metadata == {
        "entry_id": "hold:hold_1",
        "known_hash": hold().body_hash,
        "given_hash": other.body_hash,
    }


def test_the_hash_does_not_change_between_releases() -> None:
    # Entries live for ever: if this fails, old ledgers no longer recognise repeated events.
    text = (
        '["3","hold:hold_1","project_hold",'
        '[["client:org_a:available:USD",100,"USD"],'
        '["client:org_a:project:prj_1:held:USD",-100,"USD"]],'
        '{"client_id":"org_a","project_id":"prj_1"},"",""]'
    )
    assert hold().body_hash == hashlib.sha256(text.encode()).hexdigest()


def test_subjects_tell_only_what_applies() -> None:
    assert Subject(project_id="prj_1", rail_id="tr_1").as_dict() == {
        "project_id": "prj_1",
        "rail_id": "tr_1",
    }
    assert Subject().as_dict() == {}


def test_currencies_of_an_entry() -> None:
    assert hold().currencies == {"USD"}


def test_the_key_of_a_reversal_follows_from_what_it_undoes() -> None:
    entry = replace(hold(), entry_id="accrual:asn_1:1")
    assert reversal_key(entry.entry_id) == "reversal:accrual:asn_1:1"
