"""Collections and indexes of quality, each index with the query that it serves."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, CollectionSpec, IndexModel

PROJECTS = "projects"
ANSWERS = "answers"
STANDINGS = "standings"
SKILLS = "skills"
POOLS = "pools"
RULINGS = "rulings"
TALLIES = "tallies"
CONDUCT = "conduct"

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
    # Consensus by task within a project: lists.
    CollectionSpec(
        name=STANDINGS, indexes=(IndexModel([("project_id", ASCENDING), ("_id", ASCENDING)]),)
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
    CollectionSpec(name=POOLS),
    CollectionSpec(
        name=RULINGS,
        indexes=(
            # What waits for a person, oldest first.
            IndexModel(
                [("project_id", ASCENDING), ("ruled_at", ASCENDING), ("_id", ASCENDING)],
                partialFilterExpression={"state": "in_review"},
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
    CollectionSpec(name=TALLIES, indexes=(IndexModel([("project_id", ASCENDING)]),)),
)
