"""The entities of vendors as protobuf messages, and requests as what the use cases take."""

from __future__ import annotations

from datetime import datetime

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.vendors.v1 import events_pb2, service_pb2, types_pb2
from services.chassis.errors import DomainError
from services.chassis.timestamps import timestamp
from services.vendors.domain.contractors import Contractor, Erasure, NewContractor
from services.vendors.domain.histories import StateChange
from services.vendors.domain.rate_cards import Rate, RateCard, WorkKind
from services.vendors.domain.vendors import Vendor, VendorState


def vendor_message(vendor: Vendor) -> types_pb2.Vendor:
    """As the contract shows it."""
    return types_pb2.Vendor(
        vendor_id=vendor.vendor_id,
        legal_name=vendor.legal_name,
        country=vendor.country,
        contact_email=vendor.contact_email,
        state=types_pb2.VendorState.Value(f"VENDOR_STATE_{vendor.state.value}"),
        history=[_change(change) for change in vendor.history],
        create_time=timestamp(vendor.created_at),
    )


def vendor_state(value: int) -> VendorState | None:
    """None for the unspecified one."""
    if not value:
        return None
    name = types_pb2.VendorState.Name(value)  # type: ignore[arg-type]
    return VendorState(name.removeprefix("VENDOR_STATE_"))


def vendor_event(vendor: Vendor) -> events_pb2.VendorStateChanged:
    """What the others hear of a vendor."""
    return events_pb2.VendorStateChanged(
        vendor_id=vendor.vendor_id,
        state=types_pb2.VendorState.Value(f"VENDOR_STATE_{vendor.state.value}"),
        country=vendor.country,
        version=vendor.version,
        legal_name=vendor.legal_name,
    )


def rate_card_message(card: RateCard) -> types_pb2.RateCard:
    """As the contract shows it, and as the others hear of it."""
    return types_pb2.RateCard(
        vendor_id=card.vendor_id,
        version=card.version,
        rates=[
            types_pb2.Rate(
                kind=common_pb2.WorkKind.Value(f"WORK_KIND_{rate.kind.value}"),
                commission_bps=rate.commission_bps,
            )
            for rate in card.rates
        ],
        effective_time=timestamp(card.effective_at),
    )


def rate_of(message: types_pb2.Rate) -> Rate:
    """A rate that has passed the contract's rules."""
    name = common_pb2.WorkKind.Name(message.kind)
    return Rate(
        kind=WorkKind(name.removeprefix("WORK_KIND_")), commission_bps=message.commission_bps
    )


def contractor_message(contractor: Contractor) -> types_pb2.Contractor:
    """As the contract shows it."""
    return types_pb2.Contractor(
        contractor_id=contractor.contractor_id,
        organisation_id=contractor.organisation_id,
        engagement=_engagement(contractor),
        external_id=contractor.external_id,
        name=contractor.name,
        email=contractor.email,
        country=contractor.country,
        languages=contractor.languages,
        skills=contractor.skills,
        state=_contractor_state(contractor),
        history=[_change(change) for change in contractor.history],
        create_time=timestamp(contractor.created_at),
        region=contractor.region,
        region_history=[
            types_pb2.RegionChange(
                from_region=change.from_region,
                to_region=change.to_region,
                change_time=timestamp(change.changed_at),
                actor=change.actor,
                reason=change.reason,
            )
            for change in contractor.region_history
        ],
        erasure=None if contractor.erasure is None else _erasure(contractor.erasure),
    )


def erasure_asked(contractor: Contractor, erasure: Erasure) -> events_pb2.ContractorErasureAsked:
    """What payouts hears of it."""
    return events_pb2.ContractorErasureAsked(
        contractor_id=contractor.contractor_id,
        version=contractor.version,
        ask_time=timestamp(erasure.asked_at),
    )


def contractor_erased(contractor: Contractor, *, now: datetime) -> events_pb2.ContractorErased:
    """What everybody hears."""
    return events_pb2.ContractorErased(
        contractor_id=contractor.contractor_id,
        organisation_id=contractor.organisation_id,
        version=contractor.version,
        erase_time=timestamp(now),
    )


def contractor_record(contractor: Contractor) -> events_pb2.ContractorRecord:
    """What the others hear of a contractor: no name, no e-mail."""
    return events_pb2.ContractorRecord(
        contractor_id=contractor.contractor_id,
        organisation_id=contractor.organisation_id,
        engagement=_engagement(contractor),
        country=contractor.country,
        languages=contractor.languages,
        skills=contractor.skills,
        state=_contractor_state(contractor),
        version=contractor.version,
        region=contractor.region,
    )


def contractor_name(contractor: Contractor) -> events_pb2.ContractorName:
    """What payouts alone hears of a contractor, for its papers."""
    return events_pb2.ContractorName(
        contractor_id=contractor.contractor_id, name=contractor.name, version=contractor.version
    )


def row_of(message: service_pb2.NewContractor) -> NewContractor:
    """A row that has passed the contract's rules."""
    return NewContractor(
        external_id=message.external_id,
        name=message.name,
        email=message.email,
        country=message.country,
        languages=tuple(message.languages),
        skills=tuple(message.skills),
        region=message.region,
    )


def item_error(err: DomainError) -> common_pb2.ItemError:
    """What is wrong with one row."""
    return common_pb2.ItemError(
        reason=err.reason,
        message=err.message,
        field=err.metadata.get("field", ""),
        metadata=err.metadata,
    )


def _erasure(erasure: Erasure) -> types_pb2.ContractorErasure:
    message = types_pb2.ContractorErasure(
        ask_time=timestamp(erasure.asked_at), actor=erasure.actor, reason=erasure.reason
    )
    if erasure.erased_at is not None:
        message.erase_time.CopyFrom(timestamp(erasure.erased_at))
    return message


def _engagement(contractor: Contractor) -> types_pb2.Engagement.ValueType:
    return types_pb2.Engagement.Value(f"ENGAGEMENT_{contractor.engagement.value}")


def _contractor_state(contractor: Contractor) -> types_pb2.ContractorState.ValueType:
    return types_pb2.ContractorState.Value(f"CONTRACTOR_STATE_{contractor.state.value}")


def _change(change: StateChange) -> common_pb2.StateChange:
    return common_pb2.StateChange(
        from_state=change.from_state,
        to_state=change.to_state,
        change_time=timestamp(change.changed_at),
        actor=change.actor,
        reason=change.reason,
    )
