"""Claims: a batch of contractors, candidates out of memory, one bulk insert of leases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from services.broker import metrics
from services.broker.domain.assignments import (
    OPEN_LEASES_MAX,
    Assignment,
    AssignmentState,
    assignment_id,
)
from services.broker.domain.contractors import Contractor, obstacles
from services.broker.domain.errors import ClaimsExhausted, ContractorNotFound, ProjectNotFound
from services.broker.domain.projects import Project, ProjectState
from services.broker.domain.queue import Candidate
from services.broker.store.assignments import AssignmentStore
from services.broker.store.tasks import TaskStore
from services.broker.usecases.candidates import Candidates
from services.broker.usecases.directory import Directory
from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.mongo import store_errors

_ROUNDS_MAX = 4
_PROJECTS_PER_CLAIM_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One contractor asks for work."""

    contractor_id: str
    organisation_id: str
    request_id: str
    project_id: str
    """"" for any."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A lease, with what is shown to the contractor."""

    assignment: Assignment
    project: Project
    data_json: str


@dataclass(slots=True)
class _Open:
    """A claim that is being served."""

    claim: Claim
    contractor: Contractor
    projects: list[Project]
    wanted: int
    got: list[Claimed] = field(default_factory=list)
    gold_shares: dict[str, float] = field(default_factory=dict)
    """By project, where quality has set one for the contractor."""
    room: dict[str, int] = field(default_factory=dict)
    """By project, where the contractor may hold only so many more of its tasks."""

    def missing(self, project_id: str, missing: int) -> int:
        """How many of the project's tasks may be chosen, of so many that are wanted."""
        if project_id not in self.room:
            return missing
        got = sum(claimed.project.project_id == project_id for claimed in self.got)
        return min(missing, max(0, self.room[project_id] - got))


