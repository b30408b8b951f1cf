"""What an export is of: the project, and which of its data is which part of a conversation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crewline.broker.v1 import types_pb2
from services.chassis.errors import DomainError, Kind

ACCEPTED = types_pb2.ASSIGNMENT_STATE_ACCEPTED


class ExportUnsupported(DomainError):
    """The format has no place for this kind of answers, or needs to be told more."""

    kind, reason = Kind.INVALID, "EXPORT_UNSUPPORTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The project, and the fields of its tasks' data in the order in which they are shown."""

    project: types_pb2.Project
    shown_fields: tuple[str, ...]
    prompt_field: str = ""
    left_field: str = ""
    right_field: str = ""
    accepted_only: bool = False

    @property
    def prompt(self) -> str:
        """The field that has the prompt. Errors: ExportUnsupported."""
        return self._field("prompt_field", self.prompt_field, self.shown_fields[:1])

    @property
    def sides(self) -> tuple[str, str]:
        """The fields that have the two that were compared. Errors: ExportUnsupported."""
        left, right = self.shown_fields[-2:] if len(self.shown_fields) > 2 else ("", "")
        return (
            self._field("left_field", self.left_field, [left] if left else []),
            self._field("right_field", self.right_field, [right] if right else []),
        )

    def answers(self, result: types_pb2.Result) -> Sequence[types_pb2.ResultAnswer]:
        """Those that are asked for."""
        if not self.accepted_only:
            return result.answers
        return [answer for answer in result.answers if answer.state == ACCEPTED]

    def _field(self, parameter: str, named: str, found: Sequence[str]) -> str:
        if named:
            return named
        if not found:
            raise ExportUnsupported(
                f"which field of the tasks' data is it? say {parameter}", field=parameter
            )
        return found[0]


def data_of(result: types_pb2.Result) -> dict[str, Any]:
    """What the task showed."""
    data: dict[str, Any] = json.loads(result.data_json) if result.data_json else {}
    return data


def json_or_none(text: str) -> Any:
    """The value of a JSON text; None of none."""
    return json.loads(text) if text else None
