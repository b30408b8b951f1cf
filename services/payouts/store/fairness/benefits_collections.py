"""Collections and indexes of benefits, each index with the query that it serves."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, DESCENDING, CollectionSpec, IndexModel

BENEFITS_PROVIDERS = "benefits_providers"
BENEFITS_WITHDRAWALS = "benefits_withdrawals"

BENEFITS_COLLECTIONS = (
    CollectionSpec(name=BENEFITS_PROVIDERS),
    CollectionSpec(
        name=BENEFITS_WITHDRAWALS,
        indexes=(
            # A contractor's, the newest first.
            IndexModel([("contractor_id", ASCENDING), ("_id", DESCENDING)], name="by_contractor"),
            # What a provider has to be told with a remittance.
            IndexModel([("provider_id", ASCENDING), ("_id", DESCENDING)], name="by_provider"),
        ),
    ),
)
