"""Rules in all their versions, and what they have done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.chassis.mongo import (
    ASCENDING,
    DESCENDING,
    Document,
    MongoDatabase,
    Session,
    UpdateOne,
)
from services.quality.domain.rules import (
    Action,
    Comparison,
    Condition,
    Rule,
    RuleDraft,
    RuleHit,
    Statistic,
)
from services.quality.store.collections import RULE_HITS, RULES


class RuleStore:
    """Reads and writes rules and hits."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._rules = database.collection(RULES)
        self._hits = database.collection(RULE_HITS)

    async def newest(
        self, project_id: str, rule_id: str, *, session: Session | None = None
    ) -> Rule | None:
        """The newest version, or None."""
        found = await self._rules.find_one(
            {"project_id": project_id, "rule_id": rule_id, "newest": True}, session=session
        )
        return _rule(found) if found is not None else None

    async def count(self, project_id: str, *, session: Session) -> int:
        """How many rules the project has."""
        return await self._rules.count_documents(
            {"project_id": project_id, "newest": True}, session=session
        )

    async def put(self, rule: Rule, *, session: Session) -> None:
        """A version more, which is then the newest."""
        await self._rules.update_many(
            {"project_id": rule.project_id, "rule_id": rule.rule_id, "newest": True},
            {"$set": {"newest": False}},
            session=session,
        )
        await self._rules.insert_one(_rule_document(rule), session=session)

    async def page(self, project_id: str, *, after: str, limit: int) -> list[Rule]:
        """The newest version of each, by rule_id."""
        query = {"project_id": project_id, "newest": True, "rule_id": {"$gt": after}}
        found = self._rules.find(query).sort("rule_id", ASCENDING).limit(limit)
        return [_rule(document) async for document in found]

    async def active(self, project_id: str, *, limit: int) -> list[Rule]:
        """What is in force."""
        query = {"project_id": project_id, "newest": True, "is_active": True}
        return [_rule(document) async for document in self._rules.find(query).limit(limit)]

    async def last_hits(
        self, project_id: str, contractor_ids: Iterable[str], *, session: Session
    ) -> dict[tuple[str, str], RuleHit]:
        """The latest hit by (rule, contractor), of any version."""
        stages: list[Document] = [
            {"$match": {"project_id": project_id, "contractor_id": {"$in": list(contractor_ids)}}},
            {
                "$sort": {
                    "project_id": ASCENDING,
                    "contractor_id": ASCENDING,
                    "rule_id": ASCENDING,
                    "hit_at": DESCENDING,
                }
            },
            {
                "$group": {
                    "_id": {"who": "$contractor_id", "rule": "$rule_id"},
                    "hit": {"$first": "$$ROOT"},
                }
            },
        ]
        found = self._hits.aggregate(stages, session=session)
        hits = [_hit(document["hit"]) async for document in found]
        return {(hit.rule_id, hit.contractor_id): hit for hit in hits}

    async def add_hits(self, hits: Sequence[RuleHit], *, session: Session) -> None:
        """Those that are not there yet."""
        updates = [
            UpdateOne({"_id": hit.hit_id}, {"$setOnInsert": _hit_document(hit)}, upsert=True)
            for hit in hits
        ]
        if updates:
            await self._hits.bulk_write(updates, ordered=False, session=session)

    async def hits(
        self, where: Mapping[str, str], *, before: tuple[datetime, str] | None, limit: int
    ) -> list[RuleHit]:
        """Newest first; `where` are fields of them."""
        query: Document = dict(where)
        if before is not None:
            moment, last = before
            query["$or"] = [{"hit_at": {"$lt": moment}}, {"hit_at": moment, "_id": {"$lt": last}}]
        found = self._hits.find(query).sort([("hit_at", DESCENDING), ("_id", DESCENDING)])
        return [_hit(document) async for document in found.limit(limit)]


def _rule_document(rule: Rule) -> Document:
    return {
        "_id": f"{rule.rule_id}:{rule.version}",
        "rule_id": rule.rule_id,
        "project_id": rule.project_id,
        "version": rule.version,
        "newest": True,
        "is_active": rule.is_active,
        "created_at": rule.created_at,
        "name": rule.draft.name,
        "conditions": [
            {
                "statistic": condition.statistic.value,
                "comparison": condition.comparison.value,
                "threshold": condition.threshold,
            }
            for condition in rule.draft.conditions
        ],
        "action": rule.draft.action.value,
        "action_hours": rule.draft.action_hours,
        "explanation": rule.draft.explanation,
    }


def _rule(document: Document) -> Rule:
    return Rule(
        rule_id=document["rule_id"],
        project_id=document["project_id"],
        version=document["version"],
        is_active=document["is_active"],
        created_at=document["created_at"],
        draft=RuleDraft(
            name=document["name"],
            conditions=tuple(
                Condition(
                    statistic=Statistic(found["statistic"]),
                    comparison=Comparison(found["comparison"]),
                    threshold=found["threshold"],
                )
                for found in document["conditions"]
            ),
            action=Action(document["action"]),
            action_hours=document["action_hours"],
            explanation=document["explanation"],
        ),
    )


def _hit_document(hit: RuleHit) -> Document:
    return {
        "rule_id": hit.rule_id,
        "rule_version": hit.rule_version,
        "rule_name": hit.rule_name,
        "project_id": hit.project_id,
        "client_id": hit.client_id,
        "contractor_id": hit.contractor_id,
        "organisation_id": hit.organisation_id,
        "action": hit.action.value,
        "hit_at": hit.hit_at,
        "ends_at": hit.ends_at,
        "explanation": hit.explanation,
        "evidence": dict(hit.evidence),
        "answers": hit.answers,
    }


def _hit(document: Document) -> RuleHit:
    return RuleHit(
        hit_id=document["_id"],
        rule_id=document["rule_id"],
        rule_version=document["rule_version"],
        rule_name=document["rule_name"],
        project_id=document["project_id"],
        client_id=document["client_id"],
        contractor_id=document["contractor_id"],
        organisation_id=document["organisation_id"],
        action=Action(document["action"]),
        hit_at=document["hit_at"],
        ends_at=document["ends_at"],
        explanation=document["explanation"],
        evidence=document["evidence"],
        answers=document["answers"],
    )
