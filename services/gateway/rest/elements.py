"""The elements of a streamed request body: a JSON array, or one JSON value a line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

from fastapi import Request
from starlette.exceptions import HTTPException

from services.gateway.bodies import read_body, read_chunks
from services.gateway.rest.json_text import JsonMalformed, read_json
from services.gateway.rest.rows import Row, RowProblem

LINE_BYTES_MAX = 1024 * 1024
ARRAY_BYTES_MAX = 8 * 1024 * 1024
JSON = "application/json"
NDJSON = "application/x-ndjson"
LINES = (NDJSON, "application/ndjson", "application/jsonl", "application/json-lines")

_ARRAY_SECONDS = 60.0


async def read_elements(request: Request) -> AsyncIterator[Row]:
    """Elements in order, with the line of each, counted from 1 (in an array, its place).

    Errors:
        HTTPException: 415 for another kind of body; 413 for an array of more than 8 MiB, which
            lines are not bound by.
        JsonMalformed: the body is no array.
    """
    check_encoding(request)
    kind = media_type(request)
    if kind in LINES:
        async for line, raw in split_lines(read_chunks(request)):
            yield line, _read(raw)
    elif kind in ("", JSON):
        for place, value in enumerate(await _array(request), start=1):
            yield place, value
    else:
        raise unsupported(kind, JSON, *LINES)


async def split_lines(
    chunks: AsyncIterator[bytes], *, bytes_max: int = LINE_BYTES_MAX
) -> AsyncIterator[tuple[int, bytes | None]]:
    """Lines that are not blank, with their numbers; None for one that is too long."""
    number, rest, skipping = 0, b"", False
    async for chunk in chunks:
        first, *lines = chunk.split(b"\n")
        if not lines:
            if not skipping:
                rest += first
                skipping = len(rest) > bytes_max
            if skipping:
                rest = b""
            continue
        for raw in (rest + first, *lines[:-1]):
            number += 1
            if skipping or len(raw) > bytes_max:
                yield number, None
            elif not raw.isspace() and raw:
                yield number, raw
            skipping = False
        rest = lines[-1]
    if skipping or len(rest) > bytes_max:
        yield number + 1, None
    elif rest and not rest.isspace():
        yield number + 1, rest


def media_type(request: Request) -> str:
    """Of the body, in lower case and without parameters; "" where it is not said."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def check_encoding(request: Request) -> None:
    """Errors: HTTPException 415 for a body that is compressed."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"a body as it is, not in {encoding[:100]}",
            headers={"Accept-Encoding": "identity"},
        )


def unsupported(kind: str, *taken: str) -> HTTPException:
    """The body is of another kind than those that are taken."""
    said = f"a body of {' or '.join(taken)}, not of {kind[:100]}"
    return HTTPException(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, said, headers={"Accept": ", ".join(taken)}
    )


def _read(raw: bytes | None) -> Any:
    if raw is None:
        return RowProblem(
            reason="LINE_TOO_LONG", message=f"the line is longer than {LINE_BYTES_MAX} bytes"
        )
    try:
        return read_json(raw)
    except JsonMalformed as err:
        return RowProblem(reason=err.reason, message=err.message)


async def _array(request: Request) -> list[Any]:
    body = await read_body(request, bytes_max=ARRAY_BYTES_MAX, timeout_seconds=_ARRAY_SECONDS)
    value = read_json(body) if body else []
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise JsonMalformed(f"the body is an array of objects, or one object a line as {NDJSON}")
    return value
