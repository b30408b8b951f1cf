"""Events of the bus as notices: who is told of what, in words that name things and say no more.

What a notice is about is asked for with the caller's own key: it carries nothing that its receiver
might not see.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types_pb2
from crewline.payouts.v1 import events_pb2, types_pb2
from crewline.quality.v1 import events_pb2 as quality_pb2
from services.chassis.events import IncomingEvent
from services.payouts.domain.ledger.money import minor_below, units_of
from services.payouts.domain.notices.notices import Notice, NoticeType
from services.payouts.usecases.notices.notice_news import NoticeNews, ProjectNews

# Results come by the thousand: their notices by the minute.
_RESULTS_SECONDS = 60


class NoticeConsumers:
    """One handler an event."""

    def __init__(self, *, news: NoticeNews) -> None:
        self._news = news

    async def project_state_changed(
        self, events: Sequence[IncomingEvent[broker_pb2.ProjectStateChanged]]
    ) -> None:
        """A project is in another state."""
        await self._news.of_projects(
            [
                ProjectNews(
                    notice_id=f"{event.message.project_id}.state.{event.message.version}",
                    type=NoticeType.PROJECT_STATE_CHANGED,
                    project_id=event.message.project_id,
                    at=event.time,
                    data={
                        "state": broker_types_pb2.ProjectState.Name(event.message.state),
                        "version": event.message.version,
                        "settled": event.message.settled,
                    },
                )
                for event in events
            ]
        )

    async def tasks_resolved(
        self, events: Sequence[IncomingEvent[quality_pb2.TasksResolved]]
    ) -> None:
        """Results are there: once a minute and project, however many there are."""
        await self._news.of_projects(
            [
                ProjectNews(
                    notice_id=f"{project_id}.results.{minute}",
                    type=NoticeType.RESULTS_READY,
                    project_id=project_id,
                    at=at,
                    data={},
                )
                for (project_id, minute), at in _minutes(events).items()
            ]
        )

    async def funds_low(self, events: Sequence[IncomingEvent[events_pb2.FundsLow]]) -> None:
        """A project's money is running out."""
        await self._news.of_organisations(
            [
                _funds_notice(
                    event.message,
                    NoticeType.FUNDS_LOW,
                    at=event.time,
                    lasts_seconds=(
                        event.message.lasts_seconds
                        if event.message.HasField("lasts_seconds")
                        else None
                    ),
                )
                for event in events
            ]
        )

    async def funds_exhausted(
        self, events: Sequence[IncomingEvent[events_pb2.FundsExhausted]]
    ) -> None:
        """A project can pay no further answer."""
        await self._news.of_organisations(
            [
                _funds_notice(event.message, NoticeType.FUNDS_EXHAUSTED, at=event.time)
                for event in events
            ]
        )

    async def statement_changed(
        self, events: Sequence[IncomingEvent[events_pb2.StatementChanged]]
    ) -> None:
        """A vendor's statement was made, or its payment went a step further."""
        await self._news.of_organisations(
            [
                Notice(
                    notice_id=f"{event.message.statement_id}.{event.message.version}",
                    organisation_id=event.message.payee_id,
                    type=NoticeType.STATEMENT_CHANGED,
                    at=event.time,
                    data={
                        "statement_id": event.message.statement_id,
                        "state": types_pb2.StatementState.Name(event.message.state),
                        "version": event.message.version,
                    },
                )
                for event in events
            ]
        )


def _minutes(
    events: Sequence[IncomingEvent[quality_pb2.TasksResolved]],
) -> dict[tuple[str, int], datetime]:
    """The first moment of each project and minute."""
    found: dict[tuple[str, int], datetime] = {}
    for event in events:
        minute = int(event.time.timestamp()) // _RESULTS_SECONDS
        key = (event.message.project_id, minute)
        found[key] = min(found.get(key, event.time), event.time)
    return found


def _funds_notice(
    message: events_pb2.FundsLow | events_pb2.FundsExhausted,
    kind: NoticeType,
    *,
    at: datetime,
    lasts_seconds: int | None = None,
) -> Notice:
    amount_minor = minor_below(message.remaining_units)
    data: dict[str, object] = {
        "project_id": message.project_id,
        "remaining": {
            "amount_minor": amount_minor,
            "fraction": message.remaining_units - units_of(amount_minor),
            "currency": message.currency,
        },
    }
    if lasts_seconds is not None:
        data["lasts_seconds"] = lasts_seconds
    return Notice(
        notice_id=f"{message.project_id}.{kind.value}.{message.version}",
        organisation_id=message.client_id,
        type=kind,
        at=at,
        data=data,
    )
