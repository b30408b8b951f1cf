"""What looks wrong about contractors: evidence for a person to judge, never a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.chassis.natural_keys import derived_id


class SignalName(StrEnum):
    SPAMMER = "SPAMMER"
    SAME_WRONG_ANSWERS = "SAME_WRONG_ANSWERS"
    IMPOSSIBLE_SPEED = "IMPOSSIBLE_SPEED"
    LEAKED_GOLD = "LEAKED_GOLD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What was found about whom, and on what evidence. The same id is the same finding."""

    signal_id: str
    project_id: str
    name: SignalName
    contractor_ids: tuple[str, ...] = ()
    task_id: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    found_at: datetime


def signal_id(project_id: str, name: SignalName, about: str) -> str:
    """`about` is a contractor or a task: a finding about them comes again as the same."""
    return derived_id("sig", project_id, name.value, about)
