"""One run: a pay day, from the end of the period to the bank, with whatever the plan has in store.

The operator repeats orders that nobody answered, and a supervisor starts a stopped process again;
nothing else helps. At every stop, and in the end, the books are looked at.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from crewline.payouts.v1 import service_pb2 as pb
from services.chassis.authentication import Principal
from services.chassis.errors import DomainError, Kind
from services.payouts.store.rail_collections import INSTRUCTIONS, PERIODS, STATEMENTS, WEBHOOKS
from tests.simulation.books import (
    Owed,
    check_ledger,
    check_nothing_doubled,
    check_paid,
    check_written_first,
)
from tests.simulation.database import Picture, SimulatedDatabase
from tests.simulation.loop import SimulatedLoop
from tests.simulation.payouts_process import OPERATOR, PayoutsProcess, request_id
from tests.simulation.plans import Plan
from tests.simulation.processes import ProcessGoneError
from tests.simulation.stripe_world import StripeWorld, stripe_world

HOOKS_PORT = 12_112
_LATER = (Kind.UNAVAILABLE, Kind.CONFLICT, Kind.EXHAUSTED)
_ORDERS_MAX = 200
_LOOK_SECONDS = 45.0
_AFTERWARDS_SECONDS = 150.0
_HOURS_MAX = 6
# Stripe waits for ten seconds, and then sends it again: it comes late, and twice.
_LATE_SECONDS = (1.0, 20.0)


class NeverEndsError(AssertionError):
    """A statement is still not paid after hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a run came to, if its books were right."""

    operations: tuple[int, ...]
    """Of each process that there was."""
    effects: tuple[int, ...]
    """The first process's operations that changed something outside of it."""
    ordered_at: int
    """The first process's operation after which payment was ordered."""
    paid_at: int
    """The one after which everybody was paid."""
    virtual_seconds: float
    restarts: int
    digest: str
    """The same if, and only if, the same happened."""


