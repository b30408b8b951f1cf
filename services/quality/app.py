"""Quality, put together."""

from __future__ import annotations

from functools import partial

from crewline.broker.v1.events_pb2 import AnswersSubmitted, ProjectCreated
from crewline.quality.v1 import service_pb2, service_pb2_grpc
from services.chassis.assembly import Assembly
from services.chassis.clock import Clock, utc_now
from services.chassis.ids import NewId
from services.chassis.lifecycle import Lifecycle, run_service
from services.chassis.loops import Loop
from services.chassis.mongo import MongoDatabase
from services.chassis.settings import load_settings
from services.chassis.unit_of_work import Transactions
from services.quality import announcements, opinion_announcements
from services.quality.conduct_parts import ConductParts
from services.quality.consumers import QualityConsumers
from services.quality.fairness_parts import FairnessParts
from services.quality.servicer.appeals import AppealsServicer
from services.quality.servicer.breakers import BreakersServicer
from services.quality.servicer.checks import ChecksServicer
from services.quality.servicer.conduct import ConductServicer
from services.quality.servicer.gold import GoldServicer
from services.quality.servicer.rankings import RankingsServicer
from services.quality.servicer.reading import ReadingServicer
from services.quality.servicer.reports import ReportsServicer
from services.quality.servicer.reviews import ReviewsServicer
from services.quality.servicer.rules import RulesServicer
from services.quality.servicer.scorecards import ScorecardsServicer
from services.quality.servicer.sweeps import SweepsServicer
from services.quality.settings import QualitySettings
from services.quality.store.answers import AnswerStore
from services.quality.store.breakers import BreakerStore
from services.quality.store.calibrations import CalibrationStore
from services.quality.store.collections import COLLECTIONS
from services.quality.store.conduct import ConductStore
from services.quality.store.deadlines import DeadlineStore
from services.quality.store.gold import GoldStore
from services.quality.store.limits import LimitsStore
from services.quality.store.opinions import OpinionStore, ReviewerStore
from services.quality.store.projects import ProjectStore
from services.quality.store.rankings import RankingStore
from services.quality.store.reports import ReportStore
from services.quality.store.rulings import RulingStore
from services.quality.store.scorecards import ScorecardStore
from services.quality.store.signals import SignalStore
from services.quality.store.skills import SkillStore
from services.quality.store.sweeps import SweepStore
from services.quality.usecases.breakers import Breakers
from services.quality.usecases.conclusions import Conclusions
from services.quality.usecases.controls import Controls
from services.quality.usecases.decision_deadline import DecisionDeadline
from services.quality.usecases.doubts import Doubts
from services.quality.usecases.gold import Gold
from services.quality.usecases.learning import learning
from services.quality.usecases.opinions import Opinions
from services.quality.usecases.rankings import Rankings
from services.quality.usecases.reading import Reading
from services.quality.usecases.reports import Reports
from services.quality.usecases.reviews import Reviews
from services.quality.usecases.revisions import Revisions
from services.quality.usecases.rulings import MachineRulings
from services.quality.usecases.scorecards import Scorecards
from services.quality.usecases.scoring import Scoring
from services.quality.usecases.sweeps import Sweeps
from services.quality.usecases.truths import Truths
from services.quality.usecases.working import WorkingSets


