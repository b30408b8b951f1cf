"""Krippendorff's alpha from counters of the pool: equal to evalica's from the whole table."""

from __future__ import annotations

from typing import Any

import evalica
import pandas as pd  # type: ignore[import-untyped]
import pytest

from services.quality.agreement_intervals import alpha_with_interval
from services.quality.domain import keys
from services.quality.domain.agreement import (
    alpha,
    alpha_interval,
    alpha_ordinal,
    coincidences,
)
from services.quality.domain.keys import UNIT
from services.quality.domain.standings import withdraw
from services.quality.domain.types import Kind
from tests.unit.quality.recorded import Crowd, load, stream
from tests.unit.quality.samples import answered, no_skills, task_of


def once(crowd: Crowd) -> Crowd:
    """The first answer of each to each task: a table has one place for it."""
    first = {(row.task, row.worker): row for row in reversed(crowd.rows)}
    return Crowd(rows=tuple(first.values()), gold=crowd.gold)


def table(crowd: Crowd) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in crowd.rows:
        found.setdefault(row.task, {})[row.worker] = row.label
    return found


def by_evalica(crowd: Crowd, distance: Any, codes: dict[str, float]) -> float:
    numbers = {
        task: {who: codes[said] for who, said in given.items()}
        for task, given in table(crowd).items()
    }
    return float(evalica.alpha(pd.DataFrame(numbers), distance=distance).alpha)


@pytest.mark.parametrize("name", ["bluebird", "rte", "dog"])
def test_the_live_value_is_that_of_the_whole_table(name: str) -> None:
    crowd = once(load(name))
    codes = {label: float(i) for i, label in enumerate(crowd.labels)}
    pool = stream(crowd, Kind.CHOICE).store.pool
    for distance, found in (
        ("nominal", alpha(pool)),
        ("ordinal", alpha_ordinal(pool, order=crowd.labels)),
        ("interval", alpha_interval(pool)),
    ):
        if distance == "interval":
            codes = {label: float(label) for label in crowd.labels}
        assert found == pytest.approx(by_evalica(crowd, distance, codes), abs=5e-5)


def test_an_answer_taken_back_leaves_the_agreement_as_it_was() -> None:
    skills = no_skills()
    standing = answered(task_of(), [("a", "yes"), ("b", "no"), ("c", "yes")], skills=skills)
    before = dict(skills.pairs)
    assert before == {keys.pair("yes", "yes"): UNIT, keys.pair("yes", "no"): 2 * UNIT}
    fewer = withdraw(standing, standing.answers[1].assignment_id, skills=skills)
    assert {name: n for name, n in skills.pairs.items() if n} == {keys.pair("yes", "yes"): 2 * UNIT}
    withdraw(fewer, fewer.answers[0].assignment_id, skills=skills)
    assert not any(skills.pairs.values())


def test_where_nothing_can_be_compared_there_is_no_agreement() -> None:
    assert alpha({}) is None
    assert alpha(coincidences({"yes": 1})) is None
    assert alpha(coincidences({"yes": 3})) is None
    assert alpha({keys.ANSWERS: 3, keys.cell(true="a", given="b"): UNIT}) is None
    assert alpha_with_interval({"t": {"a": "yes"}, "u": {"a": "no"}}) is None


def test_perfect_agreement_is_one_and_less_than_chance_is_below_nought() -> None:
    both = {**coincidences({"yes": 3}), **coincidences({"no": 3})}
    assert alpha(both) == pytest.approx(1.0)
    neither = {name: 2 * units for name, units in coincidences({"yes": 1, "no": 1}).items()}
    assert alpha(neither) == pytest.approx(-0.5)


def test_steps_that_are_near_disagree_less() -> None:
    order = ("1", "2", "3", "4")
    tasks = [{"1": 2}, {"2": 2}, {"3": 2}, {"4": 2}]

    def pool(*given: dict[str, int]) -> dict[str, int]:
        found: dict[str, int] = {}
        for counts in given:
            for name, units in coincidences(counts).items():
                found[name] = found.get(name, 0) + units
        return found

    near, far = pool(*tasks, {"1": 1, "2": 1}), pool(*tasks, {"1": 1, "4": 1})
    assert alpha(near) == pytest.approx(alpha(far))
    ordinal = alpha_ordinal(near, order=order), alpha_ordinal(far, order=order)
    interval = alpha_interval(near), alpha_interval(far)
    for closer, further in (ordinal, interval):
        assert closer is not None
        assert further is not None
        assert closer > further


def test_the_interval_of_a_report_contains_the_live_value_and_repeats() -> None:
    crowd = once(load("rte"))
    found = alpha_with_interval(table(crowd), resamples=200)
    assert found is not None
    live = alpha(stream(crowd, Kind.CHOICE).store.pool)
    assert found.alpha == pytest.approx(live, abs=5e-5)
    assert found.low < found.alpha < found.high
    assert found.high - found.low < 0.1
    assert alpha_with_interval(table(crowd), resamples=200) == found
