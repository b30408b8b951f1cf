"""What follows once standings have moved: rulings, what is stored of it all, what is told.

Scoring comes here with new answers, and whoever makes a truth known or sweeps with old ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain import risk
from services.quality.domain.calibration import fit
from services.quality.domain.confidence import confidence, due, sample_of
from services.quality.domain.keeping import stored_of
from services.quality.domain.keys import UNIT
from services.quality.domain.limits import Limits, gold_share
from services.quality.domain.truths import GoldSource
from services.quality.store.answers import AnswerStore
from services.quality.store.calibrations import CalibrationStore
from services.quality.store.projects import ProjectStore
from services.quality.store.skills import SkillStore
from services.quality.store.sweeps import STEPS
from services.quality.usecases.controls import Controls
from services.quality.usecases.doubts import Doubts
from services.quality.usecases.limits import LimitSetting
from services.quality.usecases.outcome import Announce, Outcome, deltas
from services.quality.usecases.rulings import MachineRulings, Moved


class Conclusions:
    """Has it ruled on, stores it and tells of it."""

    def __init__(
        self,
        *,
        answers: AnswerStore,
        skills: SkillStore,
        projects: ProjectStore,
        calibrations: CalibrationStore,
        rulings: MachineRulings,
        limits: LimitSetting,
        controls: Controls,
        doubts: Doubts,
        announce: Announce,
    ) -> None:
        self._answers = answers
        self._skills = skills
        self._projects = projects
        self._calibrations = calibrations
        self._rulings = rulings
        self._limits = limits
        self._controls = controls
        self._doubts = doubts
        self._announce = announce

    async def conclude(self, moved: Moved, outcome: Outcome, work: UnitOfWork) -> None:
        """Adds to the outcome what follows from the moves; stores and announces all of it."""
        promoted = await self._controls.look(moved, work)
        outcome.moves = moved.stream.moves()
        outcome.calibration = moved.state.calibration
        await self._rulings.rule(moved, outcome, work)
        if moved.policy.adjudicate:
            await self._doubts.doubt(
                work,
                [move.after for move in outcome.moves if move.resolved_now],
                lambda standing: confidence(standing.task, standing.scored, outcome.calibration),
            )
        samples = await self._learn(moved, outcome, work)
        beside = {
            "samples": samples,
            "consensus_gold": promoted,
            risk.COUNT: len(outcome.risks),
            risk.SUM: sum(round(value * UNIT) for value in outcome.risks),
        }
        await self._write(moved, outcome, work, beside=beside)
        await self._limit(moved, outcome, work)
        await self._projects.count(
            outcome.project_id, deltas(outcome), writer="score", session=work.session
        )
        self._announce(work, outcome)

    async def _limit(self, moved: Moved, outcome: Outcome, work: UnitOfWork) -> None:
        """How often contractors are measured, where what is known of them has changed enough."""
        policy = moved.policy
        if not policy.hands_out_gold:
            return
        changed = []
        answers = [a for move in outcome.moves if move.scored_anew for a in move.after.answers]
        for who, organisation_id in {a.contractor_id: a.vendor_id for a in answers}.items():
            share = gold_share(moved.stream.skills.tally(who), maximum=policy.gold_share_max)
            before = moved.limits.get(who) or Limits(
                project_id=moved.project_id, contractor_id=who, organisation_id=organisation_id
            )
            # Whoever has no limits is measured as whoever is new.
            known = before.gold_share if before.gold_share is not None else policy.gold_share_max
            if share != known:
                changed.append(replace(before, gold_share=share).after(before))
        await self._limits.put(work, changed, gold_share_max=policy.gold_share_max)

    async def _learn(self, moved: Moved, outcome: Outcome, work: UnitOfWork) -> int:
        """What newly known tasks teach calibration; how many they are.

        Only those whose truth the client said: who reviews and adjudicates sees the hard ones.
        """
        found = [
            sample
            for move in outcome.moves
            if move.known_now and move.after.source is GoldSource.CLIENT
            if (sample := sample_of(move.after, skills=moved.stream.skills)) is not None
        ]
        if not found:
            return 0
        await self._calibrations.add(moved.project_id, found, session=work.session)
        samples = moved.state.samples + len(found)
        if due(samples=samples, fitted=moved.state.samples_fitted):
            latest = await self._calibrations.of_project(moved.project_id, session=work.session)
            await self._skills.set_calibration(
                moved.project_id, fit(latest), samples=samples, session=work.session
            )
        return len(found)

    async def _write(
        self, moved: Moved, outcome: Outcome, work: UnitOfWork, *, beside: Mapping[str, int]
    ) -> None:
        touched = [
            move.after
            for move in outcome.moves
            if move.scored_anew or move.after.resolved or move.after.task.task_id in moved.known
        ]
        if not touched:
            return
        await self._answers.put_standings(
            [stored_of(s, calibration=moved.state.calibration, now=work.now) for s in touched],
            known=moved.known,
            session=work.session,
        )
        await self._skills.add(
            moved.project_id,
            moved.stream.skills.increments(),
            beside={**beside, STEPS: len(touched)},
            organisations={
                a.answer.contractor_id: a.answer.vendor_id
                for standing in touched
                for a in moved.by_task[standing.task.task_id]
            },
            session=work.session,
        )
