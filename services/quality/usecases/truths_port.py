"""What appeals, opinions and reviews need of whoever makes truths known and scores by them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.chassis.unit_of_work import UnitOfWork


class TruthSource(StrEnum):
    """Who says so."""

    REVIEW = "review"
    ADJUDICATION = "adjudication"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true of a task; None: it is not known any more."""

    project_id: str
    task_id: str
    label: str | None
    source: TruthSource


LearnTruths = Callable[[UnitOfWork, Sequence[Truth]], Awaitable[None]]
"""Scores the tasks anew, in the same transaction. Each task at most once."""
