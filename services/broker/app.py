"""The broker, put together."""

from __future__ import annotations

from functools import partial

from crewline.broker.v1 import service_pb2, service_pb2_grpc
from crewline.payouts.v1.events_pb2 import ProjectFunded
from crewline.quality.v1.events_pb2 import (
    AnswersDecided,
    ContractorLimitsSet,
    GoldChanged,
    MoreAnswersNeeded,
    OpinionsAsked,
    TasksResolved,
)
from crewline.vendors.v1.events_pb2 import ContractorsChanged, RateCardSet, VendorStateChanged
from services.broker import announcements
from services.broker.consumers import BrokerConsumers
from services.broker.domain.prices import Terms
from services.broker.servicer import BrokerServicer
from services.broker.settings import BrokerSettings
from services.broker.store.activity import ActivityReads
from services.broker.store.assignments import AssignmentStore
from services.broker.store.collections import COLLECTIONS
from services.broker.store.contractors import ContractorStore
from services.broker.store.control_tasks import ControlTaskStore
from services.broker.store.opinions import OpinionStore
from services.broker.store.projects import ProjectStore
from services.broker.store.tasks import TaskStore
from services.broker.usecases.candidates import Candidates
from services.broker.usecases.claiming import Claiming
from services.broker.usecases.delivering import Delivering
from services.broker.usecases.directory import Directory
from services.broker.usecases.known_truths import KnownTruths
from services.broker.usecases.leases import Leases
from services.broker.usecases.news import News
from services.broker.usecases.offers import Offers
from services.broker.usecases.opinions import Opinions
from services.broker.usecases.overlaps import Overlaps
from services.broker.usecases.posting import Posting
from services.broker.usecases.projects import SETTLE_AFTER_SECONDS, Projects
from services.broker.usecases.results import Results
from services.chassis.assembly import Assembly
from services.chassis.clock import Clock
from services.chassis.group_commit import GroupCommit
from services.chassis.ids import NewId, lease_token
from services.chassis.lifecycle import Lifecycle, run_service
from services.chassis.mongo import MongoDatabase
from services.chassis.regions import RegionCodes
from services.chassis.settings import load_settings
from services.chassis.unit_of_work import Transactions

# A little longer than a turn of the loop: fuller batches, at a cost that nobody at work notices.
_GATHER_SECONDS = 0.003


