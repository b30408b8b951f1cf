"""Reading statements: payees see their own, a vendor's contractors their part, operators all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.chassis.authentication import Principal
from services.chassis.mongo import store_errors
from services.payouts.domain.ledger.corrections import ToldCorrections
from services.payouts.domain.ledger.money import minor_below, units_of
from services.payouts.domain.payments.payments import Standing
from services.payouts.domain.payments.rail_errors import StatementNotFound
from services.payouts.domain.statements.statement_lines import StatementLine
from services.payouts.domain.statements.statements import part_of
from services.payouts.store.answers.earnings import EarningsReads
from services.payouts.store.ledger.corrections import CorrectionReads
from services.payouts.store.statements.statement_records import StatementRecord
from services.payouts.store.statements.statements import StatementStore
from services.payouts.usecases.payments.payees import own_payee_id


class Statements:
    """Reads that never change anything."""

    def __init__(
        self,
        *,
        statements: StatementStore,
        earnings: EarningsReads,
        corrections: CorrectionReads,
    ) -> None:
        self._statements = statements
        self._earnings = earnings
        self._corrections = corrections

    async def get(
        self, principal: Principal, statement_id: str
    ) -> tuple[Sequence[StatementLine], StatementRecord]:
        """Its lines, or the caller's among them. Errors: StatementNotFound."""
        with store_errors():
            found = await self._statements.get(statement_id)
        if found is None:
            raise StatementNotFound("no such statement", statement_id=statement_id)
        statement, record = found
        if own_payee_id(principal) in ("", record.payee.payee_id):
            return statement.lines, record
        part: tuple[StatementLine, ...] = ()
        if "CONTRACTOR" in principal.roles:
            part = part_of(statement.lines, principal.subject_id)
        if not part:
            raise StatementNotFound("no such statement", statement_id=statement_id)
        return part, in_part(record, _own_units(part))

    async def corrections(
        self, lines: Sequence[StatementLine], record: StatementRecord
    ) -> ToldCorrections:
        """Why the adjustments among a statement's lines were made."""
        with store_errors():
            return await self._corrections.of_lines(
                lines, payee=record.payee, currency=record.currency
            )

    async def _of_contractor(
        self, contractor_id: str, *, period_id: str, before: str, limit: int
    ) -> list[StatementRecord]:
        payables = await self._earnings.payables([contractor_id])
        found = await self._statements.parts(
            contractor_id,
            payee_ids={payable.vendor_id or contractor_id for payable in payables},
            period_id=period_id,
            before=before,
            limit=limit,
        )
        return [
            record
            if record.payee.payee_id == contractor_id
            else in_part(record, _own_units(part_of(lines, contractor_id)))
            for lines, record in found
        ]

    async def list(
        self, principal: Principal, *, period_id: str, before: str, limit: int
    ) -> list[StatementRecord]:
        """The caller's, or, for operators, everybody's; the newest period's first."""
        payee_id = own_payee_id(principal)
        with store_errors():
            if payee_id and "CONTRACTOR" in principal.roles:
                return await self._of_contractor(
                    payee_id, period_id=period_id, before=before, limit=limit
                )
            return await self._statements.list(
                payee_id=payee_id, period_id=period_id, before=before, limit=limit
            )


def in_part(record: StatementRecord, own_units: int) -> StatementRecord:
    """As a vendor's contractor sees it: hash and payments are of the whole, and the vendor's."""
    return replace(
        record,
        total_minor=minor_below(own_units),
        rest_units=own_units - units_of(minor_below(own_units)),
        body_hash="",
        document_hash="",
        withheld=(),
        pay_at=None,
        standing=without_payment(record.standing),
    )


def without_payment(standing: Standing) -> Standing:
    """As whoever is not the payee sees it: neither which payment it is nor what hinders it."""
    return replace(standing, transfer_id="", payout_id="", reason="")


def _own_units(part: Sequence[StatementLine]) -> int:
    return sum(line.pay_units for line in part)
