"""BrokerService: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeVar

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from crewline.broker.v1 import service_pb2, service_pb2_grpc, types_pb2
from services.broker import wire
from services.broker.domain.assignments import AssignmentState
from services.broker.domain.errors import ProjectNotFound
from services.broker.domain.projects import Project, ProjectState
from services.broker.labelling_servicer import LabellingServicer
from services.broker.offers_servicer import OffersServicer
from services.broker.results_servicer import ResultsServicer
from services.broker.usecases.claiming import Claim, Claimed
from services.broker.usecases.delivering import Delivery
from services.broker.usecases.leases import HeldLease, Leases
from services.broker.usecases.offers import Offers
from services.broker.usecases.posting import Duplicate, NewTaskRow, Posted, Posting
from services.broker.usecases.projects import Projects
from services.broker.usecases.results import Results
from services.chassis.authentication import Principal, current_principal
from services.chassis.errors import DomainError, FieldsInvalid
from services.chassis.group_commit import GroupCommit
from services.chassis.paging import fitting, next_page, page_number, page_position, page_size
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.chassis.validation import violations

ResponseT = TypeVar("ResponseT", bound=Message)
Context = grpc.aio.ServicerContext[Any, Any]

_RETRY_DELAY = Duration(nanos=250_000_000)
_ERRORS_TOLD_MAX = 1000
_ROWS_PER_MESSAGE_MAX = 1000


class BrokerServicer(
    OffersServicer, ResultsServicer, LabellingServicer, service_pb2_grpc.BrokerServiceServicer
):
    """See protos/crewline/broker/v1/service.proto."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        projects: Projects,
        posting: Posting,
        claims: GroupCommit[Claim, list[Claimed]],
        deliveries: GroupCommit[Sequence[Delivery], list[AssignmentState | DomainError]],
        leases: Leases,
        results: Results,
        offers: Offers,
    ) -> None:
        OffersServicer.__init__(self, offers=offers)
        ResultsServicer.__init__(self, projects=projects, results=results)
        self._transactions = transactions
        self._projects = projects
        self._posting = posting
        self._claims = claims
        self._deliveries = deliveries
        self._leases = leases
        self._results = results

    async def CreateProject(
        self, request: service_pb2.CreateProjectRequest, context: Context
    ) -> service_pb2.CreateProjectResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> service_pb2.CreateProjectResponse:
            project = await self._projects.create(work, principal, wire.new_project(request))
            message = wire.project_message(project, tasks_posted=0, reserved_units=0)
            return service_pb2.CreateProjectResponse(project=message)

        return await self._transactions.run_once(
            caller=principal.organisation_id,
            method="CreateProject",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.CreateProjectResponse,
            body=body,
        )

    async def GetProject(
        self, request: service_pb2.GetProjectRequest, context: Context
    ) -> service_pb2.GetProjectResponse:
        principal = current_principal()
        project = await self._projects.get(principal, request.project_id)
        if principal.roles == {"CONTRACTOR"}:
            return service_pb2.GetProjectResponse(project=wire.project_for_contractor(project))
        return service_pb2.GetProjectResponse(project=await self._message(project))

    async def ListProjects(
        self, request: service_pb2.ListProjectsRequest, context: Context
    ) -> service_pb2.ListProjectsResponse:
        principal = current_principal()
        scope = f"projects:{principal.organisation_id}"
        size = page_size(request.page_size)
        found = await self._projects.list(
            principal, after=page_position(request.page_token, scope=scope), limit=size + 1
        )
        shown = fitting([await self._message(project) for project in found[:size]])
        return service_pb2.ListProjectsResponse(
            projects=shown,
            next_page_token=next_page(found, shown, lambda p: p.project_id, scope=scope),
        )

    async def ActivateProject(
        self, request: service_pb2.ActivateProjectRequest, context: Context
    ) -> service_pb2.ActivateProjectResponse:
        return await self._move(
            request, service_pb2.ActivateProjectResponse, ProjectState.LIVE, "activated", "FUNDED"
        )

    async def PauseProject(
        self, request: service_pb2.PauseProjectRequest, context: Context
    ) -> service_pb2.PauseProjectResponse:
        return await self._move(
            request, service_pb2.PauseProjectResponse, ProjectState.PAUSED, request.reason
        )

    async def ResumeProject(
        self, request: service_pb2.ResumeProjectRequest, context: Context
    ) -> service_pb2.ResumeProjectResponse:
        return await self._move(
            request, service_pb2.ResumeProjectResponse, ProjectState.LIVE, "resumed", "PAUSED"
        )

    async def CompleteProject(
        self, request: service_pb2.CompleteProjectRequest, context: Context
    ) -> service_pb2.CompleteProjectResponse:
        return await self._move(
            request, service_pb2.CompleteProjectResponse, ProjectState.COMPLETED, "completed"
        )

    async def CancelProject(
        self, request: service_pb2.CancelProjectRequest, context: Context
    ) -> service_pb2.CancelProjectResponse:
        return await self._move(
            request, service_pb2.CancelProjectResponse, ProjectState.CANCELLED, request.reason
        )

    async def PostTasks(
        self, request_iterator: AsyncIterator[service_pb2.PostTasksRequest], context: Context
    ) -> service_pb2.PostTasksResponse:
        principal = current_principal()
        response = service_pb2.PostTasksResponse()
        project: Project | None = None
        row = 0
        async for request in request_iterator:
            if project is None:
                project = await self._posting.open(principal, request.project_id)
            elif request.project_id not in ("", project.project_id):
                raise ProjectNotFound(
                    "one stream posts to one project",
                    field="project_id",
                    project_id=request.project_id,
                )
            for start in range(0, len(request.tasks), _ROWS_PER_MESSAGE_MAX):
                part = request.tasks[start : start + _ROWS_PER_MESSAGE_MAX]
                await self._post(project, part, first_row=row, response=response)
                row += len(part)
        return response

    async def GetTask(
        self, request: service_pb2.GetTaskRequest, context: Context
    ) -> service_pb2.GetTaskResponse:
        task = await self._posting.get(current_principal(), request.task_id)
        return service_pb2.GetTaskResponse(task=wire.task_message(task))

    async def ListTasks(
        self, request: service_pb2.ListTasksRequest, context: Context
    ) -> service_pb2.ListTasksResponse:
        project = await self._projects.get(current_principal(), request.project_id)
        scope = f"tasks:{project.project_id}"
        size = page_size(request.page_size)
        after = page_number(request.page_token, scope=scope)
        found = await self._posting.page(project.project_id, after_seq=after, limit=size + 1)
        shown = fitting(wire.task_message(entry.task) for entry in found[:size])
        return service_pb2.ListTasksResponse(
            tasks=shown,
            next_page_token=next_page(found, shown, lambda entry: str(entry.seq), scope=scope),
        )

    async def ClaimAssignments(
        self, request: service_pb2.ClaimAssignmentsRequest, context: Context
    ) -> service_pb2.ClaimAssignmentsResponse:
        principal = current_principal()
        claim = Claim(
            contractor_id=principal.subject_id,
            organisation_id=principal.organisation_id,
            request_id=request.request_id,
            project_id=request.project_id,
            count=request.max_assignments,
        )
        claimed = await self._claims.submit(claim, weight=claim.count)
        response = service_pb2.ClaimAssignmentsResponse(
            assignments=[wire.claimed_message(each) for each in claimed]
        )
        if not claimed:
            response.retry_delay.CopyFrom(_RETRY_DELAY)
        return response

    async def RenewAssignments(
        self, request: service_pb2.RenewAssignmentsRequest, context: Context
    ) -> service_pb2.RenewAssignmentsResponse:
        response = service_pb2.RenewAssignmentsResponse()
        outcomes = await self._leases.renew(_leases(request.leases, current_principal()))
        for lease, outcome in zip(request.leases, outcomes, strict=True):
            result = response.results.add(assignment_id=lease.assignment_id)
            if isinstance(outcome, DomainError):
                result.error.CopyFrom(wire.item_error(outcome))
            else:
                result.lease_expire_time.FromDatetime(outcome)
        return response

    async def ReleaseAssignments(
        self, request: service_pb2.ReleaseAssignmentsRequest, context: Context
    ) -> service_pb2.ReleaseAssignmentsResponse:
        response = service_pb2.ReleaseAssignmentsResponse()
        outcomes = await self._leases.release(
            _leases(request.leases, current_principal()),
            reason=request.reason,
            unseen=request.unseen,
        )
        for lease, outcome in zip(request.leases, outcomes, strict=True):
            result = response.results.add(assignment_id=lease.assignment_id)
            if outcome is not None:
                result.error.CopyFrom(wire.item_error(outcome))
        return response

    async def SubmitAnswers(
        self, request: service_pb2.SubmitAnswersRequest, context: Context
    ) -> service_pb2.SubmitAnswersResponse:
        contractor_id = current_principal().subject_id
        deliveries = [
            Delivery(
                assignment_id=answer.assignment_id,
                lease_token=answer.lease_token,
                contractor_id=contractor_id,
                value=answer.value,
                active_seconds=answer.active_seconds,
                result_json=answer.result_json,
            )
            for answer in request.answers
        ]
        weight = sum(delivery.weight for delivery in deliveries)
        outcomes = await self._deliveries.submit(deliveries, weight=weight)
        response = service_pb2.SubmitAnswersResponse()
        for delivery, outcome in zip(deliveries, outcomes, strict=True):
            result = response.results.add(assignment_id=delivery.assignment_id)
            if isinstance(outcome, DomainError):
                result.error.CopyFrom(wire.item_error(outcome))
            else:
                result.state = wire.assignment_state_number(outcome)
        return response

    async def ListAssignments(
        self, request: service_pb2.ListAssignmentsRequest, context: Context
    ) -> service_pb2.ListAssignmentsResponse:
        contractor_id = current_principal().subject_id
        state = ""
        if request.state:
            name = types_pb2.AssignmentState.Name(request.state)
            state = name.removeprefix("ASSIGNMENT_STATE_")
        scope = f"assignments:{contractor_id}:{state}"
        size = page_size(request.page_size)
        skip = page_number(request.page_token, scope=scope)
        found = await self._results.history(contractor_id, state=state, skip=skip, limit=size + 1)
        shown = fitting(wire.assignment_message(line) for line in found[:size])
        return service_pb2.ListAssignmentsResponse(
            assignments=shown,
            next_page_token=next_page(found, shown, lambda _: str(skip + len(shown)), scope=scope),
        )

    async def _post(
        self,
        project: Project,
        tasks: Any,
        *,
        first_row: int,
        response: service_pb2.PostTasksResponse,
    ) -> None:
        """Posts the rows that pass the proto's rules; tells of those that do not."""
        rows: list[NewTaskRow] = []
        numbers: list[int] = []
        for number, task in enumerate(tasks, start=first_row):
            broken = violations(task)
            if broken:
                _refuse(response, number, task.external_id, FieldsInvalid(broken))
                continue
            numbers.append(number)
            rows.append(
                NewTaskRow(
                    external_id=task.external_id,
                    data_json=task.data_json,
                    gold_label=task.gold_label,
                    assignee_ids=tuple(task.assignee_ids),
                )
            )
        outcomes = await self._posting.post(project, rows)
        for number, row, outcome in zip(numbers, rows, outcomes, strict=True):
            if isinstance(outcome, Posted):
                response.posted += 1
            elif isinstance(outcome, Duplicate):
                response.duplicates += 1
            else:
                _refuse(response, number, row.external_id, outcome)

    async def _move(
        self,
        request: Any,
        response_type: type[ResponseT],
        to: ProjectState,
        reason: str,
        only_from: str = "",
    ) -> ResponseT:
        principal = current_principal()

        async def body(work: UnitOfWork) -> ResponseT:
            project = await self._projects.move(
                work, principal, request.project_id, to, reason=reason, only_from=only_from
            )
            return _with_project(response_type, await self._message(project))

        response = await self._transactions.run_once(
            caller=principal.organisation_id,
            method=type(request).__name__,
            request_id=request.request_id,
            request=request,
            response_type=response_type,
            body=body,
        )
        await self._projects.refresh(request.project_id)
        return response

    async def _message(self, project: Project) -> types_pb2.Project:
        posted, reserved_units = await self._projects.counters(project.project_id)
        return wire.project_message(project, tasks_posted=posted, reserved_units=reserved_units)


def _with_project(response_type: type[ResponseT], project: types_pb2.Project) -> ResponseT:
    # Every response of a step has the one field `project`; their types know nothing of each other.
    response: ResponseT = response_type(project=project)
    return response


def _leases(leases: Any, principal: Principal) -> list[HeldLease]:
    return [
        HeldLease(
            assignment_id=lease.assignment_id,
            lease_token=lease.lease_token,
            contractor_id=principal.subject_id,
        )
        for lease in leases
    ]


def _refuse(
    response: service_pb2.PostTasksResponse, row: int, external_id: str, err: DomainError
) -> None:
    response.refused += 1
    if len(response.errors) < _ERRORS_TOLD_MAX:
        response.errors.add(row=row, external_id=external_id[:200], error=wire.item_error(err))
