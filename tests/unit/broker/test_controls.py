"""Control tasks in memory: everyone's own order, nobody twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.broker.domain.controls import ControlQueue, control_draw, controls_due
from services.broker.domain.queue import OpenTask


def _queue(count: int, slots: int) -> ControlQueue:
    tasks = [
        OpenTask(
            task_id=f"tsk_{n}",
            place=-1,
            data_json="{}",
            gold_label="yes",
            overlap=slots,
            overlap_max=0,
            free=[(slot, 0) for slot in range(slots)],
            holders=set(),
        )
        for n in range(count)
    ]
    return ControlQueue((control_draw(task.task_id), task) for task in tasks)


@given(
    count=st.integers(0, 8),
    slots=st.integers(1, 3),
    asked=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 5)), max_size=20),
)
def test_no_slot_and_no_task_goes_to_one_contractor_twice(
    count: int, slots: int, asked: list[tuple[str, int]]
) -> None:
    queue = _queue(count, slots)
    given_out: set[tuple[str, int]] = set()
    had: set[tuple[str, str]] = set()
    for contractor_id, wanted in asked:
        taken = queue.take(contractor_id, wanted)
        assert len(taken) <= wanted
        for candidate in taken:
            slot = (candidate.task.task_id, candidate.slot)
            assert slot not in given_out
            assert (contractor_id, candidate.task.task_id) not in had
            given_out.add(slot)
            had.add((contractor_id, candidate.task.task_id))


def test_contractors_begin_at_different_places() -> None:
    firsts = {_queue(50, 1).take(f"ctr_{n}", 1)[0].task.task_id for n in range(20)}
    assert len(firsts) > 5


def test_as_many_are_due_as_rolls_fall_below_the_share() -> None:
    assert controls_due([0.0, 0.09, 0.1, 0.5], share=0.1) == 2
    assert controls_due([0.0, 0.5], share=0.0) == 0
