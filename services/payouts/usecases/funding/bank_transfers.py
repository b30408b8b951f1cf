"""Bank transfers: a client announces, an operator records, an operator confirms; booked once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from services.chassis.authentication import Principal
from services.chassis.errors import DomainError, Kind
from services.chassis.ids import NewId
from services.chassis.mongo import store_errors
from services.chassis.pages import Page, read_page
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.answers.parties import ClientMissing
from services.payouts.domain.errors import InvalidAmount
from services.payouts.domain.funding.bank_transfers import (
    BankFacts,
    BankReferenceUsed,
    BankTransfer,
    BankTransferInvalid,
    BankTransferNotFound,
    BankTransferState,
    TransferReferenceNotFound,
    normal_code,
    normal_reference,
    transfer_code,
)
from services.payouts.domain.ledger.accounts import BANK, client_available
from services.payouts.domain.ledger.money import Money
from services.payouts.domain.ledger.two_persons import TwoPersons
from services.payouts.store.funding.bank_transfers import BankTransferStore
from services.payouts.usecases.funding.incoming_books import Arrived, IncomingBooks

AMOUNT_MINOR_MAX = 10**12
_CODES_TRIED_MAX = 20
HOW = "bank_transfer"


class TransferCodesExhausted(DomainError):
    """No free code was found; another try finds one."""

    kind, reason = Kind.UNAVAILABLE, "TRANSFER_CODES_EXHAUSTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What an operator reads off the bank's statement, and in one of three ways, whose it is."""

    amount: Money
    value_date: str
    bank_reference: str
    sender: str
    client_id: str = ""
    transfer_reference: str = ""
    transfer_id: str = ""


