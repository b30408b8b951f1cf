"""A plan gives every recorded answer to its worker, once, and is the same for the same seed."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.sdk.replay.crowd_file import Crowd, CrowdKind, RecordedAnswer
from services.sdk.replay.plan import COMMISSIONS_BPS, plan_replay

cells = st.text(min_size=1, max_size=3)


@st.composite
def crowds(draw: st.DrawFn) -> Crowd:
    pairs = draw(st.lists(st.tuples(cells, cells), min_size=1, max_size=40, unique=True))
    labels = draw(st.lists(st.sampled_from("ab"), min_size=len(pairs), max_size=len(pairs)))
    tasks = sorted({task for task, _ in pairs})
    known = draw(st.lists(st.sampled_from(tasks), unique=True))
    return Crowd(
        kind=CrowdKind.CHOICE,
        answers=tuple(
            RecordedAnswer(task, worker, label)
            for (task, worker), label in zip(pairs, labels, strict=True)
        ),
        gold=dict.fromkeys(known, "a"),
        labels=("a", "b"),
    )


@given(crowds(), st.floats(0, 1), st.integers())
def test_every_answer_is_planned_once(crowd: Crowd, share: float, seed: int) -> None:
    plan = plan_replay(crowd, gold_share=share, seed=seed)
    given_back = Counter(
        (task, worker.name, label)
        for worker in plan.workers
        for task, label in worker.answers.items()
    )
    assert given_back == Counter(crowd.answers)
    by_task = {(task.name, worker) for task in plan.tasks for worker in task.workers}
    assert by_task == {(answer.task, answer.worker) for answer in crowd.answers}
    assert plan.answers == len(crowd.answers)


@given(crowds(), st.floats(0, 1), st.integers())
def test_gold_is_either_given_or_judged_by(crowd: Crowd, share: float, seed: int) -> None:
    plan = plan_replay(crowd, gold_share=share, seed=seed)
    controls = {task.name: task.gold_label for task in plan.tasks if task.gold_label}
    assert len(controls) == plan.controls == round(share * len(crowd.gold))
    assert {**controls, **plan.judged_gold} == crowd.gold
    assert not controls.keys() & plan.judged_gold.keys()


@given(crowds(), st.floats(0, 1), st.integers())
def test_the_same_seed_plans_the_same(crowd: Crowd, share: float, seed: int) -> None:
    first = plan_replay(crowd, gold_share=share, seed=seed)
    assert plan_replay(crowd, gold_share=share, seed=seed) == first


def crowd_of(workers: int) -> Crowd:
    return Crowd(
        kind=CrowdKind.CHOICE,
        answers=tuple(RecordedAnswer(f"t{n}", f"w{n}", "ab"[n % 2]) for n in range(workers)),
        gold={f"t{n}": "a" for n in range(workers)},
        labels=("a", "b"),
    )


def test_one_in_five_is_direct_and_the_vendors_share_the_rest_evenly() -> None:
    plan = plan_replay(crowd_of(100), gold_share=0.1, seed=1)
    vendors = Counter(worker.vendor for worker in plan.workers)
    assert sum(worker.is_direct for worker in plan.workers) == 20
    assert [vendors[place] for place in range(4)] == [20, 20, 20, 20]
    assert plan.commissions_bps == COMMISSIONS_BPS


def test_few_workers_have_few_vendors() -> None:
    plan = plan_replay(crowd_of(2), gold_share=0, seed=1)
    assert plan.commissions_bps == COMMISSIONS_BPS[:2]
    assert not any(worker.is_direct for worker in plan.workers)


def test_seeds_differ() -> None:
    plans = [plan_replay(crowd_of(50), gold_share=0.5, seed=seed) for seed in (1, 2)]
    assert plans[0].judged_gold != plans[1].judged_gold
    assert plans[0].workers != plans[1].workers
