"""Pay of a vendor's contractors after it has reached the vendor: said, answered, and compared."""

from __future__ import annotations

from collections import defaultdict

from services.chassis.authentication import Principal
from services.chassis.ids import NewId
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.answers.parties import ContractorNotFound
from services.payouts.domain.fairness.pass_throughs import (
    PassThrough,
    PassThroughBalance,
    PassThroughNotFound,
    PassThroughState,
    ReferenceTaken,
    VendorMissing,
    paid_on,
)
from services.payouts.domain.ledger.money import Money, check_positive, units_of
from services.payouts.domain.payments.payments import StatementState
from services.payouts.store.answers.earnings import EarningsReads, Payable
from services.payouts.store.fairness.pass_throughs import PassThroughStore

# The money has left the platform: the vendor has it, or its bank is about to.
_REACHED = frozenset({StatementState.TRANSFERRED, StatementState.PAID})


class PassThroughs:
    """What vendors and contractors say, beside what the ledger says was paid."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        pass_throughs: PassThroughStore,
        earnings: EarningsReads,
        new_id: NewId,
    ) -> None:
        self._transactions = transactions
        self._pass_throughs = pass_throughs
        self._earnings = earnings
        self._new_id = new_id

    async def record(
        self,
        work: UnitOfWork,
        principal: Principal,
        *,
        contractor_id: str,
        amount: Money,
        pay_date: str,
        reference: str,
    ) -> PassThrough:
        """A vendor says that it has paid one of its contractors.

        Errors: ContractorNotFound (never earned through it), InvalidAmount, PayDateInvalid,
        ReferenceTaken.
        """
        vendor_id = principal.organisation_id
        day = paid_on(pay_date, today=work.now.date())
        check_positive(amount.amount_minor)
        payables = await self._earnings.payables([contractor_id], session=work.session)
        if not any(payable.vendor_id == vendor_id for payable in payables):
            raise ContractorNotFound(
                "the contractor has earned nothing through this vendor",
                field="contractor_id",
                contractor_id=contractor_id,
            )
        if await self._pass_throughs.has_reference(vendor_id, reference, session=work.session):
            raise ReferenceTaken(
                "a payment of this reference is recorded already",
                field="reference",
                reference=reference,
            )
        one = PassThrough(
            pass_through_id=self._new_id("pst"),
            vendor_id=vendor_id,
            contractor_id=contractor_id,
            currency=amount.currency,
            amount_units=units_of(amount.amount_minor),
            paid_on=day,
            reference=reference,
            recorded_by=principal.subject_id,
            recorded_at=work.now,
        )
        await self._pass_throughs.insert(one, session=work.session)
        return one

    async def answer(
        self,
        work: UnitOfWork,
        principal: Principal,
        pass_through_id: str,
        *,
        received: bool,
        reason: str,
    ) -> PassThrough:
        """The contractor says whether it came.

        Errors: PassThroughNotFound, ReasonMissing, PassThroughStateInvalid.
        """
        found = await self._pass_throughs.get(pass_through_id, session=work.session)
        if found is None or found.contractor_id != principal.subject_id:
            raise PassThroughNotFound("no such record", pass_through_id=pass_through_id)
        after = found.answered(received=received, reason=reason, at=work.now)
        await self._pass_throughs.replace(after, session=work.session)
        return after

    async def withdraw(
        self, work: UnitOfWork, principal: Principal, pass_through_id: str, *, reason: str
    ) -> PassThrough:
        """The vendor takes a wrong record back; again it is nothing.

        Errors: PassThroughNotFound, PassThroughStateInvalid (the contractor has confirmed it).
        """
        found = await self._pass_throughs.get(pass_through_id, session=work.session)
        if found is None or found.vendor_id != principal.organisation_id:
            raise PassThroughNotFound("no such record", pass_through_id=pass_through_id)
        after = found.withdrawn(reason=reason)
        if after != found:
            await self._pass_throughs.replace(after, session=work.session)
        return after

    async def page(
        self, principal: Principal, *, contractor_id: str, after: str, limit: int
    ) -> list[PassThrough]:
        """Operators see all; vendors and contractors their own."""
        vendor_id = ""
        if "OPERATOR" not in principal.roles:
            if "VENDOR" in principal.roles:
                vendor_id = principal.organisation_id
            else:
                contractor_id = principal.subject_id
        with store_errors():
            return await self._pass_throughs.page(
                vendor_id=vendor_id, contractor_id=contractor_id, after=after, limit=limit
            )

    async def balances(
        self, principal: Principal, *, vendor_id: str, after: str, limit: int
    ) -> list[tuple[str, PassThroughBalance]]:
        """Of a vendor's contractors, each with its place in the list. Errors: VendorMissing."""
        if "OPERATOR" not in principal.roles:
            vendor_id = principal.organisation_id
        elif not vendor_id:
            raise VendorMissing("say whose balances are meant", field="vendor_id")

        async def body(work: UnitOfWork) -> list[tuple[str, PassThroughBalance]]:
            payables = await self._pass_throughs.payables(vendor_id, after=after, limit=limit)
            return await self._balances(work, vendor_id, payables)

        with store_errors():
            return await self._transactions.run(body)

    async def _balances(
        self, work: UnitOfWork, vendor_id: str, payables: list[Payable]
    ) -> list[tuple[str, PassThroughBalance]]:
        owed: dict[str, int] = defaultdict(int)
        for stated in await self._earnings.stated(payables, session=work.session):
            if stated.state in _REACHED:
                owed[stated.payable.account] += stated.pay_units
        sums = await self._pass_throughs.sums(
            vendor_id, {payable.contractor_id for payable in payables}, session=work.session
        )

        def said(payable: Payable, state: PassThroughState) -> int:
            return sums.get((payable.contractor_id, payable.currency, state), 0)

        return [
            (
                payable.account,
                PassThroughBalance(
                    vendor_id=vendor_id,
                    contractor_id=payable.contractor_id,
                    currency=payable.currency,
                    owed_units=owed[payable.account],
                    recorded_units=said(payable, PassThroughState.RECORDED),
                    confirmed_units=said(payable, PassThroughState.CONFIRMED),
                    disputed_units=said(payable, PassThroughState.DISPUTED),
                ),
            )
            for payable in payables
        ]
