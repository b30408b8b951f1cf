"""Settings of papers: who issues them, what is added to invoices, and what stands below."""

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
        description="JSON lines: the legal name and the address that papers carry",
    )
    invoice_issuer_tax_number: str = Field(default="", max_length=40)
    invoice_issuer_registration: str = Field(
        default="", max_length=140, description="the number and place of a register of companies"
    )
    invoice_notes: tuple[Line, ...] = Field(
        default=(), max_length=5, description="JSON lines: what the law wants on invoices besides"
    )
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
