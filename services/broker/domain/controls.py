"""Control tasks: in which order a contractor meets them, and how often."""

from __future__ import annotations

from hashlib import blake2b

_DRAW_BYTES = 7


def control_draw(task_id: str) -> int:
    """Where the task stands among a project's control tasks: anywhere, and always there."""
    digest = blake2b(task_id.encode(), digest_size=_DRAW_BYTES, person=b"control")
    return int.from_bytes(digest.digest(), "big")
