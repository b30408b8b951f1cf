"""Events that accounts hears: contractors, as the vendors service enrols and changes them."""

from __future__ import annotations

from collections.abc import Sequence

from crewline.vendors.v1 import events_pb2
from services.accounts.domain.organisations import ContractorFact, ErasedFact
from services.accounts.usecases.erasures import Erasures
from services.accounts.usecases.people import ContractorMirror
from services.chassis.consumer import Handler
from services.chassis.events import IncomingEvent
from services.chassis.timestamps import moment

CONTRACTORS_CHANGED = "accounts__contractors_changed"
CONTRACTOR_ERASED = "accounts__contractor_erased"


def contractors_changed(mirror: ContractorMirror) -> Handler[events_pb2.ContractorsChanged]:
    """A handler that mirrors them."""

    async def handle(events: Sequence[IncomingEvent[events_pb2.ContractorsChanged]]) -> None:
        await mirror.apply(
            [
                ContractorFact(
                    contractor_id=record.contractor_id,
                    organisation_id=record.organisation_id,
                    version=record.version,
                )
                for event in events
                for record in event.message.contractors
            ]
        )

    return handle


def contractor_erased(erasures: Erasures) -> Handler[events_pb2.ContractorErased]:
    """A handler that ends what they sign in with."""

    async def handle(events: Sequence[IncomingEvent[events_pb2.ContractorErased]]) -> None:
        await erasures.apply(
            [
                ErasedFact(
                    contractor_id=event.message.contractor_id,
                    organisation_id=event.message.organisation_id,
                    version=event.message.version,
                    erased_at=moment(event.message.erase_time),
                )
                for event in events
            ]
        )

    return handle
