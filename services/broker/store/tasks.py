"""Tasks, open or resolved, and the results of the resolved ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.broker.domain.controls import control_draw
from services.broker.domain.errors import TaskNotFound
from services.broker.domain.queue import SEGMENT_PLACES
from services.broker.domain.tasks import Task, TaskState
from services.broker.store.collections import DISPUTED, RESULTS, TASKS
from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session, UpdateOne, fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEntry:
    """A task and its number in the order of posting."""

    seq: int
    task: Task


class TaskStore:
    """Reads and writes tasks."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._tasks = database.collection(TASKS)
        self._results = database.collection(RESULTS)

    async def digests(self, task_ids: Sequence[str], *, session: Session) -> dict[str, bytes]:
        """Of the tasks that are there already."""
        found = self._tasks.find({"_id": {"$in": task_ids}}, {"digest": 1}, session=session)
        return {document["_id"]: bytes(document["digest"]) for document in await fetch(found)}

    async def insert(
        self, tasks: Sequence[Task], *, first_seq: int, first_place: int, session: Session
    ) -> None:
        """New tasks, in the order of posting; those of the pool also get a place in the queue."""
        documents: list[Document] = []
        place = first_place
        for seq, task in enumerate(tasks, start=first_seq):
            document = {
                "_id": task.task_id,
                "project_id": task.project_id,
                "external_id": task.external_id,
                "data_json": task.data_json,
                "overlap": task.overlap,
                "digest": task.digest,
                "state": TaskState.OPEN.value,
                "seq": seq,
            }
            if task.gold_label:
                document["gold_label"] = task.gold_label
            if task.answers_max:
                document["answers_max"] = task.answers_max
            if task.items:
                document["items"] = list(task.items)
            if task.assignee_ids:
                document["assignee_ids"] = list(task.assignee_ids)
            elif task.is_control:
                document["control_draw"] = control_draw(task.task_id)
            else:
                document["place"] = place
                place += 1
            documents.append(document)
        await self._tasks.insert_many(documents, ordered=True, session=session)

    async def get(self, task_id: str) -> Task | None:
        """One task, or None."""
        found = await self._tasks.find_one({"_id": task_id})
        return task_of(found) if found else None

    async def get_many(self, task_ids: Iterable[str]) -> dict[str, Task]:
        """Those that are there."""
        found = self._tasks.find({"_id": {"$in": list(task_ids)}})
        return {document["_id"]: task_of(document) for document in await fetch(found)}

    async def documents(self, task_ids: Iterable[str]) -> dict[str, Document]:
        """Those that are there, as candidates are made of them."""
        found = self._tasks.find({"_id": {"$in": list(task_ids)}})
        return {document["_id"]: document for document in await fetch(found)}

    async def page(self, project_id: str, *, after_seq: int, limit: int) -> list[TaskEntry]:
        """In the order of posting."""
        query = {"project_id": project_id, "seq": {"$gt": after_seq}}
        found = self._tasks.find(query).sort("seq", ASCENDING).limit(limit)
        return [TaskEntry(seq=d["seq"], task=task_of(d)) async for d in found]

    async def first_open_place(self, project_id: str, *, from_place: int) -> int | None:
        """The first place of the queue that is open, at or after one."""
        query = {"project_id": project_id, "place": {"$gte": from_place}}
        found = self._tasks.find(query, {"place": 1}).sort("place", ASCENDING).limit(1)
        async for document in found:
            return int(document["place"])
        return None

    async def open_segment(
        self, project_id: str, *, from_place: int, to_place: int
    ) -> list[Document]:
        """Open tasks of one segment of the queue."""
        query = {"project_id": project_id, "place": {"$gte": from_place, "$lt": to_place}}
        found = self._tasks.find(query).sort("place", ASCENDING)
        return await fetch(found.limit(SEGMENT_PLACES))

    async def controls(self, project_id: str, *, limit: int) -> list[Document]:
        """Control tasks that are handed out by themselves, by draw, whether resolved or not.

        Those that were withdrawn are not among them.
        """
        query = {
            "project_id": project_id,
            "control_draw": {"$exists": True},
            "withdrawn": {"$exists": False},
        }
        found = self._tasks.find(query).sort("control_draw", ASCENDING).limit(limit)
        return await fetch(found)

    async def count_open_controls(self, project_id: str, *, session: Session) -> int:
        """Of them, those without a result."""
        query = {
            "project_id": project_id,
            "control_draw": {"$exists": True},
            "state": TaskState.OPEN.value,
        }
        return await self._tasks.count_documents(query, session=session)

    async def named(
        self, project_id: str, contractor_id: str, *, from_seq: int, limit: int
    ) -> list[Document]:
        """Open tasks that name the contractor."""
        query = {
            "assignee_ids": contractor_id,
            "project_id": project_id,
            "seq": {"$gte": from_seq},
            "state": TaskState.OPEN.value,
        }
        return await self._tasks.find(query).sort("seq", ASCENDING).limit(limit).to_list(limit)

    async def requeue(self, places: dict[str, int], *, session: Session) -> None:
        """New places, at the end of the queue, for tasks of the pool that are still open."""
        await self._tasks.bulk_write(
            [
                UpdateOne({"_id": task_id, "place": {"$exists": True}}, {"$set": {"place": place}})
                for task_id, place in places.items()
            ],
            ordered=False,
            session=session,
        )

    async def ask_for(self, wanted: Mapping[str, int], *, session: Session) -> list[str]:
        """Raises what was asked for of open tasks of the pool, as far as money is held for it.

        Returns:
            The tasks of which more was asked for than before.

        Errors:
            TaskNotFound.
        """
        fields = {"overlap": 1, "overlap_asked": 1, "answers_max": 1, "place": 1}
        found = await fetch(
            self._tasks.find({"_id": {"$in": list(wanted)}}, fields, session=session)
        )
        missing = wanted.keys() - {document["_id"] for document in found}
        if missing:
            raise TaskNotFound("no such task", task_id=min(missing))
        raised: dict[str, int] = {}
        for document in found:
            most = document.get("answers_max") or document["overlap"]
            now = min(wanted[document["_id"]], most)
            # Resolved, named and control tasks have no place in the queue.
            if now > _asked(document) and "place" in document:
                raised[document["_id"]] = now
        if raised:
            await self._tasks.bulk_write(
                [
                    UpdateOne({"_id": task_id}, {"$set": {"overlap_asked": asked}})
                    for task_id, asked in raised.items()
                ],
                ordered=False,
                session=session,
            )
        return sorted(raised)

    async def release_unasked(self, task_ids: Sequence[str], *, session: Session) -> int:
        """Of tasks just resolved: what money was held for, but was not asked for, is not any more.

        Control tasks are handed out beyond their result. Returns how many answers that is.
        """
        query = {
            "_id": {"$in": list(task_ids)},
            "answers_max": {"$exists": True},
            "control_draw": {"$exists": False},
        }
        fields = {"overlap": 1, "overlap_asked": 1, "answers_max": 1}
        found = await fetch(self._tasks.find(query, fields, session=session))
        released = sum(int(document["answers_max"]) - _asked(document) for document in found)
        if found:
            await self._tasks.update_many(
                {"_id": {"$in": [document["_id"] for document in found]}},
                [{"$set": {"answers_max": {"$ifNull": ["$overlap_asked", "$overlap"]}}}],
                session=session,
            )
        return released

    async def resolve(self, results: Sequence[Document], *, session: Session) -> list[str]:
        """Stores results (`_id` is the task's); returns the tasks that were not resolved before."""
        ids = [result["_id"] for result in results]
        known = {
            document["_id"]
            for document in await fetch(
                self._results.find({"_id": {"$in": ids}}, {"_id": 1}, session=session)
            )
        }
        fresh = [result for result in results if result["_id"] not in known]
        for result in results:
            if result["_id"] in known:
                # Scored again: the newer result stands.
                await self._results.replace_one(
                    {"_id": result["_id"], "resolved_at": {"$lt": result["resolved_at"]}},
                    result,
                    session=session,
                )
        if fresh:
            await self._results.insert_many(fresh, session=session)
            await self._tasks.update_many(
                {"_id": {"$in": [result["_id"] for result in fresh]}},
                {"$set": {"state": TaskState.RESOLVED.value}, "$unset": {"place": ""}},
                session=session,
            )
        return [result["_id"] for result in fresh]

    async def result_page(
        self, project_id: str, *, after: str, limit: int, disputed_only: bool = False
    ) -> list[Document]:
        """Results by task_id."""
        query: Document = {"project_id": project_id, "_id": {"$gt": after}}
        if disputed_only:
            query["disputed"] = True
        found = self._results.find(query).sort("_id", ASCENDING).limit(limit)
        if disputed_only:
            found = found.hint(DISPUTED)
        return await found.to_list(limit)

    async def result_pages(self, project_id: str, *, page: int) -> AsyncIterator[list[Document]]:
        """All results, a page at a time."""
        after = ""
        while True:
            found = await self.result_page(project_id, after=after, limit=page)
            if not found:
                return
            yield found
            after = found[-1]["_id"]


def _asked(document: Document) -> int:
    return int(document.get("overlap_asked") or document["overlap"])


def task_of(document: Document) -> Task:
    """A task out of its document."""
    return Task(
        task_id=document["_id"],
        project_id=document["project_id"],
        external_id=document["external_id"],
        data_json=document["data_json"],
        gold_label=document.get("gold_label", ""),
        assignee_ids=tuple(document.get("assignee_ids", ())),
        overlap=document["overlap"],
        digest=bytes(document["digest"]),
        state=TaskState(document["state"]),
        overlap_asked=document.get("overlap_asked", 0),
        answers_max=document.get("answers_max", 0),
        is_control="control_draw" in document,
        items=tuple(document.get("items", ())),
    )
