"""Candidates for claims, kept in memory: which tasks of a project still have a free slot.

A project's open tasks have places (a sequence that only grows). They are loaded in segments of
places, on demand, and forgotten when memory is short: the database is the truth and its unique
keys are the guard, so a stale candidate costs one lost insert and nothing else. Each contractor
moves forward through the places, so a claim costs the same at any backlog.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

SEGMENT_PLACES = 500


@dataclass(slots=True, kw_only=True)
class OpenTask:
    """A task with free slots, as (slot, attempt); the last is handed out first."""

    task_id: str
    place: int
    data_json: str
    gold_label: str
    overlap: int
    """Answers that its result counts with at least."""
    free: list[tuple[int, int]]
    items: tuple[str, ...] = ()
    """The names of what is compared or ranked, where the data has them."""
    holders: set[str]
    """Contractors who have, had, or gave back this task: never offered to them again."""
    overlap_max: int = 0
    """Answers that it may get at most; 0 where the overlap is fixed."""


@dataclass(slots=True, kw_only=True)
class Candidate:
    """One slot that memory thinks is free."""

    task: OpenTask
    slot: int
    attempt: int
    opinion_id: str = ""
    """Names the second opinion that it is."""


@dataclass(slots=True)
class _Segment:
    loaded_to: int
    """Places below it are loaded; those from it on were not posted yet."""
    places: list[int] = field(default_factory=list)
    tasks: list[OpenTask] = field(default_factory=list)
    bytes: int = 0

    def extend(self, tasks: Iterable[OpenTask], loaded_to: int) -> None:
        for task in tasks:
            self.places.append(task.place)
            self.tasks.append(task)
            self.bytes += len(task.data_json)
        self.loaded_to = loaded_to


class ProjectQueue:
    """One project's candidates."""

    def __init__(self) -> None:
        self._segments: OrderedDict[int, _Segment] = OrderedDict()
        self._cursors: dict[str, int] = {}
        self._exhausted_below = 0
        self.tail = 0
        """No open task is known at this place or beyond."""

    def take(self, contractor_id: str, count: int) -> tuple[list[Candidate], int | None]:
        """Up to `count` free slots for the contractor, each of another task.

        Returns:
            The candidates, and the place from which more must be loaded, or None where the
            contractor is at the tail or has enough.
        """
        place = self.place_of(contractor_id)
        taken: list[Candidate] = []
        wanted: int | None = None
        while len(taken) < count and place < self.tail:
            number = place // SEGMENT_PLACES
            segment = self._segments.get(number)
            if segment is None or place >= segment.loaded_to:
                wanted = place
                break
            place = self._take_from(segment, place, contractor_id, count - len(taken), taken)
            if place >= segment.loaded_to:
                self._forget_if_exhausted(number, segment)
        self._cursors[contractor_id] = place
        return taken, wanted

    def place_of(self, contractor_id: str) -> int:
        """Where the contractor goes on."""
        return max(self._cursors.get(contractor_id, 0), self._exhausted_below)

    def waiting(
        self, contractor_id: str, *, from_place: int, count_max: int
    ) -> tuple[int, int, int | None]:
        """As `take`, but it only counts, from any place on, and takes nothing.

        Returns:
            How many were counted, where the counting goes on, and the place from which more must
            be loaded, or None at the tail or where `count_max` is reached.
        """
        place = from_place
        count = 0
        while count < count_max and place < self.tail:
            segment = self._segments.get(place // SEGMENT_PLACES)
            if segment is None or place >= segment.loaded_to:
                return count, place, place
            for index in range(bisect_left(segment.places, place), len(segment.tasks)):
                task = segment.tasks[index]
                if task.free and contractor_id not in task.holders:
                    count += 1
                if count == count_max:
                    return count, task.place + 1, None
            place = segment.loaded_to
        return count, place, None

    def _take_from(
        self,
        segment: _Segment,
        place: int,
        contractor_id: str,
        count: int,
        taken: list[Candidate],
    ) -> int:
        index = bisect_left(segment.places, place)
        emptied = False
        while index < len(segment.tasks) and count:
            task = segment.tasks[index]
            if task.free and contractor_id not in task.holders:
                slot, attempt = task.free.pop()
                task.holders.add(contractor_id)
                taken.append(Candidate(task=task, slot=slot, attempt=attempt))
                count -= 1
            emptied = emptied or not task.free
            place = task.place + 1
            index += 1
        if index == len(segment.tasks) and count:
            place = segment.loaded_to
        if emptied:
            self._drop_full(segment)
        return place

    def _drop_full(self, segment: _Segment) -> None:
        kept = [task for task in segment.tasks if task.free]
        segment.tasks = kept
        segment.places = [task.place for task in kept]
        segment.bytes = sum(len(task.data_json) for task in kept)

    def _forget_if_exhausted(self, number: int, segment: _Segment) -> None:
        start, end = number * SEGMENT_PLACES, (number + 1) * SEGMENT_PLACES
        if not segment.tasks and segment.loaded_to >= end:
            del self._segments[number]
            if start <= self._exhausted_below < end:
                self._exhausted_below = end

    def read_from(self, first_open: int) -> int:
        """Where to begin reading so that the segment of `first_open` has no gap before it.

        Other contractors may be further back in that segment than the one who asked.
        """
        number = first_open // SEGMENT_PLACES
        segment = self._segments.get(number)
        return number * SEGMENT_PLACES if segment is None else segment.loaded_to

    def loaded(
        self, tasks: list[OpenTask], *, asked_from: int, read_from: int, loaded_to: int
    ) -> None:
        """Adds tasks read from the database: at least one, of one segment, by place.

        Nothing is open from `asked_from` to the first that is not before it, and everything from
        `read_from` up to `loaded_to` has been read. What was forgotten meanwhile may have left a
        gap before it: then nothing is added, and who needs it asks again.
        """
        number = tasks[0].place // SEGMENT_PLACES
        start = number * SEGMENT_PLACES
        if asked_from <= self._exhausted_below < start:
            self._exhausted_below = start
        segment = self._segments.get(number)
        if (start if segment is None else segment.loaded_to) < read_from:
            return
        if segment is None:
            segment = self._segments[number] = _Segment(loaded_to=start)
        segment.extend((t for t in tasks if t.place >= segment.loaded_to), loaded_to)
        self._segments.move_to_end(number)

    def nothing_from(self, place: int) -> None:
        """The database has no open task at `place` or beyond it."""
        if place <= self._exhausted_below:
            self._exhausted_below = self.tail

    def skip(self, contractor_id: str, place: int) -> None:
        """Nothing is open before `place` that the contractor has not seen."""
        self._cursors[contractor_id] = max(self._cursors.get(contractor_id, 0), place)

    def restart(self) -> None:
        """Forgets all but the tail, so that slots that memory lost sight of are found again."""
        self._segments.clear()
        self._cursors.clear()
        self._exhausted_below = 0

    @property
    def bytes(self) -> int:
        """What the tasks show, of all that are in memory."""
        return sum(segment.bytes for segment in self._segments.values())

    def shrink(self, bytes_max: int) -> None:
        """Forgets the segments that were used longest ago."""
        size = self.bytes
        while len(self._segments) > 1 and size > bytes_max:
            size -= self._segments.popitem(last=False)[1].bytes


class NamedQueue:
    """Candidates of tasks that name their contractors, by contractor."""

    def __init__(self) -> None:
        self._pending: dict[str, deque[Candidate]] = {}
        self._read_to: dict[str, int] = {}

    def take(self, contractor_id: str, count: int) -> list[Candidate]:
        """Up to `count` of what is in memory."""
        pending = self._pending.get(contractor_id)
        taken: list[Candidate] = []
        while pending and len(taken) < count:
            taken.append(pending.popleft())
        return taken

    def waiting(self, contractor_id: str) -> int:
        """How many are in memory."""
        return len(self._pending.get(contractor_id, ()))

    def read_to(self, contractor_id: str) -> int:
        """The posting number from which the next tasks are to be read."""
        return self._read_to.get(contractor_id, 0)

    def loaded(self, contractor_id: str, candidates: list[Candidate], *, read_to: int) -> None:
        """Adds what was read; `read_to` 0 begins again at the first task next time."""
        self._pending.setdefault(contractor_id, deque()).extend(candidates)
        self._read_to[contractor_id] = read_to
