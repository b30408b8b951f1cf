"""Reconciliation's values as protobuf messages."""

from __future__ import annotations

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2
from services.chassis.timestamps import timestamp
from services.payouts.domain.reconciliation.clearing import Told
from services.payouts.domain.reconciliation.mirrors import ItemSide, MirrorDay, MirrorItem
from services.payouts.usecases.reconciliation.clearing import ClearingAge, own_side
from services.payouts.usecases.reconciliation.mirror_report import MirrorReport
from services.payouts.wire.ledger import units_message

_SIDES = {ItemSide.RAIL: "provider", ItemSide.LEDGER: "ledger"}


def days_message(report: MirrorReport) -> service_pb2.ListReconciliationDaysResponse:
    """By day, currency and account."""
    message = service_pb2.ListReconciliationDaysResponse(
        days=[_day_message(day) for day in report.days]
    )
    if report.read_at is not None:
        message.read_time.CopyFrom(timestamp(report.read_at))
    return message


def movement_message(item: MirrorItem) -> service_pb2.UnmatchedMovement:
    """What one side has alone."""
    return service_pb2.UnmatchedMovement(
        movement_id=item.item_id,
        side=_SIDES[item.side],
        account=item.account,
        amount=units_message(item.amount_units, item.currency),
        time=timestamp(item.at),
        type=item.type,
        source=item.source,
        group=item.group,
    )


def age_message(age: ClearingAge) -> service_pb2.ClearingAge:
    """What of a clearing account is so old."""
    return service_pb2.ClearingAge(
        account=age.account,
        age=age.age,
        amount=units_message(age.amount_units, age.currency),
        items=age.items,
    )


def open_item_message(told: Told) -> service_pb2.ClearingItem:
    """What of it one thing is, and what is known of that."""
    item, known = told.item, told.acknowledgement
    message = service_pb2.ClearingItem(
        account=item.account,
        group=item.group,
        statement_id=item.statement_id,
        amount=units_message(own_side(item), item.currency),
        open_time=timestamp(item.opened_at),
    )
    if known is not None:
        message.acknowledgement.CopyFrom(
            service_pb2.ClearingAcknowledgement(
                reason=known.reason,
                acknowledged_by=known.acknowledged_by,
                acknowledge_time=timestamp(known.acknowledged_at),
                until_time=timestamp(known.until),
            )
        )
    return message


def _day_message(day: MirrorDay) -> service_pb2.ReconciliationDay:
    def money(units: int) -> common_pb2.Money:
        return units_message(units, day.currency)

    return service_pb2.ReconciliationDay(
        day=day.day.isoformat(),
        account=day.account,
        provider=money(day.rail_units),
        ledger=money(day.ledger_units),
        timing=money(day.timing_units),
        pending=money(day.pending_units),
        unexplained=money(day.unexplained_units),
        matched_provider=money(day.matched_rail_units),
        matched_ledger=money(day.matched_ledger_units),
        unmatched_provider_count=day.unmatched_rail,
        unmatched_ledger_count=day.unmatched_ledger,
    )
