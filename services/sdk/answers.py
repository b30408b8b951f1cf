"""What came back: its JSON, or the error that it tells of."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import AnswerMalformed, CrewlineError, FieldProblem, error_class

_TOLD_CHARACTERS = 200
_RETRY_AFTER_SECONDS_MAX = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as it came; header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def is_good(self) -> bool:
        """Whether it is an answer and not a refusal."""
        return 200 <= self.status < 300

    @property
    def retry_after_seconds(self) -> float | None:
        """What the server asks for; dates, which it never sends, are not understood."""
        said = self.headers.get("retry-after", "")
        if not re.fullmatch(r"\d{1,9}(\.\d+)?", said):
            return None
        return min(float(said), _RETRY_AFTER_SECONDS_MAX)


def read_json(reply: Reply) -> Any:
    """The JSON of a good answer. Errors: AnswerMalformed."""
    try:
        return json.loads(reply.body) if reply.body else {}
    except ValueError:
        raise malformed(reply) from None


def error_of(reply: Reply) -> CrewlineError:
    """The error that a refusal tells of, whatever its body is."""
    try:
        said = json.loads(reply.body)
    except ValueError:
        said = None
    if not isinstance(said, dict) or "status" not in said:
        return _without_problem(reply)
    metadata = said.get("metadata")
    problems = said.get("errors")
    return error_class(reply.status)(
        str(said.get("detail") or said.get("title") or f"HTTP {reply.status}"),
        reason=str(said.get("reason") or ""),
        status=reply.status,
        metadata={str(k): str(v) for k, v in metadata.items()}
        if isinstance(metadata, dict)
        else {},
        errors=[_field_problem(one) for one in problems] if isinstance(problems, list) else [],
        request_id=str(said.get("request_id") or reply.headers.get("x-request-id", "")),
        retry_after_seconds=reply.retry_after_seconds,
    )


def _field_problem(said: object) -> FieldProblem:
    if not isinstance(said, dict):
        return FieldProblem(field="", detail=str(said))
    return FieldProblem(
        field=str(said.get("field", "")),
        detail=str(said.get("detail", "")),
        rule=str(said.get("rule", "")),
    )


def _without_problem(reply: Reply) -> CrewlineError:
    """A proxy's refusal, or somebody else's server."""
    if reply.status in (429, 502, 503, 504):
        return error_class(reply.status)(
            f"the platform does not answer (HTTP {reply.status})",
            reason="UNAVAILABLE" if reply.status != 429 else "RATE_LIMITED",
            status=reply.status,
            retry_after_seconds=reply.retry_after_seconds,
        )
    return malformed(reply)


def malformed(reply: Reply) -> AnswerMalformed:
    """The answer is none that Crewline gives."""
    text = " ".join(reply.body.decode("utf-8", "replace").split())[:_TOLD_CHARACTERS]
    return AnswerMalformed(
        f"HTTP {reply.status} with an answer that is not Crewline's: {text or 'empty'}",
        reason="ANSWER_MALFORMED",
        status=reply.status,
        request_id=reply.headers.get("x-request-id", ""),
    )
