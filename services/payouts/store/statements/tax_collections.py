"""Collections and indexes of taxes, each index with the query that it serves."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, DESCENDING, CollectionSpec, IndexModel

TAX_IDENTITIES = "tax_identities"

TAX_COLLECTIONS = (
    CollectionSpec(
        name=TAX_IDENTITIES,
        indexes=(
            # The newest version of a payee's; of two writers of the same version one is refused.
            IndexModel(
                [("payee_id", ASCENDING), ("version", DESCENDING)], name="by_payee", unique=True
            ),
            # Who else has given the same number.
            IndexModel([("digest", ASCENDING)], name="by_digest"),
            # What is still encrypted under a key of before.
            IndexModel([("key_id", ASCENDING)], name="by_key"),
        ),
    ),
)