class Claiming:
    """Hands out leases."""

    def __init__(
        self,
        *,
        directory: Directory,
        candidates: Candidates,
        assignments: AssignmentStore,
        tasks: TaskStore,
        clock: Clock,
        new_token: Callable[[], str],
    ) -> None:
        self._directory = directory
        self._candidates = candidates
        self._assignments = assignments
        self._tasks = tasks
        self._clock = clock
        self._new_token = new_token

    async def claim(self, claims: Sequence[Claim]) -> list[list[Claimed] | DomainError]:
        """Up to `count` leases for each, or why not. An empty list: nothing to do just now."""
        contractors = await self._directory.contractors(c.contractor_id for c in claims)
        running = await self._assignments.running({c.contractor_id for c in claims})
        outcomes: list[list[Claimed] | DomainError | _Open] = []
        leases = {key: len(value) for key, value in running.items()}
        for claim in claims:
            known = contractors[claim.contractor_id]
            own = running.get(claim.contractor_id, [])
            try:
                if isinstance(known, DomainError):
                    raise known
                outcome = await self._open(claim, known, own, leases)
            except DomainError as err:
                outcomes.append(err)
            else:
                outcomes.append(outcome)
        await self._limit(outcomes, running)
        await self._serve([o for o in outcomes if isinstance(o, _Open)])
        return [o.got if isinstance(o, _Open) else o for o in outcomes]

    async def _limit(
        self,
        outcomes: list[list[Claimed] | DomainError | _Open],
        running: Mapping[str, Sequence[Assignment]],
    ) -> None:
        """Takes the projects out that are paused for who claims, and cuts what is restricted."""
        claims = [outcome for outcome in outcomes if isinstance(outcome, _Open)]
        limits = await self._directory.limits(
            (project, claim.claim.contractor_id) for claim in claims for project in claim.projects
        )
        if not limits:
            return
        now = self._clock()
        rooms: dict[tuple[str, str], int] = {}
        for position, outcome in enumerate(outcomes):
            if not isinstance(outcome, _Open):
                continue
            who = outcome.claim.contractor_id
            own = {
                project.project_id: found
                for project in outcome.projects
                if (found := limits.get((project.project_id, who)))
            }
            outcome.gold_shares = {key: found.share(now) for key, found in own.items()}
            held = Counter(a.project_id for a in running.get(who, ()))
            for key, found in own.items():
                room = found.room(held[key], now)
                if room is not None:
                    # Two claims of one contractor in a batch share this room, too.
                    left = outcome.room[key] = rooms.get((who, key), room)
                    rooms[who, key] = max(0, left - outcome.wanted)
            asked = outcome.claim.project_id
            try:
                if asked in own:
                    own[asked].check_not_paused(now)
                    own[asked].check_room(held[asked], now)
            except DomainError as err:
                outcomes[position] = err
            outcome.projects = [
                project
                for project in outcome.projects
                if project.project_id not in own or not own[project.project_id].is_paused(now)
            ]

    async def _open(
        self,
        claim: Claim,
        contractor: Contractor,
        running: list[Assignment],
        leases: dict[str, int],
    ) -> _Open | list[Claimed]:
        if contractor.organisation_id != claim.organisation_id:
            raise ContractorNotFound(
                "the contractor is not known here", contractor_id=claim.contractor_id
            )
        contractor.check_active()
        repeated = [a for a in running if a.request_id == claim.request_id]
        if repeated:
            return await self._again(repeated)
        held = leases.get(claim.contractor_id, 0)
        room = OPEN_LEASES_MAX - held
        if room <= 0:
            raise ClaimsExhausted(
                "submit or give back before claiming more", leases=held, leases_max=OPEN_LEASES_MAX
            )
        wanted = min(claim.count, room)
        # Two claims of one contractor in a batch share the room.
        leases[claim.contractor_id] = held + wanted
        projects = await self._projects_for(claim, contractor)
        return _Open(claim=claim, contractor=contractor, projects=projects, wanted=wanted)

    async def _projects_for(self, claim: Claim, contractor: Contractor) -> list[Project]:
        if claim.project_id:
            project = await self._directory.project(claim.project_id)
            if project.state is ProjectState.DRAFT or obstacles(contractor, project):
                raise ProjectNotFound("no such project", project_id=claim.project_id)
            return [project] if project.state is ProjectState.LIVE else []
        live = await self._directory.live()
        fitting = [project for project in live if not obstacles(contractor, project)]
        return fitting[:_PROJECTS_PER_CLAIM_MAX]

    async def _serve(self, open_claims: list[_Open]) -> None:
        for _ in range(_ROUNDS_MAX):
            chosen: list[tuple[_Open, Project, Candidate]] = []
            for claim in open_claims:
                chosen += await self._choose(claim)
            if not chosen:
                return
            await self._insert(chosen)
            open_claims = [claim for claim in open_claims if len(claim.got) < claim.wanted]

    async def _choose(self, claim: _Open) -> list[tuple[_Open, Project, Candidate]]:
        chosen: list[tuple[_Open, Project, Candidate]] = []
        missing = claim.wanted - len(claim.got)
        for project in claim.projects:
            if missing <= 0:
                break
            room = claim.missing(project.project_id, missing)
            if not room:
                continue
            found = await self._candidates.take(
                project,
                claim.claim.contractor_id,
                room,
                gold_share=claim.gold_shares.get(project.project_id, 0.0),
            )
            chosen += [(claim, project, candidate) for candidate in found]
            missing -= len(found)
        return chosen

    async def _insert(self, chosen: list[tuple[_Open, Project, Candidate]]) -> None:
        now = self._clock()
        assignments = [
            Assignment(
                assignment_id=assignment_id(
                    candidate.task.task_id, candidate.slot, candidate.attempt
                ),
                task_id=candidate.task.task_id,
                project_id=project.project_id,
                contractor_id=claim.contractor.contractor_id,
                organisation_id=claim.contractor.organisation_id,
                engagement=claim.contractor.engagement,
                slot=candidate.slot,
                attempt=candidate.attempt,
                state=AssignmentState.CLAIMED,
                lease_token=self._new_token(),
                lease_expires_at=now + timedelta(seconds=project.lease_seconds),
                claimed_at=now,
                request_id=claim.claim.request_id,
                overlap=candidate.task.overlap,
                gold_label=candidate.task.gold_label,
                opinion_id=candidate.opinion_id,
                overlap_max=candidate.task.overlap_max,
                items=candidate.task.items,
            )
            for claim, project, candidate in chosen
        ]
        try:
            lost = await self._assignments.claim(assignments)
        except DomainError:
            # What was inserted of it runs out by itself; memory begins again with the truth.
            for _, project, _ in chosen:
                self._candidates.forget(project.project_id)
            raise
        metrics.CLAIMS_LOST_TOTAL.inc(len(lost))
        metrics.ASSIGNMENTS_CLAIMED_TOTAL.inc(len(assignments) - len(lost))
        for position, (claim, project, candidate) in enumerate(chosen):
            if position not in lost:
                claim.got.append(
                    Claimed(
                        assignment=assignments[position],
                        project=project,
                        data_json=candidate.task.data_json,
                    )
                )

    async def _again(self, assignments: list[Assignment]) -> list[Claimed]:
        """What the first call of the same request got, as far as it is still claimed."""
        with store_errors():
            tasks = await self._tasks.get_many(a.task_id for a in assignments)
        projects = await self._directory.projects(a.project_id for a in assignments)
        return [
            Claimed(
                assignment=assignment,
                project=projects[assignment.project_id],
                data_json=tasks[assignment.task_id].data_json,
            )
            for assignment in assignments
        ]
