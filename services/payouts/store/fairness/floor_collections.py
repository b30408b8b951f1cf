"""Collections and indexes of fair pay, each index with the query that it serves."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, DESCENDING, CollectionSpec, IndexModel

FLOORS = "floors"
EXCHANGE_RATES = "exchange_rates"
FLOOR_TOP_UPS = "floor_top_ups"
HANDOVERS = "pass_throughs"

FLOOR_COLLECTIONS = (
    # The floors of some countries, and all of them by place.
    CollectionSpec(
        name=FLOORS,
        indexes=(IndexModel([("country", ASCENDING), ("_id", ASCENDING)], name="by_country"),),
    ),
    # The rates of a pair, newest first; the pair is in the order of the alphabet.
    CollectionSpec(
        name=EXCHANGE_RATES,
        indexes=(IndexModel([("pair", ASCENDING), ("rate_date", DESCENDING)], name="by_pair"),),
    ),
    # What was topped up, by who may see it; ids begin with the period.
    CollectionSpec(
        name=FLOOR_TOP_UPS,
        indexes=(
            IndexModel([("contractor_id", ASCENDING), ("_id", ASCENDING)], name="by_contractor"),
            IndexModel([("vendor_ids", ASCENDING), ("_id", ASCENDING)], name="by_vendor"),
        ),
    ),
    # What vendors say they have passed on, by who may see it.
    CollectionSpec(
        name=HANDOVERS,
        indexes=(
            IndexModel([("vendor_id", ASCENDING), ("_id", ASCENDING)], name="by_vendor"),
            IndexModel([("contractor_id", ASCENDING), ("_id", ASCENDING)], name="by_contractor"),
            # A vendor's payment is recorded once.
            IndexModel(
                [("vendor_id", ASCENDING), ("reference", ASCENDING)], name="once", unique=True
            ),
        ),
    ),
)
