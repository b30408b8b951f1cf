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

COLLECTIONS = (
    CollectionSpec(name=PROJECTS),
    # The answers of a task: scoring. Unique, so that each one was added with a view to the rest.
    CollectionSpec(
        name=ANSWERS,
        indexes=(IndexModel([("task_id", ASCENDING), ("place", ASCENDING)], unique=True),),
    ),
    # Consensus by task within a project: lists.
    CollectionSpec(
        name=STANDINGS, indexes=(IndexModel([("project_id", ASCENDING), ("_id", ASCENDING)]),)
    ),
    # A contractor's projects.
    CollectionSpec(name=SKILLS, indexes=(IndexModel([("contractor_id", ASCENDING)]),)),
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
    CollectionSpec(name=TALLIES, indexes=(IndexModel([("project_id", ASCENDING)]),)),
)
