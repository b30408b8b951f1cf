"""Benefits taken out: to the person with the next statement, or to a provider that they name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.chassis.authentication import Principal
from services.chassis.ids import NewId
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.answers.parties import ContractorNotFound
from services.payouts.domain.errors import EntryConflict
from services.payouts.domain.fairness.benefits import (
    BenefitsBelowMinimum,
    BenefitsPolicyForbids,
    BenefitsProvider,
    BenefitsProviderInvalid,
    BenefitsProviderNotFound,
    BenefitsWithdrawal,
    MemberReferenceMissing,
    RemittanceReferenceTaken,
    benefits_assigned,
    benefits_remitted,
)
from services.payouts.domain.fairness.fairness_flows import benefits_withdrawal
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.ledger.money import Money, check_positive, units_of
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.fairness.benefits import BenefitsStore
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.store.papers.erasures import ErasureStore


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitsPolicy:
    """How benefits may be taken out."""

    to_person: bool
    minimum_minor: int


class Benefits:
    """Moves what contractors take out, and notes what providers were paid."""

    def __init__(
        self,
        *,
        benefits: BenefitsStore,
        ledger: LedgerStore,
        projections: ProjectionStore,
        erasures: ErasureStore,
        new_id: NewId,
        policy: BenefitsPolicy,
    ) -> None:
        self._benefits = benefits
        self._ledger = ledger
        self._projections = projections
        self._erasures = erasures
        self._new_id = new_id
        self._policy = policy

    async def withdraw(
        self,
        work: UnitOfWork,
        principal: Principal,
        amount: Money,
        *,
        provider_id: str,
        member_reference: str,
    ) -> BenefitsWithdrawal:
        """Takes the caller's benefits out, whoever engages them now.

        Errors:
            ContractorNotFound, InvalidAmount, InsufficientFunds, BenefitsBelowMinimum,
            BenefitsPolicyForbids, BenefitsProviderNotFound, BenefitsProviderInvalid,
            MemberReferenceMissing.
        """
        contractor_id = principal.subject_id
        known = await self._projections.contractors([contractor_id], session=work.session)
        if contractor_id not in known:
            raise ContractorNotFound(
                "the contractor is not known here", contractor_id=contractor_id
            )
        check_positive(amount.amount_minor)
        # Whoever is to be erased earns no more that would make up the minimum.
        leaving = await self._erasures.get(contractor_id, session=work.session)
        if leaving is None and amount.amount_minor < self._policy.minimum_minor:
            least = replace(amount, amount_minor=self._policy.minimum_minor)
            raise BenefitsBelowMinimum(
                f"at least {least} is taken out at once",
                field="amount.amount_minor",
                minimum_minor=self._policy.minimum_minor,
            )
        withdrawal = BenefitsWithdrawal(
            withdrawal_id=self._new_id("bwd"),
            contractor_id=contractor_id,
            amount_minor=amount.amount_minor,
            currency=amount.currency,
            provider_id=provider_id,
            member_reference=member_reference,
            created_at=work.now,
        )
        # To the person it is on a statement of the period in which it was taken out.
        recorded_at = await self._ledger.accrual_time(work.now, session=work.session)
        booking = Booking(effective_at=work.now, recorded_at=recorded_at)
        if provider_id:
            await self._check_provider(work, withdrawal)
            entry = benefits_assigned(withdrawal, booking=booking)
        elif self._policy.to_person:
            entry = benefits_withdrawal(
                withdrawal_id=withdrawal.withdrawal_id,
                contractor_id=contractor_id,
                currency=amount.currency,
                amount_units=units_of(amount.amount_minor),
                booking=booking,
            )
            await self._projections.pay_in_person(contractor_id, session=work.session)
        else:
            raise BenefitsPolicyForbids(
                "benefits are paid to a provider: name one", field="provider_id"
            )
        await self._ledger.post_all([entry], session=work.session, now=work.now)
        await self._benefits.insert(withdrawal, session=work.session)
        return withdrawal

    async def _check_provider(self, work: UnitOfWork, withdrawal: BenefitsWithdrawal) -> None:
        provider = await self._benefits.provider(withdrawal.provider_id, session=work.session)
        if provider is None or not provider.is_open:
            raise BenefitsProviderNotFound(
                "no such provider takes money", provider_id=withdrawal.provider_id
            )
        if provider.currency != withdrawal.currency:
            raise BenefitsProviderInvalid(
                f"{provider.name} takes {provider.currency}, not {withdrawal.currency}",
                field="amount.currency",
                currency=provider.currency,
            )
        if not withdrawal.member_reference:
            raise MemberReferenceMissing(
                "say under which number the provider knows you", field="member_reference"
            )

    async def set_provider(self, work: UnitOfWork, wanted: BenefitsProvider) -> BenefitsProvider:
        """Adds a provider, or changes one; its currency stays what it was.

        Errors: BenefitsProviderInvalid.
        """
        known = await self._benefits.provider(wanted.provider_id, session=work.session)
        if known is not None and known.currency != wanted.currency:
            raise BenefitsProviderInvalid(
                f"the provider takes {known.currency}", field="currency", currency=known.currency
            )
        if known is not None:
            wanted = replace(wanted, version=known.version + 1)
        await self._benefits.put_provider(wanted, session=work.session)
        return wanted

    async def remit(
        self,
        work: UnitOfWork,
        amount: Money,
        *,
        provider_id: str,
        bank_reference: str,
        paid_at: datetime,
    ) -> None:
        """Notes that a provider was paid what it is owed; the same reference again is nothing.

        Errors:
            BenefitsProviderNotFound, BenefitsProviderInvalid, InvalidAmount, InsufficientFunds
            (more than is owed), RemittanceReferenceTaken.
        """
        provider = await self._benefits.provider(provider_id, session=work.session)
        if provider is None:
            raise BenefitsProviderNotFound("no such provider", provider_id=provider_id)
        if provider.currency != amount.currency:
            raise BenefitsProviderInvalid(
                f"{provider.name} takes {provider.currency}, not {amount.currency}",
                field="amount.currency",
                currency=provider.currency,
            )
        entry = benefits_remitted(
            provider_id=provider_id,
            amount_minor=check_positive(amount.amount_minor),
            currency=amount.currency,
            bank_reference=bank_reference,
            booking=Booking(effective_at=paid_at, recorded_at=work.now),
        )
        try:
            await self._ledger.post_all([entry], session=work.session, now=work.now)
        except EntryConflict as err:
            raise RemittanceReferenceTaken(
                "this bank reference was recorded with another amount", field="bank_reference"
            ) from err

    async def providers(self, *, after: str, limit: int) -> list[BenefitsProvider]:
        """By their ids."""
        with store_errors():
            return await self._benefits.providers(after=after, limit=limit)

    async def withdrawals(
        self, principal: Principal, *, provider_id: str, before: str, limit: int
    ) -> list[BenefitsWithdrawal]:
        """The caller's own, or for operators everybody's; the newest first."""
        own = "" if "OPERATOR" in principal.roles else principal.subject_id
        with store_errors():
            return await self._benefits.withdrawals(
                contractor_id=own, provider_id=provider_id, before=before, limit=limit
            )
