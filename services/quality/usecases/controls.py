"""Control tasks come and go by themselves: out of sure consensus, and when they have leaked."""

from __future__ import annotations

from dataclasses import replace

from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.controls import CONSENSUS_MAX, Leak, leaked, serves
from services.quality.domain.keeping import met
from services.quality.domain.signals import Signal, SignalName, signal_id
from services.quality.domain.standings import Standing
from services.quality.domain.truths import GoldSource, Truth
from services.quality.store.signals import SignalStore
from services.quality.usecases.rulings import Moved


class Controls:
    """Looks at what has moved."""

    def __init__(self, *, signals: SignalStore) -> None:
        self._signals = signals

    async def look(self, moved: Moved, work: UnitOfWork) -> int:
        """Takes the steps in the stream; how many tasks are control tasks by consensus now more."""
        promoted = 0
        signals = []
        room = CONSENSUS_MAX - moved.state.consensus_gold
        for move in moved.stream.moves():
            standing = move.after
            if standing.is_control:
                leak = leaked(met(standing)) if move.scored_anew else None
                if leak is not None:
                    signals.append(_withdraw(moved, standing, leak, work))
            elif (
                move.resolved_now
                and moved.policy.hands_out_gold
                and promoted < room
                and serves(standing, moved.state.calibration)
            ):
                truth = Truth(
                    label=standing.scored.label,
                    source=GoldSource.CONSENSUS,
                    is_control=True,
                    changed_at=work.now,
                )
                moved.stream.learn(standing.task.task_id, truth)
                promoted += 1
        await self._signals.put(signals, session=work.session)
        return promoted


def _withdraw(moved: Moved, standing: Standing, leak: Leak, work: UnitOfWork) -> Signal:
    task = standing.task
    before = standing.truth
    # What was posted as known has no version yet.
    known = before or Truth(label=task.gold, source=GoldSource.CLIENT, version=0)
    truth = replace(
        known, is_control=False, suspect=True, version=known.version + 1, changed_at=work.now
    )
    moved.stream.learn(task.task_id, truth)
    recent = standing.answers[-leak.recent :]
    return Signal(
        signal_id=signal_id(moved.project_id, SignalName.LEAKED_GOLD, task.task_id),
        project_id=moved.project_id,
        name=SignalName.LEAKED_GOLD,
        contractor_ids=tuple(sorted({answer.contractor_id for answer in recent})),
        task_id=task.task_id,
        evidence={
            "past_right": str(leak.past_right),
            "past": str(leak.past),
            "recent_right": str(leak.recent_right),
            "recent": str(leak.recent),
        },
        found_at=work.now,
    )
