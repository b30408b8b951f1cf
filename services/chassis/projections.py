"""What another service has told: of each thing the newest version that has arrived.

Events come late, twice and out of order, so a projection keeps the version it is of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.chassis.mongo import Collection, Document, Session


async def find_by_id(
    collection: Collection, ids: Iterable[str], *, session: Session | None = None
) -> dict[str, Document]:
    """Those that have arrived."""
    wanted = list(ids)
    if not wanted:
        return {}
    found = collection.find({"_id": {"$in": wanted}}, session=session)
    return {document["_id"]: document async for document in found}


async def put_newest(
    collection: Collection, documents: Sequence[Document], *, session: Session
) -> None:
    """Those that are not there go in, newer versions replace older ones, others are nothing."""
    newest: dict[str, Document] = {}
    for document in documents:
        known = newest.get(document["_id"])
        if known is None or known["version"] < document["version"]:
            newest[document["_id"]] = document
    found = collection.find({"_id": {"$in": list(newest)}}, {"version": 1}, session=session)
    versions = {document["_id"]: document["version"] async for document in found}
    fresh = [document for document in newest.values() if document["_id"] not in versions]
    if fresh:
        await collection.insert_many(fresh, session=session)
    for document in newest.values():
        if versions.get(document["_id"], document["version"]) < document["version"]:
            await collection.replace_one({"_id": document["_id"]}, document, session=session)
