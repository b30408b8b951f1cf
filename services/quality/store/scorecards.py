"""What a vendor's scorecard sums up."""

from __future__ import annotations

from typing import Any

from services.chassis.mongo import MongoDatabase
from services.quality.domain.appeals import AppealState
from services.quality.domain.scorecards import Scorecard
from services.quality.domain.types import Kind
from services.quality.store.collections import CONDUCT, PROJECTS, SKILLS
from services.quality.store.fairness_collections import APPEALS


class ScorecardStore:
    """Sums over contractors and projects, in the database."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._conduct = database.collection(CONDUCT)
        self._appeals = database.collection(APPEALS)

    async def of_vendor(self, vendor_id: str) -> list[Scorecard]:
        """One a kind of work that any of its contractors has answered, by kind."""
        appeals = await self._appeals_of(vendor_id)
        # A contractor's conduct and skill in a project have the same key.
        groups = self._conduct.aggregate(
            [
                {"$match": {"organisation_id": vendor_id}},
                {
                    "$lookup": {
                        "from": SKILLS,
                        "localField": "_id",
                        "foreignField": "_id",
                        "as": "skill",
                    }
                },
                {"$set": {"totals": {"$first": "$skill.totals"}}},
                {
                    "$group": {
                        "_id": "$kind",
                        "who": {"$addToSet": "$contractor_id"},
                        **{
                            name: {"$sum": f"$counters.{name}"}
                            for name in ("answers", "accepted", "rejected")
                        },
                        **{
                            name: {"$sum": f"$totals.{name}"}
                            for name in ("gold_right", "gold_total", "right", "total")
                        },
                    }
                },
                {"$set": {"contractors": {"$size": "$who"}}},
                {"$unset": "who"},
            ]
        )
        found = [
            Scorecard(
                vendor_id=vendor_id,
                kind=Kind(group.pop("_id")),
                **group,
            )
            async for group in _with(groups, appeals)
        ]
        return sorted(found, key=lambda card: card.kind)

    async def _appeals_of(self, vendor_id: str) -> dict[str, dict[str, int]]:
        """Decided ones, by the kind of their project and then by how they ended."""
        ended = [AppealState.UPHELD.value, AppealState.DISMISSED.value]
        groups = self._appeals.aggregate(
            [
                {"$match": {"organisation_id": vendor_id, "state": {"$in": ended}}},
                {
                    "$lookup": {
                        "from": PROJECTS,
                        "localField": "project_id",
                        "foreignField": "_id",
                        "as": "project",
                    }
                },
                {
                    "$group": {
                        "_id": {"kind": {"$first": "$project.kind"}, "state": "$state"},
                        "appeals": {"$sum": 1},
                    }
                },
            ]
        )
        found: dict[str, dict[str, int]] = {}
        async for group in groups:
            key = group["_id"]
            by_state = found.setdefault(key["kind"], {})
            by_state[f"appeals_{key['state']}"] = group["appeals"]
        return found


async def _with(groups: Any, appeals: dict[str, dict[str, int]]) -> Any:
    async for group in groups:
        yield {**group, **appeals.get(group["_id"], {})}
