"""Adjudication: of tasks whose answers leave the label in doubt, one more person is asked, blind.

What they say is taken for the truth: the task is scored by it, and those of its answers in review
that say the same are accepted. The others stay in review: that an answer differs is no ground to
refuse it, and a person of the client, or the deadline, decides.
"""

from __future__ import annotations

from dataclasses import replace

from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.opinions import Opinion
from services.quality.domain.rulings import RulingState
from services.quality.domain.similarity import agrees
from services.quality.domain.truths import GoldSource
from services.quality.store.answers import AnswerStore
from services.quality.store.opinions import ReviewerStore
from services.quality.usecases.arrivals import ArrivedAnswers
from services.quality.usecases.doubts import question
from services.quality.usecases.learning import LearnTruths, Truth
from services.quality.usecases.opinions import Opinions
from services.quality.usecases.revisions import Revision, Revisions


class Adjudication:
    """Asks about tasks in doubt, and takes the answer."""

    def __init__(
        self,
        *,
        answers: AnswerStore,
        reviewers: ReviewerStore,
        revisions: Revisions,
        opinions: Opinions,
        learn: LearnTruths,
    ) -> None:
        self._answers = answers
        self._reviewers = reviewers
        self._revisions = revisions
        self._opinions = opinions
        self._learn = learn

    async def opinion_given(
        self, opinion: Opinion, arrived: ArrivedAnswers, *, work: UnitOfWork
    ) -> None:
        """The truth, unless it has become known otherwise."""
        standing = (await self._answers.standings([opinion.task_id], session=work.session)).get(
            opinion.task_id
        )
        if standing is None or standing.gold:
            return

        def same(value: str, other: str) -> bool:
            return agrees(
                arrived.kind,
                value,
                other,
                labels=arrived.labels,
                tolerance=arrived.tolerance,
                fields=arrived.fields,
            )

        await self._reviewers.add(
            {
                opinion.contractor_id: {
                    "opinions": 1,
                    "agreed": int(same(opinion.value, standing.label)),
                }
            },
            session=work.session,
        )
        await self._learn(
            work,
            [
                Truth(
                    project_id=opinion.project_id,
                    task_id=opinion.task_id,
                    label=opinion.value,
                    source=GoldSource.ADJUDICATION,
                )
            ],
        )
        answers = (await self._answers.of_tasks([opinion.task_id], session=work.session)).get(
            opinion.task_id, []
        )
        values = {kept.answer.assignment_id: kept.answer.label for kept in answers}
        rulings = await self._revisions.of_answers(list(values), work=work)
        accepted = [
            Revision(
                before=stored,
                after=replace(
                    stored,
                    ruling=stored.ruling.adjudicated(by=opinion.contractor_id, at=work.now),
                ),
            )
            for assignment_id, stored in rulings.items()
            if stored.ruling.state is RulingState.IN_REVIEW
            and stored.ruling.withheld is None
            and same(values[assignment_id], opinion.value)
        ]
        if accepted:
            await self._revisions.put(accepted, work=work, writer="adjudication")

    async def opinion_expired(self, opinion: Opinion, *, work: UnitOfWork) -> None:
        """Asks another; where nobody is left, people of the client decide as without it."""
        await self._opinions.ask(question(opinion.task_id, opinion.project_id), work=work)
