"""Appeals, second opinions, breakers and checks, put together."""

from __future__ import annotations

from services.chassis.clock import Clock
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.quality.store.answers import AnswerStore
from services.quality.store.appeals import AppealStore
from services.quality.store.opinions import OpinionStore, ReviewerStore
from services.quality.store.projects import ProjectStore
from services.quality.usecases.adjudication import Adjudication
from services.quality.usecases.appeal_reading import AppealReading
from services.quality.usecases.appeals import Appeals
from services.quality.usecases.breakers import Breakers
from services.quality.usecases.checks import Checks
from services.quality.usecases.learning import LearnTruths
from services.quality.usecases.opinions import Opinions
from services.quality.usecases.opinions_taken import OpinionsTaken
from services.quality.usecases.overdue import Overdue
from services.quality.usecases.revisions import Revisions


class FairnessParts:
    """By name: what scoring calls, what servicers call, and what looks for the overdue."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        transactions: Transactions,
        answers: AnswerStore,
        projects: ProjectStore,
        breakers: Breakers,
        revisions: Revisions,
        opinions: Opinions,
        learn: LearnTruths,
    ) -> None:
        opinion_store = OpinionStore(database=database)
        reviewers = ReviewerStore(database=database)
        self.breakers = breakers
        self.revisions = revisions
        appeals = AppealStore(database=database)
        self.appeal_reading = AppealReading(appeals=appeals, projects=projects)
        self.appeals = Appeals(
            transactions=transactions,
            appeals=appeals,
            answers=answers,
            projects=projects,
            reviewers=reviewers,
            revisions=self.revisions,
            opinions=opinions,
            learn=learn,
        )
        adjudication = Adjudication(
            answers=answers,
            reviewers=reviewers,
            revisions=self.revisions,
            opinions=opinions,
            learn=learn,
        )
        self.opinions = OpinionsTaken(
            transactions=transactions,
            opinions=opinion_store,
            revisions=self.revisions,
            appeals=self.appeals,
            adjudication=adjudication,
        )
        self.checks = Checks(transactions=transactions, answers=answers, revisions=self.revisions)

    def overdue(self, *, clock: Clock) -> Overdue:
        """What looks for what is overdue."""
        return Overdue(
            appeals=self.appeals,
            opinions=self.opinions,
            breakers=self.breakers,
            clock=clock,
        )
