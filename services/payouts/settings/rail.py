"""Settings of the rail half of payouts: where Stripe is, who we are there, and how patient."""

from __future__ import annotations

from pydantic import Field, SecretStr

from services.chassis.settings import ServiceSettings


class RailSettings(ServiceSettings):
    """`PayoutsSettings` inherits them."""

    stripe_api_base: str = Field(default="https://api.stripe.com", pattern=r"^https?://")
    stripe_secret_key: SecretStr = Field(min_length=1, description="sk_... of the platform")
    stripe_webhook_secret_platform: SecretStr = Field(
        min_length=1, description="whsec_... of the endpoint for the platform's own events"
    )
    stripe_webhook_secret_connect: SecretStr = Field(
        min_length=1, description="whsec_... of the endpoint for connected accounts' events"
    )
    stripe_publishable_key: str = Field(
        default="",
        pattern=r"^(pk_[A-Za-z0-9_]{1,250})?$",
        description="pk_...: what clients' pages open Stripe's form with; no secret",
    )
    stripe_requests_per_second: float = Field(
        default=20.0, ge=0, le=1000, description="of one process at one endpoint; 0: no limit"
    )
    stripe_timeout_seconds: float = Field(default=15.0, gt=0, le=80)
    platform_country: str = Field(default="US", pattern=r"^[A-Z]{2}$")
    platform_currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    webhook_tolerance_seconds: int = Field(
        default=300, ge=1, le=3600, description="how old a notification's signature may be"
    )
    absence_after_seconds: float = Field(
        default=60.0, gt=0, le=3600, description="how far Stripe's lists may lag behind"
    )
    sending_overdue_seconds: float = Field(
        default=120.0, gt=0, le=3600, description="longer than any call to Stripe can take"
    )
    poll_seconds: float = Field(
        default=60.0, gt=0, le=3600, description="how soon to ask for what no webhook told"
    )
    rail_tick_seconds: float = Field(
        default=1.0, gt=0, le=60, description="how often to look for work that has become due"
    )
    payments_at_once: int = Field(
        default=40,
        ge=1,
        le=200,
        description="enough for the request limit where an answer takes a second",
    )
