"""Ids that follow from what they name, so that making the same thing twice is making it once."""

from __future__ import annotations

import base64
import hashlib

_BYTES = 15


def derived_id(prefix: str, *parts: str) -> str:
    """`prefix_` and 24 characters: the same parts give the same id."""
    # The length before each part keeps ("ab", "c") and ("a", "bc") apart.
    digest = hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).digest()
    return f"{prefix}_{base64.b32encode(digest[:_BYTES]).decode().lower()}"
