"""Settings of the rails: which are set up, and whom each may reach."""

from __future__ import annotations

from pydantic import Field

from services.chassis.settings import ServiceSettings

_COUNTRIES = r"^(\*|([A-Z]{2}(,[A-Z]{2})*)?)$"


class PayoutRailSettings(ServiceSettings):
    """`PayoutsSettings` inherits them."""

    stripe_connect_countries: str = Field(
        default="",
        pattern=_COUNTRIES,
        description="countries that an agreement with Stripe adds to Connect's corridor; *: all",
    )
    stripe_global_countries: str = Field(
        default="",
        pattern=_COUNTRIES,
        description="the only countries to use Global Payouts for; empty: wherever Stripe does",
    )
    manual_csv_enabled: bool = Field(
        default=True, description="whether operators take payments to a bank themselves"
    )


def countries_of(text: str) -> frozenset[str]:
    """The codes of such a setting."""
    return frozenset(text.split(",")) if text else frozenset()
