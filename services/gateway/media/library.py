"""Files in and out. What breaks off leaves nothing; the same bytes twice are one file."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta

from services.chassis.clock import Clock
from services.chassis.errors import StoreUnavailable
from services.chassis.gridfs import FileStore
from services.chassis.ids import NewId
from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.chassis.pages import Page, read_page
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.gateway.media.errors import MediaNotFound, MediaQuotaExceeded
from services.gateway.media.store import Media, MediaStore
from services.gateway.media.types import Sniffer

log = logger(__name__)

# An upload that is a day old is not coming any more.
_LOOSE_KEPT = timedelta(days=1)
_SWEPT_AT_ONCE = 100


class MediaLibrary:
    """Every organisation's files."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        store: MediaStore,
        files: FileStore,
        clock: Clock,
        new_id: NewId,
        organisation_bytes_max: int,
    ) -> None:
        self._transactions = transactions
        self._store = store
        self._files = files
        self._clock = clock
        self._new_id = new_id
        self._organisation_bytes_max = organisation_bytes_max

    async def add(
        self,
        pieces: AsyncIterator[bytes],
        *,
        organisation_id: str,
        uploaded_by: str,
        filename: str,
        stated_type: str,
    ) -> tuple[Media, bool]:
        """The file, and whether it is new; the same bytes again are the file that is there.

        Errors:
            MediaEmpty, MediaTypeUnknown, MediaTypeRefused, MediaTypeWrong, MediaQuotaExceeded,
            StoreUnavailable; and what `pieces` raises.
        """
        room = self._organisation_bytes_max - await self._store.used_bytes(organisation_id)
        draft = Media(
            media_id=self._new_id("med"),
            organisation_id=organisation_id,
            filename=filename,
            content_type="",
            size_bytes=0,
            sha256="",
            uploaded_by=uploaded_by,
            uploaded_at=self._clock(),
        )
        with store_errors():
            await self._store.mark_loose(draft.media_id, since=draft.uploaded_at)
        try:
            written = await self._write(pieces, draft, stated_type=stated_type, room=room)
            kept = await self._commit(written)
        except StoreUnavailable:
            raise  # it may have been committed all the same: the sweep will know
        except Exception:
            await self._discard(draft.media_id)
            raise
        if kept.media_id != draft.media_id:
            await self._discard(draft.media_id)
            return kept, False
        return kept, True

    async def get(self, media_id: str) -> Media:
        """Whoever's it is. Errors: MediaNotFound."""
        found = await self._store.get(media_id)
        if found is None:
            raise MediaNotFound("no such file", media_id=media_id)
        return found

    async def get_own(self, media_id: str, *, organisation_id: str) -> Media:
        """Errors: MediaNotFound, also where it is another organisation's."""
        found = await self.get(media_id)
        if found.organisation_id != organisation_id:
            raise MediaNotFound("no such file", media_id=media_id)
        return found

    async def page(self, *, organisation_id: str, size: int, token: str) -> Page[Media]:
        """The organisation's files, the newest first. Errors: PageTokenInvalid."""
        return await read_page(
            scope=f"media:{organisation_id}",
            size=size,
            token=token,
            read=lambda before, limit: self._store.page(
                organisation_id, before=before, limit=limit
            ),
            position=lambda media: media.media_id,
        )

    def read(self, media: Media, *, start: int, end: int) -> AsyncIterator[bytes]:
        """Its bytes from `start` up to `end`. Errors: FileIncomplete, StoreUnavailable."""
        return self._files.read(media.media_id, start=start, end=end)

    async def delete(self, media_id: str, *, organisation_id: str) -> None:
        """Its links lead nowhere from now on. Errors: MediaNotFound."""
        media = await self.get_own(media_id, organisation_id=organisation_id)

        async def body(work: UnitOfWork) -> bool:
            if not await self._store.delete(media, session=work.session):
                return False
            await self._store.give_room(organisation_id, media.size_bytes, session=work.session)
            await self._store.mark_loose(media_id, since=work.now, session=work.session)
            return True

        if await self._transactions.run(body):
            await self._discard(media_id)

    async def sweep(self) -> bool:
        """Removes parts that were left behind a day ago or earlier; whether there may be more."""
        latest = self._clock() - _LOOSE_KEPT
        found = await self._store.loose_since(latest, limit=_SWEPT_AT_ONCE)
        for media_id in found:
            parts = await self._files.delete_chunks(media_id)
            with store_errors():
                await self._store.unmark_loose(media_id)
            log.info("media.swept", media_id=media_id, parts=parts)
        return len(found) == _SWEPT_AT_ONCE

    async def _write(
        self, pieces: AsyncIterator[bytes], draft: Media, *, stated_type: str, room: int
    ) -> Media:
        sniffer = Sniffer(stated=stated_type, filename=draft.filename)
        digest = hashlib.sha256()
        writer = self._files.write(draft.media_id)
        size = 0
        async for piece in pieces:
            size += len(piece)
            if size > room:
                raise self._no_room(draft.organisation_id)
            sniffer.feed(piece)
            digest.update(piece)
            await writer.write(piece)
        content_type = sniffer.finish()
        await writer.finish()
        return dataclasses.replace(
            draft, content_type=content_type, size_bytes=size, sha256=digest.hexdigest()
        )

    async def _commit(self, media: Media) -> Media:
        async def body(work: UnitOfWork) -> Media:
            there = await self._store.same_bytes(
                media.organisation_id, media.sha256, session=work.session
            )
            if there is not None:
                return there
            # Before the file: two uploads of the same bytes meet here, and one looks again.
            has_room = await self._store.take_room(
                media.organisation_id,
                media.size_bytes,
                most_bytes=self._organisation_bytes_max,
                session=work.session,
            )
            if not has_room:
                raise self._no_room(media.organisation_id)
            await self._store.insert(media, session=work.session)
            await self._store.unmark_loose(media.media_id, session=work.session)
            return media

        return await self._transactions.run(body)

    async def _discard(self, media_id: str) -> None:
        await self._files.delete_chunks(media_id)
        with store_errors():
            await self._store.unmark_loose(media_id)

    def _no_room(self, organisation_id: str) -> MediaQuotaExceeded:
        return MediaQuotaExceeded(
            "the organisation's files would take more room than it has; delete some",
            organisation_id=organisation_id,
            bytes_max=self._organisation_bytes_max,
        )
