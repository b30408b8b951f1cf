"""Payees' accounts at the rail: one document a payee."""

from __future__ import annotations

from datetime import datetime

from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session
from services.payouts.domain.payments.payout_accounts import PayoutAccount
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind
from services.payouts.store.due import take_due
from services.payouts.store.payments.rail_collections import PAYOUT_ACCOUNTS

_PLAIN = (
    "country",
    "email",
    "created_at",
    "attempt",
    "first_sent_at",
    "account_id",
    "currency",
    "transfers_enabled",
    "payouts_enabled",
    "fetched_at",
    "version",
)


class PayoutAccountStore:
    """Reads and writes payout accounts."""

    def __init__(self, *, database: MongoDatabase, collection: str = PAYOUT_ACCOUNTS) -> None:
        """Each rail that opens accounts has a `collection` of its own."""
        self._accounts = database.collection(collection)

    async def insert(self, account: PayoutAccount, *, session: Session) -> None:
        """A new one; nobody has called the rail yet."""
        await self._accounts.insert_one(_document(account, None), session=session)

    async def get(self, payee_id: str, *, session: Session | None = None) -> PayoutAccount | None:
        """None where the payee has none."""
        found = await self._accounts.find_one({"_id": payee_id}, session=session)
        return None if found is None else _account(found)

    async def get_many(self, payee_ids: list[str]) -> dict[str, PayoutAccount]:
        """Those that are there, by payee."""
        found = self._accounts.find({"_id": {"$in": payee_ids}})
        return {document["_id"]: _account(document) async for document in found}

    async def of_account(self, account_id: str) -> PayoutAccount | None:
        """Whose account it is, by the rail's id."""
        found = await self._accounts.find_one({"account_id": account_id})
        return None if found is None else _account(found)

    async def stale(
        self, *, after: datetime | None, before: datetime, limit: int
    ) -> list[PayoutAccount]:
        """Accounts that were last looked at in that time, the longest ago first."""
        query: Document = {"account_id": {"$gt": ""}, "fetched_at": {"$lt": before}}
        if after is not None:
            query["fetched_at"]["$gt"] = after
        found = self._accounts.find(query).sort("fetched_at", ASCENDING).limit(limit)
        return [_account(document) async for document in found]

    async def account_ids_after(self, account_id: str, *, limit: int) -> list[str]:
        """By the rail's id."""
        found = self._accounts.find({"account_id": {"$gt": account_id}}, {"account_id": 1})
        ordered = found.sort("account_id", ASCENDING).limit(limit)
        return [document["account_id"] async for document in ordered]

    async def replace(
        self, account: PayoutAccount, *, due_at: datetime | None, session: Session
    ) -> None:
        """The next version of one that this transaction has read."""
        await self._accounts.replace_one(
            {"_id": account.payee.payee_id}, _document(account, due_at), session=session
        )

    async def take(
        self, *, now: datetime, hold_until: datetime, holder: str, limit: int
    ) -> list[PayoutAccount]:
        """Accounts that are not ready, and have not been asked for in a while."""
        taken = await take_due(
            self._accounts, now=now, hold_until=hold_until, holder=holder, limit=limit
        )
        return [_account(document) for document in taken]


def _document(account: PayoutAccount, due_at: datetime | None) -> Document:
    document: Document = {
        "_id": account.payee.payee_id,
        "payee_kind": account.payee.kind.value,
        "requirements_due": list(account.requirements_due),
        "bank_currencies": list(account.bank_currencies),
        **{name: getattr(account, name) for name in _PLAIN},
    }
    if due_at is not None:
        document["due_at"] = due_at
    return document


def _account(document: Document) -> PayoutAccount:
    return PayoutAccount(
        payee=Payee(kind=PayeeKind(document["payee_kind"]), payee_id=document["_id"]),
        requirements_due=tuple(document["requirements_due"]),
        bank_currencies=tuple(document.get("bank_currencies", ())),
        **{name: document[name] for name in _PLAIN},
    )
