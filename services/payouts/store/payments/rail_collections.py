"""Collections and indexes of the rail half, each index with the query that it serves."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, DESCENDING, CollectionSpec, IndexModel

DEPOSITS = "deposits"
PAYOUT_ACCOUNTS = "payout_accounts"
PERIODS = "periods"
STATEMENTS = "statements"
INSTRUCTIONS = "instructions"
WEBHOOKS = "webhooks"


def _due() -> IndexModel:
    # What a worker has to look at next; documents that wait for nobody are not in it.
    return IndexModel(
        [("due_at", ASCENDING)],
        name="due",
        partialFilterExpression={"due_at": {"$exists": True}},
    )


RAIL_COLLECTIONS = (
    CollectionSpec(
        name=DEPOSITS,
        indexes=(
            _due(),
            # A client's list, the newest first: ids are in the order of their time.
            IndexModel([("client_id", ASCENDING), ("_id", DESCENDING)], name="by_client"),
            # Top-ups of the last weeks, which banks may still take back.
            IndexModel(
                [("method", ASCENDING), ("state", ASCENDING), ("_id", ASCENDING)], name="by_state"
            ),
            # What a refund or a dispute is of.
            IndexModel(
                [("rail_id", ASCENDING)],
                name="by_rail_id",
                unique=True,
                partialFilterExpression={"rail_id": {"$gt": ""}},
            ),
        ),
    ),
    CollectionSpec(
        name=PAYOUT_ACCOUNTS,
        indexes=(
            _due(),
            # Whose account it is: notifications name the provider's id.
            IndexModel(
                [("account_id", ASCENDING)],
                name="by_account",
                unique=True,
                partialFilterExpression={"account_id": {"$gt": ""}},
            ),
            # Which were not looked at for long.
            IndexModel(
                [("fetched_at", ASCENDING)],
                name="by_look",
                partialFilterExpression={"account_id": {"$gt": ""}},
            ),
        ),
    ),
    # The open period, and those that are being closed, oldest first.
    CollectionSpec(name=PERIODS, indexes=(IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),)),
    CollectionSpec(
        name=STATEMENTS,
        indexes=(
            # A payee's list.
            IndexModel([("payee_id", ASCENDING), ("_id", ASCENDING)], name="by_payee"),
            # A period's: what is to be paid, and counts by state.
            IndexModel(
                [("period_id", ASCENDING), ("state", ASCENDING), ("_id", ASCENDING)],
                name="by_period",
            ),
            # What is to be paid, or looked at again, by itself.
            IndexModel([("state", ASCENDING), ("pay_at", ASCENDING)], name="by_pay_time"),
        ),
    ),
    CollectionSpec(
        name=INSTRUCTIONS,
        indexes=(
            _due(),
            # The gauges, and what an account's new balance lets go on.
            IndexModel(
                [("action", ASCENDING), ("destination", ASCENDING)],
                name="unsettled",
                partialFilterExpression={"is_settled": False},
            ),
            # Which were sent of late, and may still come back.
            IndexModel(
                [("sent_at", ASCENDING), ("_id", ASCENDING)],
                name="sent",
                partialFilterExpression={"is_settled": True},
            ),
        ),
    ),
    CollectionSpec(
        name=WEBHOOKS,
        indexes=(
            _due(),
            # Handled ones go after their time.
            IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
            # What a payee's account was told of, when the person is erased.
            IndexModel(
                [("account_id", ASCENDING)],
                name="by_account",
                partialFilterExpression={"account_id": {"$gt": ""}},
            ),
        ),
    ),
)
