"""Collections and indexes of reconciliation, each index with the query that it serves."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, CollectionSpec, IndexModel

RAIL_TRANSACTIONS = "rail_transactions"
MIRROR_ITEMS = "mirror_items"
MIRROR_ALIASES = "mirror_aliases"
MIRROR_CURSORS = "mirror_cursors"
CLEARING_ITEMS = "clearing_items"
CLEARING_ALIASES = "clearing_aliases"
CLEARING_ACKNOWLEDGEMENTS = "clearing_acknowledgements"
EVENT_CURSORS = "event_cursors"
STATEMENT_AUDITS = "statement_audits"

_UNSETTLED = {"settled": False}


def _items(name: str, *others: IndexModel) -> CollectionSpec:
    return CollectionSpec(
        name=name,
        indexes=(
            # Both sides of one thing.
            IndexModel([("group", ASCENDING)], name="by_group"),
            # What is not matched: the list, its sums and its oldest.
            IndexModel([("at", ASCENDING)], name="unsettled", partialFilterExpression=_UNSETTLED),
            # Whether an account's list has to be read again soon.
            IndexModel(
                [("account", ASCENDING)],
                name="unsettled_by_account",
                partialFilterExpression=_UNSETTLED,
            ),
            *others,
        ),
    )


def _due() -> IndexModel:
    # Whose list is read on next.
    return IndexModel([("due_at", ASCENDING)], name="due")


MIRROR_COLLECTIONS = (
    CollectionSpec(
        name=RAIL_TRANSACTIONS,
        indexes=(
            IndexModel(
                [("readable", ASCENDING)],
                name="unreadable",
                partialFilterExpression={"readable": False},
            ),
        ),
    ),
    # A day's sums.
    _items(MIRROR_ITEMS, IndexModel([("day", ASCENDING), ("currency", ASCENDING)], name="by_day")),
    CollectionSpec(name=MIRROR_ALIASES),
    CollectionSpec(name=MIRROR_CURSORS, indexes=(_due(),)),
    _items(CLEARING_ITEMS),
    CollectionSpec(name=CLEARING_ALIASES),
    CollectionSpec(
        name=CLEARING_ACKNOWLEDGEMENTS,
        # Those that still count.
        indexes=(IndexModel([("until", ASCENDING)], name="by_end"),),
    ),
    CollectionSpec(name=EVENT_CURSORS, indexes=(_due(),)),
    CollectionSpec(
        name=STATEMENT_AUDITS,
        indexes=(
            # What was found wrong.
            IndexModel(
                [("wrong.currency", ASCENDING)],
                name="wrong",
                partialFilterExpression={"wrong": {"$exists": True}},
            ),
        ),
    ),
)
