"""Recorded crowds, and how they stream through the scorer: in batches, through stored counters."""

from __future__ import annotations

import csv
import random
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.quality.domain.skills import Increments, Skills
from services.quality.domain.standings import Standing, arrive_all, rescore
from services.quality.domain.types import Answer, Kind, PoolSkill, Skill, Task

CROWDS = Path(__file__).parents[2] / "data" / "crowds"
ORDERS = ("random", "task", "worker")
BATCH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    task: str
    worker: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """What was recorded, with the truth of some tasks."""

    rows: tuple[Row, ...]
    gold: Mapping[str, str]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(sorted({row.label for row in self.rows} | set(self.gold.values())))


@cache
def load(name: str, *, tasks: int | None = None) -> Crowd:
    """All of a recorded crowd, or so many of its tasks."""
    with (CROWDS / name / "answers.csv").open(encoding="utf-8", newline="") as file:
        rows = tuple(
            Row(task=line["task"], worker=line["worker"], label=line["label"])
            for line in csv.DictReader(file)
        )
    with (CROWDS / name / "gold.csv").open(encoding="utf-8", newline="") as file:
        gold = {line["task"]: line["gold"] for line in csv.DictReader(file)}
    kept = set(sorted({row.task for row in rows})[:tasks])
    rows = tuple(row for row in rows if row.task in kept)
    gold = {task: truth for task, truth in gold.items() if task in kept}
    return Crowd(rows=rows, gold=gold)


def arranged(rows: Sequence[Row], order: str, *, seed: int) -> list[Row]:
    """Shuffled; then, if so ordered, task by task or worker by worker, these shuffled too."""
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    if order == "random":
        return shuffled
    first: dict[str, int] = {}
    for row in shuffled:
        first.setdefault(getattr(row, order), len(first))
    return sorted(shuffled, key=lambda row: first[getattr(row, order)])


class Store:
    """Counters as a database would keep them: they only ever change by increments."""

    def __init__(self) -> None:
        self.skills: dict[str, Counter[str]] = defaultdict(Counter)
        self.pool: Counter[str] = Counter()

    def load(self, contractor_ids: set[str]) -> Skills:
        return Skills(
            pool=PoolSkill(project_id="prj", counters=dict(self.pool)),
            skills=[
                Skill(contractor_id=who, counters=dict(self.skills[who])) for who in contractor_ids
            ],
        )

    def increase(self, increments: Increments) -> None:
        for who, changes in increments.skills.items():
            for name, change in changes.items():
                self.skills[who][name] += change
        for name, change in increments.pool.items():
            self.pool[name] += change


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """Where every task stood when its last answer had come."""

    crowd: Crowd
    standings: dict[str, Standing]
    store: Store
    micros_per_answer: float

    def accuracy(self) -> float:
        """Over the tasks whose truth is known, but was not told."""
        judged = [
            standing.scored.label == self.crowd.gold[task_id]
            for task_id, standing in self.standings.items()
            if task_id in self.crowd.gold and standing.task.gold is None
        ]
        return sum(judged) / len(judged)

    def swept(self) -> Streamed:
        """After every task was scored once more."""
        skills = self.store.load(
            {a.contractor_id for s in self.standings.values() for a in s.answers}
        )
        standings = {
            task_id: rescore(standing, skills=skills)
            for task_id, standing in self.standings.items()
        }
        return Streamed(
            crowd=self.crowd, standings=standings, store=self.store, micros_per_answer=0
        )


def stream(
    crowd: Crowd,
    kind: Kind,
    *,
    order: str = "random",
    seed: int = 1,
    gold_share: float = 0.0,
    open_labels: bool = False,
    batch: int = BATCH,
) -> Streamed:
    rows = arranged(crowd.rows, order, seed=seed)
    draw = random.Random(seed + 1_000)
    told = {task for task in sorted(crowd.gold) if draw.random() < gold_share}
    labels = () if open_labels or kind is Kind.TEXT else crowd.labels
    standings = {
        task: Standing(
            task=Task(
                task_id=task,
                project_id="prj",
                kind=kind,
                overlap=overlap,
                labels=labels,
                gold=crowd.gold[task] if task in told else None,
            )
        )
        for task, overlap in Counter(row.task for row in rows).items()
    }
    answers = [
        Answer(
            assignment_id=f"asn_{i}", task_id=row.task, contractor_id=row.worker, label=row.label
        )
        for i, row in enumerate(rows)
    ]
    store, spent = Store(), 0.0
    for start in range(0, len(answers), batch):
        chunk = answers[start : start + batch]
        contractor_ids = {answer.contractor_id for answer in chunk}
        for answer in chunk:
            contractor_ids |= {a.contractor_id for a in standings[answer.task_id].answers}
        began = time.process_time()
        skills = store.load(contractor_ids)
        moved = arrive_all(chunk, standings=standings, skills=skills)
        increments = skills.increments()
        spent += time.process_time() - began
        assert not moved.refusals
        standings.update(moved.standings)
        store.increase(increments)
    return Streamed(
        crowd=crowd,
        standings=standings,
        store=store,
        micros_per_answer=spent / len(answers) * 1e6,
    )


def fair_majority(crowd: Crowd) -> float:
    """Accuracy of counting votes, where a tie is right as often as a coin would be."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for row in crowd.rows:
        votes[row.task][row.label] += 1
    shares = []
    for task, truth in crowd.gold.items():
        if task in votes:
            most = max(votes[task].values())
            top = [label for label, count in votes[task].items() if count == most]
            shares.append((truth in top) / len(top))
    return sum(shares) / len(shares)
