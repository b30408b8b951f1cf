"""Rules of a project: made in versions, tried on its history, and what they have done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.chassis.authentication import Principal
from services.chassis.ids import NewId
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.dry_runs import DryRun, RecordedAnswer, dry_run
from services.quality.domain.errors import DryRunsBusy, RuleNotFound, TooManyRules
from services.quality.domain.records import ProjectRecord, StoredAnswer
from services.quality.domain.rules import RULES_MAX, Rule, RuleDraft, RuleHit
from services.quality.domain.rulings import RulingState
from services.quality.domain.types import Credits
from services.quality.store.answers import AnswerStore
from services.quality.store.projects import ProjectStore
from services.quality.store.rules import RuleStore
from services.quality.store.rulings import RulingStore
from services.quality.store.watches import WatchStore

ANSWERS_REPLAYED_MAX = 100_000
DRY_RUNS_AT_ONCE_MAX = 8
"""Of a process: one runs, the others wait."""
_EACH_PAGE = 2_000
_FINAL = {RulingState.ACCEPTED: False, RulingState.REJECTED: True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A dry run; `is_all`: it saw all answers of the project and not only the latest."""

    dry_run: DryRun
    is_all: bool


class Rules:
    """Makes rules, tries them and reads what they did."""

    def __init__(
        self,
        *,
        rules: RuleStore,
        watches: WatchStore,
        answers: AnswerStore,
        rulings: RulingStore,
        projects: ProjectStore,
        new_id: NewId,
    ) -> None:
        self._rules = rules
        self._watches = watches
        self._answers = answers
        self._rulings = rulings
        self._projects = projects
        self._new_id = new_id
        # One holds many answers of any size in memory, and computes for seconds.
        self._trying = asyncio.Lock()
        self._tried_at_once = 0

    async def put(
        self,
        work: UnitOfWork,
        project: ProjectRecord,
        *,
        rule_id: str,
        draft: RuleDraft,
        is_active: bool,
    ) -> Rule:
        """A new rule, or the next version of one.

        Errors:
            RuleInvalid, RuleNotFound, TooManyRules.
        """
        draft.check(field_name="rule")
        project_id = project.project_id
        version = 1
        if rule_id:
            before = await self._rules.newest(project_id, rule_id, session=work.session)
            if before is None:
                raise RuleNotFound("no such rule", rule_id=rule_id)
            version = before.version + 1
        elif await self._rules.count(project_id, session=work.session) >= RULES_MAX:
            raise TooManyRules("the project has no room for more rules", rules_max=RULES_MAX)
        rule = Rule(
            rule_id=rule_id or self._new_id("rul"),
            project_id=project_id,
            version=version,
            draft=draft,
            is_active=is_active,
            created_at=work.now,
        )
        await self._rules.put(rule, session=work.session)
        if is_active:
            await self._watches.ask(project_id, now=work.now, session=work.session)
        return rule

    async def page(self, project: ProjectRecord, *, after: str, limit: int) -> list[Rule]:
        """The newest version of each, by rule_id."""
        with store_errors():
            return await self._rules.page(project.project_id, after=after, limit=limit)

    async def try_out(self, project: ProjectRecord, draft: RuleDraft) -> Tried:
        """What it would have done on all that happened so far, at most to the latest answers.

        Errors:
            RuleInvalid, DryRunsBusy.
        """
        draft.check(field_name="rule")
        if self._tried_at_once >= DRY_RUNS_AT_ONCE_MAX:
            raise DryRunsBusy(
                "so many dry runs wait already: try again in a moment",
                dry_runs_max=DRY_RUNS_AT_ONCE_MAX,
            )
        self._tried_at_once += 1
        try:
            async with self._trying:
                return await self._try_out(project, draft)
        finally:
            self._tried_at_once -= 1

    async def _try_out(self, project: ProjectRecord, draft: RuleDraft) -> Tried:
        with store_errors():
            answers, is_all = await self._history(project.project_id)
            credits_ = await self._credits(answers)
            recorded = await self._recorded(answers)
        # It takes its time, and the service answers others meanwhile.
        found = await asyncio.to_thread(dry_run, draft, recorded, tasks=credits_)
        return Tried(dry_run=found, is_all=is_all)

    async def hits(
        self,
        principal: Principal,
        *,
        project_id: str,
        contractor_id: str,
        before: tuple[datetime, str] | None,
        limit: int,
    ) -> list[RuleHit]:
        """What rules did, newest first, of what the caller may see.

        A client does not name a contractor: it knows none.
        """
        where = dict(_whose(principal))
        if project_id:
            where["project_id"] = project_id
        if contractor_id and "CLIENT" not in principal.roles:
            where.setdefault("contractor_id", contractor_id)
        with store_errors():
            return await self._rules.hits(where, before=before, limit=limit)

    async def salts(self, hits: list[RuleHit]) -> Mapping[str, str]:
        """By project: what pseudonyms are made with."""
        found = {}
        with store_errors():
            for project_id in {hit.project_id for hit in hits}:
                project = await self._projects.get(project_id)
                if project is not None:
                    found[project_id] = project.pseudonym_salt
        return found

    async def _history(self, project_id: str) -> tuple[list[StoredAnswer], bool]:
        found: list[StoredAnswer] = []
        before: int | None = None
        while len(found) < ANSWERS_REPLAYED_MAX:
            page = await self._answers.latest(project_id, before=before, limit=_EACH_PAGE)
            found += page
            if len(page) < _EACH_PAGE:
                return found[::-1], True
            before = page[-1].seq
        return found[::-1], False

    async def _credits(self, answers: list[StoredAnswer]) -> dict[str, Credits]:
        task_ids = list({kept.answer.task_id for kept in answers})
        found: dict[str, Credits] = {}
        for start in range(0, len(task_ids), _EACH_PAGE):
            page = await self._answers.standings(task_ids[start : start + _EACH_PAGE])
            found |= {task_id: standing.credits for task_id, standing in page.items()}
        return found

    async def _recorded(self, answers: list[StoredAnswer]) -> list[RecordedAnswer]:
        states: dict[str, RulingState] = {}
        for start in range(0, len(answers), _EACH_PAGE):
            page = answers[start : start + _EACH_PAGE]
            states |= await self._rulings.states([kept.answer.assignment_id for kept in page])
        return [
            RecordedAnswer(
                task_id=kept.answer.task_id,
                contractor_id=kept.answer.contractor_id,
                active_seconds=kept.answer.active_seconds,
                submitted_at=kept.answer.submitted_at,
                rejected=_FINAL.get(states.get(kept.answer.assignment_id, RulingState.IN_REVIEW)),
            )
            for kept in answers
        ]


def _whose(principal: Principal) -> Mapping[str, str]:
    """The hits that a caller may see, as fields of them."""
    if "OPERATOR" in principal.roles:
        return {}
    if "CLIENT" in principal.roles:
        return {"client_id": principal.organisation_id}
    if "VENDOR" in principal.roles:
        return {"organisation_id": principal.organisation_id}
    return {"contractor_id": principal.subject_id}