class Play:
    """Holds a run together."""

    def __init__(
        self,
        *,
        loop: SimulatedLoop,
        database: SimulatedDatabase,
        stripe: StripeWorld,
        secrets: dict[str, str],
        plan: Plan,
    ) -> None:
        self.loop = loop
        self.database = database
        self.stripe = stripe
        self.secrets = secrets
        self.plan = plan
        self.living: list[PayoutsProcess] = []
        self.all: list[PayoutsProcess] = []
        self.ordered_at = self.paid_at = 0
        self.heard: list[tuple[str, bytes, str]] = []
        self._dice = random.Random(plan.seed + 2)
        self._arrived = asyncio.Event()
        self._hurries: set[asyncio.Task[Any]] = set()
        self._failures: list[BaseException] = []

    # Processes

    async def staff(self) -> None:
        """Starts what the plan says, and sees to it that they are started again."""
        for place in range(self.plan.processes):
            task = asyncio.create_task(self._supervise(is_first=not place))
            self._hurries.add(task)

    async def _supervise(self, *, is_first: bool) -> None:
        stops = self.plan.stops if is_first else ()
        for turn in itertools.count():
            process = PayoutsProcess(
                loop=self.loop,
                database=self.database.handle,
                secrets=self.secrets,
                number=len(self.all) + 1,
                stop_at=stops[turn] if turn < len(stops) else 0,
            )
            self.all.append(process)
            died = asyncio.Event()
            process.process.on_stop.append(died.set)
            self.living.append(process)
            try:
                await process.run()
                self._arrived.set()
            except ProcessGoneError:
                pass
            await died.wait()
            self.living.remove(process)
            try:
                await self._bury(process)
            except BaseException as err:
                self._failures.append(err)
                self._arrived.set()
                return
            pauses = self.plan.pauses_seconds
            await asyncio.sleep(pauses[turn] if turn < len(pauses) else 1.0)

    async def _bury(self, process: PayoutsProcess) -> None:
        await process.bury()
        self.database.end_sessions(process.process.sessions)
        self.loop.sessions_ended(process.process.sessions)
        check_ledger(self.database)
        check_nothing_doubled(self.database, self.stripe)
        check_written_first(self.database, self.stripe)

    async def somebody(self) -> PayoutsProcess:
        """A process that lives, perhaps after a while."""
        while not self.living:
            if self._failures:
                raise self._failures[0]
            self._arrived.clear()
            await self._arrived.wait()
        return self.living[self._dice.randrange(len(self.living))]

    async def insist(self, method: str, request: Any, *, who: Principal = OPERATOR) -> Any:
        """Orders until it is answered."""
        for _ in range(_ORDERS_MAX):
            try:
                return await (await self.somebody()).ask(method, request, who=who)
            except ProcessGoneError:
                await asyncio.sleep(1.0)
            except DomainError as err:
                if err.kind not in _LATER:
                    raise
                await asyncio.sleep(5.0)
        raise NeverEndsError(f"{method} is never answered")

    # The gateway

    async def hooks(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/{endpoint}", self._hook)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", HOOKS_PORT).start()
        return runner

    async def _hook(self, request: web.Request) -> web.Response:
        endpoint, payload = request.match_info["endpoint"], await request.read()
        signature = request.headers["Stripe-Signature"]
        self.heard.append((endpoint, payload, signature))
        if self._dice.random() < self.plan.lost_share:
            return web.Response(status=200)
        if self._dice.random() < self.plan.late_share:
            await asyncio.sleep(self._dice.uniform(*_LATE_SECONDS))
        times = 2 if self._dice.random() < self.plan.twice_share else 1
        kept = False
        for _ in range(times):
            if self.living:
                process = self.living[self._dice.randrange(len(self.living))]
                kept = await process.notify(payload, signature=signature, endpoint=endpoint)
        return web.Response(status=200 if kept else 503)

    # The pay day

    async def pay_day(self) -> None:
        """Until everybody is paid. Errors: NeverEndsError."""
        order = pb.ClosePayPeriodRequest(request_id=request_id("close"))
        period_id = (await self.insist("ClosePayPeriod", order)).pay_period.pay_period_id
        await self.until_closed(period_id)
        if self.plan.bank_failure:
            self.stripe.break_banks(self.plan.bank_failure)
        for fault in self.plan.faults:
            await self.stripe.control("fail_next", fault)
        numbers = itertools.count(1)
        await self.until_paid(period_id, number=lambda: next(numbers))
        self.paid_at = self.all[0].process.operations

    async def until_closed(self, period_id: str) -> None:
        """Errors: NeverEndsError."""
        await self._until(lambda: self._period_is_closed(period_id), "the period is closed")

    async def until_paid(self, period_id: str, *, number: Callable[[], int]) -> None:
        """Orders payment, and again where something failed. Errors: NeverEndsError."""
        orders = 0

        async def order_again() -> bool:
            nonlocal orders
            check_nothing_doubled(self.database, self.stripe)
            if not self._waits_for_an_order(period_id):
                return self._is_quiet(period_id)
            if orders > 1:
                # Somebody looked into it: the payees named another bank.
                self.stripe.break_banks(None)
            orders += 1
            self.ordered_at = self.ordered_at or self.all[0].process.operations
            order = pb.PayStatementsRequest(
                request_id=request_id(f"pay {number()}"), pay_period_id=period_id
            )
            await self.insist("PayStatements", order)
            return False

        await self._until(order_again, "everybody is paid", look_seconds=_LOOK_SECONDS)

    def _waits_for_an_order(self, period_id: str) -> bool:
        waits = {"period_id": period_id, "state": {"$in": ["CLOSED", "FAILED"]}}
        return bool(self.database.find(STATEMENTS, waits))

    def _is_quiet(self, period_id: str) -> bool:
        unpaid = {"period_id": period_id, "state": {"$nin": ["PAID", "CARRIED"]}}
        return (
            not (
                self.database.find(STATEMENTS, unpaid)
                or self.database.find(WEBHOOKS, {"due_at": {"$exists": True}})
            )
            and self.stripe.owes_nothing()
        )

    async def _period_is_closed(self, period_id: str) -> bool:
        return bool(self.database.find(PERIODS, {"_id": period_id, "state": "closed"}))

    async def _until(self, there: Any, what: str, *, look_seconds: float = 1.0) -> None:
        limit = self.loop.time() + _HOURS_MAX * 3_600
        while not await there():
            if self._failures:
                raise self._failures[0]
            if self.loop.time() > limit:
                raise NeverEndsError(f"after {_HOURS_MAX} hours not yet: {what}; {self._state()}")
            await asyncio.sleep(look_seconds)
        if self._failures:
            raise self._failures[0]

    def _state(self) -> list[Any]:
        return [
            (one["_id"], one["action"], one["freeze"], one["transfer"], one["payout"])
            for one in self.database.find(INSTRUCTIONS)
        ]

    async def end(self) -> None:
        """Stops everything that is left."""
        for task in self._hurries:
            task.cancel()
        await asyncio.gather(*self._hurries, return_exceptions=True)
        for process in self.all:
            await process.end()

    def digest(self) -> str:
        """Of all that is in the database."""
        whole = hashlib.sha256()
        for name, documents in sorted(self.database.documents().items()):
            whole.update(name.encode())
            whole.update(repr(sorted(documents, key=lambda one: str(one["_id"]))).encode())
        return whole.hexdigest()[:16]


async def end_what_is_left() -> None:
    """Requests that nobody waits for any more must not outlive their run."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    strangers = [task for task in left if "RequestHandler" in repr(task)]
    for task in strangers:
        task.cancel()
    await asyncio.gather(*strangers, return_exceptions=True)


def play(
    loop: SimulatedLoop,
    database: SimulatedDatabase,
    picture: Picture,
    plan: Plan,
    owed: Sequence[Owed],
) -> Played:
    """Runs a plan from a picture; raises what is wrong.

    Errors: BooksWrongError, NeverEndsError, StandStillError.
    """
    random.seed(plan.seed)
    loop.rewind(seed=plan.seed, at_seconds=picture.at_seconds)
    database.become(picture.documents)
    return loop.run_until_complete(_play(loop, database, picture, plan, list(owed)))


async def _play(
    loop: SimulatedLoop,
    database: SimulatedDatabase,
    picture: Picture,
    plan: Plan,
    owed: list[Owed],
) -> Played:
    async with stripe_world(loop, seed=plan.seed, picture=picture.stripe) as stripe:
        scene = Play(
            loop=loop, database=database, stripe=stripe, secrets=picture.secrets, plan=plan
        )
        hooks = await scene.hooks()
        try:
            await scene.staff()
            await scene.pay_day()
            # Whatever still comes late finds everything done.
            await asyncio.sleep(_AFTERWARDS_SECONDS)
            check_paid(database, stripe, owed)
            return Played(
                operations=tuple(one.process.operations for one in scene.all),
                effects=tuple(scene.all[0].process.effects),
                ordered_at=scene.ordered_at,
                paid_at=scene.paid_at,
                virtual_seconds=round(loop.time() - picture.at_seconds, 3),
                restarts=len(scene.all) - plan.processes,
                digest=scene.digest(),
            )
        finally:
            await scene.end()
            await hooks.cleanup()
            await end_what_is_left()
