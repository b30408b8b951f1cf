"""Crowds with people in them who do not work: guessers, and accounts that act together."""

from __future__ import annotations

import random
from collections import Counter
from statistics import fmean, median

from services.quality.domain.types import Kind
from tests.bench.quality.ours import Figures
from tests.bench.quality.sets import RecordedSet
from tests.unit.quality.recorded import Crowd, Row, Streamed, stream


def with_spam(crowd: Crowd, *, share: float, seed: int) -> tuple[Crowd, frozenset[str]]:
    """So many extra accounts as a share of all: half guess, half always say the same."""
    draw = random.Random(seed)
    counts = Counter(row.worker for row in crowd.rows)
    tasks = sorted({row.task for row in crowd.rows})
    extra = max(1, round(len(counts) * share / (1.0 - share)))
    load = min(max(1, round(median(counts.values()))), len(tasks))
    rows = list(crowd.rows)
    spammers = frozenset(f"spam-{n}" for n in range(extra))
    for n, who in enumerate(sorted(spammers)):
        constant = draw.choice(crowd.labels)
        for task in draw.sample(tasks, load):
            said = constant if n % 2 else draw.choice(crowd.labels)
            rows.append(Row(task=task, worker=who, label=said))
    return Crowd(rows=tuple(rows), gold=crowd.gold), spammers


def with_collusion(crowd: Crowd, *, share: float, seed: int) -> Crowd:
    """Accounts that give the same wrong answer on 60 % of the tasks, so many of all answers."""
    draw = random.Random(seed)
    tasks = sorted(set(crowd.gold) & {row.task for row in crowd.rows})
    targets = draw.sample(tasks, round(len(tasks) * 0.6))
    wanted = round(len(crowd.rows) * share / (1.0 - share))
    accounts = max(3, -(-wanted // len(targets)))
    wrong = {t: draw.choice([la for la in crowd.labels if la != crowd.gold[t]]) for t in targets}
    rows = [
        Row(task=task, worker=f"sybil-{n}", label=wrong[task])
        for n in range(accounts)
        for task in targets
    ][:wanted]
    return Crowd(rows=(*crowd.rows, *rows), gold=crowd.gold)


def spam_auc(found: RecordedSet, seed: int) -> float:
    """AUC of low skill as a sign of spam."""
    spoilt, spammers = with_spam(found.crowd, share=0.3, seed=seed)
    return _auc(stream(spoilt, Kind.CHOICE, seed=seed), spammers)


def measured(found: RecordedSet, seed: int) -> Figures:
    """How well spam is told; what collusion costs in accuracy, with 5 % known."""
    figures = {"spam_auc": spam_auc(found, seed)}
    clean = stream(found.crowd, Kind.CHOICE, seed=seed, gold_share=0.05).accuracy()
    for share in (0.2, 0.3, 0.4):
        captured = with_collusion(found.crowd, share=share, seed=seed)
        known = stream(captured, Kind.CHOICE, seed=seed, gold_share=0.05).accuracy()
        figures[f"collusion_{share:.0%}_loss"] = clean - known
    return figures


def _auc(run: Streamed, spammers: frozenset[str]) -> float:
    skills = run.store.load(set(run.store.skills))
    prior = skills.pool.accuracy(prior=0.7, strength=10.0)
    scores = {
        who: skills.tally(who).accuracy(prior=prior, strength=4.0) for who in run.store.skills
    }
    bad = [score for who, score in scores.items() if who in spammers]
    good = [score for who, score in scores.items() if who not in spammers]
    return fmean(1.0 if low < high else 0.5 if low == high else 0.0 for low in bad for high in good)
