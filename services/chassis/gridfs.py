"""Large files in the database, in GridFS's layout, with never more than a few parts in memory.

Any GridFS client reads them. They are written and read here, and not by the driver's own streams,
because those hold up to 48 MB of a file when writing and 16 MB when reading, and because a file's
document must be committed with whatever belongs to it: the caller inserts it, in a transaction.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from services.chassis.errors import DomainError, Kind
from services.chassis.mongo import (
    ASCENDING,
    Collection,
    CollectionSpec,
    Document,
    IndexModel,
    Int64,
    MongoDatabase,
    store_errors,
)

CHUNK_BYTES = 255 * 1024
_CHUNKS_PER_INSERT = 8
_CHUNKS_PER_READ = 4


class FileIncomplete(DomainError):
    """The file was deleted while it was read, or a part of it is gone."""

    kind, reason = Kind.NOT_FOUND, "FILE_INCOMPLETE"


class FileStore:
    """The files of one bucket: collections `<bucket>.files` and `<bucket>.chunks`."""

    def __init__(self, *, database: MongoDatabase, bucket: str) -> None:
        self.files: Collection = database.collection(f"{bucket}.files")
        self._chunks: Collection = database.collection(f"{bucket}.chunks")

    def write(self, file_id: str) -> FileWriter:
        """A new file; nobody sees it before its document is inserted."""
        return FileWriter(chunks=self._chunks, file_id=file_id)

    def document(
        self,
        file_id: str,
        *,
        size_bytes: int,
        filename: str,
        uploaded_at: datetime,
        metadata: Document,
    ) -> Document:
        """What to insert into `files` once all of the file is written."""
        return {
            "_id": file_id,
            "length": Int64(size_bytes),
            "chunkSize": CHUNK_BYTES,
            "uploadDate": uploaded_at,
            "filename": filename,
            "metadata": metadata,
        }

    async def read(
        self, file_id: str, *, start: int, end: int, chunk_bytes: int = CHUNK_BYTES
    ) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, in pieces of at most a chunk.

        Errors:
            FileIncomplete: not all of them are there.
            StoreUnavailable: no answer.
        """
        if start >= end:
            return
        number, last = start // chunk_bytes, (end - 1) // chunk_bytes
        found = self._chunks.find({"files_id": file_id, "n": {"$gte": number, "$lte": last}})
        with store_errors():
            async for chunk in found.sort("n", ASCENDING).batch_size(_CHUNKS_PER_READ):
                at = chunk["n"] * chunk_bytes
                piece = bytes(chunk["data"][max(start - at, 0) : end - at])
                if chunk["n"] != number or not piece:
                    break
                yield piece
                number += 1
        if number <= last:
            raise FileIncomplete("a part of the file is not there", file_id=file_id, part=number)

    async def delete_chunks(self, file_id: str) -> int:
        """Removes the parts of a file that has no document, or no longer; how many there were."""
        with store_errors():
            done = await self._chunks.delete_many({"files_id": file_id})
        return int(done.deleted_count)


class FileWriter:
    """Takes a file in pieces of any size."""

    def __init__(self, *, chunks: Collection, file_id: str) -> None:
        self._chunks = chunks
        self._file_id = file_id
        self._waiting = bytearray()
        self._number = 0

    async def write(self, piece: bytes) -> None:
        """Errors: StoreUnavailable."""
        self._waiting += piece
        if len(self._waiting) >= CHUNK_BYTES * _CHUNKS_PER_INSERT:
            await self._insert(len(self._waiting) // CHUNK_BYTES * CHUNK_BYTES)

    async def finish(self) -> None:
        """Writes what is left. Errors: StoreUnavailable."""
        if self._waiting:
            await self._insert(len(self._waiting))

    async def _insert(self, size: int) -> None:
        parts = [
            bytes(self._waiting[at : min(at + CHUNK_BYTES, size)])
            for at in range(0, size, CHUNK_BYTES)
        ]
        del self._waiting[:size]
        documents = [
            {"files_id": self._file_id, "n": number, "data": part}
            for number, part in enumerate(parts, start=self._number)
        ]
        self._number += len(parts)
        with store_errors():
            await self._chunks.insert_many(documents)


def file_collections(bucket: str, *indexes: IndexModel) -> tuple[CollectionSpec, ...]:
    """The collections of a bucket with the indexes that GridFS wants, and more on its files."""
    return (
        CollectionSpec(
            name=f"{bucket}.files",
            indexes=(IndexModel([("filename", ASCENDING), ("uploadDate", ASCENDING)]), *indexes),
        ),
        CollectionSpec(
            name=f"{bucket}.chunks",
            indexes=(IndexModel([("files_id", ASCENDING), ("n", ASCENDING)], unique=True),),
        ),
    )