class QualityServicer(
    AppealsServicer,
    BreakersServicer,
    ChecksServicer,
    ConductServicer,
    GoldServicer,
    RankingsServicer,
    ReadingServicer,
    ReviewsServicer,
    ReportsServicer,
    RulesServicer,
    ScorecardsServicer,
    SweepsServicer,
    service_pb2_grpc.QualityServiceServicer,
):
    """See protos/crewline/quality/v1/service.proto."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        reading: Reading,
        reviews: Reviews,
        gold: Gold,
        sweeps: Sweeps,
        reports: Reports,
        rankings: Rankings,
        scorecards: Scorecards,
        conduct: ConductParts,
        fairness: FairnessParts,
    ) -> None:
        AppealsServicer.__init__(self, appeals=fairness.appeals, reading=fairness.appeal_reading)
        BreakersServicer.__init__(self, breakers=fairness.breakers)
        ChecksServicer.__init__(self, checks=fairness.checks)
        ReadingServicer.__init__(self, reading=reading)
        RankingsServicer.__init__(self, reading=reading, rankings=rankings)
        ScorecardsServicer.__init__(self, scorecards=scorecards)
        ConductServicer.__init__(
            self, reading=reading, signals=conduct.signals, restraints=conduct.restraints
        )
        RulesServicer.__init__(
            self, reading=reading, rules=conduct.rules, transactions=transactions
        )
        GoldServicer.__init__(self, reading=reading, gold=gold)
        ReviewsServicer.__init__(self, reading=reading, reviews=reviews)
        SweepsServicer.__init__(self, reading=reading, sweeps=sweeps)
        ReportsServicer.__init__(self, reading=reading, reports=reports)


class Quality:
    """Quality's parts, by name: what `build` starts and tests call."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        transactions: Transactions,
        new_id: NewId,
        clock: Clock = utc_now,
        sweep_hour_utc: int = 3,
    ) -> None:
        answers = AnswerStore(database=database)
        skills = SkillStore(database=database)
        rulings = RulingStore(database=database)
        projects = ProjectStore(database=database, writer_id=new_id("wrt"))
        conduct = ConductStore(database=database)
        limits = LimitsStore(database=database)
        signals = SignalStore(database=database)
        self.conduct = ConductParts(
            database=database,
            transactions=transactions,
            answers=answers,
            skills=skills,
            rulings=rulings,
            projects=projects,
            clock=clock,
            new_id=new_id,
        )
        revisions = Revisions(rulings=rulings, projects=projects, announce=announcements.outcome)
        breakers = Breakers(
            transactions=transactions,
            breakers=BreakerStore(database=database),
            projects=projects,
            revisions=revisions,
            new_id=new_id,
        )
        opinions = Opinions(
            opinions=OpinionStore(database=database),
            reviewers=ReviewerStore(database=database),
            answers=answers,
            announce=opinion_announcements.opinions_asked,
            new_id=new_id,
        )
        conclusions = Conclusions(
            answers=answers,
            skills=skills,
            projects=projects,
            calibrations=CalibrationStore(database=database),
            rulings=MachineRulings(rulings=rulings, hold_rejections=breakers.hold),
            limits=self.conduct.limits,
            controls=Controls(signals=signals),
            doubts=Doubts(opinions=opinions),
            announce=announcements.outcome,
        )
        working = WorkingSets(answers=answers, skills=skills)
        self.truths = Truths(working=working, conclusions=conclusions)
        learn = learning(self.truths, projects)
        self.fairness = FairnessParts(
            database=database,
            transactions=transactions,
            answers=answers,
            projects=projects,
            breakers=breakers,
            revisions=revisions,
            opinions=opinions,
            learn=learn,
        )
        self.scoring = Scoring(
            transactions=transactions,
            answers=answers,
            skills=skills,
            conduct=conduct,
            conclusions=conclusions,
            take_opinions=self.fairness.opinions.take,
        )
        self.reading = Reading(
            transactions=transactions,
            answers=answers,
            skills=skills,
            projects=projects,
            limits=limits,
        )
        self.gold = Gold(
            transactions=transactions, gold=GoldStore(database=database), truths=self.truths
        )
        self.reviews = Reviews(
            transactions=transactions,
            answers=answers,
            rulings=rulings,
            projects=projects,
            announce=announcements.outcome,
            hold_rejections=breakers.hold,
            learn=learn,
        )
        self.deadline = DecisionDeadline(
            transactions=transactions,
            deadlines=DeadlineStore(database=database),
            rulings=rulings,
            projects=projects,
            announce=announcements.outcome,
            clock=clock,
        )
        self.reports = Reports(
            transactions=transactions,
            reports=ReportStore(database=database),
            answers=answers,
            rulings=rulings,
            skills=skills,
            conduct=conduct,
            projects=projects,
            calibrations=CalibrationStore(database=database),
            reviewers=ReviewerStore(database=database),
            clock=clock,
        )
        self.sweeps = Sweeps(
            transactions=transactions,
            sweeps=SweepStore(database=database),
            projects=projects,
            working=working,
            conclusions=conclusions,
            clock=clock,
            new_id=new_id,
            hour_utc=sweep_hour_utc,
            then=(self.conduct.signals.look, self.conduct.watch.look, self.reports.make),
        )
        self.servicer = QualityServicer(
            transactions=transactions,
            reading=self.reading,
            reviews=self.reviews,
            gold=self.gold,
            sweeps=self.sweeps,
            reports=self.reports,
            rankings=Rankings(
                transactions=transactions,
                rankings=RankingStore(database=database),
                clock=clock,
            ),
            conduct=self.conduct,
            scorecards=Scorecards(scorecards=ScorecardStore(database=database)),
            fairness=self.fairness,
        )
        self.consumers = QualityConsumers(scoring=self.scoring, reading=self.reading)


async def build(lifecycle: Lifecycle, settings: QualitySettings) -> None:
    """Adds quality's parts to the lifecycle."""
    base = await Assembly.connect(
        name="quality", settings=settings, lifecycle=lifecycle, collections=COLLECTIONS
    )
    quality = Quality(
        database=base.database,
        transactions=base.transactions,
        new_id=base.new_id,
        clock=base.clock,
        sweep_hour_utc=settings.sweep_hour_utc,
    )
    base.consume("quality__project_created", ProjectCreated, quality.consumers.project_created)
    base.consume(
        "quality__answers_submitted", AnswersSubmitted, quality.consumers.answers_submitted
    )
    deadline = Loop(
        name="decision_deadline",
        turn=quality.deadline.turn,
        pause_seconds=settings.deadline_pause_seconds,
    )
    base.background("decision_deadline", run=deadline.run, stop=deadline.stop)
    fairness = Loop(
        name="fairness",
        turn=quality.fairness.overdue(clock=base.clock).turn,
        pause_seconds=settings.deadline_pause_seconds,
    )
    base.background("fairness", run=fairness.run, stop=fairness.stop)
    rules = Loop(
        name="rules",
        turn=quality.conduct.watch.turn,
        pause_seconds=settings.rules_pause_seconds,
    )
    base.background("rules", run=rules.run, stop=rules.stop)
    nights = Loop(
        name="sweeps", turn=quality.sweeps.turn, pause_seconds=settings.sweep_pause_seconds
    )
    base.background("sweeps", run=nights.run, stop=nights.stop)
    base.serve(
        lambda server: service_pb2_grpc.add_QualityServiceServicer_to_server(
            quality.servicer, server
        ),
        service_name=service_pb2.DESCRIPTOR.services_by_name["QualityService"].full_name,
        verifier=base.verifier(),
    )


def main() -> None:
    """`python -m services.quality`."""
    settings = load_settings(QualitySettings)
    run_service("quality", settings, partial(build, settings=settings))
