"""Control tasks: which tasks may become ones by themselves, and which must be withdrawn.

A control task measures by surprise. One whose answer is passed around gets suddenly easier than it
was: it is told by the interval of its latest answers, which lies above that of all before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.quality.domain.accuracy import wilson
from services.quality.domain.calibration import Calibration
from services.quality.domain.confidence import confidence
from services.quality.domain.standings import Standing
from services.quality.domain.types import Kind

CONSENSUS_ANSWERS_MIN = 5
CONSENSUS_CONFIDENCE = 0.995
CONSENSUS_MAX = 100
"""Control tasks of a project that are known by consensus alone."""

RECENT = 20
PAST_MIN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """How right a control task's answers were before, and how right the latest are."""

    past_right: int
    past: int
    recent_right: int
    recent: int


def serves(standing: Standing, calibration: Calibration) -> bool:
    """Whether so many agreed so surely that the task may measure others.

    Preferences have no truth, and of other kinds no chance of being right is known.
    """
    if standing.task.kind not in (Kind.CHOICE, Kind.ORDINAL):
        return False
    if not standing.resolved or standing.truth is not None or standing.task.gold is not None:
        return False
    if len(standing.answers) < CONSENSUS_ANSWERS_MIN or standing.disputed or standing.aside:
        return False
    return confidence(standing.task, standing.scored, calibration) >= CONSENSUS_CONFIDENCE


def leaked(met: Sequence[bool]) -> Leak | None:
    """Of answers in the order of their recording, by whether they met the known label."""
    if len(met) < RECENT + PAST_MIN:
        return None
    past, recent = met[:-RECENT], met[-RECENT:]
    _, high = wilson(sum(past), len(past))
    low, _ = wilson(sum(recent), len(recent))
    if low <= high:
        return None
    return Leak(past_right=sum(past), past=len(past), recent_right=sum(recent), recent=len(recent))
