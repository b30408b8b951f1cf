"""What the state machine does with clients' money: by card and by bank, it comes and goes back."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import UTC, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.errors import DomainError
from services.payouts.store.funding.refunds import REFUNDS
from tests.simulation import cast
from tests.simulation.machine_world import World
from tests.simulation.model import UNITS
from tests.simulation.payouts_process import OPERATOR, operator, request_id

BACK = ("won", "lost", "refunded", "in part", "failed")
# No order of the machine's takes longer.
_STEADY_SECONDS = 60.0


class ClientMoneyRules(World):
    """Rules of a state machine, and how it keeps its model of refunds."""

    def __init__(self) -> None:
        super().__init__()
        # Of what can still go back, by Stripe's ids.
        self.payments: dict[str, int] = {}
        self.transfers: list[types_pb2.BankTransfer] = []
        # Whether each was confirmed.
        self.resolved: dict[str, bool] = {}
        self.arrived: set[str] = set()
        self.refunds: dict[str, types_pb2.Refund] = {}

    # What may happen

    @rule(amount_minor=st.integers(100, 5_000), by_card=st.booleans())
    def fund(self, amount_minor: int, by_card: bool) -> None:
        number = 1_000 + self.number()
        if by_card:
            rail_id = self.run(self.day.money_in.payment(amount_minor, number=number))
            self.payments[rail_id] = amount_minor
        else:
            self.run(self.day.money_in.top_up(amount_minor, number=number))
        self.model.fund(amount_minor)

    @precondition(lambda self: self.payments)
    @rule(data=st.data(), how=st.sampled_from(BACK))
    def goes_back(self, data: st.DataObject, how: str) -> None:
        """A bank takes a payment back, or somebody at Stripe's pages sends it, once each."""
        self.send_back(data.draw(st.sampled_from(sorted(self.payments))), how)

    @rule(amount_minor=st.integers(100, 5_000), how=st.sampled_from(BACK))
    def owe(self, amount_minor: int, how: str) -> None:
        """A client takes out all that it has, and what it paid by card goes back after all."""
        rail_id = self.run(self.day.money_in.payment(amount_minor, number=1_000 + self.number()))
        self.model.fund(amount_minor)
        self.payments[rail_id] = amount_minor
        by_bank, all_minor = self.day.by_bank, self.model.available // UNITS
        if all_minor:
            refund = self.run(by_bank.ask_back(all_minor, name=str(self.number())))
            assert refund is not None
            assert self.run(by_bank.pay(refund, by="first"))
            self.model.ask_back(refund.refund_id, all_minor)
            self.model.resolve(refund.refund_id, all_minor)
        self.send_back(rail_id, how)

    def send_back(self, rail_id: str, how: str) -> None:
        """Of a payment by card, which cannot go back again then."""
        amount_minor = self.payments.pop(rail_id)
        money_in = self.day.money_in

        async def gone() -> None:
            if how in ("won", "lost"):
                await money_in.dispute(rail_id, amount_minor, decision=how)
            else:
                back_minor = -(-amount_minor // 3) if how == "in part" else amount_minor
                await money_in.refund(rail_id, back_minor, fails=how == "failed")
            await self.until_quiet()

        self.run(gone())
        if how not in ("won", "failed"):
            self.model.take_back(-(-amount_minor // 3) if how == "in part" else amount_minor)

    @rule(
        amount_minor=st.integers(100, 5_000),
        by=st.sampled_from(["first", "second"]),
        by_code=st.booleans(),
    )
    def record_transfer(self, amount_minor: int, by: str, by_code: bool) -> None:
        """What the bank states; under its reference nothing else can be recorded."""
        by_bank, reference = self.day.by_bank, f"TR {self.number()}"

        async def recorded() -> Any:
            whose = {"client_id": cast.CLIENT}
            if by_code:
                whose = {"transfer_reference": await by_bank.code()}
            transfer = await by_bank.record(reference, amount_minor, by=by, **whose)
            refused = await refusal(
                by_bank.record(reference, amount_minor + 1, by="other", client_id=cast.CLIENT)
            )
            assert refused == "BANK_REFERENCE_USED"
            return transfer

        self.transfers.append(self.run(recorded()))

    @precondition(lambda self: self.transfers)
    @rule(data=st.data(), confirms=st.sampled_from([True, True, False]))
    def resolve_transfer(self, data: st.DataObject, confirms: bool) -> None:
        """Also one that was resolved before: that is nothing, or refused."""
        transfer = data.draw(st.sampled_from(self.transfers))
        by_bank, name = self.day.by_bank, transfer.bank_transfer_id
        before = self.resolved.setdefault(name, confirms)
        again = str(self.number())
        if confirms:
            done = self.run(by_bank.confirm(transfer, by="third", again=again))
        else:
            done = self.run(by_bank.reject(transfer, by="third"))
        assert done == (before == confirms)
        if done and confirms and name not in self.arrived:
            self.arrived.add(name)
            by_bank.arrived(transfer)
            self.model.fund(transfer.amount.amount_minor)

    @precondition(lambda self: len(self.resolved) < len(self.transfers))
    @rule(data=st.data())
    def confirm_alone(self, data: st.DataObject) -> None:
        open_ones = [one for one in self.transfers if one.bank_transfer_id not in self.resolved]
        transfer = data.draw(st.sampled_from(open_ones))
        self.run(self.day.by_bank.check_two_persons(transfer))

    @rule(amount_minor=st.one_of(st.integers(1, 3_000), st.just(40_000), st.just(10**9)))
    def ask_back(self, amount_minor: int) -> None:
        """Sometimes nearly all that there was."""
        possible = self.model.can_have_back(amount_minor)
        refund = self.run(self.day.by_bank.ask_back(amount_minor, name=str(self.number())))
        assert (refund is not None) == possible
        if refund is not None:
            self.model.ask_back(refund.refund_id, amount_minor)
            self.refunds[refund.refund_id] = refund

    @precondition(lambda self: self.model.refunds_minor)
    @rule(data=st.data(), how=st.sampled_from(["paid", "in part", "declined", "withdrawn"]))
    def resolve_refund(self, data: st.DataObject, how: str) -> None:
        """Once: told again it is the same, told otherwise it is refused."""
        refund = self.refunds[data.draw(st.sampled_from(sorted(self.model.refunds_minor)))]
        by_bank, amount_minor = self.day.by_bank, refund.amount.amount_minor
        paid_minor = {"paid": amount_minor, "in part": -(-amount_minor // 2)}.get(how, 0)
        who = cast.CLIENT_PRINCIPAL if how == "withdrawn" else OPERATOR

        async def resolved() -> list[bool]:
            if not paid_minor:
                return [
                    await by_bank.withdraw(refund, who=who, reason=how),
                    await by_bank.withdraw(refund, who=operator("second"), reason=how),
                    await by_bank.pay(refund, by="third", paid_minor=1),
                ]
            return [
                await by_bank.pay(refund, by="first", paid_minor=paid_minor),
                await by_bank.pay(refund, by="second", paid_minor=paid_minor, takes_note=True),
                await by_bank.withdraw(refund, who=OPERATOR, reason="no more"),
            ]

        assert self.run(resolved()) == [True, True, False]
        self.model.resolve(refund.refund_id, paid_minor)

    @rule(amount_minor=st.one_of(st.integers(1, 3_000), st.just(10**9)))
    def hold(self, amount_minor: int) -> None:
        request = pb.FundProjectRequest(
            request_id=request_id(f"hold {self.number()}"),
            project_id=cast.PROJECT,
            amount=common_pb2.Money(amount_minor=amount_minor, currency="USD"),
        )
        possible = self.model.hold(amount_minor)
        try:
            self.run(self.scene.insist("FundProject", request, who=cast.CLIENT_PRINCIPAL))
        except DomainError as err:
            self.check_refused(err, possible)
        else:
            assert possible

    # How it is done

    def see_what_expired(self) -> None:
        """Nothing does before its time, and what has is the client's again."""
        for one in self.stage.database.find(REFUNDS, {"state": "expired"}):
            if one["_id"] in self.model.refunds_minor:
                assert one["expires_at"].timestamp() <= self.loop.clock().timestamp()
                self.model.resolve(one["_id"], 0)

    def let_expire(self) -> None:
        """What is about to: the model cannot know on which side of an order that falls."""
        latest = self.loop.clock() + timedelta(seconds=_STEADY_SECONDS)
        soon = [
            name
            for name in self.model.refunds_minor
            if self.refunds[name].expire_time.ToDatetime(UTC) <= latest
        ]
        if not soon:
            return

        async def are_over() -> bool:
            query = {"_id": {"$in": soon}, "state": "held"}
            return not self.stage.database.count(REFUNDS, query)

        self.run(self.scene.until(are_over, "refunds expire"))
        self.see_what_expired()

    async def nothing_held(self) -> bool:
        return not self.stage.database.count(REFUNDS, {"state": "held"})

    async def until_quiet(self) -> None:
        """Whatever Stripe had to tell has been heard."""

        async def is_quiet() -> bool:
            return self.day.is_quiet()

        await self.scene.until(is_quiet, "nobody has anything to tell")

    def check_refused(self, refused: DomainError, possible: bool) -> None:
        """Only what the model cannot pay for is refused."""
        assert (refused.reason, possible) == ("INSUFFICIENT_FUNDS", False)


async def refusal(work: Awaitable[Any]) -> str:
    """Why it was refused; empty where it was not."""
    try:
        await work
    except DomainError as err:
        return err.reason
    return ""
