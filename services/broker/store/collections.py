"""Collections and indexes of the broker, each index with the query that it serves."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, DESCENDING, CollectionSpec, IndexModel

PROJECTS = "projects"
COUNTERS = "counters"
TASKS = "tasks"
ASSIGNMENTS = "assignments"
ANSWERS = "answers"
RESULTS = "results"
TALLIES = "tallies"
DISPUTED = "disputed"
"""The index of RESULTS whose answers disagree."""
CONTRACTORS = "contractors"
RELEASE_REASONS = "release_reasons"
VENDORS = "vendors"
RATE_CARDS = "rate_cards"
LIMITS = "limits"
OPINIONS = "opinions"

COLLECTIONS = (
    CollectionSpec(
        name=PROJECTS,
        indexes=(
            IndexModel([("client_id", ASCENDING), ("_id", ASCENDING)]),
            IndexModel([("state", ASCENDING)]),
        ),
    ),
    CollectionSpec(name=COUNTERS),
    CollectionSpec(
        name=TASKS,
        indexes=(
            # In the order of posting: lists.
            IndexModel([("project_id", ASCENDING), ("seq", ASCENDING)], unique=True),
            # Open tasks of the pool by their place: candidates for claims.
            IndexModel(
                [("project_id", ASCENDING), ("place", ASCENDING)],
                partialFilterExpression={"place": {"$exists": True}},
            ),
            # Control tasks that are handed out by themselves.
            IndexModel(
                [("project_id", ASCENDING), ("control_draw", ASCENDING)],
                partialFilterExpression={"control_draw": {"$exists": True}},
            ),
            # Tasks that name a contractor.
            IndexModel(
                [("assignee_ids", ASCENDING), ("project_id", ASCENDING), ("seq", ASCENDING)],
                partialFilterExpression={"assignee_ids": {"$exists": True}},
            ),
        ),
    ),
    CollectionSpec(
        name=ASSIGNMENTS,
        indexes=(
            # No contractor twice on a task; and all that happened to a task.
            IndexModel([("task_id", ASCENDING), ("holder", ASCENDING)], unique=True),
            # Running leases: a contractor's own, and, by a scan of all that run anywhere (which are
            # few beside all that ever were), those whose time is over. One index instead of two:
            # each costs every claim and every answer.
            IndexModel(
                [("contractor_id", ASCENDING), ("lease_expires_at", ASCENDING)],
                name="running",
                partialFilterExpression={"state": "CLAIMED"},
            ),
            # A contractor's own history.
            IndexModel([("contractor_id", ASCENDING), ("claimed_at", DESCENDING)]),
        ),
    ),
    # Answers have their assignments' ids: whose they are is found there.
    CollectionSpec(name=ANSWERS),
    CollectionSpec(
        name=RESULTS,
        indexes=(
            IndexModel([("project_id", ASCENDING), ("_id", ASCENDING)]),
            # Those whose answers disagree.
            IndexModel(
                [("project_id", ASCENDING), ("_id", ASCENDING)],
                name=DISPUTED,
                partialFilterExpression={"disputed": True},
            ),
        ),
    ),
    CollectionSpec(name=TALLIES, indexes=(IndexModel([("project_id", ASCENDING)]),)),
    # The most frequent reasons of a project.
    CollectionSpec(
        name=RELEASE_REASONS,
        indexes=(IndexModel([("project_id", ASCENDING), ("count", DESCENDING)]),),
    ),
    # A vendor's pool.
    CollectionSpec(
        name=CONTRACTORS,
        indexes=(IndexModel([("organisation_id", ASCENDING), ("_id", ASCENDING)]),),
    ),
    CollectionSpec(name=VENDORS),
    CollectionSpec(name=RATE_CARDS),
    # By project and contractor together: that is their id.
    CollectionSpec(name=LIMITS),
    # What a contractor was asked for in a project, the most urgent first.
    CollectionSpec(
        name=OPINIONS,
        indexes=(
            IndexModel(
                [("contractor_id", ASCENDING), ("project_id", ASCENDING), ("expires_at", ASCENDING)]
            ),
        ),
    ),
)
