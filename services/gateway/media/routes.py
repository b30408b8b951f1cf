"""Files over HTTP: in and listed for their client, and shown to whoever holds a link."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from services.chassis.errors import Overloaded, RoleNotAdmitted
from services.gateway.bodies import stream_body
from services.gateway.callers import Caller
from services.gateway.identity import Identify
from services.gateway.media.errors import FilenameInvalid
from services.gateway.media.library import MediaLibrary
from services.gateway.media.links import URI_PREFIX, MediaLinks
from services.gateway.media.ranges import RangeNotSatisfiable, Span, requested_span
from services.gateway.media.store import Media

_FILENAME_LENGTH_MAX = 200
_UPLOAD_SECONDS_MAX = 900.0
# Each holds up to two megabytes of its file and a place in the database's pool.
_UPLOADS_MAX = 32
# The file's bytes are its uploader's, not ours: opened by themselves they may load nothing and run
# nothing, in an origin of their own. Browsers' own viewers need their style.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'"
_SANDBOXED = f"{_POLICY}; sandbox"
# A sandboxed PDF is not shown at all; its viewer keeps the scripts in it from the page.
_POLICIES = {"application/pdf": f"{_POLICY}; object-src 'self'"}


class MediaRoutes:
    """The routes of files."""

    def __init__(
        self,
        *,
        library: MediaLibrary,
        links: MediaLinks,
        identify: Identify,
        file_bytes_max: int,
    ) -> None:
        self._library = library
        self._links = links
        self._identify = identify
        self._file_bytes_max = file_bytes_max
        self._uploads = 0

    def router(self) -> APIRouter:
        """All of them."""
        router = APIRouter()
        router.post("/v1/media")(self._upload)
        router.get("/v1/media")(self._list)
        router.get("/v1/media/{media_id}")(self._get)
        router.delete("/v1/media/{media_id}")(self._delete)
        router.api_route("/media/{media_id}", methods=["GET", "HEAD"])(self._show)
        return router

    async def _upload(self, request: Request, filename: Annotated[str, Query()] = "") -> Response:
        return await self.upload(request, await self._identify(request), filename=filename)

    async def upload(self, request: Request, caller: Caller, *, filename: str) -> Response:
        """The body as a file of the caller's organisation; for the console, too.

        Errors:
            RoleNotAdmitted, FilenameInvalid, Overloaded; HTTPException for the body; what the
            library raises.
        """
        _check_client(caller)
        name = _clean_filename(filename)
        if self._uploads >= _UPLOADS_MAX:
            raise Overloaded("too many files at once; send this one again a little later")
        self._uploads += 1
        try:
            media, created = await self._library.add(
                stream_body(
                    request, bytes_max=self._file_bytes_max, seconds_max=_UPLOAD_SECONDS_MAX
                ),
                organisation_id=caller.organisation_id,
                uploaded_by=caller.subject_id,
                filename=name,
                stated_type=request.headers.get("content-type", ""),
            )
        finally:
            self._uploads -= 1
        status = HTTPStatus.CREATED if created else HTTPStatus.OK
        return JSONResponse(self._shown(media), status_code=status)

    async def _list(
        self,
        request: Request,
        page_size: Annotated[int, Query(ge=0)] = 0,
        page_token: Annotated[str, Query(max_length=512)] = "",
    ) -> Response:
        caller = await self._client(request)
        page = await self._library.page(
            organisation_id=caller.organisation_id, size=page_size, token=page_token
        )
        return JSONResponse(
            {
                "media": [self._shown(media) for media in page.items],
                "next_page_token": page.next_token,
            }
        )

    async def _get(self, request: Request, media_id: str) -> Response:
        caller = await self._client(request)
        media = await self._library.get_own(media_id, organisation_id=caller.organisation_id)
        return JSONResponse(self._shown(media))

    async def _delete(self, request: Request, media_id: str) -> Response:
        caller = await self._client(request)
        await self._library.delete(media_id, organisation_id=caller.organisation_id)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _show(
        self,
        request: Request,
        media_id: str,
        expires: Annotated[str, Query()] = "",
        signature: Annotated[str, Query()] = "",
    ) -> Response:
        # A link is checked before anything is looked up: without one, nothing is told.
        seconds = self._links.check(media_id, expires=expires, signature=signature)
        media = await self._library.get(media_id)
        headers = _headers(media, seconds=seconds)
        if request.headers.get("if-none-match", "") == headers["ETag"]:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        span = _span(request, media, etag=headers["ETag"])
        status = HTTPStatus.OK
        if span is None:
            span = Span(0, media.size_bytes)
        else:
            status = HTTPStatus.PARTIAL_CONTENT
            headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{media.size_bytes}"
        headers["Content-Length"] = str(span.end - span.start)
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers)
        pieces: AsyncIterator[bytes] = self._library.read(media, start=span.start, end=span.end)
        return StreamingResponse(pieces, status_code=status, headers=headers)

    async def _client(self, request: Request) -> Caller:
        caller = await self._identify(request)
        _check_client(caller)
        return caller

    def _shown(self, media: Media) -> dict[str, Any]:
        return {
            "media_id": media.media_id,
            "uri": URI_PREFIX + media.media_id,
            "filename": media.filename,
            "content_type": media.content_type,
            "size_bytes": media.size_bytes,
            "sha256": media.sha256,
            "create_time": media.uploaded_at.isoformat().replace("+00:00", "Z"),
            "url": self._links.sign(media.media_id),
        }


def _headers(media: Media, *, seconds: int) -> dict[str, str]:
    disposition = "inline"
    if media.filename:
        disposition += f"; filename*=UTF-8''{quote(media.filename, safe='')}"
    is_text = media.content_type.startswith("text/")
    return {
        "Content-Type": media.content_type + ("; charset=utf-8" if is_text else ""),
        "Content-Disposition": disposition,
        "Content-Security-Policy": _POLICIES.get(media.content_type, _SANDBOXED),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": f"private, max-age={seconds}, immutable",
        "Accept-Ranges": "bytes",
        "ETag": f'"{media.sha256}"',
    }


def _span(request: Request, media: Media, *, etag: str) -> Span | None:
    if request.headers.get("if-range", etag) != etag:
        return None
    try:
        return requested_span(request.headers.get("range", ""), size_bytes=media.size_bytes)
    except RangeNotSatisfiable:
        raise HTTPException(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            f"the file has {media.size_bytes} bytes",
            headers={"Content-Range": f"bytes */{media.size_bytes}"},
        ) from None


def _clean_filename(text: str) -> str:
    """The last part of a path. Errors: FilenameInvalid."""
    name = text.replace("\\", "/").rpartition("/")[2].strip()
    if len(name) > _FILENAME_LENGTH_MAX:
        raise FilenameInvalid(
            f"filename has more than {_FILENAME_LENGTH_MAX} characters", field="filename"
        )
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
        raise FilenameInvalid("filename has control characters", field="filename")
    return name


def _check_client(caller: Caller) -> None:
    if "CLIENT" not in caller.roles:
        raise RoleNotAdmitted("files are their client's", admits="CLIENT")
