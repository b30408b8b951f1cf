"""Why money is not there yet, as a protobuf message."""

from __future__ import annotations

from datetime import datetime

from crewline.payouts.v1 import types_pb2
from services.chassis.timestamps import timestamp
from services.payouts.domain.payments.unpaid import Actor, unpaid


def unpaid_message(code: str, *, next_look_at: datetime | None) -> types_pb2.UnpaidReason | None:
    """A reason in words; None where there is none."""
    found = unpaid(code)
    if found is None:
        return None
    message = types_pb2.UnpaidReason(
        code=found.code,
        text=found.text,
        acts=types_pb2.UnpaidActor.Value(f"UNPAID_ACTOR_{found.acts.value}"),
        ways_out=[types_pb2.WayOut.Value(f"WAY_OUT_{way.value}") for way in found.ways_out],
    )
    # An operator has to look first, whatever the clock says.
    if next_look_at is not None and found.acts is not Actor.OPERATOR:
        message.next_look_time.CopyFrom(timestamp(next_look_at))
    return message
