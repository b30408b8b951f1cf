"""Answers of any other form: the most frequent one stands, and nobody is refused for another."""

from __future__ import annotations

from services.quality.domain.decisions import QualityPolicy, Reason, Verdict, decide_task
from services.quality.domain.kinds import scorer_of
from services.quality.domain.skills import Skills
from services.quality.domain.standings import Standing
from services.quality.domain.types import Answer, Kind, PoolSkill, Task


def _skills() -> Skills:
    return Skills(pool=PoolSkill(project_id="p"), skills=[])


def test_the_most_frequent_answer_stands_and_all_are_accepted() -> None:
    task = Task(task_id="t", project_id="p", kind=Kind.STRUCTURED, overlap=3)
    answers = tuple(
        Answer(assignment_id=f"a{n}", task_id="t", contractor_id=f"c{n}", label=label)
        for n, label in enumerate(("[1]", "[2]", "[1]"))
    )
    scored = scorer_of(Kind.STRUCTURED).score(task, answers, _skills())
    assert (scored.label, scored.confidence) == ("[1]", 2 / 3)
    assert {share.contractor_ids for share in scored.credits.shares} == {("c0",), ("c1",), ("c2",)}
    standing = Standing(task=task, answers=answers, scored=scored)
    decided = decide_task(standing, skills=_skills(), policy=QualityPolicy(reject_below=0.5))
    assert {(one.verdict, one.reason) for one in decided.values()} == {
        (Verdict.ACCEPT, Reason.STRUCTURED_UNSAMPLED)
    }
    sampled = decide_task(standing, skills=_skills(), policy=QualityPolicy(review_share=1.0))
    assert {one.verdict for one in sampled.values()} == {Verdict.REVIEW}


def test_no_answer_is_nothing_known() -> None:
    task = Task(task_id="t", project_id="p", kind=Kind.STRUCTURED, overlap=3)
    assert scorer_of(Kind.STRUCTURED).score(task, (), _skills()).label is None
