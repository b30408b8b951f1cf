"""How many answers found control tasks get, and that they never cost more than the share says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.broker.domain.known_truths import further_answers
from services.broker.domain.projects import Project, QualityPolicy
from tests.unit.broker.samples import a_project


def _project(*, held_units: int, share: float = 0.2, answers: int = 5) -> Project:
    policy = QualityPolicy(gold_share_max=share, gold_answers_max=answers)
    return a_project(held_units=held_units, quality_policy=policy)


def test_each_gets_as_many_as_a_posted_one_while_the_money_lasts() -> None:
    project = _project(held_units=10_000_000)
    price = project.answer_price_units_max
    reserved = 60 * price  # a fifth of it pays twelve answers
    assert further_answers(project, 3, reserved_units=reserved, found_units=0) == [5, 5, 2]
    found = 12 * price
    assert further_answers(project, 1, reserved_units=reserved + found, found_units=found) == [0]


def test_what_is_not_held_is_not_given() -> None:
    project = _project(held_units=1_000_000)
    price = project.answer_price_units_max
    held = project.held_units
    assert further_answers(project, 2, reserved_units=held - price, found_units=0) == [1, 0]


@given(
    held=st.integers(0, 100_000_000),
    reserved=st.integers(0, 120_000_000),
    found=st.integers(0, 30_000_000),
    share=st.sampled_from([0.0, 0.1, 0.5]),
    tasks=st.integers(0, 20),
)
def test_never_more_than_the_share_nor_than_is_held(
    held: int, reserved: int, found: int, share: float, tasks: int
) -> None:
    project = _project(held_units=held, share=share)
    found = min(found, reserved)
    answers = further_answers(project, tasks, reserved_units=reserved, found_units=found)
    cost = sum(answers) * project.answer_price_units_max
    assert len(answers) == tasks
    if cost:
        assert reserved + cost <= held
        assert found + cost <= (reserved - found) * (share or 0.1) + 1e-9
    assert all(0 <= n <= project.control_answers_max for n in answers)


@pytest.mark.parametrize("answers", [0, 7])
def test_a_policy_without_a_bound_gives_the_overlap(answers: int) -> None:
    project = _project(held_units=10_000_000_000, share=1.0, answers=answers)
    [given_] = further_answers(project, 1, reserved_units=5_000_000_000, found_units=0)
    assert given_ == (answers or project.overlap)
