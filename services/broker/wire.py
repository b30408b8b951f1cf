"""The broker's entities as protobuf messages, and requests as what the use cases take."""

from __future__ import annotations

from crewline.broker.v1 import service_pb2, types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from services.broker.domain.answering import answer_result
from services.broker.domain.prices import UNITS_PER_MINOR, Price, units_of
from services.broker.domain.projects import (
    AnswerField,
    Eligibility,
    Project,
    ProjectState,
    QualityPolicy,
)
from services.broker.domain.tasks import Task
from services.broker.domain.work import fields_of
from services.broker.usecases.claiming import Claimed
from services.broker.usecases.projects import NewProject
from services.broker.usecases.results import HistoryLine, Result, ResultAnswer
from services.chassis.errors import DomainError
from services.chassis.timestamps import timestamp


def state_number(state: ProjectState) -> types_pb2.ProjectState.ValueType:
    """PROJECT_STATE_*."""
    return types_pb2.ProjectState.Value(f"PROJECT_STATE_{state.value}")


def assignment_state_number(state: str) -> types_pb2.AssignmentState.ValueType:
    """ASSIGNMENT_STATE_*."""
    return types_pb2.AssignmentState.Value(f"ASSIGNMENT_STATE_{state}")


def item_error(err: DomainError) -> common_pb2.ItemError:
    """What is wrong with one item of a batch."""
    return common_pb2.ItemError(
        reason=err.reason,
        message=err.message,
        field=err.metadata.get("field", ""),
        metadata=err.metadata,
    )


def new_project(request: service_pb2.CreateProjectRequest) -> NewProject:
    """The request as the use case takes it."""
    eligibility = request.eligibility
    policy = None
    if request.HasField("quality_policy"):
        policy = quality_policy(request.quality_policy)
    return NewProject(
        name=request.name,
        kind=request.kind,
        instructions=request.instructions,
        label_config=request.label_config,
        labels=tuple(request.labels),
        pay_units=units_of(request.pay.amount_minor, request.pay.fraction),
        currency=request.pay.currency,
        commission_bps_max=request.commission_bps_max,
        overlap=request.overlap,
        overlap_max=request.overlap_max,
        lease_seconds=request.lease_seconds,
        expected_seconds=request.expected_seconds,
        eligibility=Eligibility(
            countries=frozenset(eligibility.countries),
            languages=frozenset(eligibility.languages),
            skills=frozenset(eligibility.skills),
            vendor_ids=frozenset(eligibility.vendor_ids),
            exclude_direct=eligibility.exclude_direct,
            regions=frozenset(eligibility.regions),
        ),
        quality_policy=policy,
    )


def quality_policy(message: types_pb2.QualityPolicy) -> QualityPolicy:
    """The policy as the domain has it."""
    return QualityPolicy(
        reject_below=message.reject_below,
        review_share=message.review_share,
        review_disputed=message.review_disputed,
        adjudicate=message.adjudicate,
        error_cost_answers=message.error_cost_answers,
        decision_hours=message.decision_hours,
        clauses=dict(message.clauses),
        gold_share_max=message.gold_share_max,
        gold_answers_max=message.gold_answers_max,
        tolerance=message.tolerance,
    )


def quality_policy_message(policy: QualityPolicy) -> types_pb2.QualityPolicy:
    """All of it."""
    return types_pb2.QualityPolicy(
        reject_below=policy.reject_below,
        review_share=policy.review_share,
        review_disputed=policy.review_disputed,
        adjudicate=policy.adjudicate,
        error_cost_answers=policy.error_cost_answers,
        decision_hours=policy.decision_hours,
        clauses=dict(policy.clauses),
        gold_share_max=policy.gold_share_max,
        gold_answers_max=policy.gold_answers_max,
        tolerance=policy.tolerance,
    )


def money_message(amount_units: int, currency: str) -> common_pb2.Money:
    """An amount in units."""
    amount_minor, fraction = divmod(amount_units, UNITS_PER_MINOR)
    return common_pb2.Money(amount_minor=amount_minor, fraction=fraction, currency=currency)


def price_message(price: Price, currency: str) -> common_pb2.Price:
    """By who gets it."""
    return common_pb2.Price(
        pay=money_message(price.pay_units, currency),
        vendor_commission=money_message(price.commission_units, currency),
        platform_fee=money_message(price.fee_units, currency),
        benefits=money_message(price.benefits_units, currency),
        total=money_message(price.total_units, currency),
    )


