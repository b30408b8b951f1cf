"""Who sends money by bank: clients to the platform, operators who see to it, and refunds back.

Operators know nothing of each other: two of them read the same line of the bank's statement, agree
on the same transfer, and take note of the same refund, each with an order of their own.
"""

from __future__ import annotations

import asyncio
import random
from datetime import UTC
from typing import Any

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.authentication import Principal
from services.chassis.errors import DomainError
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR
from services.payouts.store.funding.refunds import REFUNDS
from tests.simulation.books import BooksWrongError, balances_of, same
from tests.simulation.cast import CLIENT, CLIENT_PRINCIPAL
from tests.simulation.loop import EPOCH
from tests.simulation.payouts_process import REFUND_SECONDS, operator, request_id
from tests.simulation.play import NeverEndsError, Play

_BEGINS_AFTER_SECONDS = (0.0, 60.0)
# Orders of two people meet in the service, and mostly in one transaction's time.
_APART_SECONDS = 0.02
# So long after it is opened a dispute is told of, looked up and booked.
_BESIDE_SECONDS = (0.0, 0.2)
_LOOK_SECONDS = 20.0
# Refunds expire when somebody next looks after it.
_EXPIRY_SECONDS = 40.0
_TRIES_MAX = 20
# Little enough that the client goes on owing something.
_COVER_MINOR = 4_000
_OTHERWISE = "BANK_TRANSFER_STATE_INVALID"


