"""Whom quality asks for second opinions: domain -> events."""

from __future__ import annotations

from crewline.quality.v1 import events_pb2
from services.chassis.timestamps import timestamp
from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.opinions import Opinion, Purpose

_OPINIONS_PER_EVENT_MAX = 500
_PURPOSES = {
    Purpose.ADJUDICATION: events_pb2.OPINION_PURPOSE_ADJUDICATION,
    Purpose.APPEAL: events_pb2.OPINION_PURPOSE_APPEAL,
}


def opinions_asked(work: UnitOfWork, project_id: str, opinions: list[Opinion]) -> None:
    """OpinionsAsked, of one project, in as many events as its bound asks for."""
    for start in range(0, len(opinions), _OPINIONS_PER_EVENT_MAX):
        work.publish(
            events_pb2.OpinionsAsked(
                project_id=project_id,
                opinions=[
                    events_pb2.AskedOpinion(
                        opinion_id=opinion.opinion_id,
                        task_id=opinion.task_id,
                        contractor_id=opinion.contractor_id,
                        purpose=_PURPOSES[opinion.purpose],
                        expire_time=timestamp(opinion.expires_at),
                    )
                    for opinion in opinions[start : start + _OPINIONS_PER_EVENT_MAX]
                ],
            ),
            key=project_id,
        )
