"""Collections of the hash chain and of what closed pay periods are sealed with."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, CollectionSpec, IndexModel

CHAIN_BLOCKS = "chain_blocks"
CHAIN_CHECKS = "chain_checks"
PERIOD_SEALS = "period_seals"

CHAIN_COLLECTIONS = (
    # By number, which is its id.
    CollectionSpec(name=CHAIN_BLOCKS),
    CollectionSpec(
        name=CHAIN_CHECKS,
        indexes=(
            # What was found wrong.
            IndexModel(
                [("wrong.fault", ASCENDING)],
                name="wrong",
                partialFilterExpression={"wrong": {"$exists": True}},
            ),
        ),
    ),
    CollectionSpec(name=PERIOD_SEALS),
)
