"""Choices of rails, and bank details: versions that are only added to."""

from __future__ import annotations

from collections.abc import Iterable

from services.chassis.mongo import ASCENDING, DESCENDING, Document, MongoDatabase, Session
from services.payouts.domain.payments.bank_details import SealedBankDetails
from services.payouts.domain.payments.payout_rails import RailChoice
from services.payouts.store.payments.payout_rail_collections import BANK_DETAILS, RAIL_CHOICES

_CHOICES_SHOWN = 50


class RailChoiceStore:
    """Reads and adds choices."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._choices = database.collection(RAIL_CHOICES)

    async def add(self, choice: RailChoice, *, session: Session) -> None:
        """The next one of a payee."""
        await self._choices.insert_one(
            {
                "payee_id": choice.payee_id,
                "number": choice.number,
                "rail": choice.rail,
                "chosen_by": choice.chosen_by,
                "chosen_at": choice.chosen_at,
                "reason": choice.reason,
            },
            session=session,
        )

    async def of(self, payee_id: str, *, session: Session | None = None) -> list[RailChoice]:
        """The newest first."""
        found = self._choices.find({"payee_id": payee_id}, session=session)
        newest = found.sort("number", DESCENDING).limit(_CHOICES_SHOWN)
        return [_choice(document) async for document in newest]

    async def newest(self, payee_ids: Iterable[str]) -> dict[str, RailChoice]:
        """Of each payee that has chosen."""
        found = self._choices.find({"payee_id": {"$in": list(payee_ids)}})
        # The newest of a payee comes last, and stays.
        return {
            document["payee_id"]: _choice(document)
            async for document in found.sort([("payee_id", ASCENDING), ("number", ASCENDING)])
        }


class BankDetailsStore:
    """Reads and adds bank details."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._details = database.collection(BANK_DETAILS)

    async def add(self, details: SealedBankDetails, *, session: Session) -> None:
        """The next version of a payee's."""
        await self._details.insert_one(
            {
                "payee_id": details.payee_id,
                "version": details.version,
                "key_id": details.key_id,
                "ciphertext": details.ciphertext,
                "last_four": details.last_four,
                "given_at": details.given_at,
            },
            session=session,
        )

    async def newest(
        self, payee_ids: Iterable[str], *, session: Session | None = None
    ) -> dict[str, SealedBankDetails]:
        """Of each payee that has given any."""
        found = self._details.find({"payee_id": {"$in": list(payee_ids)}}, session=session)
        return {
            document["payee_id"]: _details(document)
            async for document in found.sort([("payee_id", ASCENDING), ("version", ASCENDING)])
        }

    async def versions(
        self, wanted: Iterable[tuple[str, int]], *, session: Session | None = None
    ) -> dict[tuple[str, int], SealedBankDetails]:
        """Exactly these, by payee and version."""
        keys = [{"payee_id": payee_id, "version": version} for payee_id, version in wanted]
        if not keys:
            return {}
        found = self._details.find({"$or": keys}, session=session)
        return {
            (document["payee_id"], document["version"]): _details(document)
            async for document in found
        }


def _choice(document: Document) -> RailChoice:
    return RailChoice(**{name: value for name, value in document.items() if name != "_id"})


def _details(document: Document) -> SealedBankDetails:
    return SealedBankDetails(**{name: value for name, value in document.items() if name != "_id"})
