"""A file out of a browser's form (multipart/form-data), read as it comes and never kept."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.types import Message

from services.chassis.errors import DomainError, Kind
from services.gateway.bodies import read_chunks

FORM = "multipart/form-data"
# Browsers do not know most of the types of these files: their names say it.
_BY_ENDING: Final = {
    "jsonl": "application/x-ndjson",
    "ndjson": "application/x-ndjson",
    "json": "application/json",
    "csv": "text/csv",
    "tsv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}
# A form may have some fields beside its file; this much of it is read before there must be one.
_BEFORE_FILE_BYTES_MAX = 64 * 1024


class FormInvalid(DomainError):
    """The form cannot be read, or is not one with one file."""

    kind, reason = Kind.INVALID, "FORM_INVALID"


async def request_of_file(request: Request) -> Request:
    """A request whose body is the form's file alone, and whose Content-Type is the file's.

    Errors:
        FormInvalid: no boundary, or no file in it; reading the body raises it for what follows.
    """
    form = _Form(request)
    await form.find_file()
    headers = [
        pair
        for pair in request.scope["headers"]
        if pair[0] not in (b"content-type", b"content-length")
    ]
    kind = _BY_ENDING.get(form.filename.rpartition(".")[2].lower(), form.content_type)
    scope = {**request.scope, "headers": [*headers, (b"content-type", kind.encode())]}
    return Request(scope, form.receive)


class _Form:
    def __init__(self, request: Request) -> None:
        _, options = parse_options_header(request.headers.get("content-type", ""))
        boundary = options.get(b"boundary", b"")
        if not boundary:
            raise FormInvalid("the form's Content-Type names no boundary", field="content-type")
        self._chunks: AsyncIterator[bytes] = read_chunks(request)
        self._headers: dict[str, str] = {}
        self._name, self._value = b"", b""
        self._in_file, self._files, self._ended = False, 0, False
        self._pieces: deque[bytes] = deque()
        self.filename = ""
        self.content_type = ""
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_header_field": self._header_name,
                    "on_header_value": self._header_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": self._part_data,
                    "on_part_end": self._end_part,
                    "on_end": self._end,
                },
            )
        except FormParserError as err:
            raise FormInvalid(f"not a form: {err}", field="content-type") from None

    async def find_file(self) -> None:
        """Reads up to the file's first bytes."""
        read = 0
        while not self._files:
            chunk = await anext(self._chunks, b"")
            read += len(chunk)
            if not chunk or read > _BEFORE_FILE_BYTES_MAX + len(chunk):
                raise FormInvalid("the form has no file, or too much before it", field="body")
            self._feed(chunk)

    async def receive(self) -> Message:
        """The file's next piece, as a server would give it."""
        while not self._pieces and not self._ended:
            chunk = await anext(self._chunks, b"")
            if not chunk:
                raise FormInvalid("the form ends in the middle", field="body")
            self._feed(chunk)
        piece = self._pieces.popleft() if self._pieces else b""
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    def _feed(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError as err:
            raise FormInvalid(f"not a form: {err}", field="body") from None
        if self._files > 1:
            raise FormInvalid("one file a form", field="body")

    def _begin_part(self) -> None:
        self._headers = {}

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._name, self._value = b"", b""

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", ""))
        if b"filename" not in options:
            return
        self._in_file = True
        self._files += 1
        if self._files == 1:
            self.filename = options[b"filename"].decode("utf-8", "replace")
            plain = self._headers.get("content-type", "").partition(";")[0]
            self.content_type = plain.strip().lower()

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file and end > start:
            self._pieces.append(data[start:end])

    def _end_part(self) -> None:
        self._in_file = False

    def _end(self) -> None:
        self._ended = True
