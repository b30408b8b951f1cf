"""Truths that became known after a task was posted: from whom, and what they are good for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class GoldSource(StrEnum):
    """Who said it; of two, the one whose word weighs more comes first."""

    CLIENT = "client"
    REVIEW = "review"
    ADJUDICATION = "adjudication"
    CONSENSUS = "consensus"

    def outweighs(self, other: GoldSource) -> bool:
        """Whether its word replaces the other's; one's own word always does."""
        order = list(GoldSource)
        return order.index(self) <= order.index(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """`label` is None where a truth was taken back. `version` grows by one with every change.

    `suspect`: as a control task it has become easier than it was; somebody may have passed it on.
    """

    label: str | None
    source: GoldSource
    is_control: bool = False
    version: int = 1
    suspect: bool = False
    changed_at: datetime | None = None

    @property
    def teaches(self) -> bool:
        """Whether scoring takes it for gold.

        What so many agreed on serves to measure others by; it is no evidence against anybody, for
        the crowd would be its own witness.
        """
        return self.label is not None and self.source is not GoldSource.CONSENSUS

    def after(self, before: Truth | None) -> Truth:
        """As the next version of what was known."""
        return replace(self, version=before.version + 1 if before is not None else 1)
