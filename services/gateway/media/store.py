"""Files, how much room each organisation's take, and parts that belong to no file."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.gridfs import FileStore, file_collections
from services.chassis.mongo import (
    ASCENDING,
    DESCENDING,
    CollectionSpec,
    Document,
    DuplicateKeyError,
    IndexModel,
    Int64,
    MongoDatabase,
    Session,
    fetch,
    store_errors,
)

BUCKET = "media"
_USAGE = "media_usage"
_LOOSE = "media_loose"

COLLECTIONS: tuple[CollectionSpec, ...] = (
    *file_collections(
        BUCKET,
        # The same bytes are kept once an organisation.
        IndexModel([("metadata.organisation_id", ASCENDING), ("metadata.sha256", ASCENDING)],
                   unique=True),
        IndexModel([("metadata.organisation_id", ASCENDING), ("_id", DESCENDING)]),
    ),
    CollectionSpec(name=_USAGE),
    CollectionSpec(name=_LOOSE, indexes=(IndexModel([("since", ASCENDING)]),)),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One file of an organisation."""

    media_id: str
    organisation_id: str
    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    """In hex."""
    uploaded_by: str
    uploaded_at: datetime


class MediaStore:
    """Writes take the session of their transaction."""

    def __init__(self, *, database: MongoDatabase, files: FileStore) -> None:
        self._files = files
        self._usage = database.collection(_USAGE)
        self._loose = database.collection(_LOOSE)

    async def get(self, media_id: str) -> Media | None:
        """Whoever's it is."""
        with store_errors():
            found = await self._files.files.find_one({"_id": media_id})
        return _media(found) if found is not None else None

    async def same_bytes(
        self, organisation_id: str, sha256: str, *, session: Session
    ) -> Media | None:
        """The organisation's file of these bytes."""
        found = await self._files.files.find_one(
            {"metadata.organisation_id": organisation_id, "metadata.sha256": sha256},
            session=session,
        )
        return _media(found) if found is not None else None

    async def page(self, organisation_id: str, *, before: str, limit: int) -> list[Media]:
        """The newest first; `before` is the id to go on after, "" for the first page."""
        wanted: Document = {"metadata.organisation_id": organisation_id}
        if before:
            wanted["_id"] = {"$lt": before}
        with store_errors():
            cursor = self._files.files.find(wanted).sort("_id", DESCENDING).limit(limit)
            return [_media(found) for found in await fetch(cursor)]

    async def used_bytes(self, organisation_id: str) -> int:
        """Room that the organisation's files take. Its count is there from now on."""
        with store_errors():
            # Another request may make it at the same moment.
            with contextlib.suppress(DuplicateKeyError):
                await self._usage.update_one(
                    {"_id": organisation_id}, {"$setOnInsert": {"bytes": Int64(0)}}, upsert=True
                )
            found = await self._usage.find_one({"_id": organisation_id})
        return int(found["bytes"]) if found is not None else 0

    async def take_room(
        self, organisation_id: str, size_bytes: int, *, most_bytes: int, session: Session
    ) -> bool:
        """Whether there is room for so much; it is taken where there is."""
        done = await self._usage.update_one(
            {"_id": organisation_id, "bytes": {"$lte": most_bytes - size_bytes}},
            {"$inc": {"bytes": Int64(size_bytes)}},
            session=session,
        )
        return done.matched_count == 1

    async def give_room(self, organisation_id: str, size_bytes: int, *, session: Session) -> None:
        """The room of a file that goes."""
        await self._usage.update_one(
            {"_id": organisation_id}, {"$inc": {"bytes": Int64(-size_bytes)}}, session=session
        )

    async def insert(self, media: Media, *, session: Session) -> None:
        """The file is there with this; its parts are."""
        document = self._files.document(
            media.media_id,
            size_bytes=media.size_bytes,
            filename=media.filename,
            uploaded_at=media.uploaded_at,
            metadata={
                "organisation_id": media.organisation_id,
                "content_type": media.content_type,
                "sha256": media.sha256,
                "uploaded_by": media.uploaded_by,
            },
        )
        await self._files.files.insert_one(document, session=session)

    async def delete(self, media: Media, *, session: Session) -> bool:
        """Whether it was still there."""
        done = await self._files.files.delete_one({"_id": media.media_id}, session=session)
        return done.deleted_count == 1

    async def mark_loose(
        self, media_id: str, *, since: datetime, session: Session | None = None
    ) -> None:
        """Parts under this id belong to no file, or to none yet."""
        await self._loose.insert_one({"_id": media_id, "since": since}, session=session)

    async def unmark_loose(self, media_id: str, *, session: Session | None = None) -> None:
        """They belong to a file now, or are gone."""
        await self._loose.delete_one({"_id": media_id}, session=session)

    async def loose_since(self, latest: datetime, *, limit: int) -> Sequence[str]:
        """Ids of parts that have belonged to no file since then or longer."""
        with store_errors():
            cursor = self._loose.find({"since": {"$lte": latest}}).sort("since", ASCENDING)
            return [found["_id"] for found in await fetch(cursor.limit(limit))]


def _media(document: Document) -> Media:
    metadata = document["metadata"]
    return Media(
        media_id=document["_id"],
        organisation_id=metadata["organisation_id"],
        filename=document["filename"],
        content_type=metadata["content_type"],
        size_bytes=int(document["length"]),
        sha256=metadata["sha256"],
        uploaded_by=metadata["uploaded_by"],
        uploaded_at=document["uploadDate"],
    )
