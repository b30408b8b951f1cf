"""Contractors: enrolled one by one or in bulk, suspended, reinstated, offboarded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.authentication import Principal
from services.chassis.errors import DomainError
from services.chassis.mongo import BulkWriteError, Session, duplicate_positions
from services.chassis.pages import Page, read_page
from services.chassis.regions import RegionCodes, RegionInvalid
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.vendors import announcements, metrics
from services.vendors.domain.contractors import (
    Contractor,
    ContractorStep,
    Engagement,
    NewContractor,
    contractor_id,
    enrolled,
)
from services.vendors.domain.countries import check_country
from services.vendors.domain.erasures import check_not_erased
from services.vendors.domain.errors import (
    ContractorErased,
    ContractorExists,
    ContractorNotFound,
    CountryUnknown,
    VendorNotApproved,
)
from services.vendors.domain.histories import Cause
from services.vendors.domain.regions import check_region
from services.vendors.store import VendorsStore

_ENROL_REASON = "enrolled"
_IMPORT_REASON = "imported"
_IMPORT_ATTEMPTS_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    """What became of a good row."""

    contractor_id: str
    created: bool


class Contractors:
    """An organisation sees its own contractors, a contractor themself, operators all."""

    def __init__(
        self, *, store: VendorsStore, transactions: Transactions, region_codes: RegionCodes
    ) -> None:
        self._store = store
        self._transactions = transactions
        self._region_codes = region_codes

    async def enrol(
        self, work: UnitOfWork, *, principal: Principal, row: NewContractor
    ) -> Contractor:
        """One contractor into the caller's organisation.

        Errors:
            VendorNotApproved, CountryUnknown, RegionInvalid, ContractorExists, ContractorErased.
        """
        await self._check_may_enrol(principal, session=work.session)
        contractor = self._enrolled(work, principal, row, reason=_ENROL_REASON, at="contractor.")
        ids = [contractor.contractor_id]
        known = await self._store.known_contractors(ids, session=work.session)
        if contractor.contractor_id in known:
            check_not_erased(known[contractor.contractor_id])
            raise ContractorExists(
                "this external_id is enrolled already",
                contractor_id=contractor.contractor_id,
                field="contractor.external_id",
            )
        await self._store.add_contractors([contractor], session=work.session)
        announcements.contractors_changed(work, [contractor])
        announcements.contractors_named(work, [contractor])
        return contractor

    async def check_may_import(self, *, principal: Principal) -> None:
        """Before the first row. Errors: VendorNotApproved."""
        await self._check_may_enrol(principal)

    async def import_rows(
        self, rows: Sequence[NewContractor], *, principal: Principal
    ) -> list[ImportedRow | DomainError]:
        """All good rows in one transaction; each row has its own outcome.

        A row that is there already, in the store or earlier in `rows`, is answered with the
        contractor that is there.

        Errors:
            VendorNotApproved: since the import began, the vendor was suspended.
        """
        for attempt in range(_IMPORT_ATTEMPTS_MAX):
            try:
                outcomes = await self._transactions.run(
                    lambda work: self._import(work, principal, rows)
                )
            except BulkWriteError as err:
                # Another import of the same rows committed between our look and our insert.
                duplicate_positions(err)
                if attempt == _IMPORT_ATTEMPTS_MAX - 1:
                    raise
                continue
            created = sum(isinstance(row, ImportedRow) and row.created for row in outcomes)
            self.count_enrolled(principal, number=created)
            return outcomes
        raise AssertionError("the last attempt returns or raises")

    def count_enrolled(self, principal: Principal, *, number: int) -> None:
        """After the commit: a body may run more than once."""
        engagement = _engagement(principal)
        metrics.CONTRACTORS_ENROLLED_TOTAL.labels(engagement.value.lower()).inc(number)

    async def change(
        self,
        work: UnitOfWork,
        *,
        principal: Principal,
        contractor_id: str,
        step: ContractorStep,
        reason: str,
    ) -> Contractor:
        """Errors: ContractorNotFound, ContractorStateWrong."""
        known = await self._store.contractor(contractor_id, session=work.session)
        if known is None or not _sees(principal, known):
            raise ContractorNotFound("no such contractor", contractor_id=contractor_id)
        cause = Cause(actor=principal.subject_id, reason=reason, now=work.now)
        contractor = known.step(step, cause)
        await self._store.change_contractor(contractor, session=work.session)
        announcements.contractors_changed(work, [contractor])
        return contractor

    async def move(
        self,
        work: UnitOfWork,
        *,
        principal: Principal,
        contractor_id: str,
        region: str,
        reason: str,
    ) -> Contractor:
        """Says where in the country somebody lives now; the same again is nothing.

        Errors:
            ContractorNotFound, RegionInvalid, ContractorErased.
        """
        known = await self._store.contractor(contractor_id, session=work.session)
        if known is None or not _sees(principal, known):
            raise ContractorNotFound("no such contractor", contractor_id=contractor_id)
        check_not_erased(known)
        check_region(region, country=known.country, codes=self._region_codes)
        if region == known.region:
            return known
        contractor = known.moved(
            region, Cause(actor=principal.subject_id, reason=reason, now=work.now)
        )
        await self._store.move_contractor(contractor, session=work.session)
        announcements.contractors_changed(work, [contractor])
        return contractor

    async def get(self, contractor_id: str, *, principal: Principal) -> Contractor:
        """Errors: ContractorNotFound, also for another organisation's."""
        found = await self._store.contractor(contractor_id)
        if found is None or not _sees(principal, found):
            raise ContractorNotFound("no such contractor", contractor_id=contractor_id)
        return found

    async def page(self, *, principal: Principal, size: int, token: str) -> Page[Contractor]:
        """The caller's own; operators list all. Errors: PageTokenInvalid."""
        whose = "" if "OPERATOR" in principal.roles else principal.organisation_id
        return await read_page(
            scope=f"contractors:{whose}",
            size=size,
            token=token,
            read=lambda after, limit: self._store.contractors(
                organisation_id=whose, after=after, limit=limit
            ),
            position=lambda contractor: contractor.contractor_id,
        )

    async def _import(
        self, work: UnitOfWork, principal: Principal, rows: Sequence[NewContractor]
    ) -> list[ImportedRow | DomainError]:
        await self._check_may_enrol(principal, session=work.session)
        ids = [
            contractor_id(organisation_id=principal.organisation_id, external_id=row.external_id)
            for row in rows
        ]
        known = await self._store.known_contractors(sorted(set(ids)), session=work.session)
        fresh: dict[str, Contractor] = {}
        outcomes: list[ImportedRow | DomainError] = []
        for row, row_id in zip(rows, ids, strict=True):
            created = row_id not in known and row_id not in fresh
            try:
                if row_id in known:
                    check_not_erased(known[row_id])
                if created:
                    fresh[row_id] = self._enrolled(work, principal, row, reason=_IMPORT_REASON)
            except (CountryUnknown, RegionInvalid, ContractorErased) as err:
                outcomes.append(err)
            else:
                outcomes.append(ImportedRow(contractor_id=row_id, created=created))
        if fresh:
            contractors = list(fresh.values())
            await self._store.add_contractors(contractors, session=work.session)
            announcements.contractors_changed(work, contractors)
            announcements.contractors_named(work, contractors)
        return outcomes

    def _enrolled(
        self,
        work: UnitOfWork,
        principal: Principal,
        row: NewContractor,
        *,
        reason: str,
        at: str = "",
    ) -> Contractor:
        check_country(row.country, field=f"{at}country")
        check_region(row.region, country=row.country, codes=self._region_codes, field=f"{at}region")
        return enrolled(
            row,
            organisation_id=principal.organisation_id,
            engagement=_engagement(principal),
            cause=Cause(actor=principal.subject_id, reason=reason, now=work.now),
        )

    async def _check_may_enrol(
        self, principal: Principal, *, session: Session | None = None
    ) -> None:
        if _engagement(principal) is Engagement.DIRECT:
            return
        vendor = await self._store.vendor(principal.organisation_id, session=session)
        if vendor is None:
            raise VendorNotApproved(
                "the organisation has not applied to be a vendor",
                vendor_id=principal.organisation_id,
            )
        vendor.check_may_enrol()


def _engagement(principal: Principal) -> Engagement:
    return Engagement.DIRECT if "OPERATOR" in principal.roles else Engagement.VENDOR


def _sees(principal: Principal, contractor: Contractor) -> bool:
    if "OPERATOR" in principal.roles:
        return True
    if "VENDOR" in principal.roles:
        return contractor.organisation_id == principal.organisation_id
    return contractor.contractor_id == principal.subject_id
