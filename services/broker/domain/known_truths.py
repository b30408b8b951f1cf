"""Truths that quality found after a task was posted, and which of them become control tasks.

A task that has its result and whose truth is known may measure others. That costs: each further
answer is paid. So tasks found that way together take no more of what a project has reserved than
the share of control tasks that its policy allows, and never what is not held.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.broker.domain.controls import GOLD_SHARE_DEFAULT
from services.broker.domain.projects import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTruth:
    """What is known of a task now. A version replaces the one before."""

    project_id: str
    task_id: str
    is_control: bool
    """Known, and good for measuring others."""
    version: int


def further_answers(
    project: Project, tasks: int, *, reserved_units: int, found_units: int
) -> list[int]:
    """How many answers each of so many found control tasks gets beyond those it has.

    Each as many as a posted control task gets, as long as the money lasts; 0 where it does not.
    `found_units` of `reserved_units` is for those that were found before.
    """
    price = project.answer_price_units_max
    share = project.quality_policy.gold_share_max or GOLD_SHARE_DEFAULT
    room = min(
        project.held_units - reserved_units,
        int((reserved_units - found_units) * share) - found_units,
    )
    answers_left = max(0, room // price)
    found = []
    for _ in range(tasks):
        wanted = min(project.control_answers_max, answers_left)
        found.append(wanted)
        answers_left -= wanted
    return found
