"""What quality's limits leave a contractor in a project, from moment to moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.broker.domain.errors import ClaimsExhausted
from services.broker.domain.limits import Limits

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_extra_control_tasks_are_due_until_their_time_is_over() -> None:
    limits = Limits(
        project_id="prj",
        contractor_id="a",
        gold_share=0.02,
        gold_share_max=0.3,
        extra_gold_until=NOW + HOUR,
    )
    assert limits.share(NOW) == 0.3
    assert limits.share(NOW + HOUR) == 0.02


def test_one_task_at_a_time_until_the_restriction_ends() -> None:
    limits = Limits(
        project_id="prj", contractor_id="a", gold_share=0.1, restricted_until=NOW + HOUR
    )
    assert [limits.room(held, NOW) for held in (0, 1, 3)] == [1, 0, 0]
    assert limits.room(3, NOW + HOUR) is None
    with pytest.raises(ClaimsExhausted):
        limits.check_room(1, NOW)
    limits.check_room(0, NOW)
    limits.check_room(5, NOW + HOUR)
