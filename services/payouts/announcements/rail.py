"""What payouts tells the others of statements: domain -> events."""

from __future__ import annotations

from crewline.payouts.v1 import events_pb2, types_pb2
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.store.statements.statement_records import StatementRecord


def statement_changed(work: UnitOfWork, record: StatementRecord) -> None:
    """StatementChanged."""
    work.publish(
        events_pb2.StatementChanged(
            statement_id=record.statement_id,
            payee_id=record.payee.payee_id,
            state=types_pb2.StatementState.Value(f"STATEMENT_STATE_{record.standing.state.value}"),
            currency=record.currency,
            total_minor=record.total_minor,
            version=record.version,
        ),
        key=record.payee.payee_id,
        event_id=f"{record.statement_id}:{record.version}",
    )
