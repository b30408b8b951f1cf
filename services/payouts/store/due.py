"""Work that waits for its time: found by index, and held by moving its time forward.

Whoever takes a document moves its `due_at`; if nobody is heard of until then it is due again. So
a worker that dies gives back what it held, and none of it is stuck.
"""

from __future__ import annotations

from datetime import datetime

from services.chassis.mongo import ASCENDING, Collection, Document


async def take_due(
    collection: Collection,
    *,
    now: datetime,
    hold_until: datetime,
    holder: str,
    limit: int,
    only: Document | None = None,
) -> list[Document]:
    """Takes what is due, the longest due first; no two holders get the same.

    `holder` is one that was never used before; `only` says what of the due documents is meant.
    """
    query = {**(only or {}), "due_at": {"$lte": now}}
    found = collection.find(query, {"_id": 1}).sort("due_at", ASCENDING)
    ids = [document["_id"] for document in await found.limit(limit).to_list(limit)]
    if not ids:
        return []
    taken = await collection.update_many(
        {"_id": {"$in": ids}, "due_at": {"$lte": now}},
        {"$set": {"due_at": hold_until, "holder": holder}},
    )
    if not taken.modified_count:
        return []
    return await collection.find({"_id": {"$in": ids}, "holder": holder}).to_list(limit)
