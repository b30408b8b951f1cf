"""Our scorer on one set: how right and how sure, which answers it could do without and refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean

from rapidfuzz.distance import Levenshtein

from services.quality.domain.calibration import Calibration, Sample, calibration_error, fit
from services.quality.domain.confidence import confidence, sample_of, settling
from services.quality.domain.decisions import (
    Circumstances,
    Disputed,
    QualityPolicy,
    Verdict,
    decide_task,
)
from services.quality.domain.risk import MeanRisk
from services.quality.domain.scorers.text import words
from services.quality.domain.skills import Skills
from services.quality.domain.stream import Settle, Stream
from services.quality.domain.types import Answer, Kind, PoolSkill, Task
from tests.bench.quality.sets import RecordedSet
from tests.unit.quality.recorded import ORDERS, Crowd, Row, Streamed, arranged, stream

Figures = dict[str, float]
ERROR_COSTS = (
    10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 100.0, 200.0, 300.0, 1_000.0, 10_000.0,
)  # fmt: skip
LOSS_MAX = 0.005


def figure_of(kind: Kind, crowd: Crowd, labels: Mapping[str, str], told: frozenset[str]) -> float:
    """Accuracy, mean absolute error or word error rate over tasks whose truth was not told."""
    judged = {t: truth for t, truth in crowd.gold.items() if t in labels and t not in told}
    if kind is Kind.TEXT:
        pairs = [(words(labels[task]), words(truth)) for task, truth in judged.items()]
        return sum(Levenshtein.distance(a, b) for a, b in pairs) / sum(len(b) for _, b in pairs)
    if kind is Kind.NUMERIC:
        return fmean(abs(float(labels[task]) - float(truth)) for task, truth in judged.items())
    return fmean(labels[task] == truth for task, truth in judged.items())


def _standing_figure(kind: Kind, streamed: Streamed) -> float:
    labels = {
        t: s.scored.label or ("0" if kind is Kind.NUMERIC else "")
        for t, s in streamed.standings.items()
    }
    told = frozenset(t for t, s in streamed.standings.items() if s.task.gold is not None)
    return figure_of(kind, streamed.crowd, labels, told)


def standing(found: RecordedSet, seeds: Sequence[int]) -> Figures:
    """Where the labels stand, and after a sweep, in each order; with gold in random order."""
    figures: Figures = {}
    speeds = []
    for order in ORDERS:
        runs = [stream(found.crowd, found.kind, order=order, seed=seed) for seed in seeds]
        figures[f"standing/{order}"] = fmean(_standing_figure(found.kind, run) for run in runs)
        figures[f"swept/{order}"] = fmean(_standing_figure(found.kind, run.swept()) for run in runs)
        speeds += [run.micros_per_answer for run in runs]
    figures["micros_mean"] = fmean(speeds)
    for share in (0.05, 0.1):
        figures[f"gold_{share:.0%}"] = fmean(
            _standing_figure(
                found.kind, stream(found.crowd, found.kind, seed=seed, gold_share=share)
            )
            for seed in seeds
        )
    return figures


def calibration(found: RecordedSet, seed: int) -> Figures:
    """Expected calibration error of what was not told, before and after a fit on known tasks."""
    tasks = sorted(found.crowd.gold)
    share = min(0.3, 100 / len(tasks))
    run = stream(found.crowd, found.kind, seed=seed, gold_share=share)
    skills = run.store.load(set(run.store.skills))
    fitted = fit(
        sample
        for one in run.standings.values()
        if (sample := sample_of(one, skills=skills)) is not None
    )
    errors = []
    for used in (Calibration(), fitted):
        judged = [
            (confidence(one.task, one.scored, used), one.scored.label == found.crowd.gold[task])
            for task, one in run.standings.items()
            if task in found.crowd.gold and one.task.gold is None
        ]
        errors.append(calibration_error(judged))
    return {
        "ece_raw": errors[0],
        "ece_calibrated": errors[1],
        "temperature": fitted.temperature,
        "calibration_gold": float(fitted.gold_tasks),
    }


def curve(found: RecordedSet, seed: int, *, bins: int = 10) -> list[tuple[float, float, int]]:
    """(mean confidence, accuracy, tasks) of each bin of what the scorer itself says."""
    run = stream(found.crowd, found.kind, seed=seed)
    held: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for task, truth in found.crowd.gold.items():
        scored = run.standings[task].scored
        at = min(int(scored.confidence * bins), bins - 1)
        held[at].append((scored.confidence, scored.label == truth))
    return [
        (fmean(c for c, _ in one), fmean(right for _, right in one), len(one))
        for one in held
        if one
    ]


Saved = tuple[float, float, float]
"""At a price of an error: the share of answers saved, and the accuracy lost."""


def adaptive(found: RecordedSet, seeds: Sequence[int]) -> tuple[Figures, list[Saved]]:
    """Answers saved by asking only while it pays, at several prices of an error.

    The mean over the seeds for each price, and the most that is saved at a loss of at most half a
    point. 5 % of the tasks are known; calibration is fitted on them as they come.
    """
    runs = [_saved(found, seed) for seed in seeds]
    points = [
        (same[0][0], fmean(saved for _, saved, _ in same), fmean(lost for *_, lost in same))
        for same in zip(*runs, strict=True)
    ]
    enough = [saved for _, saved, lost in points if lost <= LOSS_MAX]
    usual = next(point for point in points if point[0] == 100.0)
    return {
        "saved_at_half_a_point": max(enough, default=0.0),
        "saved_at_default": usual[1],
        "lost_at_default": usual[2],
    }, points


def _saved(found: RecordedSet, seed: int) -> list[Saved]:
    rows = arranged(found.crowd.rows, "random", seed=seed)
    full = stream(found.crowd, found.kind, seed=seed, gold_share=0.05)
    told = frozenset(t for t, s in full.standings.items() if s.task.gold is not None)
    whole = full.accuracy()
    # What is known needs no answers in this count.
    given = sum(row.task not in told for row in rows)
    points = []
    for cost in ERROR_COSTS:
        labels, used = _asked(found, rows, told, cost)
        lost = whole - figure_of(found.kind, found.crowd, labels, told)
        points.append((cost, 1.0 - used / given, lost))
    return points


def _asked(
    found: RecordedSet, rows: Sequence[Row], told: frozenset[str], cost: float
) -> tuple[dict[str, str], int]:
    overlaps = Counter(row.task for row in found.crowd.rows)
    labels = found.crowd.labels
    skills = Skills(pool=PoolSkill(project_id="prj"))
    samples: list[Sample] = []
    stream_now = Stream(skills=skills, settle=_settle(skills, Calibration(), cost))
    used = 0
    for number, row in enumerate(rows):
        there = stream_now.standing(row.task)
        if there is not None and there.resolved and row.task not in told:
            continue
        task = Task(
            task_id=row.task,
            project_id="prj",
            kind=found.kind,
            overlap=min(2, overlaps[row.task]),
            overlap_max=overlaps[row.task],
            labels=labels,
            gold=found.crowd.gold[row.task] if row.task in told else None,
        )
        answer = Answer(
            assignment_id=f"asn_{number}",
            task_id=row.task,
            contractor_id=row.worker,
            label=row.label,
        )
        after = stream_now.arrive(task, answer)
        used += row.task not in told
        if row.task in told and after.given == overlaps[row.task]:
            sample = sample_of(after, skills=skills)
            if sample is not None:
                samples.append(sample)
                if len(samples) % 10 == 0:
                    stream_now._settle = _settle(skills, fit(samples), cost)
    moves = stream_now.moves()
    return {m.after.task.task_id: m.after.scored.label or "" for m in moves}, used


def _settle(skills: Skills, fitted: Calibration, cost: float) -> Settle:
    return settling(skills=skills, calibration=fitted, error_cost_answers=cost)


def decided(found: RecordedSet, seed: int) -> Figures:
    """What machines accept, refuse and leave to people, with 5 % of the tasks known.

    A tenth is reviewed, by risk; right is an answer that has the task's true label.
    """
    run = stream(found.crowd, found.kind, seed=seed, gold_share=0.05)
    skills = run.store.load(set(run.store.skills))
    policy = QualityPolicy(review_share=0.1, review_seed=found.name, disputed=Disputed.ACCEPT)
    mean = MeanRisk()
    verdicts: dict[bool, Counter[Verdict]] = {True: Counter(), False: Counter()}
    for task_id, one in run.standings.items():
        if task_id not in found.crowd.gold:
            continue
        decisions = decide_task(
            one, skills=skills, policy=policy, circumstances=Circumstances(mean_risk=mean)
        )
        mean = mean.including([d.risk for d in decisions.values() if d.risk is not None])
        for answer in one.answers:
            is_right = answer.label == found.crowd.gold[task_id]
            verdicts[is_right][decisions[answer.assignment_id].verdict] += 1
    right, wrong = verdicts[True], verdicts[False]
    return {
        "honest_refused": right[Verdict.REJECT] / max(right.total(), 1),
        "wrong_accepted": wrong[Verdict.ACCEPT] / max(wrong.total(), 1),
        "to_people": (right[Verdict.REVIEW] + wrong[Verdict.REVIEW]) / (right + wrong).total(),
    }
