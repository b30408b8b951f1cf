"""Collections of appeals, second opinions, reviewers and breakers, with what each index is for."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, DESCENDING, CollectionSpec, IndexModel

APPEALS = "appeals"
OPINIONS = "opinions"
REVIEWERS = "reviewers"
BREAKERS = "breakers"

FAIRNESS_COLLECTIONS = (
    CollectionSpec(
        name=APPEALS,
        indexes=(
            # Lists, newest first: a contractor's, a vendor's, a client's, a project's, all.
            *(
                IndexModel([(whose, ASCENDING), ("filed_at", DESCENDING), ("_id", DESCENDING)])
                for whose in ("contractor_id", "organisation_id", "client_id", "project_id")
            ),
            IndexModel([("filed_at", DESCENDING), ("_id", DESCENDING)]),
            # Those whose time is over.
            IndexModel(
                [("decide_by", ASCENDING)],
                name="undecided",
                partialFilterExpression={"state": "open"},
            ),
        ),
    ),
    CollectionSpec(
        name=OPINIONS,
        indexes=(
            # Who was asked about the same before; unique, so that two never ask at once.
            IndexModel([("about", ASCENDING), ("attempt", ASCENDING)], unique=True),
            # Those that did not come in time.
            IndexModel(
                [("expires_at", ASCENDING)],
                name="unanswered",
                partialFilterExpression={"state": "asked"},
            ),
            # What contractors of a project owe.
            IndexModel(
                [("project_id", ASCENDING), ("contractor_id", ASCENDING)],
                name="owed",
                partialFilterExpression={"state": "asked"},
            ),
        ),
    ),
    CollectionSpec(name=REVIEWERS),
    CollectionSpec(
        name=BREAKERS,
        indexes=(
            # Newest first.
            IndexModel([("tripped_at", DESCENDING), ("_id", DESCENDING)]),
            # A project's; one that is tripped at a time.
            IndexModel([("project_id", ASCENDING), ("tripped_at", DESCENDING)]),
            IndexModel(
                [("project_id", ASCENDING)],
                name="tripped",
                unique=True,
                partialFilterExpression={"state": "tripped"},
            ),
            # Closed, with rulings that still wait.
            IndexModel(
                [("closed_at", ASCENDING)],
                name="draining",
                partialFilterExpression={"draining": True},
            ),
        ),
    ),
)
