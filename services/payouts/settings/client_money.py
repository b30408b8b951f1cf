"""Settings of what is done with clients' money that is not spent."""

from __future__ import annotations

from pydantic import Field

from services.chassis.settings import ServiceSettings


class ClientMoneySettings(ServiceSettings):
    """`PayoutsSettings` inherits them."""

    refund_days: int = Field(
        default=14, ge=1, le=365, description="how long a refund is held that nobody resolves"
    )
