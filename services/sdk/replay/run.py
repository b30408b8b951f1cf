"""One replay from the operator's key to the report, each step through public RPCs."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types_pb2
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.quality.v1 import service_pb2 as quality_pb2
from crewline.quality.v1 import types_pb2 as quality_types_pb2
from services.sdk.money import UNITS_PER_MINOR
from services.sdk.replay.accuracy import (
    consensus_accuracy,
    consensus_error,
    majority_accuracy,
    mean_error,
)
from services.sdk.replay.books import ProjectBooks
from services.sdk.replay.connection import Connection, Target
from services.sdk.replay.crew import Crew, Enrolment
from services.sdk.replay.crowd_file import Crowd
from services.sdk.replay.errors import ReplayFailed
from services.sdk.replay.invitations import ask_in
from services.sdk.replay.money import MoneySide, held_account
from services.sdk.replay.patience import Deadline, persist
from services.sdk.replay.plan import Plan, plan_replay
from services.sdk.replay.project import CURRENCY, ClientSide
from services.sdk.replay.report import Report
from services.sdk.replay.sandbox import StripeSandbox, grown, scrape
from services.sdk.replay.session import new_request_id
from services.sdk.replay.show import Show
from services.sdk.replay.work import Work

_PAUSE_SECONDS_MIN = 0.02
_PAUSE_SECONDS_MAX = 0.25
# Longer than an event is tried again before it becomes a dead letter.
_STALL_SECONDS = 240.0
_PROBLEMS_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to replay."""

    gold_share: float
    batch: int
    seed: int
    at_once: int
    timeout_seconds: float
    invite: bool = False


async def replay(crowd: Crowd, *, target: Target, options: Options, show: Show) -> Report:
    """Replays a crowd against a running stack.

    Errors:
        RemoteError, ReplayFailed, SandboxFailed, OutOfTime: it did not come to its end.
    """
    if not target.operator_key:
        raise ReplayFailed("the target says no operator key: set CREWLINE_OPERATOR_KEY")
    if not target.sandbox_url:
        raise ReplayFailed(
            "the target says no sandbox_url: a replay pays invented people, and does so only at "
            "the Stripe sandbox"
        )
    deadline = Deadline.after(options.timeout_seconds)
    connection = Connection(target)
    sandbox = StripeSandbox(target.sandbox_url, deadline=deadline)
    try:
        plan = plan_replay(crowd, gold_share=options.gold_share, seed=options.seed)
        run = _Replay(
            connection, sandbox=sandbox, plan=plan, options=options, deadline=deadline, show=show
        )
        report = await run.run()
    finally:
        await sandbox.close()
        await connection.close()
    report.rows_repeated = crowd.rows_repeated
    report.rows_malformed = crowd.rows_malformed
    report.gold_unknown = crowd.gold_unknown
    report.judge()
    return report


