"""Which task next: candidates out of memory, read from the database when memory has none."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from services.broker.domain.assignments import HOLDING, AssignmentState, assignment_id
from services.broker.domain.controls import (
    CONTROLS_MAX,
    GOLD_SHARE_DEFAULT,
    ControlQueue,
    controls_due,
)
from services.broker.domain.opinions import opinion_slot
from services.broker.domain.projects import Project
from services.broker.domain.queue import (
    SEGMENT_PLACES,
    Candidate,
    NamedQueue,
    OpenTask,
    ProjectQueue,
)
from services.broker.store.assignments import AssignmentStore
from services.broker.store.opinions import OpinionStore
from services.broker.store.projects import ProjectStore
from services.broker.store.tasks import TaskStore, task_of
from services.chassis.clock import Clock
from services.chassis.mongo import Document, store_errors

_TAIL_SECONDS = 0.2
_RESTART_SECONDS = 5.0
_NAMED_SECONDS = 0.2
_NAMED_READ_MAX = 200
# Control tasks are few; leases of them that ran out, and new ones, are seen this late.
_CONTROLS_SECONDS = 5.0
_LOADS_PER_CLAIM_MAX = 20
_QUEUES_MAX = 2000
_ATTEMPTS_READ_MAX = 64


@dataclass(slots=True)
class _Queues:
    pool: ProjectQueue = field(default_factory=ProjectQueue)
    named: NamedQueue = field(default_factory=NamedQueue)
    tail_read_at: float = float("-inf")
    restarted_at: float = field(default_factory=time.monotonic)
    named_read_at: dict[str, float] = field(default_factory=dict)
    opinions_read_at: dict[str, float] = field(default_factory=dict)
    controls: ControlQueue = field(default_factory=ControlQueue)
    controls_read_at: float = float("-inf")


class Candidates:
    """The queues of all projects that were asked for lately."""

    def __init__(
        self,
        *,
        projects: ProjectStore,
        tasks: TaskStore,
        assignments: AssignmentStore,
        opinions: OpinionStore,
        clock: Clock,
        bytes_max: int,
        roll: Callable[[], float] = random.random,
    ) -> None:
        self._projects = projects
        self._tasks = tasks
        self._assignments = assignments
        self._opinions = opinions
        self._clock = clock
        self._bytes_max = bytes_max
        self._roll = roll
        self._queues: dict[str, _Queues] = {}

    async def take(
        self, project: Project, contractor_id: str, count: int, *, gold_share: float = 0.0
    ) -> list[Candidate]:
        """Free slots for the contractor: first of tasks that name them, then of the pool.

        Where the project hands its control tasks out by itself, they are among the pool's, by the
        contractor's `gold_share` (0: the project's own).
        """
        queues = self._of(project.project_id)
        taken: list[Candidate] = []
        with store_errors():
            if project.has_named_tasks:
                taken = await self._take_named(queues, project.project_id, contractor_id, count)
            if len(taken) < count and project.has_opinions:
                taken += await self._take_opinions(
                    queues, project.project_id, contractor_id, count - len(taken)
                )
            missing = count - len(taken)
            if missing and project.quality_policy.hands_out_gold:
                share = gold_share or project.quality_policy.gold_share_max or GOLD_SHARE_DEFAULT
                taken += await self._take_mixed(
                    queues, project.project_id, contractor_id, missing, share=share
                )
            elif missing:
                taken += await self._take_pool(queues, project.project_id, contractor_id, missing)
        return taken

    async def waiting(self, project: Project, contractor_id: str, *, count_max: int) -> int:
        """How many tasks `take` would find for the contractor, counted to `count_max`."""
        queues = self._of(project.project_id)
        found = 0
        with store_errors():
            if project.has_named_tasks:
                found = await self._count_named(
                    queues, project.project_id, contractor_id, count_max
                )
            if found < count_max and project.has_opinions:
                found += len(await self._free_opinions(project.project_id, contractor_id))
            if found < count_max:
                found += await self._count_pool(
                    queues, project.project_id, contractor_id, count_max - found
                )
        return min(found, count_max)

    def posted(self, project_id: str, *, tail: int) -> None:
        """Tasks were posted here: the pool's queue now ends at `tail`."""
        queues = self._queues.get(project_id)
        if queues is not None:
            queues.pool.tail = max(queues.pool.tail, tail)
            queues.named_read_at.clear()
            queues.controls_read_at = float("-inf")

    def forget(self, project_id: str) -> None:
        """Begins again with what the database says."""
        self._queues.pop(project_id, None)

    def _of(self, project_id: str) -> _Queues:
        queues = self._queues.pop(project_id, None)
        if queues is None:
            while len(self._queues) >= _QUEUES_MAX:
                self._queues.pop(next(iter(self._queues)))
            queues = _Queues()
        # Back at the end: the first are those that were asked for longest ago.
        self._queues[project_id] = queues
        return queues

    async def _take_pool(
        self, queues: _Queues, project_id: str, contractor_id: str, count: int
    ) -> list[Candidate]:
        taken: list[Candidate] = []
        for _ in range(_LOADS_PER_CLAIM_MAX):
            found, load_from = queues.pool.take(contractor_id, count - len(taken))
            taken += found
            if len(taken) == count:
                break
            if load_from is not None:
                first_open = await self._load(queues.pool, project_id, load_from)
                queues.pool.skip(contractor_id, first_open)
            elif not await self._move_tail(queues, project_id, found_any=bool(taken)):
                break
        return taken

    async def _take_mixed(
        self, queues: _Queues, project_id: str, contractor_id: str, count: int, *, share: float
    ) -> list[Candidate]:
        """Tasks of the pool with control tasks among them; none of these where the pool is out."""
        due = controls_due((self._roll() for _ in range(count)), share=share)
        taken = await self._take_pool(queues, project_id, contractor_id, count - due)
        if not due:
            return taken
        if not taken and not await self._count_pool(queues, project_id, contractor_id, 1):
            return []
        controls = await self._take_controls(queues, project_id, contractor_id, due)
        if len(controls) < due:
            taken += await self._take_pool(queues, project_id, contractor_id, due - len(controls))
        # Not at the end, where they would be known by their place.
        for control in controls:
            taken.insert(int(self._roll() * (len(taken) + 1)), control)
        return taken

    async def _take_opinions(
        self, queues: _Queues, project_id: str, contractor_id: str, count: int
    ) -> list[Candidate]:
        """Second opinions that the contractor was asked for."""
        now = time.monotonic()
        if now - queues.opinions_read_at.get(contractor_id, float("-inf")) < _NAMED_SECONDS:
            return []
        queues.opinions_read_at[contractor_id] = now
        return (await self._free_opinions(project_id, contractor_id))[:count]

    async def _free_opinions(self, project_id: str, contractor_id: str) -> list[Candidate]:
        """Those that are neither given, given back nor being worked on."""
        asked = await self._opinions.waiting(
            project_id, contractor_id, now=self._clock(), limit=_NAMED_READ_MAX
        )
        documents = await self._tasks.documents(one.task_id for one in asked)
        return await self._first_free(
            [
                Candidate(
                    task=_open_task(documents[one.task_id], []),
                    slot=opinion_slot(one.opinion_id),
                    attempt=0,
                    opinion_id=one.opinion_id,
                )
                for one in asked
                if one.task_id in documents
            ]
        )

    async def _take_controls(
        self, queues: _Queues, project_id: str, contractor_id: str, count: int
    ) -> list[Candidate]:
        now = time.monotonic()
        if now - queues.controls_read_at >= _CONTROLS_SECONDS:
            queues.controls_read_at = now
            documents = await self._tasks.controls(project_id, limit=CONTROLS_MAX)
            used = await self._assignments.of_tasks([document["_id"] for document in documents])
            queues.controls = ControlQueue(
                (document["control_draw"], _open_task(document, used.get(document["_id"], [])))
                for document in documents
            )
        return queues.controls.take(contractor_id, count)

    async def _count_pool(
        self, queues: _Queues, project_id: str, contractor_id: str, count_max: int
    ) -> int:
        found = 0
        place = queues.pool.place_of(contractor_id)
        for _ in range(_LOADS_PER_CLAIM_MAX):
            more, place, load_from = queues.pool.waiting(
                contractor_id, from_place=place, count_max=count_max - found
            )
            found += more
            if found == count_max:
                break
            if load_from is not None:
                place = await self._load(queues.pool, project_id, load_from)
            elif not await self._move_tail(queues, project_id, found_any=found > 0):
                break
            elif not found:
                # Everything may have been forgotten, so that lost slots are found again.
                place = queues.pool.place_of(contractor_id)
        return found

    async def _move_tail(self, queues: _Queues, project_id: str, *, found_any: bool) -> bool:
        """At the tail: looks whether the queue has grown, here or by another replica."""
        now = time.monotonic()
        if now - queues.tail_read_at < _TAIL_SECONDS:
            return False
        queues.tail_read_at = now
        tail = int((await self._projects.counters(project_id))["place"])
        if tail > queues.pool.tail:
            queues.pool.tail = tail
            return True
        if not found_any and now - queues.restarted_at > _RESTART_SECONDS:
            # Slots that another replica lost, or gave back, behind our contractors' places.
            queues.restarted_at = now
            queues.pool.restart()
            return tail > 0
        return False

    async def _load(self, pool: ProjectQueue, project_id: str, place: int) -> int:
        """Loads the next segment; returns the first place that may be open, at `place` or after."""
        first = await self._tasks.first_open_place(project_id, from_place=place)
        if first is None:
            pool.nothing_from(place)
            return pool.tail
        end = min((first // SEGMENT_PLACES + 1) * SEGMENT_PLACES, max(pool.tail, first + 1))
        read_from = pool.read_from(first)
        documents = await self._tasks.open_segment(project_id, from_place=read_from, to_place=end)
        if not documents:
            # The segment is in memory already: the contractor only had to be led to it.
            return first
        used = await self._assignments.of_tasks([document["_id"] for document in documents])
        tasks = [_open_task(document, used.get(document["_id"], [])) for document in documents]
        pool.loaded(tasks, asked_from=place, read_from=read_from, loaded_to=end)
        self._shrink(pool)
        return first

    def _shrink(self, used: ProjectQueue) -> None:
        """Keeps all queues together within their bytes; what was used longest ago goes first."""
        used.shrink(self._bytes_max)
        size = sum(queues.pool.bytes for queues in self._queues.values())
        for queues in self._queues.values():
            if size <= self._bytes_max:
                return
            if queues.pool is not used:
                size -= queues.pool.bytes
                queues.pool.restart()

    async def _take_named(
        self, queues: _Queues, project_id: str, contractor_id: str, count: int
    ) -> list[Candidate]:
        taken = queues.named.take(contractor_id, count)
        if not taken:
            await self._look_for_named(queues, project_id, contractor_id)
            taken = queues.named.take(contractor_id, count)
        return taken

    async def _count_named(
        self, queues: _Queues, project_id: str, contractor_id: str, count_max: int
    ) -> int:
        for _ in range(_LOADS_PER_CLAIM_MAX):
            found = queues.named.waiting(contractor_id)
            if found >= count_max or (found and not queues.named.read_to(contractor_id)):
                break
            await self._look_for_named(queues, project_id, contractor_id)
            if queues.named.waiting(contractor_id) == found:
                break
        return queues.named.waiting(contractor_id)

    async def _look_for_named(self, queues: _Queues, project_id: str, contractor_id: str) -> None:
        now = time.monotonic()
        if now - queues.named_read_at.get(contractor_id, 0.0) >= _NAMED_SECONDS:
            await self._load_named(queues, project_id, contractor_id)
            if not queues.named.waiting(contractor_id):
                queues.named_read_at[contractor_id] = now

    async def _load_named(self, queues: _Queues, project_id: str, contractor_id: str) -> None:
        for _ in range(_LOADS_PER_CLAIM_MAX):
            documents = await self._tasks.named(
                project_id,
                contractor_id,
                from_seq=queues.named.read_to(contractor_id),
                limit=_NAMED_READ_MAX,
            )
            candidates = await self._free_named(documents, contractor_id)
            full = len(documents) == _NAMED_READ_MAX
            read_to = documents[-1]["seq"] + 1 if full else 0
            queues.named.loaded(contractor_id, candidates, read_to=read_to)
            if candidates or not full:
                return

    async def _free_named(self, documents: list[Document], contractor_id: str) -> list[Candidate]:
        """The contractor's own slot of each task."""
        waiting = [
            Candidate(
                task=_open_task(document, []),
                slot=document["assignee_ids"].index(contractor_id),
                attempt=0,
            )
            for document in documents
        ]
        return await self._first_free(waiting)

    async def _first_free(self, waiting: list[Candidate]) -> list[Candidate]:
        """Each slot at the first attempt that was never made, where the last one expired."""
        free: list[Candidate] = []
        for _ in range(_ATTEMPTS_READ_MAX):
            if not waiting:
                break
            ids = [assignment_id(c.task.task_id, c.slot, c.attempt) for c in waiting]
            made = await self._assignments.get_many(ids)
            again: list[Candidate] = []
            for candidate, key in zip(waiting, ids, strict=True):
                assignment = made.get(key)
                if assignment is None:
                    free.append(candidate)
                elif assignment.state is AssignmentState.EXPIRED:
                    candidate.attempt += 1
                    again.append(candidate)
            waiting = again
        return free


def _open_task(document: Document, used: list[Document]) -> OpenTask:
    task = task_of(document)
    attempts = dict.fromkeys(range(task.slots), 0)
    holders: set[str] = set()
    for assignment in used:
        state = AssignmentState(assignment["state"])
        if state is not AssignmentState.EXPIRED:
            holders.add(assignment["contractor_id"])
        slot = assignment["slot"]
        if state in HOLDING:
            attempts.pop(slot, None)
        elif slot in attempts:
            attempts[slot] = max(attempts[slot], assignment["attempt"] + 1)
    return OpenTask(
        task_id=task.task_id,
        place=document.get("place", -1),
        data_json=task.data_json,
        gold_label=task.gold_label,
        overlap=task.overlap,
        overlap_max=0 if task.is_control else task.answers_max,
        items=task.items,
        # The last is handed out first: slot 0 comes before slot 1.
        free=sorted(attempts.items(), reverse=True),
        holders=holders,
    )
