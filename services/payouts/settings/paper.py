"""Settings of receipts and invoices: who issues them, and what tax is added."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from services.chassis.settings import ServiceSettings

Line = Annotated[str, StringConstraints(min_length=1, max_length=140)]


class PaperSettings(ServiceSettings):
    """`PayoutsSettings` inherits them."""

    invoice_issuer: tuple[Line, ...] = Field(
        default=("Crewline",),
        min_length=1,
        max_length=7,
        description="JSON lines: the name and the address that receipts and invoices carry",
    )
    invoice_issuer_tax_number: str = Field(default="", max_length=40)
    invoice_tax_name: str = Field(default="Tax", min_length=1, max_length=40)
    invoice_tax_bps: int = Field(
        default=0, ge=0, le=5_000, description="added to invoices; 0: there is no tax line"
    )
    invoice_settled_seconds: float = Field(
        default=300.0,
        ge=0,
        le=86_400,
        description="longer than a transaction lasts: nothing is recorded so far back any more",
    )
    invoice_check_seconds: float = Field(
        default=3_600.0, gt=0, le=86_400, description="how often to look for months that are over"
    )
