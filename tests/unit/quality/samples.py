"""Ready-made values and generators for the tests of the quality domain."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from services.quality.domain.skills import Skills
from services.quality.domain.standings import Standing, arrive
from services.quality.domain.types import Answer, FieldSpec, Kind, PoolSkill, Skill, Task
from tests.unit.quality.values import FIELDS, values_of

YES_NO = ("yes", "no")


def task_of(
    task_id: str = "tsk_1",
    *,
    kind: Kind = Kind.CHOICE,
    labels: tuple[str, ...] = YES_NO,
    overlap: int = 3,
    gold: str | None = None,
    tolerance: float = 0.0,
    fields: tuple[FieldSpec, ...] = (),
) -> Task:
    return Task(
        task_id=task_id,
        project_id="prj",
        kind=kind,
        overlap=overlap,
        labels=labels,
        gold=gold,
        tolerance=tolerance,
        fields=fields,
    )


def answer_of(
    contractor_id: str,
    label: str,
    *,
    task_id: str = "tsk_1",
    assignment_id: str | None = None,
    active_seconds: float = 0.0,
) -> Answer:
    return Answer(
        assignment_id=assignment_id or f"asn_{task_id}_{contractor_id}",
        task_id=task_id,
        contractor_id=contractor_id,
        label=label,
        active_seconds=active_seconds,
    )


def no_skills(*skills: Skill) -> Skills:
    return Skills(pool=PoolSkill(project_id="prj"), skills=skills)


def answered(task: Task, said: Sequence[tuple[str, str]], *, skills: Skills) -> Standing:
    """The task after these (contractor, label) came one by one."""
    standing = Standing(task=task)
    for contractor_id, label in said:
        answer = answer_of(contractor_id, label, task_id=task.task_id)
        standing = arrive(standing, answer, skills=skills)
    return standing


@st.composite
def crowds(draw: st.DrawFn) -> tuple[tuple[Task, ...], tuple[Answer, ...]]:
    """Tasks of one project, labels open or not, some of them gold, with answers in some order."""
    kind = draw(st.sampled_from(list(Kind)))
    chosen = tuple(draw(st.lists(values_of(kind), min_size=1, max_size=5, unique=True)))
    config = chosen if kind is Kind.CHOICE and draw(st.booleans()) else ()
    fields = FIELDS if kind is Kind.STRUCTURED and draw(st.booleans()) else ()
    texts = ("model_a", "model_b", "tie") if kind is Kind.PAIRWISE else chosen
    tasks = tuple(
        task_of(
            f"tsk_{i}",
            kind=kind,
            labels=config,
            gold=draw(st.none() | st.sampled_from(texts)),
            fields=fields,
        )
        for i in range(draw(st.integers(1, 4)))
    )
    pairs = st.tuples(st.integers(0, len(tasks) - 1), st.integers(0, 5))
    answers = tuple(
        answer_of(f"ctr_{who}", draw(st.sampled_from(texts)), task_id=f"tsk_{task}")
        for task, who in draw(st.lists(pairs, unique=True, max_size=16))
    )
    return tasks, answers
