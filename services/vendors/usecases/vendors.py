"""Vendors apply, operators decide, vendors set their rates."""

from __future__ import annotations

from collections.abc import Sequence

from services.chassis.authentication import Principal
from services.chassis.pages import Page, read_page
from services.chassis.unit_of_work import UnitOfWork
from services.vendors import announcements, metrics
from services.vendors.domain.countries import check_country
from services.vendors.domain.errors import RateCardNotFound, VendorExists, VendorNotFound
from services.vendors.domain.histories import Cause
from services.vendors.domain.rate_cards import Rate, RateCard, next_card
from services.vendors.domain.vendors import VENDOR_STEPS, Vendor, VendorState, VendorStep, applied
from services.vendors.store import VendorsStore

_APPLICATION_REASON = "application"


class Vendors:
    """A vendor sees itself only; operators see all."""

    def __init__(self, *, store: VendorsStore) -> None:
        self._store = store

    async def submit(
        self,
        work: UnitOfWork,
        *,
        principal: Principal,
        legal_name: str,
        country: str,
        contact_email: str,
    ) -> Vendor:
        """The caller's organisation applies. Errors: VendorExists, CountryUnknown."""
        check_country(country)
        vendor_id = principal.organisation_id
        vendor = applied(
            vendor_id=vendor_id,
            legal_name=legal_name,
            country=country,
            contact_email=contact_email,
            cause=_cause(work, principal, reason=_APPLICATION_REASON),
        )
        if await self._store.vendor(vendor_id, session=work.session) is not None:
            raise VendorExists("the organisation has applied before", vendor_id=vendor_id)
        await self._store.add_vendor(vendor, session=work.session)
        announcements.vendor_state_changed(work, vendor)
        return vendor

    async def decide(
        self,
        work: UnitOfWork,
        *,
        principal: Principal,
        vendor_id: str,
        step: VendorStep,
        reason: str,
    ) -> Vendor:
        """Contractors' records stay as they are: who allots work looks at both.

        Errors:
            VendorNotFound, VendorStateWrong.
        """
        known = await self._store.vendor(vendor_id, session=work.session)
        if known is None:
            raise VendorNotFound("no such vendor", vendor_id=vendor_id)
        vendor = known.step(step, _cause(work, principal, reason=reason))
        await self._store.change_vendor(vendor, session=work.session)
        announcements.vendor_state_changed(work, vendor)
        return vendor

    def count_decision(self, step: VendorStep) -> None:
        """After the commit: a body may run more than once."""
        _, state = VENDOR_STEPS[step]
        metrics.VENDORS_DECIDED_TOTAL.labels(state.value.lower()).inc()

    async def get(self, vendor_id: str, *, principal: Principal) -> Vendor:
        """Errors: VendorNotFound, also for another vendor."""
        found = await self._store.vendor(vendor_id) if _sees(principal, vendor_id) else None
        if found is None:
            raise VendorNotFound("no such vendor", vendor_id=vendor_id)
        return found

    async def page(self, *, state: VendorState | None, size: int, token: str) -> Page[Vendor]:
        """All of them, for operators. Errors: PageTokenInvalid."""
        return await read_page(
            scope=f"vendors:{state}",
            size=size,
            token=token,
            read=lambda after, limit: self._store.vendors(state=state, after=after, limit=limit),
            position=lambda vendor: vendor.vendor_id,
        )

    async def set_rates(
        self, work: UnitOfWork, *, principal: Principal, rates: Sequence[Rate]
    ) -> RateCard:
        """The caller's next rate card. Errors: VendorNotFound, RateRepeated."""
        vendor_id = principal.organisation_id
        if await self._store.vendor(vendor_id, session=work.session) is None:
            raise VendorNotFound("the organisation has not applied", vendor_id=vendor_id)
        current = await self._store.rate_card(vendor_id, session=work.session)
        card = next_card(vendor_id=vendor_id, current=current, rates=rates, now=work.now)
        await self._store.add_rate_card(card, session=work.session)
        announcements.rate_card_set(work, card)
        return card

    async def rates(self, vendor_id: str, *, principal: Principal) -> RateCard:
        """The rate card in force. Errors: VendorNotFound, RateCardNotFound."""
        await self.get(vendor_id, principal=principal)
        card = await self._store.rate_card(vendor_id)
        if card is None:
            raise RateCardNotFound("the vendor has set no rate card", vendor_id=vendor_id)
        return card


def _cause(work: UnitOfWork, principal: Principal, *, reason: str) -> Cause:
    return Cause(actor=principal.subject_id, reason=reason, now=work.now)


def _sees(principal: Principal, vendor_id: str) -> bool:
    return "OPERATOR" in principal.roles or principal.organisation_id == vendor_id
