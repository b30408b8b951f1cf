"""One contractor's money, from accepted answers to the bank: where it is, and why not further."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.authentication import Principal
from services.chassis.errors import DomainError, Kind
from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.answers.contractor_money import (
    BankLine,
    Earning,
    MoneySum,
    NotStated,
    Part,
    sum_of,
)
from services.payouts.domain.payments.instructions import Instruction
from services.payouts.domain.payments.rail import Op
from services.payouts.domain.payments.rail_errors import ProviderUnavailable
from services.payouts.domain.reconciliation.mirrors import MirrorItem, payout_group
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind
from services.payouts.domain.statements.statements import PeriodState, statement_id_of
from services.payouts.store.answers.contractor_money import ContractorMoneyReads
from services.payouts.store.answers.earnings import EarningsReads, Payable
from services.payouts.store.payments.instructions import InstructionStore
from services.payouts.store.statements.periods import PeriodStore
from services.payouts.store.statements.statement_records import StatementRecord
from services.payouts.store.statements.statements import StatementStore
from services.payouts.usecases.reconciliation.history_port import RailHistory
from services.payouts.usecases.statements.statements import in_part

log = logger(__name__)

# Each of a page's statements may be asked for at the provider.
_STATEMENTS_MAX = 20
_PERIODS_LOOKED_AT = 3


class ContractorMoneyMissing(DomainError):
    """Nothing was ever booked for such a contractor, or it is not the caller's to see."""

    kind, reason = Kind.NOT_FOUND, "CONTRACTOR_MONEY_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """One statement that the contractor is on, and its payment as far as it has come.

    Movements and bank line are the payee's and operators' to see; others get none, and of the
    statement their part.
    """

    part: Part
    record: StatementRecord
    movements: tuple[MirrorItem, ...] = ()
    bank_line: BankLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractorMoney:
    """Sums are of all of it, statements a page, the newest first."""

    sums: tuple[MoneySum, ...]
    statements: tuple[Followed, ...]
    next_before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """All of one moment, so that it adds up."""

    payables: list[Payable]
    earnings: dict[tuple[str, str], list[Earning]]
    parts: list[Part]
    records: dict[str, StatementRecord]


class ContractorMoneyInspection:
    """Reads for people."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        earnings: EarningsReads,
        reads: ContractorMoneyReads,
        periods: PeriodStore,
        statements: StatementStore,
        instructions: InstructionStore,
        history: RailHistory,
    ) -> None:
        self._transactions = transactions
        self._earnings = earnings
        self._reads = reads
        self._periods = periods
        self._statements = statements
        self._instructions = instructions
        self._history = history

    async def trace(
        self, principal: Principal, contractor_id: str, *, before: str
    ) -> ContractorMoney:
        """Errors: ContractorMoneyMissing."""
        read = await self._read(principal, contractor_id)
        if not read.payables:
            raise ContractorMoneyMissing(
                "no money was booked for such a contractor", contractor_id=contractor_id
            )
        ordered = sorted(
            (part for part in read.parts if not before or part.statement_id < before),
            key=lambda part: part.statement_id,
            reverse=True,
        )
        page = ordered[:_STATEMENTS_MAX]
        return ContractorMoney(
            sums=tuple([await self._sum(contractor_id, one, read) for one in read.payables]),
            statements=tuple(await self._follow(principal, page, read)),
            next_before=page[-1].statement_id if len(ordered) > _STATEMENTS_MAX else "",
        )

    async def _read(self, principal: Principal, contractor_id: str) -> _Read:
        async def body(work: UnitOfWork) -> _Read:
            session = work.session
            payables = [
                payable
                for payable in await self._earnings.payables([contractor_id], session=session)
                if _may_see(principal, contractor_id, payable.vendor_id)
            ]
            payables.sort(key=lambda payable: (payable.currency, payable.vendor_id))
            if not payables:
                return _Read(payables=[], earnings={}, parts=[], records={})
            parts = await self._reads.parts(payables, session=session)
            return _Read(
                payables=payables,
                earnings=await self._reads.earnings(contractor_id, session=session),
                parts=parts,
                records=await self._statements.records(
                    {part.statement_id for part in parts}, session=session
                ),
            )

        return await self._transactions.run(body)

    async def _sum(self, contractor_id: str, payable: Payable, read: _Read) -> MoneySum:
        parts = [
            (part, read.records[part.statement_id].standing.state)
            for part in read.parts
            if (part.vendor_id, part.currency) == (payable.vendor_id, payable.currency)
            and part.statement_id in read.records
        ]
        why, minimum_minor = NotStated.NOTHING, 0
        if payable.amount_units:
            why, minimum_minor = await self._why(contractor_id, payable)
        return sum_of(
            currency=payable.currency,
            vendor_id=payable.vendor_id,
            earnings=tuple(read.earnings.get((payable.vendor_id, payable.currency), ())),
            not_stated_units=payable.amount_units,
            parts=parts,
            why=why,
            minimum_minor=minimum_minor,
        )

    async def _why(self, contractor_id: str, payable: Payable) -> tuple[NotStated, int]:
        """The last closed period says why it left something; else its time has not come yet."""
        payee = _payee(contractor_id, payable.vendor_id)
        with store_errors():
            for record in await self._periods.newest(before="", limit=_PERIODS_LOOKED_AT):
                if record.period.state is PeriodState.OPEN:
                    continue
                if record.period.state is not PeriodState.CLOSED:
                    return NotStated.PERIOD_CLOSING, 0
                name = statement_id_of(
                    period_id=record.period_id, payee=payee, currency=payable.currency
                )
                carried = await self._reads.carried(name)
                if carried is not None:
                    return NotStated(carried.reason.upper()), carried.minimum_minor
                break
        return NotStated.PERIOD_OPEN, 0

    async def _follow(
        self, principal: Principal, parts: Sequence[Part], read: _Read
    ) -> list[Followed]:
        known = [part for part in parts if part.statement_id in read.records]
        with store_errors():
            instructions = await self._instructions.get_many(
                {f"pay.{part.statement_id}" for part in known}
            )
            movements = await self._reads.movements(
                group for instruction in instructions.values() for group in _groups(instruction)
            )
        found = []
        for part in known:
            record = read.records[part.statement_id]
            instruction = instructions.get(f"pay.{part.statement_id}")
            if not _may_see_bank(principal, record):
                found.append(Followed(part=part, record=in_part(record, part.units)))
                continue
            if instruction is None:
                found.append(Followed(part=part, record=record))
                continue
            items = [item for group in _groups(instruction) for item in movements.get(group, ())]
            found.append(
                Followed(
                    part=part,
                    record=record,
                    movements=tuple(items),
                    bank_line=await self._bank_line(instruction),
                )
            )
        return found

    async def _bank_line(self, instruction: Instruction) -> BankLine | None:
        payout = instruction.payout
        if payout is None or not payout.rail_id:
            return None
        try:
            return await self._history.bank_line(instruction.destination, payout.rail_id)
        except ProviderUnavailable as err:
            # What we know ourselves is worth telling without it.
            log.warning("bank_line.unknown", payout=payout.rail_id, error=err.message)
            return None


