"""Erasures of people: which were asked for, what each waits for, and the removal itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from services.chassis.mongo import (
    ASCENDING,
    CollectionSpec,
    Document,
    DuplicateKeyError,
    IndexModel,
    MongoDatabase,
    Session,
)
from services.payouts.domain.ledger.adjustments import AdjustmentState
from services.payouts.domain.papers.erasures import Erasure, Hurdle, Kept, Open
from services.payouts.domain.payments.payments import StatementState
from services.payouts.store.due import take_due
from services.payouts.store.ledger.adjustments import ADJUSTMENTS
from services.payouts.store.papers.names import CONTRACTOR_NAMES
from services.payouts.store.payments.payout_rail_collections import BANK_DETAILS, RECIPIENTS
from services.payouts.store.payments.rail_collections import PAYOUT_ACCOUNTS, STATEMENTS, WEBHOOKS
from services.payouts.store.statements.tax_collections import TAX_IDENTITIES

ERASURES = "contractor_erasures"

ERASURE_COLLECTIONS = (
    CollectionSpec(
        name=ERASURES,
        indexes=(
            # Which are to be looked at now; those that are done wait for nothing.
            IndexModel(
                [("due_at", ASCENDING)],
                name="due",
                partialFilterExpression={"due_at": {"$exists": True}},
            ),
        ),
    ),
)

_WAITING_MAX = 10_000
_STATES = [state.value for state in StatementState]


class ErasureStore:
    """What was asked for; of those that are done it stays, so that nothing late undoes them."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._erasures = database.collection(ERASURES)

    async def ask(self, erasure: Erasure, *, due_at: datetime) -> None:
        """A new one; one that is there stays as it is."""
        try:
            await self._erasures.insert_one(
                {
                    "_id": erasure.contractor_id,
                    "version": erasure.version,
                    "asked_at": erasure.asked_at,
                    "erased_at": None,
                    "due_at": due_at,
                }
            )
        except DuplicateKeyError:
            return

    async def get(self, contractor_id: str, *, session: Session | None = None) -> Erasure | None:
        """None where nobody asked."""
        found = await self._erasures.find_one({"_id": contractor_id}, session=session)
        return None if found is None else _erasure(found)

    async def take(
        self, *, now: datetime, hold_until: datetime, holder: str, limit: int
    ) -> list[Erasure]:
        """Some to look at now."""
        taken = await take_due(
            self._erasures, now=now, hold_until=hold_until, holder=holder, limit=limit
        )
        return [_erasure(document) for document in taken]

    async def waiting(self) -> frozenset[str]:
        """Who is to be erased and is not yet; few at a time, and the first of more."""
        found = self._erasures.find({"due_at": {"$exists": True}}, {"_id": 1})
        ordered = found.sort("due_at", ASCENDING).limit(_WAITING_MAX)
        return frozenset([document["_id"] async for document in ordered])

    async def oldest(self) -> Erasure | None:
        """The one that was asked for first of those that wait, which are few."""
        waiting = self._erasures.find({"due_at": {"$exists": True}})
        found = await waiting.sort("asked_at", ASCENDING).limit(1).to_list(1)
        return _erasure(found[0]) if found else None

    async def postpone(self, contractor_id: str, *, until: datetime, session: Session) -> None:
        """Something is open."""
        await self._erasures.update_one(
            {"_id": contractor_id}, {"$set": {"due_at": until}}, session=session
        )

    async def finish(self, contractor_id: str, *, now: datetime, session: Session) -> None:
        """It is done, for good."""
        await self._erasures.update_one(
            {"_id": contractor_id},
            {"$set": {"erased_at": now}, "$unset": {"due_at": "", "holder": ""}},
            session=session,
        )

    async def erased_among(self, contractor_ids: Iterable[str], *, session: Session) -> list[str]:
        """Those who are erased already; of the others, those who will be are held.

        A write on purpose: an erasure at the same moment comes before this transaction, or sees
        what it wrote.
        """
        wanted = {"_id": {"$in": list(contractor_ids)}}
        await self._erasures.update_many(
            {**wanted, "erased_at": None}, {"$inc": {"holds": 1}}, session=session
        )
        found = self._erasures.find({**wanted, "erased_at": {"$ne": None}}, session=session)
        return [document["_id"] async for document in found]


class PersonRows:
    """What is kept of one person beside the books."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._names = database.collection(CONTRACTOR_NAMES)
        self._statements = database.collection(STATEMENTS)
        self._adjustments = database.collection(ADJUSTMENTS)
        self._accounts = (database.collection(PAYOUT_ACCOUNTS), database.collection(RECIPIENTS))
        self._webhooks = database.collection(WEBHOOKS)
        self._bank_details = database.collection(BANK_DETAILS)
        self._tax_identities = database.collection(TAX_IDENTITIES)

    async def own_statements(self, contractor_id: str, *, session: Session) -> list[str]:
        """Statements that the person is the payee of, whatever became of them."""
        found = self._statements.find(
            {"payee_id": contractor_id, "state": {"$in": _STATES}}, {"_id": 1}, session=session
        )
        return [document["_id"] async for document in found]

    async def proposals(self, contractor_id: str, *, now: datetime, session: Session) -> list[Open]:
        """Corrections of the person's money that a second operator has still to decide on."""
        found = self._adjustments.find(
            {
                "state": AdjustmentState.PROPOSED.value,
                "expires_at": {"$gt": now},
                "postings.account": {"$regex": f"(^|:){re.escape(contractor_id)}(:|$)"},
            },
            {"_id": 1},
            session=session,
        )
        return [
            Open(hurdle=Hurdle.ADJUSTMENT_PROPOSED, of_id=document["_id"])
            async for document in found
        ]

    async def forget_names(self, contractor_ids: Sequence[str], *, session: Session) -> None:
        """All versions, and the salts without which a seal says nothing."""
        await self._names.delete_many(
            {"contractor_id": {"$in": list(contractor_ids)}}, session=session
        )

    async def erase(self, contractor_id: str, kept: Kept, *, session: Session) -> None:
        """Everything that nothing obliges to keep."""
        await self.forget_names([contractor_id], session=session)
        await self._forget_addresses(contractor_id, session=session)
        if not kept.bank_details:
            await self._bank_details.delete_many({"payee_id": contractor_id}, session=session)
        if not kept.tax_forms:
            await self._tax_identities.delete_many({"payee_id": contractor_id}, session=session)

    async def _forget_addresses(self, contractor_id: str, *, session: Session) -> None:
        """E-mails at the rails, and what these told of the person; their accounts' ids stay.

        An account's id is in every payment that went there, and what comes back is found by it.
        """
        for accounts in self._accounts:
            known: Document | None = await accounts.find_one(
                {"_id": contractor_id}, session=session
            )
            if known is None:
                continue
            if not known["account_id"]:
                await accounts.delete_one({"_id": contractor_id}, session=session)
                continue
            await accounts.update_one(
                {"_id": contractor_id},
                {"$set": {"email": ""}, "$inc": {"version": 1}},
                session=session,
            )
            await self._webhooks.update_many(
                {"account_id": known["account_id"]}, {"$set": {"payload": b""}}, session=session
            )


def _erasure(document: Document) -> Erasure:
    return Erasure(
        contractor_id=document["_id"],
        version=document["version"],
        asked_at=document["asked_at"],
        erased_at=document["erased_at"],
    )
