"""The settings of benefits."""

from __future__ import annotations

from pydantic import Field

from services.chassis.settings import ServiceSettings


class BenefitsSettings(ServiceSettings):
    """How benefits may be taken out."""

    benefits_to_person: bool = True
    """False: benefits are paid to providers only, never to the person."""
    benefits_minimum_minor: int = Field(default=100, ge=1, le=10_000_000)
    """The least that is taken out at once."""
