"""What the scorer must reach on recorded crowds, on seeded runs: a small `make bench-quality`.

Means are compared with crowd-kit's Dawid–Skene on the same sets; its figures are recorded here, so
that the tests need no crowd-kit.
"""

from __future__ import annotations

from statistics import fmean

import pytest

from services.quality.domain.types import Kind
from tests.bench.quality import attacks, ours
from tests.bench.quality.sets import RecordedSet, recorded_sets
from tests.unit.quality.recorded import ORDERS, fair_majority

DAWID_SKENE = {"bluebird": 0.889, "rte": 0.928, "dog": 0.843, "cf": 0.830, "ms": 0.769}
REFERENCE = fmean(DAWID_SKENE.values())
STANDING = {"random": -0.0006, "worker": -0.0006, "task": -0.0036}
SWEPT = 0.0004


def _sets(*names: str) -> list[RecordedSet]:
    found = recorded_sets(None, only=frozenset(names))
    assert {one.name for one in found} == set(names)
    return found


def test_means_stand_where_batch_methods_end_in_every_order_and_higher_with_gold() -> None:
    sets = _sets(*DAWID_SKENE)
    figures = [ours.standing(found, (1,)) for found in sets]
    means = {name: fmean(one[name] for one in figures) for name in figures[0]}
    print(f"Dawid–Skene {REFERENCE:.4f}; " + "; ".join(f"{n} {m:.4f}" for n, m in means.items()))
    for order in ORDERS:
        assert means[f"standing/{order}"] >= REFERENCE + STANDING[order]
        assert means[f"swept/{order}"] >= REFERENCE + SWEPT
    assert means["gold_5%"] >= REFERENCE + 0.0084
    assert means["gold_10%"] >= REFERENCE + 0.0114
    for found, one in zip(sets, figures, strict=True):
        assert one["standing/random"] >= fair_majority(found.crowd) - 0.03


def test_asking_only_while_it_pays_saves_two_answers_of_five() -> None:
    """At half a point lost; and a quarter at the price that projects have by default."""
    (rte,) = _sets("rte")
    figures, points = ours.adaptive(rte, (1, 2))
    print(points)
    assert figures["saved_at_half_a_point"] >= 0.40
    assert figures["saved_at_default"] >= 0.25
    assert figures["lost_at_default"] <= ours.LOSS_MAX


def test_machines_hardly_refuse_honest_answers_and_leave_few_to_people() -> None:
    found = [ours.decided(one, 1) for one in _sets(*DAWID_SKENE)]
    assert fmean(one["honest_refused"] for one in found) <= 0.025
    assert fmean(one["to_people"] for one in found) <= 0.11


@pytest.mark.parametrize("name", ["rte", "dog"])
def test_spam_shows_in_the_skills(name: str) -> None:
    (found,) = _sets(name)
    assert found.kind is Kind.CHOICE
    assert attacks.spam_auc(found, 1) >= 0.95