class Broker:
    """The broker's parts, by name: what `build` starts and tests call."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        transactions: Transactions,
        clock: Clock,
        new_id: NewId,
        terms: Terms,
        region_codes: RegionCodes,
        expiry_seconds: float,
        queue_bytes_max: int,
        settle_after_seconds: float = SETTLE_AFTER_SECONDS,
    ) -> None:
        self.project_store = ProjectStore(database=database, writer_id=new_id("wrt"))
        self.task_store = TaskStore(database=database)
        self.assignment_store = AssignmentStore(database=database)
        contractor_store = ContractorStore(database=database)
        directory = Directory(projects=self.project_store, contractors=contractor_store)
        opinion_store = OpinionStore(database=database)
        self.candidates = Candidates(
            projects=self.project_store,
            tasks=self.task_store,
            assignments=self.assignment_store,
            opinions=opinion_store,
            clock=clock,
            bytes_max=queue_bytes_max,
        )
        self.projects = Projects(
            transactions=transactions,
            directory=directory,
            projects=self.project_store,
            tasks=self.task_store,
            assignments=self.assignment_store,
            new_id=new_id,
            terms=terms,
            region_codes=region_codes,
            announce_created=announcements.project_created,
            announce_state=announcements.project_state_changed,
            settle_after_seconds=settle_after_seconds,
        )
        self.posting = Posting(
            transactions=transactions,
            directory=directory,
            candidates=self.candidates,
            projects=self.project_store,
            tasks=self.task_store,
        )
        self.claiming = Claiming(
            directory=directory,
            candidates=self.candidates,
            assignments=self.assignment_store,
            tasks=self.task_store,
            clock=clock,
            new_token=lease_token,
        )
        self.delivering = Delivering(
            transactions=transactions,
            directory=directory,
            assignments=self.assignment_store,
            projects=self.project_store,
            tasks=self.task_store,
            opinions=opinion_store,
            announce=announcements.answers_submitted,
        )
        self.leases = Leases(
            transactions=transactions,
            directory=directory,
            assignments=self.assignment_store,
            tasks=self.task_store,
            projects=self.project_store,
            candidates=self.candidates,
            clock=clock,
            expiry_seconds=expiry_seconds,
        )
        self.results = Results(
            projects=self.project_store, tasks=self.task_store, assignments=self.assignment_store
        )
        self.offers = Offers(
            directory=directory,
            candidates=self.candidates,
            projects=self.project_store,
            assignments=self.assignment_store,
            activity=ActivityReads(database=database),
            clock=clock,
        )
        self.known_truths = KnownTruths(
            transactions=transactions,
            projects=self.project_store,
            controls=ControlTaskStore(database=database),
        )
        self.news = News(
            transactions=transactions,
            directory=directory,
            projects=self.project_store,
            tasks=self.task_store,
            assignments=self.assignment_store,
            contractors=contractor_store,
            known_truths=self.known_truths,
            announce_state=announcements.project_state_changed,
        )
        self.opinions = Opinions(
            transactions=transactions,
            directory=directory,
            projects=self.project_store,
            opinions=opinion_store,
        )
        self.overlaps = Overlaps(
            transactions=transactions,
            projects=self.project_store,
            tasks=self.task_store,
            candidates=self.candidates,
        )
        self.claims = GroupCommit(
            name="claim", commit=self.claiming.claim, gather_seconds=_GATHER_SECONDS
        )
        self.deliveries = GroupCommit(
            name="submit", commit=self.delivering.submit, gather_seconds=_GATHER_SECONDS
        )
        self.servicer = BrokerServicer(
            transactions=transactions,
            projects=self.projects,
            posting=self.posting,
            claims=self.claims,
            deliveries=self.deliveries,
            leases=self.leases,
            results=self.results,
            offers=self.offers,
        )


async def build(lifecycle: Lifecycle, settings: BrokerSettings) -> None:
    """Adds the broker's parts to the lifecycle."""
    base = await Assembly.connect(
        name="broker", settings=settings, lifecycle=lifecycle, collections=COLLECTIONS
    )
    broker = Broker(
        database=base.database,
        transactions=base.transactions,
        clock=base.clock,
        new_id=base.new_id,
        terms=Terms(
            platform_fee_bps=settings.platform_fee_bps,
            benefits_bps=settings.benefits_bps,
            floor_reserve_bps=settings.floor_reserve_bps,
        ),
        region_codes=settings.region_codes,
        expiry_seconds=settings.expiry_seconds,
        queue_bytes_max=settings.queue_bytes_max,
    )
    consumers = BrokerConsumers(
        news=broker.news,
        overlaps=broker.overlaps,
        opinions=broker.opinions,
        known_truths=broker.known_truths,
    )
    base.background("claims", stop=broker.claims.close)
    base.background("deliveries", stop=broker.deliveries.close)
    base.background("leases", run=broker.leases.run, stop=broker.leases.stop)
    base.background("settling", run=broker.projects.run, stop=broker.projects.stop)
    base.consume("broker__contractors_changed", ContractorsChanged, consumers.contractors_changed)
    base.consume("broker__vendor_state_changed", VendorStateChanged, consumers.vendor_state_changed)
    base.consume("broker__rate_card_set", RateCardSet, consumers.rate_card_set)
    base.consume("broker__project_funded", ProjectFunded, consumers.project_funded)
    base.consume("broker__answers_decided", AnswersDecided, consumers.answers_decided)
    base.consume(
        "broker__contractor_limits_set", ContractorLimitsSet, consumers.contractor_limits_set
    )
    base.consume("broker__opinions_asked", OpinionsAsked, consumers.opinions_asked)
    base.consume("broker__gold_changed", GoldChanged, consumers.gold_changed)
    base.consume("broker__more_answers_needed", MoreAnswersNeeded, consumers.more_answers_needed)
    base.consume("broker__tasks_resolved", TasksResolved, consumers.tasks_resolved)
    base.serve(
        lambda server: service_pb2_grpc.add_BrokerServiceServicer_to_server(
            broker.servicer, server
        ),
        service_name=service_pb2.DESCRIPTOR.services_by_name["BrokerService"].full_name,
        verifier=base.verifier(),
    )


def main() -> None:
    """`python -m services.broker`."""
    settings = load_settings(BrokerSettings)
    run_service("broker", settings, partial(build, settings=settings))
