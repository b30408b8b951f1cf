"""Files and rows on their way up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from .errors import FileInvalid, InvalidRequest
from .progress import OnProgress, Progress

CHUNK_BYTES = 64 * 1024

TableFormat = Literal["jsonl", "ndjson", "json", "csv", "parquet"]
TABLE_TYPES = {
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".json": "application/json",
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
}


def table_type(path: Path, stated: str | None) -> str:
    """The media type of a file of rows. Errors: InvalidRequest for one that is not taken."""
    suffix = f".{stated.lower().removeprefix('.')}" if stated else path.suffix.lower()
    known = TABLE_TYPES.get(suffix)
    if known is None:
        taken = ", ".join(name.removeprefix(".") for name in TABLE_TYPES)
        raise InvalidRequest(
            f"{path.name}: files of rows are {taken}; say which with format=",
            reason="FORMAT_UNKNOWN",
        )
    return known


def size_of(path: Path) -> int:
    """In bytes. Errors: FileInvalid."""
    try:
        if not path.is_file():
            raise FileInvalid(f"{path}: there is no such file", reason="FILE_MISSING")
        return path.stat().st_size
    except OSError as err:
        raise FileInvalid(f"{path}: {err.strerror}", reason="FILE_UNREADABLE") from err


class FileBody:
    """A file as the body of a request, read anew for every attempt; tells how far it is."""

    def __init__(self, path: Path, *, on_progress: OnProgress) -> None:
        self._path = path
        self.bytes_total = size_of(path)
        self._on_progress = on_progress
        self.attempt = 0

    def chunks(self) -> Iterator[bytes]:
        """One attempt's. Errors: FileInvalid."""
        self.attempt += 1
        done = 0
        try:
            with self._path.open("rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk
                    done += len(chunk)
                    self._on_progress(
                        Progress(
                            bytes_done=done, bytes_total=self.bytes_total, attempt=self.attempt
                        )
                    )
        except OSError as err:
            raise FileInvalid(f"{self._path}: {err.strerror}", reason="FILE_UNREADABLE") from err
