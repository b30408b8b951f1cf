"""Identifiers: opaque outside, roughly ordered by time inside so that index inserts stay local."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable

NewId = Callable[[str], str]

_ID_BYTES = 15
_TIME_BYTES = 6


def new_id(prefix: str) -> str:
    """`prefix_` and 24 characters: 48 bits of milliseconds, 72 random bits."""
    millis = time.time_ns() // 1_000_000
    raw = millis.to_bytes(_TIME_BYTES, "big") + os.urandom(_ID_BYTES - _TIME_BYTES)
    return f"{prefix}_{_base32(raw)}"


def new_secret(prefix: str) -> str:
    """256 random bits, in letters and digits, for keys and tokens that must not be guessed."""
    return f"{prefix}_{base64.b32encode(os.urandom(32)).decode().rstrip('=').lower()}"


def lease_token() -> str:
    """96 random bits in hex: enough that nobody guesses another's lease while it runs."""
    return os.urandom(12).hex()


def _base32(raw: bytes) -> str:
    # The "extended hex" alphabet keeps the order of the bytes; the usual one does not.
    return base64.b32hexencode(raw).decode().rstrip("=").lower()
