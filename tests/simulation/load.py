"""A large pay day under Stripe's request limit: how long it takes, on a virtual clock.

Answers, statements, instructions and the ledger are the real ones on the real database; the rail
answers at once, for what is looked at is the pace of the calls. One second is a second of the
limiter; what the machine takes for it is told beside.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from crewline.payouts.v1 import service_pb2 as pb
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.answers.decisions import Decision, Verdict
from services.payouts.domain.ledger.accounts import STRIPE
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.ledger.flows import client_deposit, project_hold
from services.payouts.domain.ledger.money import units_of
from services.payouts.domain.payments.instructions import Instruction
from services.payouts.domain.payments.payout_accounts import PayoutAccount
from services.payouts.domain.payments.rail import Op, Outcome, OutcomeKind, RailObject, RailState
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind
from services.payouts.store.payments import payout_accounts
from services.payouts.store.payments.rail_collections import PAYOUT_ACCOUNTS, PERIODS, STATEMENTS
from services.payouts.stripe_api.pace import Pace
from tests.simulation import cast, opening
from tests.simulation.books import check_ledger
from tests.simulation.loop import EPOCH, SimulatedLoop
from tests.simulation.payouts_process import PayoutsProcess, request_id
from tests.simulation.stage import Stage

REQUESTS_PER_SECOND = 25.0
_BATCH = 1_000
_ANSWER_SECONDS = 0.2
_PLENTY_MINOR = 10**11
_SECRETS = {"platform": "whsec_none", "connect": "whsec_none"}
_HOURS_MAX = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a pay day of so many payees took."""

    payees: int
    close_real_seconds: float
    pay_real_seconds: float
    issue_seconds: float
    """Of the virtual clock: from the first transfer to the last."""

    @property
    def over_the_limit(self) -> float:
        """How much longer than the limiter alone makes it: 0.01 is one hundredth."""
        return self.issue_seconds / (self.payees / REQUESTS_PER_SECOND) - 1


class InstantRail:
    """Does at once what it is asked for, within the limit; everything is paid on the same day."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop
        self._pace = Pace(requests_per_second=REQUESTS_PER_SECOND)
        self.transfers: dict[str, float] = {}
        self.payouts: dict[str, float] = {}

    async def admit(self, op: Op) -> None:
        await self._pace.admit(op.value)

    async def available_minor(self, account_id: str, *, currency: str) -> int:
        await self._pace.admit("balance.get")
        return _PLENTY_MINOR

    async def send(self, instruction: Instruction) -> Outcome:
        op, key = instruction.leg.op, instruction.key
        made = self.transfers if op is Op.TRANSFER else self.payouts
        assert key not in made, f"{key} was sent twice"
        made[key] = self._loop.time()
        await asyncio.sleep(_ANSWER_SECONDS)
        found = RailObject(
            op=op,
            rail_id=f"{op.value}_{len(made)}",
            instruction_id=instruction.instruction_id,
            attempt=instruction.leg.attempt,
            state=RailState.CREATED if op is Op.TRANSFER else RailState.PAID,
            amount_minor=instruction.amount_minor,
            currency=instruction.currency,
        )
        return Outcome(
            kind=OutcomeKind.CONFIRMED, op=op, attempt=instruction.leg.attempt, found=found
        )


def large_pay_day(stage: Stage, *, payees: int) -> Load:
    """Errors: AssertionError where somebody is not paid, or twice."""
    stage.loop.rewind(seed=1)
    stage.database.become({})
    return stage.loop.run_until_complete(_pay_day(stage, payees))


async def _pay_day(stage: Stage, payees: int) -> Load:
    loop, database = stage.loop, stage.database
    process = PayoutsProcess(loop=loop, database=database.handle, secrets=_SECRETS, number=1)
    rail = InstantRail(loop)
    rails: Any = process.parts.rail.rails
    rails.connect = rail
    rails._rails = {**rails._rails, STRIPE: rail}
    try:
        await process.run()
        await _prepare(process, stage, payees)
        began = time.perf_counter()
        close = pb.ClosePayPeriodRequest(request_id=request_id("close"))
        period_id = (await process.ask("ClosePayPeriod", close)).pay_period.pay_period_id
        await _until(stage, PERIODS, {"_id": period_id, "state": "closed"}, 1)
        closed = time.perf_counter()
        pay = pb.PayStatementsRequest(request_id=request_id("pay"), pay_period_id=period_id)
        await process.ask("PayStatements", pay)
        await _until(stage, STATEMENTS, {"period_id": period_id, "state": "PAID"}, payees)
        paid = time.perf_counter()
    finally:
        await process.end()
    assert len(rail.transfers) == len(rail.payouts) == payees
    check_ledger(database)
    times = sorted(rail.transfers.values())
    return Load(
        payees=payees,
        close_real_seconds=round(closed - began, 1),
        pay_real_seconds=round(paid - closed, 1),
        issue_seconds=round(times[-1] - times[0], 2),
    )


async def _until(stage: Stage, collection: str, query: dict[str, Any], wanted: int) -> None:
    limit = stage.loop.time() + _HOURS_MAX * 3_600
    while stage.database.count(collection, query) < wanted:
        assert stage.loop.time() < limit, f"{query} is not reached"
        await asyncio.sleep(10.0)


async def _prepare(process: PayoutsProcess, stage: Stage, payees: int) -> None:
    """Everybody has one accepted answer and an account that may be paid."""
    await opening.tell(process, cast.Cast())
    await process.process.call(_fund(process))
    projections = process.parts.ledger.projections
    for start in range(0, payees, _BATCH):
        numbers = range(start, min(start + _BATCH, payees))
        people = [_who(number) for number in numbers]
        await process.process.call(
            projections.contractors_changed([opening.contractor(who, "") for who in people])
        )
        await process.decide([_decision(who) for who in people])
        stage.database.insert(
            PAYOUT_ACCOUNTS,
            [payout_accounts._document(_account(who), None) for who in people],
        )
    await asyncio.sleep(1.0)


async def _fund(process: PayoutsProcess) -> None:
    async def body(work: UnitOfWork) -> None:
        booking = Booking(effective_at=work.now, recorded_at=work.now)
        entries = [
            client_deposit(
                client_id=cast.CLIENT,
                currency="USD",
                amount_minor=_PLENTY_MINOR,
                rail_id="tu_load",
                booking=booking,
            ),
            project_hold(
                hold_id="load",
                client_id=cast.CLIENT,
                project_id=cast.PROJECT,
                currency="USD",
                amount_units=units_of(_PLENTY_MINOR),
                booking=booking,
            ),
        ]
        await process.parts.ledger.store.post_all(entries, session=work.session, now=work.now)

    await process.transactions.run(body)


def _who(number: int) -> str:
    return f"ctr_{number:07}"


def _account(who: str) -> PayoutAccount:
    return PayoutAccount(
        payee=Payee(kind=PayeeKind.CONTRACTOR, payee_id=who),
        country="US",
        email="payee@example.com",
        created_at=EPOCH,
        account_id=f"acct_{who}",
        currency="USD",
        transfers_enabled=True,
        payouts_enabled=True,
    )


def _decision(who: str) -> Decision:
    return Decision(
        assignment_id=f"asn_{who}",
        revision=1,
        verdict=Verdict.ACCEPTED,
        project_id=cast.PROJECT,
        task_id=f"tsk_{who}",
        contractor_id=who,
        vendor_id="",
        reason="CONSENSUS",
        decided_at=EPOCH,
    )
