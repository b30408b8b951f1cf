"""Asking for second opinions: whom, and how often."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from services.chassis.ids import NewId
from services.chassis.unit_of_work import UnitOfWork
from services.quality import metrics
from services.quality.domain.opinions import (
    ASKED_MAX,
    Opinion,
    OpinionState,
    Purpose,
    choose,
)
from services.quality.store.answers import AnswerStore
from services.quality.store.opinions import OpinionStore, ReviewerStore

AnnounceOpinions = Callable[[UnitOfWork, str, list[Opinion]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a second opinion is wanted on. `barred_organisations`: nobody of these is asked."""

    purpose: Purpose
    about: str
    task_id: str
    project_id: str
    barred_organisations: Collection[str] = ()


class Opinions:
    """Finds somebody of proven skill who has not done the task, and asks them to."""

    def __init__(
        self,
        *,
        opinions: OpinionStore,
        reviewers: ReviewerStore,
        answers: AnswerStore,
        announce: AnnounceOpinions,
        new_id: NewId,
    ) -> None:
        self._opinions = opinions
        self._reviewers = reviewers
        self._answers = answers
        self._announce = announce
        self._new_id = new_id

    async def ask(self, question: Question, *, work: UnitOfWork) -> Opinion | None:
        """One more is asked; None where nobody can be, or enough were."""
        before = await self._opinions.about(question.about, session=work.session)
        if len(before) >= ASKED_MAX or any(one.state is OpinionState.ASKED for one in before):
            return None
        answers = await self._answers.of_tasks([question.task_id], session=work.session)
        candidates = await self._opinions.candidates(question.project_id, session=work.session)
        records = await self._reviewers.get_many(
            [candidate.contractor_id for candidate in candidates], session=work.session
        )
        chosen = choose(
            candidates,
            barred_contractors={
                *(stored.answer.contractor_id for stored in answers.get(question.task_id, ())),
                *(one.contractor_id for one in before),
                *(who for who, record in records.items() if record.is_bad),
            },
            barred_organisations=question.barred_organisations,
        )
        if chosen is None:
            return None
        opinion = Opinion(
            opinion_id=self._new_id("opn"),
            purpose=question.purpose,
            about=question.about,
            task_id=question.task_id,
            project_id=question.project_id,
            contractor_id=chosen.contractor_id,
            attempt=len(before) + 1,
            asked_at=work.now,
        )
        await self._opinions.insert(opinion, session=work.session)
        self._announce(work, question.project_id, [opinion])
        work.afterwards(metrics.OPINIONS_ASKED_TOTAL.labels(question.purpose.value).inc)
        return opinion
