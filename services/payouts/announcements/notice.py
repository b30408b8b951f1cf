"""What payouts tells of projects whose money runs out: domain -> events."""

from __future__ import annotations

from crewline.payouts.v1 import events_pb2
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.funding.funds_watch import FundsWarning
from services.payouts.usecases.funding.funds_watching import FundsNews


def funds_running_out(work: UnitOfWork, news: FundsNews) -> None:
    """FundsLow or FundsExhausted; one of each for every hold."""
    project, funds = news.project, news.funds
    is_low = news.warning is FundsWarning.LOW
    kind = events_pb2.FundsLow if is_low else events_pb2.FundsExhausted
    message = kind(
        project_id=project.project_id,
        client_id=project.client_id,
        currency=project.currency,
        remaining_units=funds.remaining_units,
        spent_units=funds.spent_units,
        version=funds.version,
    )
    if isinstance(message, events_pb2.FundsLow) and news.lasts_seconds is not None:
        message.lasts_seconds = int(news.lasts_seconds)
    work.publish(
        message,
        key=project.project_id,
        event_id=f"{project.project_id}:funds_{news.warning.value}:{funds.version}",
    )
