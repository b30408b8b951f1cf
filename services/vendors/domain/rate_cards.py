"""What a vendor takes on top of its contractors' pay; every version stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.vendors.domain.errors import RateRepeated


class WorkKind(StrEnum):
    """Kinds of work."""

    CHOICE = "CHOICE"
    PAIRWISE = "PAIRWISE"
    TEXT = "TEXT"
    STRUCTURED = "STRUCTURED"
    ORDINAL = "ORDINAL"
    NUMERIC = "NUMERIC"
    RANKED = "RANKED"
    REGIONS = "REGIONS"
    SPANS = "SPANS"
    CODE = "CODE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Hundredths of a percent of the contractor's pay, for one kind of work."""

    kind: WorkKind
    commission_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """One version of it."""

    vendor_id: str
    version: int
    rates: tuple[Rate, ...]
    effective_at: datetime


def next_card(
    *, vendor_id: str, current: RateCard | None, rates: Sequence[Rate], now: datetime
) -> RateCard:
    """The card that replaces the current one. Errors: RateRepeated."""
    seen: set[WorkKind] = set()
    for position, rate in enumerate(rates):
        if rate.kind in seen:
            raise RateRepeated(
                "there is another rate for this kind of work",
                kind=rate.kind.value,
                field=f"rates[{position}].kind",
            )
        seen.add(rate.kind)
    return RateCard(
        vendor_id=vendor_id,
        version=1 if current is None else current.version + 1,
        rates=tuple(rates),
        effective_at=now,
    )
