"""The event that asks for an erasure, as the use case takes it."""

from __future__ import annotations

from collections.abc import Sequence

from crewline.vendors.v1 import events_pb2
from services.chassis.events import IncomingEvent
from services.chassis.timestamps import moment
from services.payouts.domain.papers.erasures import Erasure
from services.payouts.usecases.papers.erasures import Erasures


class ErasureConsumers:
    """One handler."""

    def __init__(self, *, erasures: Erasures) -> None:
        self._erasures = erasures

    async def asked(
        self, events: Sequence[IncomingEvent[events_pb2.ContractorErasureAsked]]
    ) -> None:
        """An operator wants somebody erased."""
        await self._erasures.asked(
            [
                Erasure(
                    contractor_id=event.message.contractor_id,
                    version=event.message.version,
                    asked_at=moment(event.message.ask_time),
                )
                for event in events
            ]
        )
