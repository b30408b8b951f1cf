"""Corrections by two persons as protobuf messages, and proposals as what the use cases take."""

from __future__ import annotations

from datetime import datetime

from crewline.payouts.v1 import adjustments_pb2
from services.chassis.timestamps import moment, timestamp
from services.payouts.domain.ledger.accounts import parse
from services.payouts.domain.ledger.adjustments import Adjustment, AdjustmentState, Wanted
from services.payouts.domain.ledger.entries import Posting
from services.payouts.wire.ledger import posting_message

_PREFIX = "ADJUSTMENT_STATE_"


def wanted_of(request: adjustments_pb2.ProposeAdjustmentRequest) -> Wanted:
    """Errors: AdjustmentInvalid, InvalidAccount, InvalidAmount, CurrencyUnsupported."""
    effective_at = None
    if request.HasField("effective_time"):
        effective_at = moment(request.effective_time, field="effective_time")
    return Wanted(
        request_id=request.request_id,
        reason=request.reason,
        postings=tuple(
            Posting(
                account=posting.account,
                amount_units=posting.amount_units,
                currency=parse(posting.account).currency,
            )
            for posting in request.postings
        ),
        reverses_id=request.reverses_entry_id,
        document=request.document,
        effective_at=effective_at,
    )


def adjustment_message(adjustment: Adjustment, *, now: datetime) -> adjustments_pb2.Adjustment:
    """How it stands now."""
    wanted = adjustment.wanted
    state = adjustment.state_at(now)
    message = adjustments_pb2.Adjustment(
        adjustment_id=adjustment.adjustment_id,
        state=adjustments_pb2.AdjustmentState.Value(f"{_PREFIX}{state.name}"),
        postings=[posting_message(posting) for posting in adjustment.postings],
        reverses_entry_id=wanted.reverses_id,
        reason=wanted.reason,
        document=wanted.document,
        proposed_by=adjustment.proposed_by,
        propose_time=timestamp(adjustment.proposed_at),
        expire_time=timestamp(adjustment.expires_at),
        resolved_by=adjustment.resolved_by,
        declined_because=adjustment.declined_because,
        entry_id=adjustment.entry_id,
    )
    if wanted.effective_at is not None:
        message.effective_time.CopyFrom(timestamp(wanted.effective_at))
    if adjustment.resolved_at is not None:
        message.resolve_time.CopyFrom(timestamp(adjustment.resolved_at))
    return message


def state_of(value: adjustments_pb2.AdjustmentState.ValueType) -> AdjustmentState | None:
    """None for all."""
    if value == adjustments_pb2.ADJUSTMENT_STATE_UNSPECIFIED:
        return None
    return AdjustmentState[adjustments_pb2.AdjustmentState.Name(value).removeprefix(_PREFIX)]
