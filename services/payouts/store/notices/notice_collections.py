"""Collections and indexes of notices, each index with the query that it serves."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, DESCENDING, CollectionSpec, IndexModel

ENDPOINTS = "notice_endpoints"
DELIVERIES = "notice_deliveries"
FUNDS_WATCHES = "funds_watches"

NOTICE_COLLECTIONS = (
    # Whom to tell.
    CollectionSpec(
        name=ENDPOINTS,
        indexes=(IndexModel([("organisation_id", ASCENDING), ("_id", ASCENDING)]),),
    ),
    CollectionSpec(
        name=DELIVERIES,
        indexes=(
            # Who has something to be sent now, what that is, and how much waits.
            IndexModel(
                [("organisation_id", ASCENDING), ("due_at", ASCENDING)],
                name="due_by_organisation",
                partialFilterExpression={"due_at": {"$exists": True}},
            ),
            # An organisation's, the newest first.
            IndexModel(
                [("organisation_id", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)],
                name="by_organisation",
            ),
            # What is pending at an endpoint that goes.
            IndexModel([("endpoint_id", ASCENDING)], name="by_endpoint"),
            # How many are dead.
            IndexModel([("state", ASCENDING)], name="by_state"),
            IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
        ),
    ),
    CollectionSpec(name=FUNDS_WATCHES),
)
