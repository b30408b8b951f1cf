"""Corrections by two persons as they look on an ordinary day, for pages to show."""

from __future__ import annotations

import time
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from crewline.payouts.v1 import adjustments_pb2 as adjusting
from crewline.payouts.v1 import types_pb2 as payouts_types


def proposal(state: str = "PROPOSED", **changes: Any) -> adjusting.Adjustment:
    """Two dollars for a contractor, at the platform's cost."""
    now = int(time.time())
    known: dict[str, Any] = {
        "adjustment_id": "adj_1",
        "state": adjusting.AdjustmentState.Value(f"ADJUSTMENT_STATE_{state}"),
        "postings": [
            payouts_types.Posting(
                account="platform:absorbed:USD", amount_units=2_000_000, currency="USD"
            ),
            payouts_types.Posting(
                account="contractor:con_1:payable:USD", amount_units=-2_000_000, currency="USD"
            ),
        ],
        "reason": "paid at the <old> rate",
        "document": "letter 7",
        "proposed_by": "per_ada",
        "propose_time": Timestamp(seconds=now - 3600),
        "expire_time": Timestamp(seconds=now + 86_400),
    }
    if state != "PROPOSED":
        known |= {"resolved_by": "per_bob", "resolve_time": Timestamp(seconds=now - 60)}
    return adjusting.Adjustment(**known | changes)


def of_adjustments() -> dict[str, Any]:
    """One that waits, and what became of others."""
    return {
        "ListAdjustments": adjusting.ListAdjustmentsResponse(
            adjustments=[
                proposal(),
                proposal(
                    "CONFIRMED",
                    adjustment_id="adj_2",
                    reverses_entry_id="accrual:asn_1:1",
                    entry_id="reversal:accrual:asn_1:1",
                ),
                proposal("DECLINED", adjustment_id="adj_3", declined_because="it was right"),
            ],
            next_page_token="more",
        )
    }
