"""The queue of candidates: every slot is handed out, none twice, to nobody twice."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.broker.domain.queue import SEGMENT_PLACES, Candidate, OpenTask, ProjectQueue


class _Database:
    """Open tasks by place, as the store would answer; what `taken` says is not free."""

    def __init__(self, *, tasks: int, overlap: int) -> None:
        self.overlap = overlap
        self.places = {f"t{n}": n for n in range(tasks)}
        self.taken: dict[str, dict[int, str]] = {}
        self.tail = tasks
        self.reads = 0

    def load(self, queue: ProjectQueue, place: int) -> int:
        self.reads += 1
        wanted = sorted((p, t) for t, p in self.places.items() if p >= place)
        if not wanted:
            queue.nothing_from(place)
            return queue.tail
        first = wanted[0][0]
        end = min((first // SEGMENT_PLACES + 1) * SEGMENT_PLACES, queue.tail)
        begin = queue.read_from(first)
        tasks = [self._open(t, p) for p, t in sorted(_turned(self.places)) if begin <= p < end]
        if tasks:
            queue.loaded(tasks, asked_from=place, read_from=begin, loaded_to=end)
        return first

    def _open(self, task: str, place: int) -> OpenTask:
        taken = self.taken.get(task, {})
        free = [(slot, 0) for slot in reversed(range(self.overlap)) if slot not in taken]
        return OpenTask(
            task_id=task,
            place=place,
            data_json="{}",
            gold_label="",
            overlap=self.overlap,
            free=free,
            holders=set(taken.values()),
        )

    def claim(self, contractor: str, candidate: Candidate) -> None:
        slots = self.taken.setdefault(candidate.task.task_id, {})
        assert candidate.slot not in slots, "a slot twice"
        assert contractor not in slots.values(), "a contractor twice on a task"
        slots[candidate.slot] = contractor
        if len(slots) == self.overlap:
            # Resolved: it leaves the queue.
            self.places.pop(candidate.task.task_id, None)


def _turned(places: dict[str, int]) -> list[tuple[int, str]]:
    return [(place, task) for task, place in places.items()]


def _take(queue: ProjectQueue, database: _Database, contractor: str, count: int) -> int:
    got = 0
    for _ in range(100):
        found, load_from = queue.take(contractor, count - got)
        for candidate in found:
            database.claim(contractor, candidate)
        got += len(found)
        if got == count or load_from is None:
            return got
        queue.skip(contractor, database.load(queue, load_from))
    raise AssertionError("the queue asks for ever")


@settings(max_examples=60, deadline=None)
@example(tasks=501, overlap=4, crowd=4, seed=86)
@given(
    tasks=st.integers(1, 3 * SEGMENT_PLACES),
    overlap=st.integers(1, 4),
    crowd=st.integers(4, 7),
    seed=st.integers(0, 10_000),
)
def test_every_slot_is_handed_out_and_no_more(
    tasks: int, overlap: int, crowd: int, seed: int
) -> None:
    choose = random.Random(seed)
    database = _Database(tasks=tasks, overlap=overlap)
    queue = ProjectQueue()
    queue.tail = tasks
    idle: Counter[str] = Counter()
    people = [f"c{n}" for n in range(crowd)]
    while len(idle) < crowd:
        contractor = choose.choice(people)
        if choose.random() < 0.02:
            queue.shrink(bytes_max=0)
        if choose.random() < 0.005:
            queue.restart()
        if not _take(queue, database, contractor, choose.randint(1, 50)):
            idle[contractor] += 1
    assert sum(len(slots) for slots in database.taken.values()) == tasks * overlap


@given(overlap=st.integers(1, 3), seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_what_is_counted_is_what_can_be_taken(overlap: int, seed: int) -> None:
    choose = random.Random(seed)
    database = _Database(tasks=choose.randint(1, 3 * SEGMENT_PLACES), overlap=overlap)
    queue = ProjectQueue()
    queue.tail = database.tail
    people = ["a", "b", "c"]
    for _ in range(choose.randint(0, 40)):
        _take(queue, database, choose.choice(people), choose.randint(1, 50))
        if choose.random() < 0.1:
            queue.shrink(bytes_max=0)
    person = choose.choice(people)
    counted, place = 0, queue.place_of(person)
    for _ in range(20):
        more, place, load_from = queue.waiting(person, from_place=place, count_max=10_000)
        counted += more
        if load_from is None:
            break
        place = database.load(queue, load_from)
    assert counted == _take(queue, database, person, 10_000)


def test_what_was_read_before_a_restart_leaves_no_gap() -> None:
    database = _Database(tasks=10, overlap=1)
    queue = ProjectQueue()
    queue.tail = 5
    assert _take(queue, database, "c", 3) == 3
    queue.tail = 10
    late = [database._open(f"t{n}", n) for n in range(5, 10)]
    read_from = queue.read_from(5)
    queue.restart()
    queue.loaded(late, asked_from=5, read_from=read_from, loaded_to=10)
    assert _take(queue, database, "d", 10) == 7


def test_tasks_posted_later_are_found_by_those_who_wait_at_the_tail() -> None:
    database = _Database(tasks=3, overlap=1)
    queue = ProjectQueue()
    queue.tail = 3
    assert _take(queue, database, "c", 10) == 3
    database.places |= {f"t{n}": n for n in range(3, 8)}
    queue.tail = 8
    assert _take(queue, database, "c", 10) == 5


def test_a_newcomer_skips_what_is_exhausted_without_reading_it() -> None:
    size = 10 * SEGMENT_PLACES
    database = _Database(tasks=size, overlap=1)
    queue = ProjectQueue()
    queue.tail = size
    for _ in range(9 * SEGMENT_PLACES // 50):
        assert _take(queue, database, "first", 50) == 50
    before = database.reads
    assert _take(queue, database, "newcomer", 10) == 10
    assert database.reads - before <= 2


def test_who_gave_a_task_back_is_not_offered_it_again() -> None:
    database = _Database(tasks=1, overlap=1)
    queue = ProjectQueue()
    queue.tail = 1
    task = database._open("t0", 0)
    task.holders.add("c")
    queue.loaded([task], asked_from=0, read_from=0, loaded_to=1)
    assert queue.take("c", 1) == ([], None)
    found, _ = queue.take("other", 1)
    assert [candidate.task.task_id for candidate in found] == ["t0"]
