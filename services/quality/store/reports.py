"""Reports as they were last made: one document a project."""

from __future__ import annotations

from datetime import datetime

from services.chassis.mongo import MongoDatabase, Session
from services.quality.store.collections import REPORTS


class ReportStore:
    """Reads and writes reports."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._reports = database.collection(REPORTS)

    async def get(self, project_id: str) -> tuple[str, datetime] | None:
        """The report's JSON, and when it was made; None where none was."""
        found = await self._reports.find_one({"_id": project_id})
        return (found["report"], found["made_at"]) if found is not None else None

    async def put(self, project_id: str, report: str, made_at: datetime, session: Session) -> None:
        """Instead of the one before."""
        await self._reports.replace_one(
            {"_id": project_id},
            {"report": report, "made_at": made_at},
            upsert=True,
            session=session,
        )
