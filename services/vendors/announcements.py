"""What vendors tells the others: domain -> events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from crewline.vendors.v1 import events_pb2
from services.chassis.unit_of_work import UnitOfWork
from services.vendors.domain.contractors import Contractor, Erasure
from services.vendors.domain.rate_cards import RateCard
from services.vendors.domain.vendors import Vendor
from services.vendors.wire import (
    contractor_erased,
    contractor_name,
    contractor_record,
    erasure_asked,
    rate_card_message,
    vendor_event,
)

RecordT = TypeVar("RecordT", events_pb2.ContractorRecord, events_pb2.ContractorName)

_RECORDS_PER_EVENT_MAX = 500
# A record has up to 70 languages and skills: five hundred of the largest are more than the bus
# takes in one message.
_BYTES_PER_EVENT_MAX = 700_000
_BYTES_AROUND_RECORD = 8


def vendor_state_changed(work: UnitOfWork, vendor: Vendor) -> None:
    """VendorStateChanged."""
    work.publish(vendor_event(vendor), key=vendor.vendor_id)


def rate_card_set(work: UnitOfWork, card: RateCard) -> None:
    """RateCardSet."""
    work.publish(
        events_pb2.RateCardSet(rate_card=rate_card_message(card)),
        key=card.vendor_id,
    )


def contractors_changed(work: UnitOfWork, contractors: Sequence[Contractor]) -> None:
    """ContractorsChanged, in as many events as its bounds ask for."""
    for records in _bounded([contractor_record(contractor) for contractor in contractors]):
        work.publish(
            events_pb2.ContractorsChanged(contractors=records), key=records[0].organisation_id
        )


def contractors_named(work: UnitOfWork, contractors: Sequence[Contractor]) -> None:
    """ContractorsNamed, when they are enrolled: a name does not change afterwards."""
    for names in _bounded([contractor_name(contractor) for contractor in contractors]):
        work.publish(events_pb2.ContractorsNamed(names=names), key=names[0].contractor_id)


def contractor_erasure_asked(work: UnitOfWork, contractor: Contractor, erasure: Erasure) -> None:
    """ContractorErasureAsked."""
    work.publish(erasure_asked(contractor, erasure), key=contractor.contractor_id)


def contractor_was_erased(work: UnitOfWork, contractor: Contractor) -> None:
    """ContractorErased, and the record that has nothing of the person any more."""
    contractors_changed(work, [contractor])
    work.publish(contractor_erased(contractor, now=work.now), key=contractor.contractor_id)


def _bounded(records: Sequence[RecordT]) -> list[list[RecordT]]:
    parts: list[list[RecordT]] = []
    size = 0
    for record in records:
        record_bytes = record.ByteSize() + _BYTES_AROUND_RECORD
        full = parts and (
            len(parts[-1]) >= _RECORDS_PER_EVENT_MAX or size + record_bytes > _BYTES_PER_EVENT_MAX
        )
        if not parts or full:
            parts.append([])
            size = 0
        parts[-1].append(record)
        size += record_bytes
    return parts
