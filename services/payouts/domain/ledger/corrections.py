"""What a statement tells of corrections by hand: how much, for whom, and the reason in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


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

    def told(self) -> dict[str, Any]:
        """Return it as a statement's document has it. Who agreed on it is the operators' alone."""
        return {
            "entry_id": self.entry_id,
            "contractor_id": self.contractor_id,
            "period_id": self.period_id,
            "pay_units": self.pay_units,
            "commission_units": self.commission_units,
            "reason": self.reason,
            "effective_at": _moment(self.effective_at),
            "recorded_at": _moment(self.recorded_at),
            "reverses": self.reverses_id,
        }


def _moment(moment: datetime) -> str:
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
