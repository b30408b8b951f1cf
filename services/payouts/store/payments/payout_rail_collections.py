"""Collections and indexes of rails, choices and files to banks, each index with its query."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, DESCENDING, CollectionSpec, IndexModel

RAIL_CHOICES = "payout_rail_choices"
BANK_DETAILS = "bank_details"
BANK_ORDERS = "bank_orders"
BANK_OUTCOMES = "bank_outcomes"
PAYOUT_BATCHES = "payout_batches"
RECIPIENTS = "payout_recipients"

PAYOUT_RAIL_COLLECTIONS = (
    CollectionSpec(
        name=RAIL_CHOICES,
        indexes=(
            # The newest choices of a payee; of two writers of the same number one is refused.
            IndexModel(
                [("payee_id", ASCENDING), ("number", DESCENDING)], name="by_payee", unique=True
            ),
        ),
    ),
    CollectionSpec(
        name=BANK_DETAILS,
        indexes=(
            IndexModel(
                [("payee_id", ASCENDING), ("version", DESCENDING)], name="by_payee", unique=True
            ),
        ),
    ),
    CollectionSpec(
        name=BANK_ORDERS,
        indexes=(
            # What waits for an operator, the oldest first.
            IndexModel(
                [("currency", ASCENDING), ("created_at", ASCENDING), ("_id", ASCENDING)],
                name="waiting",
                partialFilterExpression={"is_waiting": True},
            ),
        ),
    ),
    # What banks have told of an order.
    CollectionSpec(
        name=BANK_OUTCOMES,
        indexes=(
            IndexModel(
                [("reference", ASCENDING), ("outcome", ASCENDING)], name="by_order", unique=True
            ),
        ),
    ),
    CollectionSpec(name=PAYOUT_BATCHES, indexes=()),
    CollectionSpec(
        name=RECIPIENTS,
        indexes=(
            # Accounts that are not ready yet, when they are asked for again.
            IndexModel(
                [("due_at", ASCENDING)],
                name="due",
                partialFilterExpression={"due_at": {"$exists": True}},
            ),
            IndexModel(
                [("account_id", ASCENDING)],
                name="by_account",
                unique=True,
                partialFilterExpression={"account_id": {"$gt": ""}},
            ),
        ),
    ),
)
