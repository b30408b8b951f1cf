"""Results of items of a batch: what went well, and what was refused, each in its own message."""

from __future__ import annotations

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.quality.v1 import service_pb2
from services.chassis.errors import DomainError
from services.quality.announcements import DECISIONS
from services.quality.domain.records import StoredRuling


def item_error(error: DomainError) -> common_pb2.ItemError:
    """A refusal of one item."""
    return common_pb2.ItemError(
        reason=error.reason,
        message=error.message,
        field=error.metadata.get("field", ""),
        metadata=error.metadata,
    )


def review_result(
    assignment_id: str, outcome: StoredRuling | DomainError
) -> service_pb2.ReviewResult:
    """Where an answer stands now, or why nothing was done."""
    if isinstance(outcome, DomainError):
        return service_pb2.ReviewResult(assignment_id=assignment_id, error=item_error(outcome))
    return service_pb2.ReviewResult(
        assignment_id=assignment_id,
        decision=DECISIONS[outcome.ruling.state],
        revision=outcome.ruling.revision,
    )