class BankTransfers:
    """All of a transfer's way."""

    def __init__(
        self,
        *,
        transfers: BankTransferStore,
        books: IncomingBooks,
        new_id: NewId,
        random_below: Callable[[int], int],
        two_persons: TwoPersons,
    ) -> None:
        self._transfers = transfers
        self._books = books
        self._new_id = new_id
        self._random_below = random_below
        self._two_persons = two_persons

    async def reference(self, work: UnitOfWork, client_id: str) -> str:
        """The client's code, made when it is first asked for. Errors: InvalidAccount."""
        client_available(client_id=client_id, currency="USD")
        known = await self._transfers.code_of(client_id, session=work.session)
        if known:
            return known
        for _ in range(_CODES_TRIED_MAX):
            code = transfer_code(self._random_below(2**48))
            if await self._transfers.give_code(client_id, code, session=work.session):
                return code
        raise TransferCodesExhausted("no free code was found; try again")

    async def announce(
        self, work: UnitOfWork, *, client_id: str, amount: Money, sender: str
    ) -> BankTransfer:
        """Errors: InvalidAmount, CurrencyUnsupported."""
        transfer = self._new(work, client_id=client_id, amount=amount, sender=sender)
        await self._transfers.insert(transfer, session=work.session)
        return transfer

    async def record(self, work: UnitOfWork, stated: Statement, *, by: str) -> BankTransfer:
        """What the bank states, once; the same again is the same transfer.

        Errors:
            BankReferenceUsed, BankTransferInvalid, BankTransferNotFound, BankTransferStateInvalid,
            TransferReferenceNotFound, ClientMissing, InvalidAmount, CurrencyUnsupported.
        """
        announced = await self._announced(work, stated)
        facts = BankFacts(
            client_id=await self._whose(work, stated, announced),
            currency=stated.amount.currency,
            amount_minor=stated.amount.amount_minor,
            value_date=_day(stated.value_date),
            reference=normal_reference(stated.bank_reference),
            sender=stated.sender,
        )
        before = await self._transfers.by_reference(facts.reference, session=work.session)
        if before is not None and before.state is BankTransferState.REJECTED:
            raise BankReferenceUsed(
                f"{facts.reference} was rejected: {before.reason}",
                field="bank_reference",
                bank_transfer_id=before.transfer_id,
            )
        is_new = before is None and announced is None
        before = (
            before
            or announced
            or self._new(
                work, client_id=facts.client_id, amount=stated.amount, sender=stated.sender
            )
        )
        after = before.recorded(facts, today=work.now.date(), by=by)
        if is_new:
            await self._transfers.insert(after, session=work.session)
        elif after != before:
            await self._transfers.replace(after, session=work.session)
        return after

    async def confirm(self, work: UnitOfWork, transfer_id: str, *, by: str) -> BankTransfer:
        """Books it. Errors: BankTransferNotFound, BankTransferStateInvalid, SecondPersonNeeded."""
        before = await self._get(transfer_id, work=work)
        after = before.confirmed(by=by, two_persons=self._two_persons)
        if after == before:
            return before
        await self._transfers.replace(after, session=work.session)
        arrived = Arrived(
            client_id=after.client_id,
            currency=after.currency,
            amount_minor=after.amount_minor,
            rail_id=f"{BANK}.{after.rail_id}",
            source_id=after.transfer_id,
            how=HOW,
            effective_at=datetime.combine(
                date.fromisoformat(after.value_date), datetime.min.time(), tzinfo=UTC
            ),
            rail=BANK,
        )
        await self._books.arrived(work, arrived)
        return after

    async def reject(
        self, work: UnitOfWork, transfer_id: str, *, reason: str, by: str
    ) -> BankTransfer:
        """Errors: BankTransferNotFound, BankTransferStateInvalid."""
        before = await self._get(transfer_id, work=work)
        after = before.rejected(reason=reason, by=by)
        if after != before:
            await self._transfers.replace(after, session=work.session)
        return after

    async def get(self, principal: Principal, transfer_id: str) -> BankTransfer:
        """Errors: BankTransferNotFound, also where it is another client's."""
        with store_errors():
            found = await self._transfers.get(transfer_id)
        is_own = found is not None and found.client_id == principal.organisation_id
        if found is None or not (is_own or "OPERATOR" in principal.roles):
            raise BankTransferNotFound("no such bank transfer", bank_transfer_id=transfer_id)
        return found

    async def page(
        self,
        *,
        client_id: str,
        state: BankTransferState | None,
        size: int,
        token: str,
    ) -> Page[BankTransfer]:
        """The newest first. Errors: PageTokenInvalid."""
        with store_errors():
            return await read_page(
                scope=f"bank_transfers:{client_id}:{state or ''}",
                size=size,
                token=token,
                read=lambda before, limit: self._transfers.page(
                    client_id=client_id, state=state, before=before, limit=limit
                ),
                position=lambda transfer: transfer.transfer_id,
            )

    def _new(self, work: UnitOfWork, *, client_id: str, amount: Money, sender: str) -> BankTransfer:
        if amount.amount_minor > AMOUNT_MINOR_MAX:
            most = replace(amount, amount_minor=AMOUNT_MINOR_MAX)
            raise InvalidAmount(f"a transfer is at most {most}", amount_minor=amount.amount_minor)
        client_available(client_id=client_id, currency=amount.currency)
        return BankTransfer(
            transfer_id=self._new_id("btr"),
            client_id=client_id,
            currency=amount.currency,
            amount_minor=amount.amount_minor,
            sender=sender,
            created_at=work.now,
        )

    async def _announced(self, work: UnitOfWork, stated: Statement) -> BankTransfer | None:
        return await self._get(stated.transfer_id, work=work) if stated.transfer_id else None

    async def _whose(
        self, work: UnitOfWork, stated: Statement, announced: BankTransfer | None
    ) -> str:
        told = {stated.client_id} if stated.client_id else set()
        if stated.transfer_reference:
            code = normal_code(stated.transfer_reference)
            owner = await self._transfers.client_of(code, session=work.session)
            if not owner:
                raise TransferReferenceNotFound(
                    "no client was given this code", field="transfer_reference"
                )
            told.add(owner)
        if announced is not None:
            told.add(announced.client_id)
        if not told:
            raise ClientMissing("say whose transfer it is", field="client_id")
        if len(told) > 1:
            raise BankTransferInvalid(
                "client, code and announcement name different clients", field="client_id"
            )
        return told.pop()

    async def _get(self, transfer_id: str, *, work: UnitOfWork) -> BankTransfer:
        found = await self._transfers.get(transfer_id, session=work.session)
        if found is None:
            raise BankTransferNotFound("no such bank transfer", bank_transfer_id=transfer_id)
        return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BankTransferInvalid(f"{text!r} is no day", field="value_date") from None
