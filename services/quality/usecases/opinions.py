"""Asking for second opinions: whom, and how often."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from services.chassis.ids import NewId
from services.chassis.unit_of_work import UnitOfWork
from services.quality import metrics
from services.quality.domain.opinions import (
    ASKED_MAX,
    Opinion,
    OpinionState,
    Purpose,
    Roster,
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
        found = await self.ask_all(question.project_id, [question], work=work)
        return found[0] if found else None

    async def ask_all(
        self, project_id: str, questions: Sequence[Question], *, work: UnitOfWork
    ) -> list[Opinion]:
        """Of questions about one project; the opinions that are asked for now."""
        before = await self._opinions.about([one.about for one in questions], session=work.session)
        wanted = [one for one in questions if _may_be_asked(before.get(one.about, ()))]
        if not wanted:
            return []
        answers = await self._answers.of_tasks(
            [one.task_id for one in wanted], session=work.session
        )
        candidates = await self._opinions.candidates(project_id, session=work.session)
        records = await self._reviewers.get_many(
            [candidate.contractor_id for candidate in candidates], session=work.session
        )
        roster = Roster(
            candidates, barred={who for who, record in records.items() if record.is_bad}
        )
        asked = []
        for one in wanted:
            earlier = before.get(one.about, ())
            chosen = roster.choose(
                barred_contractors={
                    *(kept.answer.contractor_id for kept in answers.get(one.task_id, ())),
                    *(opinion.contractor_id for opinion in earlier),
                },
                barred_organisations=one.barred_organisations,
            )
            if chosen is not None:
                asked.append(
                    Opinion(
                        opinion_id=self._new_id("opn"),
                        purpose=one.purpose,
                        about=one.about,
                        task_id=one.task_id,
                        project_id=project_id,
                        contractor_id=chosen.contractor_id,
                        attempt=len(earlier) + 1,
                        asked_at=work.now,
                    )
                )
        if asked:
            await self._opinions.insert(asked, session=work.session)
            self._announce(work, project_id, asked)
        for opinion in asked:
            work.afterwards(metrics.OPINIONS_ASKED_TOTAL.labels(opinion.purpose.value).inc)
        return asked


def _may_be_asked(before: Sequence[Opinion]) -> bool:
    return len(before) < ASKED_MAX and not any(
        opinion.state is OpinionState.ASKED for opinion in before
    )
