"""Temperatures: fitted on known tasks, used only where they help on others."""

from __future__ import annotations

import random
from itertools import pairwise
from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quality.domain.calibration import (
    SAMPLES_MIN,
    Calibration,
    Sample,
    calibrated,
    calibration_error,
    fit,
)
from services.quality.domain.standings import blind, learn_gold
from tests.unit.quality.samples import answered, no_skills, task_of


def drawn(tasks: int, *, temperature: float, seed: int = 7) -> list[Sample]:
    """Tasks of two labels whose stated log-odds are `temperature` times what is so."""
    draw = random.Random(seed)
    samples = []
    for i in range(tasks):
        odds = draw.uniform(-3.0, 3.0)
        truth = "yes" if draw.random() < 1 / (1 + exp(-odds)) else "no"
        said = 1 / (1 + exp(-odds * temperature))
        posterior = {"yes": said, "no": 1.0 - said}
        samples.append(Sample(task_id=f"tsk_{i}", gold=truth, posterior=posterior, labels_count=2))
    return samples


@pytest.mark.parametrize("temperature", [1.5, 3.0, 6.0])
def test_overconfidence_is_measured(temperature: float) -> None:
    found = fit(drawn(500, temperature=temperature))
    assert found.temperature == pytest.approx(temperature, rel=0.2)
    assert found.nll_after < found.nll_before
    assert found.gold_tasks == 500


def test_well_calibrated_posteriors_stay_nearly_as_they_are() -> None:
    found = fit(drawn(500, temperature=1.0))
    assert found.temperature == pytest.approx(1.0, abs=0.15)


def test_few_known_tasks_change_nothing() -> None:
    found = fit(drawn(SAMPLES_MIN - 1, temperature=6.0))
    assert found == Calibration(gold_tasks=SAMPLES_MIN - 1)


def test_a_temperature_that_does_not_help_tasks_it_was_not_fitted_on_is_not_used() -> None:
    """Posteriors that know nothing of the truth: none of them can be mended by a temperature."""
    even = [
        Sample(
            task_id=f"tsk_{i}",
            gold=("yes", "no")[i % 2],
            posterior={"yes": 0.5, "no": 0.5},
            labels_count=2,
        )
        for i in range(60)
    ]
    found = fit(even)
    assert (found.temperature, found.nll_after) == (1.0, found.nll_before)


def test_the_order_of_the_samples_is_nothing() -> None:
    samples = drawn(80, temperature=3.0)
    assert fit(samples) == fit(reversed(samples))


def test_a_truth_that_nobody_said_is_one_of_those_left() -> None:
    samples = [
        Sample(
            task_id=f"tsk_{i}",
            gold="never said" if i % 3 == 0 else "cat",
            posterior={"cat": 0.99},
            unsaid=0.01,
            labels_count=101,
        )
        for i in range(90)
    ]
    found = fit(samples)
    assert found.temperature > 1.2
    posterior, unsaid = calibrated({"cat": 0.99}, 0.01, 101, found)
    assert posterior["cat"] + unsaid == pytest.approx(1.0)
    assert posterior["cat"] < 0.9


@given(
    st.dictionaries(st.text(max_size=3), st.floats(0.0, 1.0), min_size=2, max_size=6),
    st.floats(0.5, 20.0),
)
def test_calibration_keeps_the_order_of_labels_and_sums_to_one(
    weights: dict[str, float], temperature: float
) -> None:
    total = sum(weights.values())
    if total < 1e-3:
        return
    posterior = {label: weight / total for label, weight in weights.items()}
    found, unsaid = calibrated(posterior, 0.0, len(posterior), Calibration(temperature=temperature))
    assert sum(found.values()) + unsaid == pytest.approx(1.0)
    ranked = sorted(posterior, key=posterior.__getitem__)
    assert all(found[low] <= found[high] + 1e-12 for low, high in pairwise(ranked))


def test_calibrated_odds_are_stated_odds_to_the_inverse_temperature() -> None:
    found, _ = calibrated({"yes": 0.9, "no": 0.1}, 0.0, 2, Calibration(temperature=2.0))
    assert log(found["yes"] / found["no"]) == pytest.approx(log(9.0) / 2.0)


def test_calibration_error_is_the_gap_between_what_is_said_and_what_is_so() -> None:
    assert calibration_error([]) == 0.0
    assert calibration_error([(0.75, i % 4 != 0) for i in range(400)]) == pytest.approx(0.0)
    assert calibration_error([(0.95, i % 2 == 0) for i in range(400)]) == pytest.approx(0.45)
    # Errors of opposite sign in different bins do not cancel.
    mixed = [(0.95, i % 2 == 0) for i in range(100)] + [(0.55, True) for _ in range(100)]
    assert calibration_error(mixed) == pytest.approx(0.45)


def test_a_known_task_seen_blind_is_what_it_would_be_without_its_truth() -> None:
    skills, others = no_skills(), no_skills()
    said = [("a", "yes"), ("b", "yes"), ("c", "no")]
    for i in range(5):
        for pool in (skills, others):
            answered(task_of(f"tsk_{i}"), said, skills=pool)
    known = learn_gold(answered(task_of("tsk_new"), said, skills=skills), "no", skills=skills)
    before = skills.pool_counters(), skills.skill("a")
    unknown = answered(task_of("tsk_new"), said, skills=others)
    seen = blind(known, skills=skills)
    assert known.scored.posterior == {"no": 1.0}
    assert seen.posterior == unknown.scored.posterior
    assert (skills.pool_counters(), skills.skill("a")) == before
