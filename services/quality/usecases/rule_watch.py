"""The watch: whoever has answered or was decided on since is held against the project's rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.chassis.clock import Clock
from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality import metrics
from services.quality.domain.conduct import Conduct
from services.quality.domain.limits import Limits
from services.quality.domain.records import ProjectRecord
from services.quality.domain.rules import RULES_MAX, Rule, RuleHit, judge, limited
from services.quality.domain.statistics import ContractorStatistics, statistics_of
from services.quality.store.conduct import ConductStore
from services.quality.store.projects import ProjectStore
from services.quality.store.rules import RuleStore
from services.quality.store.skills import SkillStore
from services.quality.store.watches import WatchStore
from services.quality.usecases.each import each
from services.quality.usecases.limits import Change, LimitSetting

log = logger(__name__)

_TOUCHED_EACH_TURN = 500
_PROJECTS_EACH_TURN = 20
_CONTRACTORS_EACH_SWEEP = 10_000
_LEASE_SECONDS = 60.0
SETTLED = timedelta(seconds=10)
"""What was touched later is left for the next turn: a transaction that began before may still
commit, and its place in the order is that of its beginning. Whoever slips through is seen with
their next answer, or with the project's sweep."""


class RuleWatch:
    """Looks at contractors, and has rules hit them."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        rules: RuleStore,
        watches: WatchStore,
        conduct: ConductStore,
        skills: SkillStore,
        projects: ProjectStore,
        limits: LimitSetting,
        clock: Clock,
        owner: str,
    ) -> None:
        self._transactions = transactions
        self._rules = rules
        self._watches = watches
        self._conduct = conduct
        self._skills = skills
        self._projects = projects
        self._limits = limits
        self._clock = clock
        self._owner = owner

    async def turn(self) -> bool:
        """The next that were touched; whether there are more of them."""
        now = self._clock()
        with store_errors():
            place = await self._watches.lease(self._owner, now=now, seconds=_LEASE_SECONDS)
            if place is None:
                return False
            await self._look_where_rules_are_new()
            touched = await self._conduct.touched(
                after=place, before=now - SETTLED, limit=_TOUCHED_EACH_TURN
            )
        if not touched:
            return False
        people: dict[str, list[Conduct]] = defaultdict(list)
        for _, conduct in touched:
            people[conduct.project_id].append(conduct)

        async def look(project_id: str) -> None:
            project = await self._projects.get(project_id)
            if project is not None:
                await self._look(project, people[project_id])

        with store_errors():
            await each("rules", people, look)
            await self._watches.reach(self._owner, touched[-1][0])
        return len(touched) == _TOUCHED_EACH_TURN

    async def _look_where_rules_are_new(self) -> None:
        asked = dict(await self._watches.asked(limit=_PROJECTS_EACH_TURN))

        async def look(project_id: str) -> None:
            project = await self._projects.get(project_id)
            if project is not None:
                await self.look(project)
            await self._watches.looked(project_id, asked[project_id])

        await each("rules", asked, look)

    async def look(self, project: ProjectRecord) -> None:
        """Everybody who works in the project: a sweep changes how right they were."""
        with store_errors():
            if not await self._rules.active(project.project_id, limit=1):
                return
            people = await self._conduct.of_project(
                project.project_id, limit=_CONTRACTORS_EACH_SWEEP
            )
            for start in range(0, len(people), _TOUCHED_EACH_TURN):
                await self._look(project, people[start : start + _TOUCHED_EACH_TURN])

    async def _look(self, project: ProjectRecord, people: Sequence[Conduct]) -> None:
        rules = await self._rules.active(project.project_id, limit=RULES_MAX)
        if not rules:
            return
        seen = [
            person
            for person in await self._statistics(project, people)
            if any(rule.draft.met_by(person) for rule in rules)
        ]
        if not seen:
            return

        async def body(work: UnitOfWork) -> None:
            hits = await self._judge(project, rules, seen, people, work)
            if not hits:
                return
            await self._rules.add_hits(hits, session=work.session)
            await self._limit(project, hits, work)
            work.afterwards(lambda: _count(hits))

        await self._transactions.run(body)

    async def _statistics(
        self, project: ProjectRecord, people: Sequence[Conduct]
    ) -> list[ContractorStatistics]:
        pool = await self._skills.pool(project.project_id)
        skills = await self._skills.load(
            project.project_id, [one.contractor_id for one in people], pool=pool
        )
        return [statistics_of(skills.skill(one.contractor_id), one) for one in people]

    async def _judge(
        self,
        project: ProjectRecord,
        rules: Sequence[Rule],
        seen: Sequence[ContractorStatistics],
        people: Sequence[Conduct],
        work: UnitOfWork,
    ) -> list[RuleHit]:
        last = await self._rules.last_hits(
            project.project_id, [person.contractor_id for person in seen], session=work.session
        )
        organisations = {one.contractor_id: one.organisation_id for one in people}
        found = (
            judge(
                rule,
                person,
                client_id=project.client_id,
                organisation_id=organisations[person.contractor_id],
                last=last.get((rule.rule_id, person.contractor_id)),
                now=work.now,
            )
            for rule in rules
            for person in seen
        )
        return [hit for hit in found if hit is not None]

    async def _limit(
        self, project: ProjectRecord, hits: Sequence[RuleHit], work: UnitOfWork
    ) -> None:
        by_person: dict[str, list[RuleHit]] = defaultdict(list)
        for hit in hits:
            by_person[hit.contractor_id].append(hit)
        await self._limits.change(
            work,
            [
                (
                    Limits(
                        project_id=project.project_id,
                        contractor_id=who,
                        organisation_id=own[0].organisation_id,
                    ),
                    _limiting(own, work.now),
                )
                for who, own in by_person.items()
            ],
            gold_share_max=project.policy.gold_share_max,
        )


def _limiting(hits: Sequence[RuleHit], now: datetime) -> Change:
    return lambda before: limited(before, hits, now=now)


def _count(hits: Sequence[RuleHit]) -> None:
    for hit in hits:
        metrics.RULE_HITS_TOTAL.labels(hit.action.value).inc()
        log.info(
            "rule.hit",
            project_id=hit.project_id,
            rule_id=hit.rule_id,
            rule_version=hit.rule_version,
            action=hit.action.value,
        )
