"""When a task has answers enough."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from services.quality.domain.calibration import UNCALIBRATED, Calibration
from services.quality.domain.stopping import wanted_overlap

wanted = partial(
    wanted_overlap,
    labels_count=2,
    overlap=2,
    overlap_max=10,
    pool_accuracy=0.8,
    error_cost_answers=50.0,
    calibration=UNCALIBRATED,
)


def posterior_of(p: float) -> dict[str, float]:
    return {"yes": p, "no": 1.0 - p}


def test_a_task_gets_its_least_overlap_however_sure_it_is() -> None:
    assert wanted(posterior=posterior_of(0.9999), answers=1) == 2
    assert wanted(posterior={}, unsaid=1.0, answers=0) == 2


def test_a_sure_task_has_enough_and_a_doubtful_one_gets_more() -> None:
    assert wanted(posterior=posterior_of(0.99), answers=2) == 2
    assert wanted(posterior=posterior_of(0.85), answers=2) > 2


def test_what_an_error_costs_decides_how_sure_is_sure() -> None:
    assert wanted(posterior=posterior_of(0.85), answers=2, error_cost_answers=5.0) == 2
    assert wanted(posterior=posterior_of(0.99), answers=2, error_cost_answers=10_000.0) > 2


def test_overconfidence_is_taken_off_first() -> None:
    hot = Calibration(temperature=2.5)
    assert wanted(posterior=posterior_of(0.99), answers=2, calibration=hot) > 2


def test_a_task_is_never_asked_beyond_its_greatest_overlap() -> None:
    assert wanted(posterior=posterior_of(0.5), answers=10) == 10
    assert wanted(posterior=posterior_of(0.5), answers=9) == 10
    assert wanted(posterior=posterior_of(0.5), answers=3, overlap=3, overlap_max=0) == 3


def test_as_many_are_asked_at_once_as_could_settle_it() -> None:
    """At even odds one answer that is right four times in five leaves a doubt of a fifth."""
    assert wanted(posterior=posterior_of(0.5), answers=2) == 5


def test_where_answers_cannot_be_expected_to_pay_none_is_asked() -> None:
    """The pool tells nothing; or all that is left could not turn a label that is likely enough."""
    assert wanted(posterior=posterior_of(0.5), answers=2, pool_accuracy=0.5) == 2
    assert wanted(posterior=posterior_of(0.95), answers=9, pool_accuracy=0.6) == 9


def test_doubt_among_unnamed_labels_counts() -> None:
    assert wanted(posterior={"a": 0.6}, unsaid=0.4, labels_count=50, answers=2) > 2


@given(
    st.floats(0.0, 1.0),
    st.integers(0, 20),
    st.integers(1, 8),
    st.integers(0, 20),
    st.floats(0.0, 1.0),
    st.floats(0.0, 1e6),
    st.floats(0.5, 20.0),
)
def test_it_stays_between_its_bounds(
    p: float, answers: int, least: int, most: int, accuracy: float, cost: float, temperature: float
) -> None:
    found = wanted(
        posterior=posterior_of(p),
        answers=answers,
        overlap=least,
        overlap_max=most,
        pool_accuracy=accuracy,
        error_cost_answers=cost,
        calibration=Calibration(temperature=temperature),
    )
    assert least <= found <= max(least, most)
