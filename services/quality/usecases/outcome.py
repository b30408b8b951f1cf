"""What a batch has changed in one project, and how it is counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from services.chassis.unit_of_work import UnitOfWork
from services.quality import metrics
from services.quality.domain.calibration import UNCALIBRATED, Calibration
from services.quality.domain.records import StoredRuling
from services.quality.domain.rulings import RulingState
from services.quality.domain.standings import Standing
from services.quality.domain.stream import Move
from services.quality.domain.types import Kind


@dataclass(slots=True, kw_only=True)
class Outcome:
    """`moves` are all tasks that were touched; `before` are the states of rulings made again."""

    project_id: str
    kind: Kind
    scored: int = 0
    rulings: list[StoredRuling] = field(default_factory=list)
    before: dict[str, RulingState] = field(default_factory=dict)
    risks: list[float] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    calibration: Calibration = UNCALIBRATED
    tells_changes: bool = False
    """Results are told again only where the label is another: of a sweep, most are the same."""

    @property
    def resolved(self) -> list[Standing]:
        """The tasks whose result is told, also again."""
        return [
            move.after
            for move in self.moves
            if move.after.resolved
            and (not self.tells_changes or move.relabelled or move.resolved_now)
        ]


Announce = Callable[[UnitOfWork, Outcome], None]


def deltas(outcome: Outcome) -> dict[str, int]:
    """What it adds to the project's tallies."""
    newly = [move.after for move in outcome.moves if move.resolved_now]
    found = {
        "scored": outcome.scored,
        "resolved": len(newly),
        "gold": sum(standing.task.gold is not None for standing in newly),
        "saved": sum(_saved(move.after) - _saved(move.before) for move in outcome.moves),
    }
    for state in (RulingState.ACCEPTED, RulingState.REJECTED, RulingState.IN_REVIEW):
        now = sum(stored.ruling.state is state for stored in outcome.rulings)
        found[state.value] = now - sum(past is state for past in outcome.before.values())
    return found


def count(outcome: Outcome) -> None:
    """What it adds to the process's metrics, once it is committed."""
    metrics.ANSWERS_SCORED_TOTAL.labels(outcome.kind.value).inc(outcome.scored)
    newly = sum(move.resolved_now for move in outcome.moves)
    metrics.TASKS_RESOLVED_TOTAL.labels(outcome.kind.value).inc(newly)
    for stored in outcome.rulings:
        reason = stored.ruling.reason
        metrics.ANSWERS_DECIDED_TOTAL.labels(
            stored.ruling.state.value, reason.value if reason is not None else ""
        ).inc()


def _saved(standing: Standing) -> int:
    """Answers that an adaptive task could have had and did not need."""
    if not standing.resolved or not standing.task.adaptive:
        return 0
    return max(standing.task.overlap_max - standing.given, 0)
