"""Events as the broker tells them to quality, for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crewline.broker.v1 import events_pb2, types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from crewline.vendors.v1 import types_pb2 as vendors_pb2
from services.chassis.timestamps import timestamp

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHOICE, PAIRWISE, TEXT, STRUCTURED, CODE = (
    common_pb2.WORK_KIND_CHOICE,
    common_pb2.WORK_KIND_PAIRWISE,
    common_pb2.WORK_KIND_TEXT,
    common_pb2.WORK_KIND_STRUCTURED,
    common_pb2.WORK_KIND_CODE,
)
LABELS = {
    CHOICE: ("yes", "no"),
    PAIRWISE: ("model_a", "model_b", "tie"),
    TEXT: (),
    STRUCTURED: (),
    CODE: (),
}


def project_created(
    project_id: str = "prj_1",
    *,
    client_id: str = "org_client",
    kind: common_pb2.WorkKind.ValueType = CHOICE,
    decision_hours: int = 0,
) -> events_pb2.ProjectCreated:
    """A project of a client."""
    return events_pb2.ProjectCreated(
        project=types_pb2.Project(
            project_id=project_id,
            client_id=client_id,
            kind=kind,
            labels=LABELS[kind],
            overlap=3,
            quality_policy=types_pb2.QualityPolicy(decision_hours=decision_hours),
        ),
        pseudonym_salt=f"salt of {project_id}",
    )


def submitted(
    task: str,
    contractor: str,
    label: str,
    *,
    overlap: int = 3,
    gold: str = "",
    organisation_id: str = "org_vendor",
    seconds: float = 5.0,
) -> events_pb2.SubmittedAnswer:
    """One answer; its assignment is `task:contractor`."""
    return events_pb2.SubmittedAnswer(
        assignment_id=f"{task}:{contractor}",
        task_id=task,
        contractor_id=contractor,
        organisation_id=organisation_id,
        engagement=vendors_pb2.ENGAGEMENT_VENDOR,
        value=label,
        active_seconds=seconds,
        submit_time=timestamp(NOON + timedelta(seconds=len(task) + len(contractor))),
        claim_time=timestamp(NOON - timedelta(minutes=1)),
        overlap=overlap,
        gold_label=gold,
    )


def answers_submitted(
    *answers: events_pb2.SubmittedAnswer,
    project_id: str = "prj_1",
    kind: common_pb2.WorkKind.ValueType = CHOICE,
    reject_below: float = 0.05,
    review_share: float = 0.0,
    review_disputed: bool = False,
) -> events_pb2.AnswersSubmitted:
    """Answers of one project."""
    return events_pb2.AnswersSubmitted(
        project_id=project_id,
        client_id="org_client",
        kind=kind,
        labels=LABELS[kind],
        quality_policy=types_pb2.QualityPolicy(
            reject_below=reject_below, review_share=review_share, review_disputed=review_disputed
        ),
        answers=answers,
    )
