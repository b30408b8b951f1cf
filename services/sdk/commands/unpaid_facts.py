"""Why money is not there yet, as facts to print."""

from __future__ import annotations

from ..messages import UnpaidReason
from .console import when


def show_unpaid(reason: UnpaidReason | None) -> dict[str, str]:
    """The reason, who acts, the ways out, and the next look; nothing where nothing is wrong."""
    if not reason or not reason["code"]:
        return {}
    ways = ", ".join(way.removeprefix("WAY_OUT_").lower() for way in reason["ways_out"])
    return {
        "why": f"{reason['text']} ({reason['code']})",
        "who acts": reason["acts"].removeprefix("UNPAID_ACTOR_").lower(),
        "ways out": ways,
        "looked at again": when(reason.get("next_look_time")),
    }
