"""Whether a project's money is running out, and whether its client has been told of it already.

What was begun is paid whatever this says: a task is taken in only when its worst case is held. The
warning is for what comes next, in time to do something about it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class FundsWarning(StrEnum):
    LOW = "low"
    # Not even one answer more can be paid.
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, slots=True, kw_only=True)
class FundsPolicy:
    """Low: less than this share of all that was held is left, or enough for less than this time."""

    low_share: float = 0.2
    low_time: timedelta = timedelta(hours=24)
    # How fast money is spent is measured over once to twice this time.
    rate_window: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What had been spent by then, in ledger units."""

    at: datetime
    spent_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FundsWatch:
    """What is remembered of a project: two samples, and for which hold each warning was given.

    Versions are those of the project's book, which grow with every hold: after more money was held
    the warnings may come again.
    """

    project_id: str
    older: Sample | None = None
    newer: Sample | None = None
    low_version: int = 0
    exhausted_version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Funds:
    """What a project has, in ledger units; `price_units_max` is what an answer costs at most."""

    remaining_units: int
    spent_units: int
    price_units_max: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FundsView:
    """The judgement: the watch as it is then, warnings to give, and seconds that are left.

    `lasts_seconds` is None while it is not known how fast money is spent, or none is.
    """

    watch: FundsWatch
    warnings: tuple[FundsWarning, ...]
    lasts_seconds: float | None


def look(watch: FundsWatch, funds: Funds, *, now: datetime, policy: FundsPolicy) -> FundsView:
    """Judge a project's money; what was told of this hold is not told again."""
    lasts = _lasts_seconds(watch, funds, now=now)
    after = _sampled(watch, Sample(at=now, spent_units=funds.spent_units), policy=policy)
    warnings: list[FundsWarning] = []
    held_in_all = funds.remaining_units + funds.spent_units
    is_exhausted = funds.remaining_units < funds.price_units_max
    is_low = (
        is_exhausted
        or funds.remaining_units < held_in_all * policy.low_share
        or (lasts is not None and lasts < policy.low_time.total_seconds())
    )
    if is_low and after.low_version < funds.version:
        warnings.append(FundsWarning.LOW)
        after = replace(after, low_version=funds.version)
    if is_exhausted and after.exhausted_version < funds.version:
        warnings.append(FundsWarning.EXHAUSTED)
        after = replace(after, exhausted_version=funds.version)
    return FundsView(watch=after, warnings=tuple(warnings), lasts_seconds=lasts)


# Two looks closer than this say nothing about a rate.
_RATE_SECONDS_MIN: Final = 60.0


def _lasts_seconds(watch: FundsWatch, funds: Funds, *, now: datetime) -> float | None:
    since = watch.older or watch.newer
    if since is None:
        return None
    seconds = (now - since.at).total_seconds()
    spent_units = funds.spent_units - since.spent_units
    if seconds < _RATE_SECONDS_MIN or spent_units <= 0:
        return None
    return funds.remaining_units * seconds / spent_units


def _sampled(watch: FundsWatch, sample: Sample, *, policy: FundsPolicy) -> FundsWatch:
    if watch.newer is None:
        return replace(watch, newer=sample)
    if sample.at - watch.newer.at >= policy.rate_window:
        return replace(watch, older=watch.newer, newer=sample)
    return watch