def project_message(
    project: Project, *, tasks_posted: int, reserved_units: int
) -> types_pb2.Project:
    """All of it, as clients and operators see it."""
    return types_pb2.Project(
        project_id=project.project_id,
        client_id=project.client_id,
        name=project.name,
        kind=project.kind.value,  # type: ignore[arg-type]
        instructions=project.instructions,
        label_config=project.label_config,
        labels=project.labels,
        pay=money_message(project.pay_units, project.currency),
        commission_bps_max=project.commission_bps_max,
        platform_fee_bps=project.platform_fee_bps,
        overlap=project.overlap,
        lease_seconds=project.lease_seconds,
        eligibility=types_pb2.Eligibility(
            countries=sorted(project.eligibility.countries),
            languages=sorted(project.eligibility.languages),
            skills=sorted(project.eligibility.skills),
            vendor_ids=sorted(project.eligibility.vendor_ids),
            exclude_direct=project.eligibility.exclude_direct,
            regions=sorted(project.eligibility.regions),
        ),
        quality_policy=quality_policy_message(project.quality_policy),
        state=state_number(project.state),
        history=[
            common_pb2.StateChange(
                from_state=change.from_state,
                to_state=change.to_state,
                change_time=timestamp(change.changed_at),
                actor=change.actor,
                reason=change.reason,
            )
            for change in project.history
        ],
        benefits_bps=project.benefits_bps,
        floor_reserve_bps=project.floor_reserve_bps,
        expected_seconds=project.expected_seconds,
        price_max=price_message(project.price(project.commission_bps_max), project.currency),
        held_units=project.held_units,
        reserved_units=reserved_units,
        tasks_posted=tasks_posted,
        create_time=timestamp(project.created_at),
        answer_price_units_max=project.answer_price_units_max,
        overlap_max=project.overlap_max,
        fields=[field_message(field) for field in fields_of(project)],
    )


def field_message(field: AnswerField) -> types_pb2.AnswerField:
    """One field of an answer of several."""
    return types_pb2.AnswerField(
        name=field.name,
        kind=field.kind.value,  # type: ignore[arg-type]
        labels=field.labels,
        multiple=field.multiple,
    )


def project_for_contractor(project: Project) -> types_pb2.Project:
    """What a contractor may see: the work and its pay, not the client's money."""
    return types_pb2.Project(
        project_id=project.project_id,
        name=project.name,
        kind=project.kind.value,  # type: ignore[arg-type]
        instructions=project.instructions,
        label_config=project.label_config,
        labels=project.labels,
        pay=money_message(project.pay_units, project.currency),
        lease_seconds=project.lease_seconds,
        state=state_number(project.state),
    )


def task_message(task: Task) -> types_pb2.Task:
    """A task as its client sees it."""
    return types_pb2.Task(
        task_id=task.task_id,
        project_id=task.project_id,
        external_id=task.external_id,
        data_json=task.data_json,
        assignee_ids=task.assignee_ids,
        overlap=task.answers_asked,
        state=types_pb2.TaskState.Value(f"TASK_STATE_{task.state.value}"),
        is_gold=bool(task.gold_label),
    )


def claimed_message(claimed: Claimed) -> types_pb2.Assignment:
    """A lease as its contractor sees it: nothing tells a control task from another."""
    assignment = claimed.assignment
    return types_pb2.Assignment(
        assignment_id=assignment.assignment_id,
        task_id=assignment.task_id,
        project_id=assignment.project_id,
        state=types_pb2.ASSIGNMENT_STATE_CLAIMED,
        lease_token=assignment.lease_token,
        lease_expire_time=timestamp(assignment.lease_expires_at),
        claim_time=timestamp(assignment.claimed_at),
        data_json=claimed.data_json,
        pay=money_message(claimed.project.pay_units, claimed.project.currency),
    )


def assignment_message(line: HistoryLine) -> types_pb2.Assignment:
    """A line of a contractor's history."""
    assignment = line.assignment
    message = types_pb2.Assignment(
        assignment_id=assignment.assignment_id,
        task_id=assignment.task_id,
        project_id=assignment.project_id,
        state=assignment_state_number(assignment.state),
        lease_token=assignment.lease_token,
        lease_expire_time=timestamp(assignment.lease_expires_at),
        claim_time=timestamp(assignment.claimed_at),
        data_json=line.data_json,
        pay=money_message(line.project.pay_units, line.project.currency),
        decision_reason=assignment.decision_reason,
        decision_clause=assignment.decision_clause,
        gold_label=assignment.told_gold_label,
        pay_bps=assignment.pay_bps,
        value=line.value,
        result_json=line.result_json,
    )
    if line.submitted_at is not None:
        message.submit_time.CopyFrom(timestamp(line.submitted_at))
    return message


def result_message(
    result: Result, *, project: Project, include_data: bool = False
) -> types_pb2.Result:
    """A resolved task as its client sees it; with its data, also every answer as the editor's."""
    return types_pb2.Result(
        task_id=result.task_id,
        external_id=result.external_id,
        label=result.document["label"],
        confidence=result.document["confidence"],
        answers=[
            types_pb2.ResultAnswer(
                assignment_id=answer.assignment.assignment_id,
                contractor_pseudonym=answer.pseudonym,
                value=answer.value,
                state=assignment_state_number(answer.assignment.state),
                active_seconds=answer.active_seconds,
                decision_reason=answer.assignment.decision_reason,
                result_json=_result_json(project, answer, made=include_data),
                submit_time=timestamp(answer.submitted_at),
                pay_bps=answer.assignment.pay_bps,
                is_opinion=bool(answer.assignment.opinion_id),
            )
            for answer in result.answers
        ],
        resolve_time=timestamp(result.document["resolved_at"]),
        is_gold=result.is_gold,
        data_json=result.data_json if include_data else "",
        label_result_json=(
            answer_result(project, value=result.document["label"], result_json="")
            if include_data
            else ""
        ),
    )


def _result_json(project: Project, answer: ResultAnswer, *, made: bool) -> str:
    if not made:
        return answer.result_json
    return answer_result(project, value=answer.value, result_json=answer.result_json)
