"""What a rejection or a review rests on, in words for the contractor, where a project has none."""

from __future__ import annotations

from collections.abc import Mapping

DEFAULTS: Mapping[str, str] = {
    "failed_gold": (
        "Answers must follow the instructions: most of your answers to tasks whose answer is known "
        "were wrong, and so, very likely, is this one."
    ),
    "impossible_speed": (
        "Tasks must be read before they are answered: this answer came faster than that can be "
        "done, and is very likely wrong."
    ),
    "duplicate": "One person answers a task once: this is a second answer of yours to it.",
    "collusion": (
        "Everybody answers for themselves: this answer and those of others are alike in mistakes "
        "that people do not make independently, and it is very likely wrong."
    ),
    "disputed": "Others answered this task differently: a person decides what is right.",
    "sampled": "A part of all answers is looked at by a person before it is accepted.",
    "watched": "For now, a person looks at your answers in this project before they are accepted.",
    "unchecked": "Code is accepted once the client's own checks have passed.",
}


def clause_of(reason: str, clauses: Mapping[str, str]) -> str:
    """The project's own, or else the default; empty where a reason needs none."""
    return clauses.get(reason) or DEFAULTS.get(reason, "")
