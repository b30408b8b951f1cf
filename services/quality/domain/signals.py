"""What looks wrong about contractors: evidence for a person to judge, never a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import exp, log
from statistics import median

from services.chassis.natural_keys import derived_id
from services.quality.domain.accuracy import Estimate
from services.quality.domain.statistics import ContractorStatistics

SPAMMER_ANSWERS = 20
SPAMMER_SCORE = 0.9
SPEED_ANSWERS = 10
SPEED_CONTRACTORS = 5
SPEED_SPREADS = 3.0
"""How many robust standard deviations below the others: as Prolific counts too fast answers."""
SPEED_FACTOR = 3.0
_SPREAD_LEAST = 0.2
_ROBUST = 1.4826  # the standard deviation of a normal distribution, in median deviations


class SignalName(StrEnum):
    SPAMMER = "SPAMMER"
    SAME_WRONG_ANSWERS = "SAME_WRONG_ANSWERS"
    IMPOSSIBLE_SPEED = "IMPOSSIBLE_SPEED"
    LEAKED_GOLD = "LEAKED_GOLD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What was found about whom, and on what evidence. The same id is the same finding."""

    signal_id: str
    project_id: str
    name: SignalName
    contractor_ids: tuple[str, ...] = ()
    task_id: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    found_at: datetime


def signal_id(project_id: str, name: SignalName, about: str) -> str:
    """`about` is a contractor or a task: a finding about them comes again as the same."""
    return derived_id("sig", project_id, name.value, about)


def spammers(
    people: Iterable[ContractorStatistics], *, pool: Estimate, now: datetime
) -> list[Signal]:
    """Whose answers tell next to nothing of the truth, and are surely less often right than most.

    Enough answers, confusions of rank one, and an accuracy whose upper bound is below the pool's.
    """
    found = []
    for person in people:
        score, accuracy = person.spammer_score, person.accuracy.consensus
        if score is None or accuracy is None or accuracy.weight < SPAMMER_ANSWERS - 0.5:
            continue
        if score >= SPAMMER_SCORE and accuracy.high < pool.value:
            found.append(
                _about_one(
                    person,
                    SignalName.SPAMMER,
                    now,
                    spammer_score=f"{score:.3f}",
                    accuracy_high=f"{accuracy.high:.3f}",
                    pool_accuracy=f"{pool.value:.3f}",
                    answers=str(person.answers),
                )
            )
    return found


def too_fast(people: Sequence[ContractorStatistics], *, now: datetime) -> list[Signal]:
    """Whose median time is far below everybody else's.

    Robust: against the median of the contractors' medians and the median deviation from it, on the
    scale of logarithms, where times are about normal.
    """
    logs = {
        person.contractor_id: log(person.median_seconds)
        for person in people
        if person.median_seconds is not None and person.measured >= SPEED_ANSWERS
    }
    if len(logs) < SPEED_CONTRACTORS:
        return []
    middle = median(logs.values())
    spread = max(_ROBUST * median(abs(value - middle) for value in logs.values()), _SPREAD_LEAST)
    bound = middle - max(SPEED_SPREADS * spread, log(SPEED_FACTOR))
    return [
        _about_one(
            person,
            SignalName.IMPOSSIBLE_SPEED,
            now,
            median_seconds=f"{person.median_seconds:.2f}",
            usual_seconds=f"{exp(middle):.2f}",
            answers=str(person.measured),
        )
        for person in people
        if logs.get(person.contractor_id, middle) < bound
    ]


def _about_one(
    person: ContractorStatistics, name: SignalName, now: datetime, **evidence: str
) -> Signal:
    return Signal(
        signal_id=signal_id(person.project_id, name, person.contractor_id),
        project_id=person.project_id,
        name=name,
        contractor_ids=(person.contractor_id,),
        evidence=evidence,
        found_at=now,
    )
