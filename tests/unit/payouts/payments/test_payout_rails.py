"""Which rail reaches whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.payouts.domain.ledger.accounts import MANUAL_CSV, STRIPE, STRIPE_GLOBAL
from services.payouts.domain.payments.payout_rails import (
    Corridors,
    RailChoice,
    RailNotAllowed,
    check_choice,
    rail_of,
)
from tests.unit.payouts.samples import NOON

ALL = frozenset({STRIPE, STRIPE_GLOBAL, MANUAL_CSV})
US = Corridors(platform_country="US", rails=ALL)


@pytest.mark.parametrize(
    ("platform", "country", "allowed"),
    [
        ("US", "US", (STRIPE, MANUAL_CSV)),
        ("US", "DE", (STRIPE, MANUAL_CSV)),
        ("GB", "CH", (STRIPE, MANUAL_CSV)),
        ("US", "KE", (STRIPE_GLOBAL, MANUAL_CSV)),
        ("GB", "PH", (STRIPE_GLOBAL, MANUAL_CSV)),
        # Only the US and the UK send by Global Payouts.
        ("DE", "KE", (MANUAL_CSV,)),
        # At home Connect works wherever Stripe does.
        ("SG", "SG", (STRIPE, MANUAL_CSV)),
        ("SG", "US", (MANUAL_CSV,)),
        ("US", "", (MANUAL_CSV,)),
    ],
)
def test_connect_where_it_reaches_and_global_payouts_elsewhere(
    platform: str, country: str, allowed: tuple[str, ...]
) -> None:
    assert Corridors(platform_country=platform, rails=ALL).allowed(country) == allowed


def test_an_agreement_widens_connect_and_a_list_narrows_global_payouts() -> None:
    widened = replace(US, connect_countries=frozenset({"KE"}))
    assert widened.allowed("KE") == (STRIPE, MANUAL_CSV)
    narrowed = replace(US, global_countries=frozenset({"PH"}))
    assert narrowed.allowed("KE") == (MANUAL_CSV,)
    assert narrowed.allowed("PH") == (STRIPE_GLOBAL, MANUAL_CSV)


def test_a_rail_that_is_not_set_up_reaches_nobody() -> None:
    assert replace(US, rails=frozenset({STRIPE})).allowed("KE") == ()
    assert rail_of((), None) == ""


def test_a_choice_counts_as_long_as_it_is_allowed() -> None:
    choice = RailChoice(
        payee_id="ctr_1", number=1, rail=MANUAL_CSV, chosen_by="ctr_1", chosen_at=NOON
    )
    assert rail_of(US.allowed("US"), None) == STRIPE
    assert rail_of(US.allowed("US"), choice) == MANUAL_CSV
    assert rail_of((STRIPE,), choice) == STRIPE
    with pytest.raises(RailNotAllowed, match="stripe_global_payouts does not reach US"):
        check_choice(US.allowed("US"), rail=STRIPE_GLOBAL, country="US")