class _Replay:
    def __init__(
        self,
        connection: Connection,
        *,
        sandbox: StripeSandbox,
        plan: Plan,
        options: Options,
        deadline: Deadline,
        show: Show,
    ) -> None:
        self._connection = connection
        self._sandbox = sandbox
        self._plan = plan
        self._options = options
        self._deadline = deadline
        self._show = show
        self._run = "r" + new_request_id().replace("-", "")[:10]
        self._report = Report(
            kind=plan.kind.value,
            currency=CURRENCY,
            tasks=len(plan.tasks),
            workers=len(plan.workers),
            workers_direct=sum(worker.is_direct for worker in plan.workers),
            vendors=len(plan.commissions_bps),
            answers_recorded=plan.answers,
            gold_tasks=plan.controls,
        )

    async def run(self) -> Report:
        began = time.monotonic()
        before = await scrape(self._connection.target.metrics)
        crew, client, project_id, books = await self._prepare()
        await self._chain(crew, project_id)
        await self._read_results(crew, project_id)
        await self._settle(crew, client, project_id, books)
        await self._take_stock(crew)
        if self._options.invite:
            self._report.invitations = await ask_in(self._connection, crew)
        counted = grown(before, await scrape(self._connection.target.metrics))
        if counted is not None:
            self._report.events_published = counted.events_published
            self._report.dead_letters = counted.dead_letters
        self._report.seconds_in_all = round(time.monotonic() - began, 3)
        return self._report

    async def _prepare(self) -> tuple[Crew, ClientSide, str, ProjectBooks]:
        plan, report = self._plan, self._report
        self._show.step(
            f"replay {self._run}: {plan.answers:,} answers to {len(plan.tasks):,} tasks by "
            f"{len(plan.workers):,} workers; enrolling them"
        )
        crew = await Enrolment(
            self._connection,
            plan=plan,
            run=self._run,
            deadline=self._deadline,
            at_once=self._options.at_once,
        ).enrol(operator_key=self._connection.target.operator_key)
        self._show.step(f"opening the payout accounts of {len(crew.payees):,} payees")
        await self._money(crew).open_accounts()
        client = ClientSide(
            self._connection, crew=crew, plan=plan, run=self._run, deadline=self._deadline
        )
        project = await client.create()
        self._show.step("depositing the money, funding the project, posting the tasks")
        await client.fund(project)
        await client.post(project.project_id)
        await client.activate(project.project_id)
        report.project_id, report.client_id = project.project_id, crew.client_id
        books = ProjectBooks(
            held_account=held_account(client_id=crew.client_id, project_id=project.project_id),
            currency=CURRENCY,
            pay_units=plan.pay_units,
        )
        return crew, client, project.project_id, books

    def _money(self, crew: Crew) -> MoneySide:
        return MoneySide(
            self._connection, crew=crew, sandbox=self._sandbox, deadline=self._deadline
        )

    async def _chain(self, crew: Crew, project_id: str) -> None:
        """Claim, submit, score, accrue: what the replay's speed is about."""
        accrued_before = (await self._trial_balance(crew)).accruals
        began = time.monotonic()
        with self._show.answers(self._plan.answers) as answered:
            work = Work(
                self._connection,
                project_id=project_id,
                batch=self._options.batch,
                deadline=self._deadline,
                answered=answered,
            )
            await work.run(crew.members, at_once=self._options.at_once)
        self._show.step("waiting until all are scored and accrued")
        await self._until_scored(crew, project_id)
        await self._release_held(crew, project_id)
        accepted = self._report.answers_accepted

        async def accrued() -> tuple[bool, int]:
            count = (await self._trial_balance(crew)).accruals - accrued_before
            return count >= accepted, count

        await self._until(accrued, what=f"{accepted} accepted answers are accrued")
        seconds = time.monotonic() - began
        self._report.seconds = round(seconds, 3)
        self._report.answers_per_second = round(self._report.answers_in / seconds, 1)

    async def _release_held(self, crew: Crew, project_id: str) -> None:
        """As an operator who has looked: what the breaker held back of the rejections stands."""
        quality = self._connection.quality
        request = quality_pb2.ListBreakersRequest(state=quality_types_pb2.BREAKER_STATE_TRIPPED)
        held = [
            breaker
            for breaker in (await crew.operator.call(quality.ListBreakers, request)).breakers
            if breaker.project_id == project_id
        ]
        for breaker in held:
            await crew.operator.call(
                quality.CloseBreaker,
                quality_pb2.CloseBreakerRequest(
                    breaker_id=breaker.breaker_id,
                    state=quality_types_pb2.BREAKER_STATE_RELEASED,
                    note="A replay: nobody is behind these answers.",
                ),
            )
            self._report.answers_held += breaker.answers_held
        waiting = self._report.answers_in_review - self._report.answers_held

        async def decided() -> tuple[bool, int]:
            await self._until_scored(crew, project_id)
            return self._report.answers_in_review <= waiting, self._report.answers_in_review

        if held:
            self._show.step(f"an operator lets {self._report.answers_held:,} held rejections stand")
            await self._until(decided, what="what was held is decided")

    async def _until_scored(self, crew: Crew, project_id: str) -> None:
        report = self._report
        request = broker_pb2.GetProjectProgressRequest(project_id=project_id)

        async def scored() -> tuple[bool, tuple[int, int]]:
            said = await crew.client.call(self._connection.broker.GetProjectProgress, request)
            report.answers_in = said.answers_submitted
            report.answers_accepted = said.answers_accepted
            report.answers_rejected = said.answers_rejected
            report.answers_in_review = said.answers_in_review
            report.tasks_resolved = said.tasks_resolved
            report.answers_scored = (
                said.answers_accepted + said.answers_rejected + said.answers_in_review
            )
            done = report.answers_scored >= report.answers_recorded
            done = done and report.tasks_resolved >= report.tasks
            return done, (report.answers_scored, report.tasks_resolved)

        await self._until(scored, what="every answer is scored and every task has its result")

    async def _until(
        self, look: Callable[[], Awaitable[tuple[bool, object]]], *, what: str
    ) -> None:
        """Until it is done, or stands still for long; then the report says so, and it goes on."""
        seen: object = None
        stalled = self._deadline.within(_STALL_SECONDS)
        pause = _PAUSE_SECONDS_MIN
        while True:
            done, now = await look()
            if done:
                return
            if now != seen:
                seen, stalled = now, self._deadline.within(_STALL_SECONDS)
            if not stalled.left_seconds:
                self._report.problems.append(f"not in time: {what}")
                return
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _PAUSE_SECONDS_MAX)

    async def _trial_balance(self, crew: Crew) -> payouts_pb2.GetTrialBalanceResponse:
        answer: payouts_pb2.GetTrialBalanceResponse = await crew.operator.call(
            self._connection.payouts.GetTrialBalance, payouts_pb2.GetTrialBalanceRequest()
        )
        return answer

    async def _read_results(self, crew: Crew, project_id: str) -> None:
        """The consensus by task, and whether each result holds exactly what was recorded."""
        request = broker_pb2.StreamResultsRequest(project_id=project_id)

        async def attempt() -> dict[str, broker_types_pb2.Result]:
            found: dict[str, broker_types_pb2.Result] = {}
            async for message in crew.client.stream(self._connection.broker.StreamResults, request):
                found.update((result.external_id, result) for result in message.results)
            return found

        results = await persist(attempt, deadline=self._deadline)
        consensus = {task: result.label for task, result in results.items()}
        judged = [task for task in self._plan.judged_gold if task in consensus]
        self._report.gold_tasks_judged = len(judged)
        self._report.accuracy = consensus_accuracy(self._plan, consensus)
        self._report.accuracy_majority = majority_accuracy(self._plan, tasks=judged)
        self._report.mean_error = consensus_error(self._plan, consensus)
        self._report.mean_error_of_the_mean = mean_error(self._plan, tasks=judged)
        self._report.problems += differences(self._plan, results)

    async def _settle(
        self, crew: Crew, client: ClientSide, project_id: str, books: ProjectBooks
    ) -> None:
        report, money = self._report, self._money(crew)
        if report.tasks_resolved == report.tasks and not report.answers_in_review:
            report.project_completed = await client.complete(project_id)
        books = await self._read_books(money, books)
        self._show.step("closing the pay period, paying, waiting for the webhooks")
        await money.close_and_pay()
        paid = await money.until_paid(earned_units=books.earned_units)
        report.accruals = books.accruals - books.reversals
        report.held_units = books.held_units
        report.spent_units = books.spent_units
        report.released_units = books.released_units
        report.reserved_units = books.reserved_units
        report.still_held_units = books.still_held_units
        report.earned_units = books.earned_units
        report.by_party = dict(books.by_party)
        report.paid_minor = paid.paid_minor
        report.rest_units = paid.rest_units
        report.statements = paid.statements
        report.statements_paid = paid.statements_paid
        report.problems += [*books.problems, *paid.problems]

    async def _read_books(self, money: MoneySide, empty: ProjectBooks) -> ProjectBooks:
        """The project's entries, read until they are complete: the last may be on their way."""
        report = self._report
        books = empty

        async def complete() -> tuple[bool, tuple[int, int]]:
            nonlocal books
            books = empty.fresh()
            await money.read_books(books)
            accrued = books.accruals - books.reversals == report.answers_accepted
            freed = not report.project_completed or books.still_held_units == 0
            return accrued and freed, (books.accruals, books.still_held_units)

        await self._until(complete, what="the ledger has every entry of the project")
        return books

    async def _take_stock(self, crew: Crew) -> None:
        """The whole stack's books beside the provider's, once nothing is under way any more."""
        report = self._report
        request = payouts_pb2.GetReconciliationRequest()

        async def settled() -> tuple[bool, object]:
            said = await crew.operator.call(self._connection.payouts.GetReconciliation, request)
            lines = [line for line in said.lines if line.currency == CURRENCY and line.has_provider]
            there = await self._sandbox.money(CURRENCY)
            report.ledger_stripe_minor = sum(
                line.ledger_platform_minor + line.ledger_connected_minor for line in lines
            )
            report.ledger_paid_out_minor = sum(line.ledger_paid_out_minor for line in lines)
            report.sandbox_stripe_minor = there.inside_minor
            report.sandbox_paid_out_minor = there.paid_out_minor
            under_way = there.payouts_in_flight_minor or said.instructions_unsettled
            equal = (
                there.conserved
                and report.ledger_stripe_minor == report.sandbox_stripe_minor
                and report.ledger_paid_out_minor == report.sandbox_paid_out_minor
            )
            return equal and not under_way, (there, said.SerializeToString(deterministic=True))

        await self._until(settled, what="the ledger and the provider have the same money")
        balance = await self._trial_balance(crew)
        report.trial_balance_units = sum(
            abs(total.amount_minor * UNITS_PER_MINOR + total.fraction) for total in balance.totals
        )


def differences(plan: Plan, results: Mapping[str, broker_types_pb2.Result]) -> list[str]:
    """Where a result does not hold exactly the answers that were recorded."""
    labels = {worker.name: worker.answers for worker in plan.workers}
    found: list[str] = []
    for task in plan.tasks:
        result = results.get(task.name)
        if result is None:
            continue
        recorded = Counter(labels[worker][task.name] for worker in task.workers)
        given = Counter(answer.value for answer in result.answers)
        if recorded != given and len(found) < _PROBLEMS_MAX:
            found.append(
                f"task {task.name!r}: {recorded.total()} answers recorded, its result has "
                f"{given.total()}; different: {(recorded - given).total()} missing, "
                f"{(given - recorded).total()} too many"
            )
    return found
