"""The largest message that a client may send and a server takes."""

from __future__ import annotations

MESSAGE_BYTES_MAX = 8 * 1024 * 1024
