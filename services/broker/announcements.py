"""What the broker tells the others: domain -> events."""

from __future__ import annotations

from crewline.broker.v1 import events_pb2
from services.broker.domain.assignments import Answer, Assignment
from services.broker.domain.projects import Project
from services.broker.domain.work import fields_of
from services.broker.wire import (
    field_message,
    project_message,
    quality_policy_message,
    state_number,
)
from services.chassis.timestamps import timestamp
from services.chassis.unit_of_work import UnitOfWork

_ANSWERS_PER_EVENT_MAX = 500
_BYTES_PER_EVENT_MAX = 700_000
_BYTES_PER_ANSWER = 300


def project_created(work: UnitOfWork, project: Project) -> None:
    """ProjectCreated."""
    message = project_message(project, tasks_posted=0, reserved_units=0)
    # Text that only contractors and clients read.
    message.instructions = ""
    message.label_config = ""
    work.publish(
        events_pb2.ProjectCreated(project=message, pseudonym_salt=project.pseudonym_salt),
        key=project.project_id,
        event_id=f"{project.project_id}:created",
    )


def project_state_changed(work: UnitOfWork, project: Project, answers_submitted: int) -> None:
    """ProjectStateChanged."""
    work.publish(
        events_pb2.ProjectStateChanged(
            project_id=project.project_id,
            state=state_number(project.state),
            version=project.version,
            settled=project.settled,
            answers_submitted=answers_submitted,
        ),
        key=project.project_id,
        event_id=f"{project.project_id}:state:{project.version}",
    )


def answers_submitted(
    work: UnitOfWork, project: Project, taken: list[tuple[Assignment, Answer]]
) -> None:
    """AnswersSubmitted, in as many events as its bounds ask for."""
    event = _empty(project)
    size = 0
    for assignment, answer in taken:
        texts = (answer.value, assignment.gold_label, *assignment.items)
        weight = sum(len(text) * 4 for text in texts) + _BYTES_PER_ANSWER
        if event.answers and (
            len(event.answers) >= _ANSWERS_PER_EVENT_MAX or size + weight > _BYTES_PER_EVENT_MAX
        ):
            work.publish(event, key=project.project_id)
            event, size = _empty(project), 0
        size += weight
        event.answers.add(
            assignment_id=answer.assignment_id,
            task_id=answer.task_id,
            contractor_id=answer.contractor_id,
            organisation_id=assignment.organisation_id,
            engagement=assignment.engagement,
            value=answer.value,
            active_seconds=answer.active_seconds,
            submit_time=timestamp(answer.submitted_at),
            overlap=assignment.overlap,
            gold_label=assignment.gold_label,
            overlap_max=assignment.overlap_max,
            opinion_id=assignment.opinion_id,
            items=assignment.items,
            claim_time=timestamp(assignment.claimed_at),
        )
    work.publish(event, key=project.project_id)


def _empty(project: Project) -> events_pb2.AnswersSubmitted:
    return events_pb2.AnswersSubmitted(
        project_id=project.project_id,
        client_id=project.client_id,
        kind=project.kind.value,  # type: ignore[arg-type]
        labels=project.labels,
        quality_policy=quality_policy_message(project.quality_policy),
        fields=[field_message(field) for field in fields_of(project)],
    )
