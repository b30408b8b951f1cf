"""Settings of pay periods: the least that is stated, and how often time is looked at."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from services.chassis.settings import ServiceSettings

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Minimum = Annotated[int, Field(ge=1, le=10**12)]


class CalendarSettings(ServiceSettings):
    """`PayoutsSettings` inherits them."""

    statement_minimums_minor: dict[Currency, Minimum] = Field(
        default_factory=dict,
        description="by currency, the least total that is stated; less is carried over",
    )
    pay_retry_seconds: float = Field(
        default=3600.0, gt=0, le=86_400, description="when a failed payment is looked at again"
    )
    calendar_tick_seconds: float = Field(
        default=5.0, gt=0, le=600, description="how often pay calendars and pay days are looked at"
    )
