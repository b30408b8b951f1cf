"""Second opinions: one contractor is asked, by name, to do a task that others have done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

SLOT_MIN = 10_000
"""Slots of opinions lie beyond those of any task's own answers."""
_SLOT_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOpinion:
    """What quality asks for; nobody waits for it after `expires_at`."""

    opinion_id: str
    project_id: str
    task_id: str
    contractor_id: str
    expires_at: datetime


def opinion_slot(opinion_id: str) -> int:
    """The task's slot that is this opinion's alone."""
    digest = blake2b(opinion_id.encode(), digest_size=_SLOT_BYTES).digest()
    return SLOT_MIN + int.from_bytes(digest, "big")
