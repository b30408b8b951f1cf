"""The scene of a run: processes that die and are started again, the gateway, whoever insists.

An operator repeats orders that nobody answered, and a supervisor starts a stopped process again;
nothing else helps. At every stop the books are looked at.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import Any

from aiohttp import web

from services.chassis.authentication import Principal
from services.chassis.errors import DomainError, Kind
from services.payouts.domain.ledger.audits import Finding
from services.payouts.store.payments.payout_rail_collections import BANK_ORDERS
from services.payouts.store.payments.rail_collections import INSTRUCTIONS
from tests.simulation.bank import Bank, FileOperator
from tests.simulation.books import check_ledger, check_nothing_doubled, check_written_first
from tests.simulation.database import SimulatedDatabase
from tests.simulation.loop import SimulatedLoop
from tests.simulation.own_bank import OwnBank, check_bank_books
from tests.simulation.payouts_process import OPERATOR, PayoutsProcess, Run
from tests.simulation.plans import Plan
from tests.simulation.processes import ProcessGoneError
from tests.simulation.stripe_world import StripeWorld

HOOKS_PORT = 12_112
_LATER = (Kind.UNAVAILABLE, Kind.CONFLICT, Kind.EXHAUSTED)
_ORDERS_MAX = 200
_HOURS_MAX = 6
# Stripe waits for ten seconds, and then sends it again: it comes late, and twice.
_LATE_SECONDS = (1.0, 20.0)


class NeverEndsError(AssertionError):
    """A statement is still not paid after hours."""


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
        self.bank = Bank()
        self.own_bank = OwnBank()
        self.heard: list[tuple[str, bytes, str]] = []
        self._dice = random.Random(plan.seed + 2)
        self._arrived = asyncio.Event()
        self._hurries: set[asyncio.Task[Any]] = set()
        self.failures: list[BaseException] = []

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
                self.failures.append(err)
                self._arrived.set()
                return
            pauses = self.plan.pauses_seconds
            await asyncio.sleep(pauses[turn] if turn < len(pauses) else 1.0)

    async def _bury(self, process: PayoutsProcess) -> None:
        await process.bury()
        self.database.end_sessions(process.process.sessions)
        self.loop.sessions_ended(process.process.sessions)
        check_ledger(self.database)
        check_nothing_doubled(self.database, self.stripe, self.bank)
        check_written_first(self.database, self.stripe)
        check_bank_books(self.database)

    async def somebody(self) -> PayoutsProcess:
        """A process that lives, perhaps after a while."""
        while not self.living:
            if self.failures:
                raise self.failures[0]
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

    async def findings(self) -> list[Finding]:
        """What the service itself finds wrong, whoever of it lives to say so."""
        for _ in range(_ORDERS_MAX):
            try:
                return await (await self.somebody()).audit()
            except ProcessGoneError:
                await asyncio.sleep(1.0)
        raise NeverEndsError("nobody lives through an audit")

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

    # Who is told what

    def take_files(self) -> None:
        """From here on somebody takes the files that payments leave in to the bank."""
        operator = FileOperator(
            bank=self.bank,
            insist=self.insist,
            are_waiting=lambda: self.database.count(BANK_ORDERS, {"is_waiting": True}) > 0,
            dice=random.Random(self.plan.seed + 3),
            twice_share=self.plan.twice_share,
        )
        self._look_after(operator.run)

    def break_banks(self, failure: str) -> None:
        """Every payee's bank refuses money from now on, or takes it again."""
        self.stripe.break_banks(failure or None)
        self.bank.failure = failure

    def _look_after(self, run: Run) -> None:
        async def watched() -> None:
            try:
                await run()
            except Exception as err:
                self.failures.append(err)
                self._arrived.set()

        self._hurries.add(asyncio.create_task(watched()))

    async def until(self, there: Any, what: str, *, look_seconds: float = 1.0) -> None:
        limit = self.loop.time() + _HOURS_MAX * 3_600
        while not await there():
            if self.failures:
                raise self.failures[0]
            if self.loop.time() > limit:
                raise NeverEndsError(f"after {_HOURS_MAX} hours not yet: {what}; {self._state()}")
            await asyncio.sleep(look_seconds)
        if self.failures:
            raise self.failures[0]

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


async def end_what_is_left() -> None:
    """Requests that nobody waits for any more must not outlive their run."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    strangers = [task for task in left if "RequestHandler" in repr(task)]
    for task in strangers:
        task.cancel()
    await asyncio.gather(*strangers, return_exceptions=True)
