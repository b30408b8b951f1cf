"""Money that comes in while others are paid: a top-up of an operator's, a client's payment."""

from __future__ import annotations

import asyncio
from typing import Any

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from services.payouts.store.payments.rail_collections import DEPOSITS
from tests.simulation.books import check_ledger, same
from tests.simulation.by_bank import ByBank
from tests.simulation.cast import CLIENT, CLIENT_PRINCIPAL
from tests.simulation.payouts_process import depositing, request_id
from tests.simulation.play import Play

TOP_UP_MINOR = 20_000
PAYMENT_MINOR = 10_000
_LOOK_SECONDS = 10.0


class MoneyIn:
    """Asks for both, pays at Stripe's form, and waits until they are there."""

    def __init__(self, scene: Play, *, by_bank: ByBank | None = None) -> None:
        """`by_bank`: what else a client does who knows that its payment goes back."""
        self._scene = scene
        self._by_bank = by_bank
        self.brought_minor = 0

    async def come(self) -> None:
        """Until both have succeeded. Errors: NeverEndsError."""
        await asyncio.gather(
            self.top_up(TOP_UP_MINOR, number=2), self.payment(PAYMENT_MINOR, number=1)
        )

    def check(self) -> None:
        """Stripe has one living object of each, and all is settled. Errors: BooksWrongError."""
        wanted = int(bool(self.brought_minor))
        living = {"topup": 0, "payment_intent": 0}
        for deposit in self._scene.database.find(DEPOSITS):
            same(f"the state of {deposit['_id']}", deposit["state"], "succeeded")
        for kind, amount_minor in (("topup", TOP_UP_MINOR), ("payment_intent", PAYMENT_MINOR)):
            for one in self._scene.stripe.all_of(kind):
                if one.body["status"] == "succeeded" and one.body["amount"] == amount_minor:
                    living[kind] += 1
        same("what came in at Stripe", living, dict.fromkeys(living, wanted))

    async def top_up(self, amount_minor: int, *, number: int) -> None:
        """An operator's, until it is there; ordered again, it is the same one."""
        order = depositing(CLIENT, amount_minor, number=number)
        made = await self._scene.insist("CreateDeposit", order)
        await self._until(made.deposit_id, state="succeeded")
        again = await self._scene.insist("CreateDeposit", order)
        same("the deposit that was ordered again", again.deposit_id, made.deposit_id)
        self.brought_minor += amount_minor

    async def payment(self, amount_minor: int, *, number: int) -> str:
        """A client's, by a card at Stripe's form, until it is there, or has gone back again.

        Returns Stripe's id.
        """
        order = pb.CreatePaymentRequest(
            request_id=request_id(f"payment {number}"),
            amount=common_pb2.Money(amount_minor=amount_minor, currency="USD"),
        )
        made = await self._scene.insist("CreatePayment", order, who=CLIENT_PRINCIPAL)
        known = await self._until(made.payment.payment_id, needs_payer=True)
        await self._scene.stripe.confirm(known["rail_id"])
        await self._until(made.payment.payment_id, state="succeeded")
        self.brought_minor += amount_minor
        rail_id: str = known["rail_id"]
        plan = self._scene.plan
        if self._by_bank is None or not (plan.disputed or plan.refunded):
            await self._goes_back(rail_id, amount_minor)
        else:
            await self._by_bank.empty()
            await asyncio.gather(
                self._goes_back(rail_id, amount_minor), self._by_bank.come_beside()
            )
            check_ledger(self._scene.database)
        return rail_id

    async def _goes_back(self, rail_id: str, amount_minor: int) -> None:
        plan = self._scene.plan
        if plan.disputed:
            await self.dispute(rail_id, amount_minor, decision=plan.disputed)
        elif plan.refunded:
            back_minor = amount_minor // 4 if plan.refunded == "part" else amount_minor
            fails = plan.refunded == "failed"
            await self.refund(rail_id, back_minor, fails=fails)

    async def dispute(self, rail_id: str, amount_minor: int, *, decision: str) -> None:
        """The client's bank takes a payment back, and keeps it if that is `lost` for us."""
        await self._scene.stripe.dispute(rail_id, decision)
        if decision == "lost":
            self.brought_minor -= amount_minor

    async def refund(self, rail_id: str, amount_minor: int, *, fails: bool) -> None:
        """Somebody sends so much of a payment back at Stripe's pages."""
        await self._scene.stripe.refund(rail_id, amount_minor, fails=fails)
        if not fails:
            self.brought_minor -= amount_minor

    async def _until(self, deposit_id: str, **wanted: Any) -> Any:
        found: list[Any] = []

        async def there() -> bool:
            found[:] = self._scene.database.find(DEPOSITS, {"_id": deposit_id, **wanted})
            return bool(found)

        await self._scene.until(there, f"{deposit_id} is {wanted}", look_seconds=_LOOK_SECONDS)
        return found[0]
