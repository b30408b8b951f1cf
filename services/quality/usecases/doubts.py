"""Of tasks whose answers leave the label in doubt, one more person is asked, blind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.opinions import ADJUDICATE_BELOW, Purpose
from services.quality.domain.standings import Standing
from services.quality.domain.types import Kind
from services.quality.usecases.opinions import Opinions, Question

NEVER_TRUE = frozenset({Kind.PAIRWISE, Kind.CODE})
"""Kinds of which one person's answer is not the truth: a preference, and one of many programs."""

ConfidenceOf = Callable[[Standing], float]


class Doubts:
    """Finds the tasks to ask about; what comes of it is `adjudication`'s."""

    def __init__(self, *, opinions: Opinions) -> None:
        self._opinions = opinions

    async def doubt(
        self, work: UnitOfWork, standings: Sequence[Standing], confidence_of: ConfidenceOf
    ) -> None:
        """Asks about those of a project's resolved tasks that are in doubt.

        `confidence_of` is calibrated.
        """
        doubtful = [
            standing
            for standing in standings
            if standing.disputed
            and standing.task.gold is None
            and standing.task.kind not in NEVER_TRUE
            and confidence_of(standing) < ADJUDICATE_BELOW
        ]
        if doubtful:
            project_id = doubtful[0].task.project_id
            await self._opinions.ask_all(
                project_id,
                [question(standing.task.task_id, project_id) for standing in doubtful],
                work=work,
            )


def question(task_id: str, project_id: str) -> Question:
    return Question(
        purpose=Purpose.ADJUDICATION, about=task_id, task_id=task_id, project_id=project_id
    )
