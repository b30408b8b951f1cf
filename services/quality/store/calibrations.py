"""Known tasks as they would have stood without their truth: calibration is fitted on them."""

from __future__ import annotations

from collections.abc import Sequence

from services.chassis.mongo import Document, MongoDatabase, Session
from services.quality.domain.calibration import SAMPLES_MAX, Sample
from services.quality.store.collections import CALIBRATIONS


class CalibrationStore:
    """One document a project."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._calibrations = database.collection(CALIBRATIONS)

    async def add(self, project_id: str, samples: Sequence[Sample], *, session: Session) -> None:
        """The oldest make room."""
        await self._calibrations.update_one(
            {"_id": project_id},
            {
                "$push": {
                    "samples": {"$each": [_document(s) for s in samples], "$slice": -SAMPLES_MAX}
                }
            },
            upsert=True,
            session=session,
        )

    async def of_project(self, project_id: str, *, session: Session | None = None) -> list[Sample]:
        """In the order of their learning; of a task that was learned twice, the later."""
        found = await self._calibrations.find_one({"_id": project_id}, session=session)
        if found is None:
            return []
        latest = {document["task"]: _sample(document) for document in found["samples"]}
        return list(latest.values())


def _document(sample: Sample) -> Document:
    # Pairs, for a label may be anything and a field's name may not.
    return {
        "task": sample.task_id,
        "gold": sample.gold,
        "posterior": [[label, p] for label, p in sample.posterior.items()],
        "unsaid": sample.unsaid,
        "labels": sample.labels_count,
    }


def _sample(document: Document) -> Sample:
    return Sample(
        task_id=document["task"],
        gold=document["gold"],
        posterior=dict(document["posterior"]),
        unsaid=document["unsaid"],
        labels_count=document["labels"],
    )
