"""What a contractor's pay period lacks to the floor, and which projects make it up.

One test per contractor and currency: Σ earned against floor by Σ active time. What is missing is
split over the projects that pay too little, by how much each lacks. Only answers whose time was
measured count, with their pay and their time: what nobody measured neither hides a shortfall nor
makes one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.payouts.domain.fairness.fair_pay import (
    MILLISECONDS_AN_HOUR,
    AppliedFloor,
    needed_units,
)
from services.payouts.domain.ledger.money import split


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """What a contractor did for one project in a period, of answers whose time was measured."""

    contractor_id: str
    project_id: str
    client_id: str
    vendor_id: str
    """Through whom; empty where the engagement was direct."""
    currency: str
    answers: int
    earned_units: int
    active_milliseconds: int
    earlier_vendor_ids: tuple[str, ...] = ()
    """Through whom some of it was done before the person changed sides; empty: directly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpPart:
    """One project's share of a top-up."""

    worked: Worked
    amount_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp:
    """A contractor's floor test of one period and currency, with all that it rests on."""

    period_id: str
    contractor_id: str
    currency: str
    applied: AppliedFloor
    answers: int
    earned_units: int
    measured_milliseconds: int
    counted_milliseconds: int
    """No more than the time for which any task was held."""
    needed_units: int
    parts: tuple[TopUpPart, ...]

    @property
    def shortfall_units(self) -> int:
        """What is topped up; the parts add up to it.

        Pay of an earlier period that was taken back is no shortfall of this one.
        """
        return max(0, self.needed_units - max(0, self.earned_units))

    @property
    def was_bounded(self) -> bool:
        """More time was reported than there was."""
        return self.counted_milliseconds < self.measured_milliseconds


def top_up_id(*, period_id: str, contractor_id: str, currency: str) -> str:
    """Name the one test of a contractor, period and currency: testing twice makes no second."""
    return f"{period_id}:{contractor_id}:{currency}"


def lacks(worked: Sequence[Worked], applied: AppliedFloor) -> bool:
    """Whether the pay may lie below the floor, by the time as it was measured."""
    earned = sum(one.earned_units for one in worked)
    measured = sum(one.active_milliseconds for one in worked)
    return needed_units(applied.hourly_units, max(0, measured)) > max(0, earned)


def top_up(
    worked: Sequence[Worked],
    applied: AppliedFloor,
    *,
    period_id: str,
    held: int | None,
) -> TopUp:
    """Test one contractor's work in one currency; `held` bounds its time, in milliseconds.

    The worked lines are all of one contractor and currency, one a project.
    """
    earned = sum(one.earned_units for one in worked)
    measured = max(0, sum(one.active_milliseconds for one in worked))
    counted = measured if held is None else min(measured, held)
    needed = needed_units(applied.hourly_units, counted)
    shortfall = max(0, needed - max(0, earned))
    parts: tuple[TopUpPart, ...] = ()
    if shortfall:
        # A line's own lack, times what divides it: whole numbers all the way. They add up to at
        # least the shortfall's, so one of them is above zero.
        weights = [
            max(
                0,
                applied.hourly_units * one.active_milliseconds * counted
                - one.earned_units * MILLISECONDS_AN_HOUR * measured,
            )
            for one in worked
        ]
        parts = tuple(
            TopUpPart(worked=one, amount_units=amount)
            for one, amount in zip(worked, split(shortfall, weights), strict=True)
            if amount
        )
    return TopUp(
        period_id=period_id,
        contractor_id=worked[0].contractor_id,
        currency=applied.currency,
        applied=applied,
        answers=sum(one.answers for one in worked),
        earned_units=earned,
        measured_milliseconds=measured,
        counted_milliseconds=counted,
        needed_units=needed,
        parts=parts,
    )
