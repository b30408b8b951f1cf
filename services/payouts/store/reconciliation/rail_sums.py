"""What the ledger has at each rail, by purpose and currency."""

from __future__ import annotations

from collections.abc import Iterable

from services.chassis.mongo import MongoDatabase, Session
from services.payouts.domain.ledger.accounts import Purpose
from services.payouts.store.collections import BALANCES


class RailSums:
    """Reads."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._balances = database.collection(BALANCES)

    async def of(
        self, purposes: Iterable[Purpose], *, session: Session
    ) -> dict[tuple[str, Purpose, str], int]:
        """Debits less credits by rail, purpose and currency; in a transaction, so of one moment."""
        found = self._balances.aggregate(
            [
                {"$match": {"purpose": {"$in": [purpose.value for purpose in purposes]}}},
                {
                    "$group": {
                        "_id": {"rail": "$rail_id", "purpose": "$purpose", "currency": "$currency"},
                        "amount_units": {"$sum": "$amount_units"},
                    }
                },
            ],
            session=session,
        )
        keys = [(document["_id"], document["amount_units"]) async for document in found]
        return {
            (key["rail"], Purpose(key["purpose"]), key["currency"]): units for key, units in keys
        }
