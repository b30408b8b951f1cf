"""A pay day, from the end of the period to the banks, and the money that comes in on it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.payouts.domain.ledger.money import units_of
from services.payouts.store.payments.rail_collections import PERIODS, STATEMENTS, WEBHOOKS
from tests.simulation.books import balances_of, check_nothing_doubled, same
from tests.simulation.by_bank import ByBank
from tests.simulation.cast import CLIENT, DEPOSIT_MINOR, HOLD_MINOR, Cast
from tests.simulation.money_in import MoneyIn
from tests.simulation.own_bank import check_own_bank
from tests.simulation.payouts_process import depositing, request_id
from tests.simulation.play import Play

_LOOK_SECONDS = 45.0
_WAITING = frozenset({"CLOSED", "FAILED"})
_RESTING = frozenset({"PAID", "CARRIED"})
# More than anybody is paid; and too little for anybody.
_ENOUGH_MINOR, _SHORT_MINOR = 10_000, 100
# What is left at Connect when it is short.
_REST_MINOR = 100


class PayDay:
    """Closes, orders, and orders again where something failed."""

    def __init__(self, *, scene: Play, cast: Cast) -> None:
        self.scene = scene
        self.cast = cast
        self.ordered_at = self.paid_at = 0
        self.by_bank = ByBank(scene)
        self.money_in = MoneyIn(scene, by_bank=self.by_bank if cast.by_bank else None)
        self._deposited_minor = 0
        self._looks = 0
        self._sent_back = False
        self._short = scene.plan.short

    async def run(self, period_id: str = "") -> None:
        """Until everybody is paid; closes the period unless it is told one that is closed.

        Errors: NeverEndsError.
        """
        scene, plan = self.scene, self.scene.plan
        period_id = period_id or await self.close()
        if self.cast.by_file:
            scene.take_files()
        if plan.bank_failure:
            scene.break_banks(plan.bank_failure)
        for fault in plan.faults:
            await scene.stripe.control("fail_next", fault)
        self.ordered_at = scene.all[0].process.operations if scene.all else 0
        numbers = itertools.count(1)
        await _all(
            self._pay(period_id, lambda: next(numbers)),
            *([self.money_in.come()] if self.cast.pays_in else []),
            *([self.by_bank.come()] if self.cast.by_bank else []),
        )
        self.paid_at = scene.all[0].process.operations

    async def close(self) -> str:
        """Ends the open period; returns its id. Errors: NeverEndsError."""
        order = pb.ClosePayPeriodRequest(request_id=request_id("close"))
        made = await self.scene.insist("ClosePayPeriod", order)
        period_id: str = made.pay_period.pay_period_id
        await self.until_closed(period_id)
        return period_id

    async def until_closed(self, period_id: str) -> None:
        """Errors: NeverEndsError."""

        async def closed() -> bool:
            return bool(self.scene.database.find(PERIODS, {"_id": period_id, "state": "closed"}))

        await self.scene.until(closed, "the period is closed")

    async def until_paid(self, period_id: str, *, number: Callable[[], int]) -> None:
        """Orders payment, and again where something failed. Errors: NeverEndsError."""
        orders = 0
        scene = self.scene

        async def order_again() -> bool:
            nonlocal orders
            check_nothing_doubled(scene.database, scene.stripe, scene.bank)
            self._looks += 1
            if self._looks > 2:
                # Somebody looked into it.
                await self._make_good()
            found = scene.database.find(STATEMENTS, {"period_id": period_id})
            states = {one["state"] for one in found}
            if not states & _WAITING:
                return states <= _RESTING and self.is_quiet() and not await self._send_back()
            if orders > 1:
                # The payees named another bank.
                scene.break_banks("")
            orders += 1
            order = pb.PayStatementsRequest(
                request_id=request_id(f"pay {number()}"), pay_period_id=period_id
            )
            await scene.insist("PayStatements", order)
            return False

        await scene.until(order_again, "everybody is paid", look_seconds=_LOOK_SECONDS)

    def is_quiet(self) -> bool:
        """Whether nobody has anything to tell any more."""
        scene = self.scene
        return (
            scene.stripe.owes_nothing()
            and not scene.bank.news
            and not scene.database.find(WEBHOOKS, {"due_at": {"$exists": True}})
        )

    def check_money_in(self) -> None:
        """A client may claim what it and operators have brought, less what went back to it.

        Where more went back than it had, it owes the rest. Errors: BooksWrongError.
        """
        stored = balances_of(self.scene.database)
        wanted_minor = DEPOSIT_MINOR - HOLD_MINOR + self._deposited_minor
        wanted_minor += self.money_in.brought_minor + self.scene.own_bank.net_minor
        available = -stored.get(f"client:{CLIENT}:available:USD", 0)
        same("what the client has", available, units_of(max(wanted_minor, 0)))
        owed = stored.get(f"client:{CLIENT}:owed:USD", 0)
        same("what the client owes", owed, units_of(max(-wanted_minor, 0)))
        self.money_in.check()
        check_own_bank(self.scene.database, self.scene.own_bank)

    async def _pay(self, period_id: str, number: Callable[[], int]) -> None:
        short = self.scene.plan.short
        if short == "connect":
            await self.to_global(DEPOSIT_MINOR - _REST_MINOR, number=1)
        elif self.cast.abroad:
            await self.to_global(_SHORT_MINOR if short else _ENOUGH_MINOR, number=1)
        await self.until_paid(period_id, number=number)

    async def _make_good(self) -> None:
        """The platform brings what a rail was short of, once."""
        short, self._short = self._short, ""
        if short == "connect":
            order = depositing(CLIENT, DEPOSIT_MINOR, number=9)
            await self.scene.insist("CreateDeposit", order)
            self._deposited_minor += DEPOSIT_MINOR
        elif short and self.cast.abroad:
            await self.to_global(_ENOUGH_MINOR, number=2)

    async def to_global(self, amount_minor: int, *, number: int) -> None:
        """Money goes from one rail to the other, and an operator says so."""
        scene = self.scene
        await scene.stripe.control("fund_financial_account", {"amount": amount_minor})
        order = pb.RecordRailFundingRequest(
            request_id=request_id(f"funding {number}"),
            from_rail=types_pb2.PAYOUT_RAIL_STRIPE_CONNECT,
            to_rail=types_pb2.PAYOUT_RAIL_STRIPE_GLOBAL_PAYOUTS,
            amount=common_pb2.Money(amount_minor=amount_minor, currency="USD"),
            reference=f"po_funding_{number}",
        )
        await scene.insist("RecordRailFunding", order)

    async def _send_back(self) -> bool:
        """All banks send back what they called paid, once, where that is in the plan."""
        if self._sent_back or not self.scene.plan.sends_back:
            return False
        self._sent_back = True
        return bool(await self.scene.stripe.send_back() + self.scene.bank.send_back())


async def _all(*work: Any) -> None:
    """At the same time; what fails first ends the others, and is raised."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
