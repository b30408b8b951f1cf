"""Erasures of people: an operator asks, payouts says when nothing is owed, then it is done."""

from __future__ import annotations

from collections.abc import Sequence

from services.chassis.authentication import Principal
from services.chassis.logs import logger
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.vendors import announcements, metrics
from services.vendors.domain.contractors import Contractor
from services.vendors.domain.erasures import Cleared, asked, erased
from services.vendors.domain.errors import ContractorNotFound
from services.vendors.domain.histories import Cause
from services.vendors.store import VendorsStore

log = logger(__name__)


class Erasures:
    """For operators: who may ask is in the contract."""

    def __init__(self, *, store: VendorsStore, transactions: Transactions) -> None:
        self._store = store
        self._transactions = transactions

    async def ask(
        self, work: UnitOfWork, *, principal: Principal, contractor_id: str, reason: str
    ) -> Contractor:
        """Asks for it; to ask again is nothing, whatever the reason.

        Errors:
            ContractorNotFound, ContractorStateWrong, ErasureReasonNamesPerson.
        """
        known = await self._store.contractor(contractor_id, session=work.session)
        if known is None:
            raise ContractorNotFound("no such contractor", contractor_id=contractor_id)
        contractor = asked(known, Cause(actor=principal.subject_id, reason=reason, now=work.now))
        if contractor is not known and contractor.erasure is not None:
            await self._store.replace_contractor(contractor, session=work.session)
            announcements.contractor_erasure_asked(work, contractor, contractor.erasure)
        return contractor

    async def cleared(self, news: Sequence[Cleared]) -> None:
        """Erases those to whom nothing is owed; told twice is nothing."""
        for one in news:
            await self._transactions.run(lambda work, one=one: self._erase(work, one))  # type: ignore[misc]

    async def _erase(self, work: UnitOfWork, news: Cleared) -> None:
        known = await self._store.contractor(news.contractor_id, session=work.session)
        contractor = None if known is None else erased(known, now=work.now)
        if known is None or contractor is None or contractor.erasure is None:
            # Payouts clears only what was asked for: this is of another database's past.
            log.warning("erasure.not_asked", contractor=news.contractor_id)
            return
        if contractor is known:
            return
        await self._store.replace_contractor(contractor, session=work.session)
        await self._transactions.forget(work, contractor.contractor_id)
        announcements.contractor_was_erased(work, contractor)
        work.afterwards(metrics.CONTRACTORS_ERASED_TOTAL.inc)
