"""A record of every exchange, for tests that hold them against Stripe's own descriptions.

One JSON line each: {"operation", "account", "params": [[name, value], ...], "status", "body"} for
a call of the first version, {"operation": "webhook", "body"} for a delivery.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import orjson

_MAX_LINES: Final = 100_000


class Recorder:
    """Appends to its file, and stops when that has grown long enough."""

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("ab", buffering=0) if path else None
        self._lines = 0

    def exchange(
        self,
        operation: str,
        account: str | None,
        params: Iterable[tuple[str, str]],
        *,
        status: int,
        body: bytes,
    ) -> None:
        """Write one call and its answer down, whether or not the answer arrived."""
        if self._file is None or not body:
            return
        head = orjson.dumps(
            {
                "operation": operation,
                "account": account,
                "params": list(params),
                "status": status,
            }
        )
        self._write(head[:-1] + b',"body":' + body + b"}")

    def delivery(self, body: bytes) -> None:
        """Write a webhook down."""
        if self._file is not None:
            self._write(orjson.dumps({"operation": "webhook", "body": orjson.loads(body)}))

    def _write(self, line: bytes) -> None:
        if self._file is not None and self._lines < _MAX_LINES:
            self._lines += 1
            self._file.write(line + b"\n")
