"""Files of tasks and of contractors over HTTP: one request of any length, one answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from operator import attrgetter, itemgetter
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.gateway.bodies import read_chunks
from services.gateway.callers import Caller
from services.gateway.identity import Identify
from services.gateway.rest.elements import (
    JSON,
    LINES,
    NDJSON,
    media_type,
    read_elements,
    unsupported,
)
from services.gateway.rest.rows import Row, RowSender
from services.gateway.uploads.answers import answer
from services.gateway.uploads.csv_rows import read_csv
from services.gateway.uploads.elements import contractor_of, task_of
from services.gateway.uploads.forms import FORM, request_of_file
from services.gateway.uploads.parquet_rows import read_parquet

CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
_NAMED = {"jsonl": NDJSON, "json": JSON, "csv": CSV, "parquet": PARQUET}
_ERRORS_TOLD_MAX = 1_000
_OFFSETS_MAX = 100_000
FormatName = Annotated[str, Query(alias="format", max_length=20)]

_ROW = itemgetter("row")
MakeElement = Callable[[Any], Any]
Say = Callable[[Any], str]
"""An error of one row in words, for whoever reads them."""


class Uploads:
    """Of tasks and of contractors; whom they are allowed to is the services' to judge."""

    def __init__(
        self,
        *,
        tasks: RowSender,
        contractors: RowSender,
        identify: Identify,
        parquet_bytes_max: int,
    ) -> None:
        self._tasks = tasks
        self._contractors = contractors
        self._identify = identify
        self._parquet_bytes_max = parquet_bytes_max

    def router(self) -> APIRouter:
        """For programs; the consoles call `tasks` and `contractors` in their visitors' name."""
        router = APIRouter()

        @router.post("/v1/projects/{project_id}/tasks:upload")
        async def tasks(request: Request, project_id: str, named: FormatName = "") -> Response:
            caller = await self._identify(request)
            return await self.tasks(request, caller, project_id=project_id, named=named)

        @router.post("/v1/contractors:upload")
        async def contractors(request: Request, named: FormatName = "") -> Response:
            return await self.contractors(request, await self._identify(request), named=named)

        return router

    async def tasks(
        self, request: Request, caller: Caller, *, project_id: str, named: str = ""
    ) -> Response:
        """`{posted, duplicates, refused, errors}`, once all is in.

        Where the caller accepts lines, counts of rows while they go in, and that at the end.

        Errors:
            HTTPException: 415 for another kind of file. RemoteError: the project's.
        """
        rows = _Counted(_as(task_of, await self._rows(request, named)))

        async def post() -> dict[str, Any]:
            response: Any = await self._tasks.send(rows.read(), path=(project_id,), caller=caller)
            return {
                "posted": response.posted,
                "duplicates": response.duplicates,
                "refused": response.refused,
                "errors": sorted((_error(one, rows) for one in response.errors), key=_ROW),
                "errors_truncated": response.refused > len(response.errors),
            }

        return await answer(request, rows, post)

    async def contractors(
        self, request: Request, caller: Caller, *, named: str = "", say: Say = attrgetter("message")
    ) -> Response:
        """`{created, duplicates, refused, errors}`, otherwise as `tasks`."""
        rows = _Counted(_as(contractor_of, await self._rows(request, named)))

        async def enrol() -> dict[str, Any]:
            found: dict[str, Any] = {"created": 0, "duplicates": 0, "refused": 0}
            errors: list[dict[str, Any]] = []
            async for response in self._contractors.stream(rows.read(), path=(), caller=caller):
                for result in response.results:  # type: ignore[attr-defined]
                    if result.HasField("error"):
                        found["refused"] += 1
                        if len(errors) < _ERRORS_TOLD_MAX:
                            error = _error(result, rows)
                            errors.append({**error, "message": say(result.error)})
                    else:
                        found["created" if result.created else "duplicates"] += 1
            return {**found, "errors": errors, "errors_truncated": found["refused"] > len(errors)}

        return await answer(request, rows, enrol)

    async def _rows(self, request: Request, named: str) -> AsyncIterator[Row]:
        if media_type(request) == FORM:
            request = await request_of_file(request)
        kind = _NAMED.get(named, named) or media_type(request)
        if kind in LINES:
            # A request of its own: one that has shown its headers once keeps showing those.
            scope = {**request.scope, "headers": _of_kind(request, NDJSON)}
            return read_elements(Request(scope, request.receive))
        if kind == JSON:
            return read_elements(request)
        if kind == CSV:
            return read_csv(read_chunks(request))
        if kind in (PARQUET, "application/x-parquet", "application/parquet"):
            return read_parquet(read_chunks(request), bytes_max=self._parquet_bytes_max)
        raise unsupported(kind, *LINES, CSV, PARQUET, JSON, FORM)


class _Counted:
    """Rows on their way; remembers the lines of those that may still be refused."""

    def __init__(self, rows: AsyncIterator[Row]) -> None:
        self._rows = rows
        self.count = 0
        # In tables and lines without blanks a row's line follows from its number: only what
        # differs is kept.
        self._offsets: list[tuple[int, int]] = []

    async def read(self) -> AsyncIterator[Row]:
        """All of them, once."""
        offset: int | None = None
        async for line, value in self._rows:
            if line - self.count != offset and len(self._offsets) < _OFFSETS_MAX:
                offset = line - self.count
                self._offsets.append((self.count, offset))
            self.count += 1
            yield line, value

    def line_of(self, row: int) -> int:
        """The line or record that a row came from."""
        found = 1
        for first, offset in self._offsets:
            if first > row:
                break
            found = offset
        return row + found


async def _as(make: MakeElement, rows: AsyncIterator[Row]) -> AsyncIterator[Row]:
    async for line, value in rows:
        yield line, make(value)


def _error(result: Any, rows: _Counted) -> dict[str, Any]:
    error = result.error
    line = error.metadata.get("line", "")
    return {
        "row": result.row,
        "line": int(line) if line.isdecimal() else rows.line_of(result.row),
        "external_id": result.external_id,
        "reason": error.reason,
        "field": error.field,
        "message": error.message,
    }


def _of_kind(request: Request, kind: str) -> list[tuple[bytes, bytes]]:
    others = [pair for pair in request.scope["headers"] if pair[0] != b"content-type"]
    return [*others, (b"content-type", kind.encode())]
