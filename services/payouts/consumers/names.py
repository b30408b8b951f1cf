"""Events that tell what somebody is called, as the use cases of payouts take them."""

from __future__ import annotations

from collections.abc import Sequence

from crewline.accounts.v1 import events_pb2 as accounts_pb2
from crewline.vendors.v1 import events_pb2 as vendors_pb2
from services.chassis.events import IncomingEvent
from services.payouts.usecases.papers.names import Names

# An organisation is registered once, and keeps its name.
_REGISTERED = 1


class NameConsumers:
    """One handler an event."""

    def __init__(self, *, names: Names) -> None:
        self._names = names

    async def organisation_registered(
        self, events: Sequence[IncomingEvent[accounts_pb2.OrganisationRegistered]]
    ) -> None:
        """What each organisation is called."""
        await self._names.organisations_registered(
            [
                {
                    "_id": event.message.organisation.organisation_id,
                    "name": event.message.organisation.name,
                    "version": _REGISTERED,
                }
                for event in events
            ]
        )

    async def contractors_named(
        self, events: Sequence[IncomingEvent[vendors_pb2.ContractorsNamed]]
    ) -> None:
        """What people are called; of all services only this one hears it."""
        await self._names.contractors_named(
            [
                (one.contractor_id, one.version, one.name)
                for event in events
                for one in event.message.names
            ]
        )
