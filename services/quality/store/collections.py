"""Collections and indexes of quality, each index with the query that it serves."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, DESCENDING, CollectionSpec, IndexModel
from services.quality.store.fairness_collections import FAIRNESS_COLLECTIONS

PROJECTS = "projects"
ANSWERS = "answers"
STANDINGS = "standings"
SKILLS = "skills"
POOLS = "pools"
RULINGS = "rulings"
TALLIES = "tallies"
GOLD = "gold"
"""The index of STANDINGS whose truth is known."""
CONDUCT = "conduct"
CALIBRATIONS = "calibrations"
SIGNALS = "signals"
SWEEPS = "sweeps"
REPORTS = "reports"
RANKINGS = "rankings"
RULES = "rules"
RULE_HITS = "rule_hits"
WATCHES = "watches"

COLLECTIONS = (
    CollectionSpec(name=PROJECTS),
    CollectionSpec(
        name=ANSWERS,
        indexes=(
            # The answers of a task: scoring. Unique: each was added with a view to the rest.
            IndexModel([("task_id", ASCENDING), ("place", ASCENDING)], unique=True),
            # A project's answers in the order of their recording: deadlines, dry runs of rules.
            IndexModel([("project_id", ASCENDING), ("seq", ASCENDING)]),
        ),
    ),
    CollectionSpec(
        name=STANDINGS,
        indexes=(
            # Consensus by task within a project: lists.
            IndexModel([("project_id", ASCENDING), ("_id", ASCENDING)]),
            # Those whose truth is known.
            IndexModel(
                [("project_id", ASCENDING), ("_id", ASCENDING)],
                name=GOLD,
                partialFilterExpression={"known": True},
            ),
        ),
    ),
    CollectionSpec(
        name=SKILLS,
        indexes=(
            # A contractor's projects.
            IndexModel([("contractor_id", ASCENDING)]),
            # A vendor's contractors: its scorecard.
            IndexModel([("organisation_id", ASCENDING)]),
        ),
    ),
    # Projects with answers whose time to be decided ends next.
    CollectionSpec(
        name=POOLS,
        indexes=(
            IndexModel(
                [("due_at", ASCENDING)], partialFilterExpression={"due_at": {"$exists": True}}
            ),
        ),
    ),
    CollectionSpec(name=CALIBRATIONS),
    CollectionSpec(name=SWEEPS),
    CollectionSpec(name=REPORTS),
    CollectionSpec(name=RANKINGS),
    CollectionSpec(
        name=RULINGS,
        indexes=(
            # What waits for a person, oldest first.
            IndexModel(
                [("project_id", ASCENDING), ("ruled_at", ASCENDING), ("_id", ASCENDING)],
                partialFilterExpression={"state": "in_review"},
            ),
            # Rejections that wait for one appeal or breaker.
            IndexModel(
                [("withheld.under", ASCENDING)],
                partialFilterExpression={"withheld.under": {"$exists": True}},
            ),
        ),
    ),
    CollectionSpec(
        name=CONDUCT,
        indexes=(
            # What has changed since it was last looked at.
            IndexModel([("touched_at", ASCENDING), ("_id", ASCENDING)]),
            # A vendor's contractors: its scorecard.
            IndexModel([("organisation_id", ASCENDING)]),
        ),
    ),
    # What looks wrong in a project, newest first.
    CollectionSpec(
        name=SIGNALS,
        indexes=(
            IndexModel([("project_id", ASCENDING), ("found_at", DESCENDING), ("_id", DESCENDING)]),
        ),
    ),
    CollectionSpec(
        name=RULES,
        indexes=(
            # The rules of a project, each in its newest version.
            IndexModel(
                [("project_id", ASCENDING), ("rule_id", ASCENDING)],
                name="newest",
                partialFilterExpression={"newest": True},
            ),
        ),
    ),
    CollectionSpec(
        name=RULE_HITS,
        indexes=(
            # What a rule did last to somebody.
            IndexModel(
                [
                    ("project_id", ASCENDING),
                    ("contractor_id", ASCENDING),
                    ("rule_id", ASCENDING),
                    ("hit_at", DESCENDING),
                ]
            ),
            # Lists, newest first: a contractor's, a vendor's, a client's, a project's, all.
            *(
                IndexModel([(whose, ASCENDING), ("hit_at", DESCENDING), ("_id", DESCENDING)])
                for whose in ("contractor_id", "organisation_id", "client_id", "project_id")
            ),
            IndexModel([("hit_at", DESCENDING), ("_id", DESCENDING)]),
        ),
    ),
    CollectionSpec(name=WATCHES),
    CollectionSpec(name=TALLIES, indexes=(IndexModel([("project_id", ASCENDING)]),)),
    *FAIRNESS_COLLECTIONS,
)
