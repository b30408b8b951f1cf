"""Settings of the journal's hash chain: how soon it follows, and how often it is looked through."""

from __future__ import annotations

from pydantic import Field

from services.chassis.settings import ServiceSettings


class ChainSettings(ServiceSettings):
    """`PayoutsSettings` inherits them."""

    ledger_chain_seconds: float = Field(
        default=10.0,
        gt=0,
        le=3600,
        description="how far the chain's blocks may be behind the journal",
    )
    ledger_verify_seconds: float = Field(
        default=1.0,
        gt=0,
        le=60,
        description="between two blocks (500 entries) that are computed again",
    )
    ledger_verify_round_seconds: float = Field(
        default=300.0,
        gt=0,
        le=86_400,
        description="between two rounds from the first block to the last",
    )