def _groups(instruction: Instruction) -> list[str]:
    groups = [instruction.transfer.rail_id] if instruction.transfer.rail_id else []
    if instruction.payout is not None and instruction.payout.op is Op.PAYOUT:
        groups.append(payout_group(instruction.instruction_id, instruction.payout.attempt))
    return groups


def _payee(contractor_id: str, vendor_id: str) -> Payee:
    if vendor_id:
        return Payee(kind=PayeeKind.VENDOR, payee_id=vendor_id)
    return Payee(kind=PayeeKind.CONTRACTOR, payee_id=contractor_id)


def _may_see(principal: Principal, contractor_id: str, vendor_id: str) -> bool:
    """Operators all of it, contractors their own, vendors what was earned through them."""
    if "OPERATOR" in principal.roles:
        return True
    if "VENDOR" in principal.roles:
        return bool(vendor_id) and vendor_id == principal.organisation_id
    return "CONTRACTOR" in principal.roles and contractor_id == principal.subject_id


def _may_see_bank(principal: Principal, record: StatementRecord) -> bool:
    """A vendor's bank is not its contractors' to look at."""
    if "OPERATOR" in principal.roles:
        return True
    own = principal.organisation_id if "VENDOR" in principal.roles else principal.subject_id
    return record.payee.payee_id == own
