"""Rails, batches and outcomes as protobuf messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from crewline.payouts.v1 import types_pb2
from services.chassis.timestamps import timestamp
from services.payouts.domain.ledger.accounts import BANK, MANUAL_CSV, STRIPE, STRIPE_GLOBAL
from services.payouts.domain.payments.payout_batches import Batch, ToldOutcome
from services.payouts.usecases.payments.payout_batches import RowResult
from services.payouts.usecases.payments.payout_rails import RailsView

_RAILS: Final = {
    STRIPE: types_pb2.PAYOUT_RAIL_STRIPE_CONNECT,
    STRIPE_GLOBAL: types_pb2.PAYOUT_RAIL_STRIPE_GLOBAL_PAYOUTS,
    MANUAL_CSV: types_pb2.PAYOUT_RAIL_MANUAL_CSV,
    BANK: types_pb2.PAYOUT_RAIL_BANK,
}
_NAMES: Final = {number: name for name, number in _RAILS.items()}


def rail_name(rail: types_pb2.PayoutRail.ValueType) -> str:
    """As instructions and ledger accounts name it."""
    return _NAMES[rail]


def rails_message(view: RailsView) -> types_pb2.PayoutRails:
    """What a payee may choose, and has."""
    message = types_pb2.PayoutRails(
        payee_id=view.payee_id,
        country=view.country,
        rail=_RAILS.get(view.rail, types_pb2.PAYOUT_RAIL_UNSPECIFIED),
        allowed=[_RAILS[rail] for rail in view.allowed],
        choices=[
            types_pb2.PayoutRailChoice(
                rail=_RAILS[choice.rail],
                chosen_by=choice.chosen_by,
                choose_time=timestamp(choice.chosen_at),
                reason=choice.reason,
            )
            for choice in view.choices
        ],
        bank_last_four=view.bank_last_four,
    )
    if view.bank_given_at is not None:
        message.bank_time.CopyFrom(timestamp(view.bank_given_at))
    return message


def batch_message(batch: Batch) -> types_pb2.PayoutBatch:
    """Without its lines and its file."""
    return types_pb2.PayoutBatch(
        batch_id=batch.batch_id,
        currency=batch.currency,
        total_minor=batch.total_minor,
        payments=len(batch.lines),
        sha256=batch.sha256,
        created_by=batch.created_by,
        create_time=timestamp(batch.created_at),
    )


def full_batch_message(
    batch: Batch, text: str, *, said: Mapping[str, ToldOutcome] | None = None
) -> types_pb2.PayoutBatch:
    """With both, and with what the bank has said, by reference."""
    message = batch_message(batch)
    for line in batch.lines:
        added = message.lines.add(
            reference=line.reference,
            payee_id=line.payee_id,
            amount_minor=line.amount_minor,
            currency=line.currency,
        )
        if said is not None and (told := said.get(line.reference)) is not None:
            added.outcome = told.outcome.value
            added.value_date = told.value_date
            added.bank_reference = told.bank_reference
            added.code = told.code
    message.csv = text
    return message


def row_message(row: RowResult) -> types_pb2.PayoutOutcomeRow:
    """One row of an outcome file."""
    return types_pb2.PayoutOutcomeRow(
        line=row.line, reference=row.reference, result=row.result, problem=row.error
    )
