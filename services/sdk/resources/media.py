"""Files and photos that tasks show."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..operations import UPLOAD_MEDIA, Media, upload_file
from ..paging import AsyncPages, Pages
from ..plans import Plan, Planner
from ..progress import OnProgress, ignore
from ..routes import PageRoute, Route

_LIST = PageRoute[Media](method="GET", path="/v1/media", unwrap="media")
_GET = Route[Media](method="GET", path="/v1/media/{media_id}")
_DELETE = Route[dict[str, Any]](method="DELETE", path="/v1/media/{media_id}")


class MediaApi:
    """Operations on `media`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def upload(self, file: Path | str, *, on_progress: OnProgress = ignore) -> Media:
        """Uploads a file; its `uri` goes into tasks' data. The same bytes again are the same file.

        Errors: MEDIA_TYPE_REFUSED, MEDIA_QUOTA_EXCEEDED; FileInvalid.
        """
        return self._http.run(_upload(self._http.planner, Path(file), on_progress))

    def list(self, *, page_size: int | None = None) -> Pages[Media]:
        """The organisation's files, the newest first."""
        return Pages(self._http, _LIST, {"page_size": page_size})

    def get(self, media_id: str) -> Media:
        """With a new link. Errors: MEDIA_NOT_FOUND."""
        return self._http.send(_GET, {"media_id": media_id})

    def delete(self, media_id: str) -> None:
        """Its links lead nowhere from now on. Errors: MEDIA_NOT_FOUND."""
        self._http.send(_DELETE, {"media_id": media_id})


class AsyncMediaApi:
    """Operations on `media`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def upload(self, file: Path | str, *, on_progress: OnProgress = ignore) -> Media:
        """Uploads a file; its `uri` goes into tasks' data. The same bytes again are the same file.

        Errors: MEDIA_TYPE_REFUSED, MEDIA_QUOTA_EXCEEDED; FileInvalid.
        """
        return await self._http.run(_upload(self._http.planner, Path(file), on_progress))

    def list(self, *, page_size: int | None = None) -> AsyncPages[Media]:
        """The organisation's files, the newest first."""
        return AsyncPages(self._http, _LIST, {"page_size": page_size})

    async def get(self, media_id: str) -> Media:
        """With a new link. Errors: MEDIA_NOT_FOUND."""
        return await self._http.send(_GET, {"media_id": media_id})

    async def delete(self, media_id: str) -> None:
        """Its links lead nowhere from now on. Errors: MEDIA_NOT_FOUND."""
        await self._http.send(_DELETE, {"media_id": media_id})


def _upload(planner: Planner, path: Path, on_progress: OnProgress) -> Plan[Media]:
    kind, _ = mimetypes.guess_type(path.name)
    return upload_file(
        planner,
        UPLOAD_MEDIA,
        {"filename": path.name},
        path=path,
        content_type=kind or "application/octet-stream",
        on_progress=on_progress,
    )
