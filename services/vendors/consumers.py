"""Events that vendors hears: that payouts owes nothing to somebody who is to be erased."""

from __future__ import annotations

from collections.abc import Sequence

from crewline.payouts.v1 import events_pb2
from services.chassis.consumer import Handler
from services.chassis.events import IncomingEvent
from services.vendors.domain.erasures import Cleared
from services.vendors.usecases.erasures import Erasures

ERASURE_CLEARED = "vendors__contractor_erasure_cleared"


def contractor_erasure_cleared(erasures: Erasures) -> Handler[events_pb2.ContractorErasureCleared]:
    """A handler that carries them out."""

    async def handle(events: Sequence[IncomingEvent[events_pb2.ContractorErasureCleared]]) -> None:
        await erasures.cleared(
            [Cleared(contractor_id=event.message.contractor_id) for event in events]
        )

    return handle
