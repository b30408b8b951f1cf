"""What a payee is told of corrections by hand: how much, for whom, and the reason in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One correction of a payee's pay, in ledger units; below zero where it takes something."""

    entry_id: str
    contractor_id: str
    """Empty where a vendor's commission alone was corrected."""
    period_id: str
    pay_units: int
    commission_units: int
    reason: str
    effective_at: datetime
    recorded_at: datetime
    reverses_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldCorrections:
    """Those that a statement names, in the order of recording, and how many it has no room for."""

    named: Sequence[Correction] = ()
    left_out: int = 0


NO_CORRECTIONS: Final = ToldCorrections()
