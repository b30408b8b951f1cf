"""A file on its way down: written beside its place and moved there when it is whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from .errors import FileInvalid
from .progress import OnProgress, Progress


class FileSink:
    """A context whose file is at `path` afterwards, whole; or not at all."""

    broken = None

    def __init__(self, path: Path, *, on_progress: OnProgress) -> None:
        self._path = path
        self._on_progress = on_progress
        self._file: BinaryIO | None = None
        self._attempt = 0
        self.bytes_done = 0

    def __enter__(self) -> FileSink:
        """Errors: FileInvalid where nothing can be written there."""
        try:
            number, name = tempfile.mkstemp(
                prefix=f".{self._path.name[:100]}.", suffix=".part", dir=self._path.parent
            )
        except OSError as err:
            raise self._invalid(err) from err
        self._part = Path(name)
        self._file = os.fdopen(number, "wb")
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves nothing half-written."""
        if self._file is not None:
            self._file.close()
        with contextlib.suppress(FileNotFoundError):
            self._part.unlink()

    def begin(self) -> None:
        """An answer begins: what an attempt before it brought is void."""
        self._attempt += 1
        self.bytes_done = 0
        file = self._open()
        try:
            file.seek(0)
            file.truncate()
        except OSError as err:
            raise self._invalid(err) from err

    def write(self, chunk: bytes) -> None:
        """Errors: FileInvalid, such as a full disk."""
        try:
            self._open().write(chunk)
        except OSError as err:
            raise self._invalid(err) from err
        self.bytes_done += len(chunk)
        self._on_progress(Progress(bytes_done=self.bytes_done, attempt=self._attempt))

    def end(self) -> None:
        """All of it is there: it takes its place. Errors: FileInvalid."""
        file = self._open()
        try:
            file.flush()
            os.fsync(file.fileno())
            self._part.chmod(_mode(self._path))
            self._part.replace(self._path)
        except OSError as err:
            raise self._invalid(err) from err

    def _open(self) -> BinaryIO:
        if self._file is None:
            raise RuntimeError("the sink is used outside of its context")
        return self._file

    def _invalid(self, err: OSError) -> FileInvalid:
        return FileInvalid(f"{self._path}: {err.strerror}", reason="FILE_UNWRITABLE")


def _mode(path: Path) -> int:
    """Of the file that is replaced, or what a new one gets."""
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


class StreamSink:
    """Into a stream that is open already. What is out is out: a lost answer cannot be repeated."""

    broken = None

    def __init__(self, stream: BinaryIO, *, on_progress: OnProgress) -> None:
        self._stream = stream
        self._on_progress = on_progress
        self.bytes_done = 0

    def begin(self) -> None:
        """Errors: FileInvalid where a part of an earlier attempt is out already."""
        if self.bytes_done:
            raise FileInvalid(
                "the connection was lost when a part was written already; export to a file, which "
                "is repeated until it is whole",
                reason="EXPORT_BROKEN",
            )

    def write(self, chunk: bytes) -> None:
        """The next piece."""
        self._stream.write(chunk)
        self.bytes_done += len(chunk)
        self._on_progress(Progress(bytes_done=self.bytes_done))

    def end(self) -> None:
        """All of it is out."""
        self._stream.flush()
