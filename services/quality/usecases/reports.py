"""Reports of projects' quality: made every night, and when asked for if the last is not fresh."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.chassis.clock import Clock
from services.chassis.mongo import store_errors
from services.chassis.natural_keys import derived_id
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality.agreement_intervals import alpha_with_interval
from services.quality.domain import reports as parts
from services.quality.domain.accuracy import accuracy_of
from services.quality.domain.agreement import alpha
from services.quality.domain.decisions import Reason
from services.quality.domain.records import (
    ProjectRecord,
    StoredAnswer,
    StoredRuling,
    StoredStanding,
)
from services.quality.domain.similarity import measure_of_task
from services.quality.domain.truths import GoldSource
from services.quality.domain.types import LABELLED, Kind
from services.quality.store.answers import AnswerStore
from services.quality.store.calibrations import CalibrationStore
from services.quality.store.conduct import ConductStore
from services.quality.store.opinions import ReviewerStore
from services.quality.store.projects import ProjectStore
from services.quality.store.reports import ReportStore
from services.quality.store.rulings import RulingStore
from services.quality.store.skills import SkillStore

FRESH = timedelta(minutes=1)
_TASKS_EACH_PAGE = 500
_TASKS_MAX = 10_000
_CONTRACTORS_MAX = 500
_TASKS_COMPARED_MAX = 500
_RESAMPLES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The tasks that a report looks at one by one, the first by id; not all of a large project."""

    standings: list[StoredStanding]
    answers: dict[str, StoredAnswer]
    rulings: list[StoredRuling]
    is_all: bool


class Reports:
    """Makes reports, and keeps the last of each project."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        reports: ReportStore,
        answers: AnswerStore,
        rulings: RulingStore,
        skills: SkillStore,
        conduct: ConductStore,
        projects: ProjectStore,
        calibrations: CalibrationStore,
        reviewers: ReviewerStore,
        clock: Clock,
    ) -> None:
        self._transactions = transactions
        self._reports = reports
        self._answers = answers
        self._rulings = rulings
        self._skills = skills
        self._conduct = conduct
        self._projects = projects
        self._calibrations = calibrations
        self._reviewers = reviewers
        self._clock = clock

    async def report(self, project: ProjectRecord) -> tuple[str, datetime]:
        """As JSON, with the time of its making: of a minute ago at most."""
        with store_errors():
            kept = await self._reports.get(project.project_id)
        if kept is not None and self._clock() - kept[1] < FRESH:
            return kept
        return await self.make(project)

    async def make(self, project: ProjectRecord) -> tuple[str, datetime]:
        """A new one, kept."""
        made_at = self._clock()
        with store_errors():
            found = await self._found(project)
        report = json.dumps(found, ensure_ascii=False, sort_keys=True)

        async def body(work: UnitOfWork) -> None:
            await self._reports.put(project.project_id, report, made_at, work.session)

        await self._transactions.run(body)
        return report, made_at

    async def _found(self, project: ProjectRecord) -> dict[str, Any]:
        project_id = project.project_id
        state = await self._skills.pool_state(project_id)
        tallies = await self._projects.tallies(project_id)
        read = await self._read(project_id)
        return {
            "version": 1,
            "project_id": project_id,
            "kind": project.kind.value,
            "counts": {
                **{name: n for name, n in tallies.items() if name != "saved"},
                "contractors": await self._skills.count_contractors(project_id),
            },
            "tasks_read": len(read.standings),
            "tasks_read_are_all": read.is_all,
            "decisions": parts.decisions_of(read.rulings),
            "agreement": await self._agreement(project, read, state.pool.counters),
            "calibration": parts.calibration_of(
                await self._calibrations.of_project(project_id), state.calibration
            ),
            "confusion": parts.confusion_of(state.pool.counters),
            "answers_saved": tallies["saved"],
            "labels_by_confidence": parts.confidences_of(read.standings),
            "contractors": await self._contractors(project),
            "reviewers": await self._reviewers_of(project, read),
            "latency": parts.latencies_of(read.answers, read.rulings),
        }

    async def _read(self, project_id: str) -> _Read:
        standings: list[StoredStanding] = []
        answers: dict[str, StoredAnswer] = {}
        rulings: list[StoredRuling] = []
        after = ""
        while len(standings) < _TASKS_MAX:
            page = await self._answers.standing_page(
                project_id, after=after, limit=_TASKS_EACH_PAGE
            )
            by_task = await self._answers.of_tasks([standing.task_id for standing in page])
            kept = {a.answer.assignment_id: a for found in by_task.values() for a in found}
            rulings += (await self._rulings.get_many(list(kept))).values()
            answers |= kept
            standings += page
            if len(page) < _TASKS_EACH_PAGE:
                return _Read(standings=standings, answers=answers, rulings=rulings, is_all=True)
            after = page[-1].task_id
        return _Read(standings=standings, answers=answers, rulings=rulings, is_all=False)

    async def _agreement(
        self, project: ProjectRecord, read: _Read, pool: Mapping[str, int]
    ) -> dict[str, Any] | None:
        if project.kind not in LABELLED:
            return None
        said: dict[str, dict[str, str]] = {}
        compared = {standing.task_id for standing in read.standings[:_TASKS_COMPARED_MAX]}
        for kept in read.answers.values():
            if kept.answer.task_id in compared and not kept.aside:
                found = said.setdefault(kept.answer.task_id, {})
                found[kept.answer.contractor_id] = kept.answer.label
        order = project.labels if project.kind is Kind.ORDINAL else ()
        # It takes its time, and the service answers others meanwhile.
        interval = await asyncio.to_thread(
            alpha_with_interval, said, order=order, resamples=_RESAMPLES
        )
        sampled = None
        if interval is not None:
            sampled = {"alpha": interval.alpha, "low": interval.low, "high": interval.high}
        return {"alpha": alpha(pool), "of_sample": sampled, "tasks_sampled": len(said)}

    async def _reviewers_of(self, project: ProjectRecord, read: _Read) -> list[dict[str, Any]]:
        fits: dict[str, bool] = {}
        for standing in read.standings:
            # A review that says what is true would agree with itself.
            if not standing.label or standing.gold_source is GoldSource.REVIEW:
                continue
            measure = measure_of_task(project.task(standing.task_id))
            for assignment_id in standing.answer_ids:
                kept = read.answers.get(assignment_id)
                if kept is not None:
                    fits[assignment_id] = measure.agrees(kept.answer.label, standing.label)
        people = {r.ruling.ruled_by for r in read.rulings if r.ruling.reason is Reason.REVIEWED}
        return parts.reviewers_of(
            read.rulings, fits=fits, records=await self._reviewers.get_many(sorted(people))
        )

    async def _contractors(self, project: ProjectRecord) -> list[dict[str, Any]]:
        conduct = await self._conduct.of_project(project.project_id, limit=_CONTRACTORS_MAX)
        people = [one.contractor_id for one in conduct]
        pool = await self._skills.pool(project.project_id)
        skills = await self._skills.load(project.project_id, people, pool=pool)
        return parts.contractors_of(
            {
                derived_id("anon", project.pseudonym_salt, who): accuracy_of(skills.skill(who))
                for who in people
            }
        )
