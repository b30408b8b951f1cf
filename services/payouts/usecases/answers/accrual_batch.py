"""What one batch of decisions came to: its entries, its errors, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.answers.costs import Cost
from services.payouts.domain.ledger.accounts import Purpose, parse
from services.payouts.domain.ledger.entries import Entry, EntryKind
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR
from services.payouts.metrics import ledger as metrics

_PARTIES = {
    Purpose.CONTRACTOR_PAYABLE: "contractor",
    Purpose.VENDOR_PAYABLE: "contractor",
    Purpose.VENDOR_COMMISSION: "vendor",
    Purpose.PLATFORM_FEES: "platform",
    Purpose.CONTRACTOR_BENEFITS: "benefits",
}


@dataclass(slots=True, kw_only=True)
class AccrualBatch:
    """What one transaction found out and did."""

    entries: list[Entry] = field(default_factory=list)
    errors: list[DomainError] = field(default_factory=list)
    refused: dict[str, DomainError] = field(default_factory=dict)
    """By answer: why its accrual could not be booked; among the errors."""
    costs: dict[str, Cost] = field(default_factory=dict)
    """By project."""

    def refuse(self, assignment_id: str, error: DomainError) -> None:
        self.refused[assignment_id] = error
        self.errors.append(error)

    def add_cost(self, project_id: str, cost: Cost) -> None:
        self.costs[project_id] = self.costs.get(project_id, Cost()) + cost

    def measure(self) -> None:
        """Counts once it is committed."""
        accrued = 0
        amounts: dict[tuple[str, str], int] = {}
        for entry in self.entries:
            if entry.kind is EntryKind.ACCRUAL_REVERSAL:
                metrics.ACCRUALS_UNDONE_TOTAL.labels("reversal").inc()
            elif entry.kind is EntryKind.ACCRUAL_ABSORPTION:
                metrics.ACCRUALS_UNDONE_TOTAL.labels("absorption").inc()
            elif entry.kind is EntryKind.ACCRUAL:
                accrued += 1
                for posting in entry.postings:
                    party = _PARTIES.get(parse(posting.account).kind.purpose)
                    if party is not None:
                        key = (posting.currency, party)
                        amounts[key] = amounts.get(key, 0) - posting.amount_units
        metrics.ACCRUALS_TOTAL.inc(accrued)
        for key, amount_units in amounts.items():
            metrics.ACCRUED_MINOR_TOTAL.labels(*key).inc(amount_units / LEDGER_UNITS_PER_MINOR)
        for error in self.errors:
            if error.kind is not Kind.NOT_FOUND:
                metrics.ACCRUALS_REFUSED_TOTAL.labels(error.reason).inc()
