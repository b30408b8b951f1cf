"""Settings of the rails: which are set up, and whom each may reach."""

from __future__ import annotations

from typing import Self

from pydantic import Field, SecretStr, model_validator

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
    stripe_financial_account: str = Field(
        default="",
        pattern=r"^(fa_[A-Za-z0-9_]{1,120})?$",
        description="what Global Payouts are paid from; empty: there are none",
    )
    stripe_webhook_secret_v2: SecretStr = Field(
        default=SecretStr(""), description="whsec_... of the destination for thin events"
    )
    manual_csv_enabled: bool = Field(
        default=True, description="whether operators take payments to a bank themselves"
    )

    @model_validator(mode="after")
    def _told_of_what_leaves(self) -> Self:
        if self.stripe_financial_account and not self.stripe_webhook_secret_v2.get_secret_value():
            raise ValueError("stripe_financial_account needs stripe_webhook_secret_v2")
        return self


def countries_of(text: str) -> frozenset[str]:
    """The codes of such a setting."""
    return frozenset(text.split(",")) if text else frozenset()
