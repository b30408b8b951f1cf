"""An appeal from its filing to its end: once, by whoever may, and in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quality.domain.appeals import (
    DECIDING_DAYS,
    FILING_DAYS,
    Appeal,
    AppealDecided,
    AppealState,
    AppealTooLate,
    DecidedBy,
    NotRejected,
    Rejection,
    check_appealable,
)
from services.quality.domain.errors import ReasonMissing
from services.quality.domain.rulings import Ruling, RulingState

FILED = datetime(2026, 11, 20, 12, tzinfo=UTC)
END = FILED + timedelta(days=DECIDING_DAYS)
APPEAL = Appeal(
    appeal_id="apl",
    assignment_id="asn",
    task_id="tsk",
    project_id="prj",
    client_id="org_c",
    contractor_id="ctr",
    organisation_id="org_v",
    value="no",
    rejection=Rejection(reason="failed_gold", clause="", ruled_by="machine"),
    statement="it is no",
    filed_at=FILED,
)
UPHELD, DISMISSED = AppealState.UPHELD, AppealState.DISMISSED


def _decided(
    appeal: Appeal, state: AppealState, by: DecidedBy, *, at: datetime = END, note: str = "why"
) -> Appeal:
    return appeal.decided(state, by=by, decider_id="who", note=note, at=at)


STEPS = st.sampled_from(
    [
        lambda one: _decided(one, UPHELD, DecidedBy.OPERATOR),
        lambda one: _decided(one, DISMISSED, DecidedBy.OPERATOR),
        lambda one: _decided(one, UPHELD, DecidedBy.SECOND_OPINION),
        lambda one: _decided(one, DISMISSED, DecidedBy.SECOND_OPINION),
        lambda one: _decided(one, UPHELD, DecidedBy.SILENCE),
        lambda one: one.withdrawn(at=END),
        lambda one: one.with_opinion("no"),
        lambda one: one.for_operator(),
    ]
)


@given(st.lists(STEPS, max_size=8))
def test_it_ends_once_and_the_first_end_stays(steps: list) -> None:  # type: ignore[type-arg]
    appeal, end = APPEAL, None
    for step in steps:
        before = appeal
        try:
            appeal = step(appeal)
        except AppealDecided:
            assert before.state is not AppealState.OPEN
        if end is not None:
            assert appeal == end, "what has ended does not change"
        elif appeal.state is not AppealState.OPEN:
            end = appeal
            assert not appeal.waits_for_operator
            assert appeal.decided_at == END


def test_silence_upholds_and_only_when_the_time_is_over() -> None:
    with pytest.raises(ValueError, match="silence"):
        _decided(APPEAL, UPHELD, DecidedBy.SILENCE, at=END - timedelta(seconds=1))
    with pytest.raises(ValueError, match="silence"):
        _decided(APPEAL, DISMISSED, DecidedBy.SILENCE)
    assert _decided(APPEAL, UPHELD, DecidedBy.SILENCE).state is UPHELD


def test_an_operator_says_why() -> None:
    with pytest.raises(ReasonMissing):
        _decided(APPEAL, UPHELD, DecidedBy.OPERATOR, note=" ")


def test_a_rejection_is_appealed_against_within_its_days() -> None:
    rejected = Ruling(
        assignment_id="asn", contractor_id="ctr", state=RulingState.REJECTED, ruled_at=FILED
    )
    last = FILED + timedelta(days=FILING_DAYS)
    check_appealable(rejected, at=last)
    with pytest.raises(AppealTooLate):
        check_appealable(rejected, at=last + timedelta(seconds=1))
    for state in set(RulingState) - {RulingState.REJECTED}:
        with pytest.raises(NotRejected):
            check_appealable(replace(rejected, state=state), at=FILED)
