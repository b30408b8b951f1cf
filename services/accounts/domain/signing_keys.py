"""The keys that tokens are signed with: several may be valid, the newest signs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSigningKey:
    """An Ed25519 pair as its raw bytes (RFC 8037)."""

    key_id: str
    sequence: int
    """Grows by one with every key; unique, so that two first starts make one key."""
    private_key: bytes = field(repr=False)
    public_key: bytes
    created_at: datetime