class ByBank:
    """Orders of clients and operators, one by one, and a day's worth of them."""

    def __init__(self, scene: Play) -> None:
        self._scene = scene
        self._dice = random.Random(scene.plan.seed + 4)
        self._undecided: types_pb2.Refund | None = None

    async def come(self) -> None:
        """Until each transfer and each refund is resolved. Errors: NeverEndsError."""
        stories = (
            self._announced(),
            self._by_code(),
            self._contested(),
            self._sent_back(),
            self._withdrawn(),
            self._forgotten(),
            self._paid_late(),
        )
        await asyncio.gather(*(self._later(story, *_BEGINS_AFTER_SECONDS) for story in stories))

    async def empty(self) -> None:
        """A client takes out all that it has: half is sent, of the rest it changes its mind."""
        for number in range(_TRIES_MAX):
            available = -balances_of(self._scene.database).get(f"client:{CLIENT}:available:USD", 0)
            half_minor = available // LEDGER_UNITS_PER_MINOR // 2
            if not half_minor:
                return
            sent = await self.ask_back(half_minor, name=f"sent {number}")
            self._undecided = await self.ask_back(half_minor, name=f"undecided {number}")
            if sent is not None:
                await self.pay(sent, by="first")
            if self._undecided is not None:
                return
            # It was spent meanwhile.

    async def come_beside(self) -> None:
        """Money becomes free in the very moment in which a payment goes back."""
        transfer = await self.record("cover", _COVER_MINOR, by="first", client_id=CLIENT)
        self.arrived(transfer)
        confirming = self.confirm(transfer, by="second")
        beside = [self._later(confirming, *_BESIDE_SECONDS)]
        if self._undecided is not None:
            withdrawing = self.withdraw(
                self._undecided, who=CLIENT_PRINCIPAL, reason="all is well after all"
            )
            beside.append(self._later(withdrawing, *_BESIDE_SECONDS))
        confirmed, *withdrawn = await asyncio.gather(*beside)
        same("whether a transfer can be confirmed", confirmed, True)
        if self._undecided is not None:
            ends = (*withdrawn, self._is_expired(self._undecided))
            same("whether a refund was resolved once", sorted(ends), [False, True])

    # What each can do

    async def code(self, *, again: str = "") -> str:
        """What the client writes on its transfers."""
        order = pb.CreateTransferReferenceRequest(request_id=request_id(f"code {again}"))
        made = await self._scene.insist("CreateTransferReference", order, who=CLIENT_PRINCIPAL)
        code: str = made.code
        return code

    async def record(
        self, reference: str, amount_minor: int, *, by: str, again: str = "", **whose: str
    ) -> types_pb2.BankTransfer:
        """An operator reads a line of the bank's statement. Errors: DomainError."""
        order = pb.RecordBankTransferRequest(
            request_id=request_id(f"record {reference} {by} {again}"),
            amount=_usd(amount_minor),
            value_date=EPOCH.date().isoformat(),
            bank_reference=reference,
            sender="Client Inc",
            **whose,
        )
        answer = await self._scene.insist("RecordBankTransfer", order, who=operator(by))
        recorded: types_pb2.BankTransfer = answer.bank_transfer
        return recorded

    async def confirm(self, transfer: types_pb2.BankTransfer, *, by: str, again: str = "") -> bool:
        """False where it was rejected before."""
        order = pb.ConfirmBankTransferRequest(
            request_id=request_id(f"confirm {transfer.bank_transfer_id} {by} {again}"),
            bank_transfer_id=transfer.bank_transfer_id,
        )
        return await self._done("ConfirmBankTransfer", order, operator(by), _OTHERWISE)

    async def reject(self, transfer: types_pb2.BankTransfer, *, by: str) -> bool:
        """False where it was confirmed before."""
        order = pb.RejectBankTransferRequest(
            request_id=request_id(f"reject {transfer.bank_transfer_id} {by}"),
            bank_transfer_id=transfer.bank_transfer_id,
            reason="no client's",
        )
        return await self._done("RejectBankTransfer", order, operator(by), _OTHERWISE)

    async def check_two_persons(self, transfer: types_pb2.BankTransfer) -> None:
        """Errors: BooksWrongError if whoever recorded it could confirm it."""
        by = transfer.recorded_by.removeprefix("per_")
        order = pb.ConfirmBankTransferRequest(
            request_id=request_id(f"confirm {transfer.bank_transfer_id} alone"),
            bank_transfer_id=transfer.bank_transfer_id,
        )
        alone = await self._done("ConfirmBankTransfer", order, operator(by), "SECOND_PERSON_NEEDED")
        same("whether one person alone confirmed a transfer", alone, False)

    def arrived(self, transfer: types_pb2.BankTransfer) -> None:
        """People agree that it is the client's. Errors: BooksWrongError if they did before."""
        self._scene.own_bank.receive(transfer.bank_reference, transfer.amount.amount_minor)

    async def ask_back(self, amount_minor: int, *, name: str) -> types_pb2.Refund | None:
        """None where the client has less than that."""
        order = pb.RequestRefundRequest(
            request_id=request_id(f"refund {name}"), amount=_usd(amount_minor)
        )
        try:
            answer = await self._scene.insist("RequestRefund", order, who=CLIENT_PRINCIPAL)
        except DomainError as err:
            if err.reason != "INSUFFICIENT_FUNDS":
                raise
            return None
        asked: types_pb2.Refund = answer.refund
        return asked

    async def pay(
        self, refund: types_pb2.Refund, *, by: str, paid_minor: int = 0, takes_note: bool = False
    ) -> bool:
        """Sends it and takes note, or takes note of what somebody sent; false if it was resolved.

        `paid_minor`: only so much of it.
        """
        order = pb.PayRefundRequest(
            request_id=request_id(f"pay {refund.refund_id} {by} {paid_minor}"),
            refund_id=refund.refund_id,
            bank_reference=f"OUT {refund.refund_id}",
        )
        if paid_minor:
            order.paid.CopyFrom(_usd(paid_minor))
        done = await self._done("PayRefund", order, operator(by), "REFUND_RESOLVED")
        if done and not takes_note:
            sent_minor = paid_minor or refund.amount.amount_minor
            self._scene.own_bank.send(refund.refund_id, sent_minor)
        return done

    async def withdraw(self, refund: types_pb2.Refund, *, who: Principal, reason: str) -> bool:
        """The client wants it no more, or an operator declines; false if it was resolved."""
        order = pb.DeclineRefundRequest(
            request_id=request_id(f"withdraw {refund.refund_id} {who.subject_id} {reason}"),
            refund_id=refund.refund_id,
            reason=reason,
        )
        return await self._done("DeclineRefund", order, who, "REFUND_RESOLVED")

    # What happens on a day

    async def _announced(self) -> None:
        """Less comes than was announced, and two operators see it and agree to it at once."""
        order = pb.AnnounceBankTransferRequest(
            request_id=request_id("announce"), amount=_usd(30_000), sender="Client Inc"
        )
        made = await self._scene.insist("AnnounceBankTransfer", order, who=CLIENT_PRINCIPAL)
        announced = made.bank_transfer.bank_transfer_id
        transfer = await self._recorded_twice("in 1", 29_900, bank_transfer_id=announced)
        same("the transfer that was announced", transfer.bank_transfer_id, announced)
        await self._agreed(transfer)

    async def _by_code(self) -> None:
        """It is the client's by the code that it wrote on it; a reference is typed as people do."""
        [code] = {await self.code(), await self.code(again="1")}
        transfer = await self._recorded_twice("in 2", 7_000, transfer_reference=code.lower())
        await self._agreed(transfer)
        again = await self.record(" In  2 ", 7_000, by="fourth", client_id=CLIENT)
        same("a line that is read again", again.bank_transfer_id, transfer.bank_transfer_id)

    async def _contested(self) -> None:
        """One operator agrees, another does not: whoever comes first is right."""
        transfer = await self._recorded_twice("in 3", 5_000, client_id=CLIENT)
        confirmed, rejected = await self._at_once(
            self.confirm(transfer, by="third"), self.reject(transfer, by="fourth")
        )
        same("whether a transfer was resolved once", confirmed, not rejected)
        if confirmed:
            self.arrived(transfer)

    async def _sent_back(self) -> None:
        """All of one, and of another a part; two operators take note of what the bank has sent."""
        for name, amount_minor, paid_minor in (("whole", 9_000, 0), ("part", 6_000, 4_500)):
            refund = await self._asked(amount_minor, name=name)
            if refund is None:
                continue
            sent, noted = await self._at_once(
                self.pay(refund, by="first", paid_minor=paid_minor),
                self.pay(refund, by="second", paid_minor=paid_minor, takes_note=True),
            )
            same(f"whether both took note of {name}", sent, noted)
            same("whether a refund was resolved once", sent, not self._is_expired(refund))

    async def _withdrawn(self) -> None:
        """The client takes its wish back while an operator pays it."""
        refund = await self._asked(3_000, name="withdrawn")
        if refund is None:
            return
        paid, withdrawn = await self._at_once(
            self.pay(refund, by="first"),
            self.withdraw(refund, who=CLIENT_PRINCIPAL, reason="changed my mind"),
        )
        ends = (paid, withdrawn, self._is_expired(refund))
        same("whether a refund was resolved once", sorted(ends), [False, False, True])

    async def _forgotten(self) -> None:
        """Nobody resolves it, and the client has it again."""
        refund = await self._asked(2_000, name="forgotten")
        if refund is None:
            return

        async def is_over() -> bool:
            return self._is_expired(refund)

        await self._scene.until(is_over, "the refund expires", look_seconds=_LOOK_SECONDS)

    async def _paid_late(self) -> None:
        """An operator pays it when it expires, or has."""
        refund = await self._asked(1_500, name="late")
        if refund is not None:
            await asyncio.sleep(REFUND_SECONDS - _EXPIRY_SECONDS / 2)
            await self._later(self.pay(refund, by="first"), 0.0, _EXPIRY_SECONDS)

    # How it is done

    async def _recorded_twice(
        self, reference: str, amount_minor: int, **whose: str
    ) -> types_pb2.BankTransfer:
        first, second = await self._at_once(
            self.record(reference, amount_minor, by="first", **whose),
            self.record(reference, amount_minor, by="second", **whose),
        )
        same(f"who recorded {reference}", first.recorded_by, second.recorded_by)
        same(f"the transfer {reference}", first.bank_transfer_id, second.bank_transfer_id)
        transfer: types_pb2.BankTransfer = first
        return transfer

    async def _agreed(self, transfer: types_pb2.BankTransfer) -> None:
        await self.check_two_persons(transfer)
        both = await self._at_once(
            self.confirm(transfer, by="third"), self.confirm(transfer, by="fourth")
        )
        same("whether a transfer can be confirmed", both, [True, True])
        self.arrived(transfer)
        same("once more", await self.confirm(transfer, by="third", again="1"), True)

    async def _asked(self, amount_minor: int, *, name: str) -> types_pb2.Refund | None:
        """None only on a day when the client may have taken out everything."""
        refund = await self.ask_back(amount_minor, name=name)
        plan = self._scene.plan
        if refund is None and not (plan.disputed or plan.refunded):
            raise NeverEndsError(f"the client cannot have {amount_minor} back")
        return refund

    def _is_expired(self, refund: types_pb2.Refund) -> bool:
        """Nobody resolved it for so long. Errors: BooksWrongError if that is before its time."""
        query = {"_id": refund.refund_id, "state": "expired"}
        is_expired = bool(self._scene.database.find(REFUNDS, query))
        if is_expired and self._scene.loop.clock() < refund.expire_time.ToDatetime(UTC):
            raise BooksWrongError(f"{refund.refund_id} has expired before its time")
        return is_expired

    async def _done(self, method: str, order: Any, who: Principal, unless: str) -> bool:
        """Whether it is; false where it was refused for that reason."""
        try:
            await self._scene.insist(method, order, who=who)
        except DomainError as err:
            if err.reason != unless:
                raise
            return False
        return True

    async def _at_once(self, *works: Any) -> list[Any]:
        return list(
            await asyncio.gather(*(self._later(work, 0.0, _APART_SECONDS) for work in works))
        )

    async def _later(self, work: Any, soonest_seconds: float, latest_seconds: float) -> Any:
        try:
            await asyncio.sleep(self._dice.uniform(soonest_seconds, latest_seconds))
        except asyncio.CancelledError:
            work.close()
            raise
        return await work


def _usd(amount_minor: int) -> common_pb2.Money:
    return common_pb2.Money(amount_minor=amount_minor, currency="USD")
