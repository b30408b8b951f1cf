"""Which rail a payee's money leaves on: what reaches a country, and what somebody has chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.ledger.accounts import MANUAL_CSV, STRIPE, STRIPE_GLOBAL

# docs.stripe.com/connect/cross-border-payouts ("Availability"): platforms in these pay connected
# accounts in any of these by themselves; elsewhere it takes an agreement with Stripe.
CONNECT_CORRIDOR: Final = frozenset(
    ("US", "GB", "CA", "CH",
     # the European Economic Area
     "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
     "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip
# Among the countries of an agreement.
EVERYWHERE: Final = "*"
# docs.stripe.com/global-payouts ("Availability"): who may send.
GLOBAL_SENDERS: Final = frozenset({"US", "GB"})


class RailUnavailable(DomainError):
    """The rail is not set up here."""

    kind, reason = Kind.PRECONDITION, "PAYOUT_RAIL_UNAVAILABLE"


class RailNotAllowed(DomainError):
    """The rail does not reach the payee's country, or only operators may choose it."""

    kind, reason = Kind.PRECONDITION, "PAYOUT_RAIL_NOT_ALLOWED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corridors:
    """From where the platform pays, and on what.

    `rails` are those that are set up. `connect_countries` are those that an agreement with Stripe
    adds to the corridor. `global_countries` narrows Global Payouts down; empty means wherever
    Stripe opens a recipient: its list grows by the month (docs.stripe.com/global-payouts/
    send-money/recipient-countries), and its refusal is told to the payee.
    """

    platform_country: str
    rails: frozenset[str]
    connect_countries: frozenset[str] = frozenset()
    global_countries: frozenset[str] = frozenset()

    def allowed(self, country: str) -> tuple[str, ...]:
        """Return the rails that reach a country, the default first; there may be none.

        Connect goes first wherever it reaches: the payee sees the money in a balance of their
        own. A file that an operator takes to a bank reaches everywhere, and comes last.
        """
        reach = (
            (STRIPE, self._connect_reaches(country)),
            (STRIPE_GLOBAL, self._global_reaches(country)),
            (MANUAL_CSV, True),
        )
        return tuple(rail for rail, reaches in reach if reaches and rail in self.rails)

    def _connect_reaches(self, country: str) -> bool:
        if country == self.platform_country or {country, EVERYWHERE} & self.connect_countries:
            return True
        return {country, self.platform_country} <= CONNECT_CORRIDOR

    def _global_reaches(self, country: str) -> bool:
        if not country or self.platform_country not in GLOBAL_SENDERS:
            return False
        open_to = not self.global_countries or country in self.global_countries
        return open_to and not self._connect_reaches(country)


@dataclass(frozen=True, slots=True, kw_only=True)
class RailChoice:
    """Somebody's choice of a payee's rail; the newest counts, and none is ever changed."""

    payee_id: str
    number: int
    rail: str
    chosen_by: str
    chosen_at: datetime
    reason: str = ""


def rail_of(allowed: tuple[str, ...], choice: RailChoice | None) -> str:
    """Return the rail that counts: what was chosen as long as it is allowed, or the default.

    Empty where nothing reaches the payee.
    """
    if choice is not None and choice.rail in allowed:
        return choice.rail
    return allowed[0] if allowed else ""


def check_choice(allowed: tuple[str, ...], *, rail: str, country: str) -> None:
    """Errors: RailNotAllowed."""
    if rail not in allowed:
        raise RailNotAllowed(
            f"{rail} does not reach {country or 'an unknown country'}; it may be:"
            f" {', '.join(allowed) or 'none'}",
            rail=rail,
            country=country,
        )
