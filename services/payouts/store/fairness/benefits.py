"""Providers of benefits, and what contractors took out; withdrawals are only ever added."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, DESCENDING, Document, MongoDatabase, Session, fetch
from services.payouts.domain.fairness.benefits import BenefitsProvider, BenefitsWithdrawal
from services.payouts.store.fairness.benefits_collections import (
    BENEFITS_PROVIDERS,
    BENEFITS_WITHDRAWALS,
)


class BenefitsStore:
    """Reads and writes."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._providers = database.collection(BENEFITS_PROVIDERS)
        self._withdrawals = database.collection(BENEFITS_WITHDRAWALS)

    async def provider(
        self, provider_id: str, *, session: Session | None = None
    ) -> BenefitsProvider | None:
        """One of them."""
        found = await self._providers.find_one({"_id": provider_id}, session=session)
        return None if found is None else _provider(found)

    async def providers(self, *, after: str, limit: int) -> list[BenefitsProvider]:
        """By their ids."""
        found = self._providers.find({"_id": {"$gt": after}}).sort("_id", ASCENDING).limit(limit)
        return [_provider(document) for document in await fetch(found)]

    async def put_provider(self, provider: BenefitsProvider, *, session: Session) -> None:
        """A new one, or its next version; this transaction has read the one before."""
        document: Document = {
            "name": provider.name,
            "currency": provider.currency,
            "is_open": provider.is_open,
            "version": provider.version,
        }
        await self._providers.update_one(
            {"_id": provider.provider_id}, {"$set": document}, upsert=True, session=session
        )

    async def insert(self, withdrawal: BenefitsWithdrawal, *, session: Session) -> None:
        """A new one."""
        await self._withdrawals.insert_one(
            {
                "_id": withdrawal.withdrawal_id,
                "contractor_id": withdrawal.contractor_id,
                "amount_minor": withdrawal.amount_minor,
                "currency": withdrawal.currency,
                "provider_id": withdrawal.provider_id,
                "member_reference": withdrawal.member_reference,
                "created_at": withdrawal.created_at,
            },
            session=session,
        )

    async def withdrawals(
        self, *, contractor_id: str, provider_id: str, before: str, limit: int
    ) -> list[BenefitsWithdrawal]:
        """The newest first; of a contractor, of a provider, or of everybody."""
        query: Document = {}
        if contractor_id:
            query["contractor_id"] = contractor_id
        if provider_id:
            query["provider_id"] = provider_id
        if before:
            query["_id"] = {"$lt": before}
        found = self._withdrawals.find(query).sort("_id", DESCENDING).limit(limit)
        return [_withdrawal(document) for document in await fetch(found)]


def _provider(document: Document) -> BenefitsProvider:
    return BenefitsProvider(
        provider_id=document["_id"],
        name=document["name"],
        currency=document["currency"],
        is_open=document["is_open"],
        version=document["version"],
    )


def _withdrawal(document: Document) -> BenefitsWithdrawal:
    return BenefitsWithdrawal(
        withdrawal_id=document["_id"],
        contractor_id=document["contractor_id"],
        amount_minor=document["amount_minor"],
        currency=document["currency"],
        provider_id=document["provider_id"],
        member_reference=document["member_reference"],
        created_at=document["created_at"],
    )
