"""Contractors' and pools' counters: changed by adding only, so that writers commute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from services.chassis.mongo import (
    Document,
    MongoDatabase,
    ReturnDocument,
    Session,
    UpdateOne,
    fetch,
)
from services.quality.domain import pace, risk
from services.quality.domain.accuracy import totals
from services.quality.domain.calibration import UNCALIBRATED, Calibration
from services.quality.domain.decisions import Evidence
from services.quality.domain.limits import Limits
from services.quality.domain.pace import Pace
from services.quality.domain.records import PoolState
from services.quality.domain.risk import MeanRisk
from services.quality.domain.skills import Increments, Skills
from services.quality.domain.types import PoolSkill, Skill
from services.quality.store.collections import POOLS, SKILLS
from services.quality.store.limits import limits_of

NOTHING: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Contractors of a project: their skills, what limits them, and whom they may act with."""

    skills: Skills
    limits: Mapping[str, Limits]
    colluders: Mapping[str, Evidence]


class SkillStore:
    """Reads counters, and adds to them."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._skills = database.collection(SKILLS)
        self._pools = database.collection(POOLS)

    async def take_numbers(
        self,
        project_id: str,
        count: int,
        *,
        session: Session,
        beside: Mapping[str, int] = NOTHING,
        due_at: datetime | None = None,
    ) -> PoolState:
        """So many numbers in the project's order of recording, for this transaction alone.

        From here to its commit, any other transaction that wants numbers of the project, or adds to
        its pool, fails and runs again. `beside` adds to what else the pool's document counts;
        `due_at` is when the first of the answers must have been decided.
        """
        update: Document = {"$inc": {"seq": count, **beside}}
        if due_at is not None:
            update["$min"] = {"due_at": due_at}
        pool = await self._pools.find_one_and_update(
            {"_id": project_id},
            update,
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return _pool_state(project_id, pool, seq=pool["seq"] - count + 1)

    async def load(
        self,
        project_id: str,
        contractor_ids: Iterable[str],
        *,
        pool: PoolSkill,
        session: Session | None = None,
    ) -> Skills:
        """A working set of one project."""
        return (
            await self.load_people(project_id, contractor_ids, pool=pool, session=session)
        ).skills

    async def load_people(
        self,
        project_id: str,
        contractor_ids: Iterable[str],
        *,
        pool: PoolSkill,
        session: Session | None = None,
    ) -> People:
        """A working set of one project, and what else is known of its contractors."""
        ids = [_key(project_id, contractor_id) for contractor_id in contractor_ids]
        found = (
            await fetch(self._skills.find({"_id": {"$in": ids}}, session=session)) if ids else []
        )
        return People(
            skills=Skills(
                pool=pool,
                skills=[
                    Skill(contractor_id=document["contractor_id"], counters=document["counters"])
                    for document in found
                ],
            ),
            limits={document["contractor_id"]: limits_of(document) for document in found},
            colluders={
                document["contractor_id"]: document["collusion"]
                for document in found
                if "collusion" in document
            },
        )

    async def marked_colluders(self, project_id: str) -> set[str]:
        """Of whom something speaks for an agreement."""
        found = self._skills.find(
            {
                "_id": {"$gte": f"{project_id}:", "$lt": f"{project_id};"},
                "collusion": {"$exists": True},
            },
            {"contractor_id": 1},
        )
        return {document["contractor_id"] for document in await fetch(found)}

    async def mark_colluders(
        self, project_id: str, evidence: Mapping[str, Evidence], *, session: Session
    ) -> None:
        """Of contractors who have answered: what speaks for an agreement between them and others.

        Decisions take it for evidence; without any, a mark is taken away.
        """
        updates = [
            UpdateOne(
                {"_id": _key(project_id, contractor_id)},
                {"$set": {"collusion": dict(figures)}} if figures else {"$unset": {"collusion": 1}},
            )
            for contractor_id, figures in evidence.items()
        ]
        if updates:
            await self._skills.bulk_write(updates, ordered=False, session=session)

    async def pool(self, project_id: str) -> PoolSkill:
        """Without anything where nothing was scored."""
        return (await self.pool_state(project_id)).pool

    async def pool_state(self, project_id: str) -> PoolState:
        """As it is now; of a project without answers, as nothing."""
        found = await self._pools.find_one({"_id": project_id}) or {}
        return _pool_state(project_id, found, seq=found.get("seq", 0) + 1)

    async def set_calibration(
        self, project_id: str, calibration: Calibration, *, samples: int, session: Session
    ) -> None:
        """As its next version, fitted when the project had so many known tasks."""
        await self._pools.update_one(
            {"_id": project_id},
            {
                "$set": {"calibration": asdict(calibration), "samples_fitted": samples},
                "$inc": {"calibration_version": 1},
            },
            session=session,
        )

    async def add(
        self,
        project_id: str,
        increments: Increments,
        *,
        beside: Mapping[str, int],
        organisations: Mapping[str, str],
        session: Session,
    ) -> None:
        """Adds what a batch has changed; `organisations` says whose contractors they are.

        `beside` adds to what else the pool's document counts;
        `due_at` is when the first of the answers must have been decided.
        """
        updates = [
            UpdateOne(
                {"_id": _key(project_id, contractor_id)},
                {
                    "$inc": {
                        **{f"counters.{name}": n for name, n in changes.items()},
                        **{f"totals.{name}": n for name, n in totals(changes).items()},
                    },
                    "$setOnInsert": {
                        "project_id": project_id,
                        "contractor_id": contractor_id,
                        "organisation_id": organisations[contractor_id],
                    },
                },
                upsert=True,
            )
            for contractor_id, changes in increments.skills.items()
        ]
        if updates:
            await self._skills.bulk_write(updates, ordered=False, session=session)
        pool = {f"counters.{name}": n for name, n in increments.pool.items()}
        pool.update({name: n for name, n in beside.items() if n})
        if pool:
            await self._pools.update_one(
                {"_id": project_id},
                {"$inc": pool},
                upsert=True,
                session=session,
            )

    async def of_contractor(
        self, contractor_id: str, *, project_id: str, organisation_id: str, limit: int
    ) -> list[tuple[str, Skill]]:
        """Skills by project: of one project, or of all of the contractor's.

        With an organisation_id, only those of that organisation's contractor.
        """
        query = {"contractor_id": contractor_id}
        if project_id:
            query["_id"] = _key(project_id, contractor_id)
        if organisation_id:
            query["organisation_id"] = organisation_id
        found = self._skills.find(query).limit(limit)
        return [
            (
                document["project_id"],
                Skill(contractor_id=contractor_id, counters=document["counters"]),
            )
            async for document in found
        ]

    async def count_contractors(self, project_id: str) -> int:
        """Who has answered anything that was scored."""
        return await self._skills.count_documents(
            {"_id": {"$gte": f"{project_id}:", "$lt": f"{project_id};"}}
        )


def _pool_state(project_id: str, document: Document, *, seq: int) -> PoolState:
    calibration = document.get("calibration")
    return PoolState(
        seq=seq,
        pool=PoolSkill(project_id=project_id, counters=document.get("counters", {})),
        calibration=Calibration(**calibration) if calibration else UNCALIBRATED,
        samples=document.get("samples", 0),
        samples_fitted=document.get("samples_fitted", 0),
        consensus_gold=document.get("consensus_gold", 0),
        pace=Pace(
            count=document.get(pace.COUNT, 0),
            total=document.get(pace.SUM, 0),
            squares=document.get(pace.SQUARES, 0),
        ),
        mean_risk=MeanRisk(count=document.get(risk.COUNT, 0), total=document.get(risk.SUM, 0)),
    )


def _key(project_id: str, contractor_id: str) -> str:
    return f"{project_id}:{contractor_id}"
