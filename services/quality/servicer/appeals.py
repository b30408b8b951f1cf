"""Appeals: filed, followed, withdrawn, decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc

from crewline.quality.v1 import service_pb2, types_pb2
from services.chassis.authentication import Principal, current_principal
from services.chassis.errors import DomainError
from services.chassis.natural_keys import derived_id
from services.chassis.paging import fitting, moment_place, next_page, page_moment, page_size
from services.chassis.timestamps import timestamp
from services.quality.domain.appeals import Appeal, AppealState
from services.quality.domain.records import ProjectRecord
from services.quality.servicer.results import item_error
from services.quality.usecases.appeal_reading import AppealReading
from services.quality.usecases.appeals import AppealDecision, Appeals

Context = grpc.aio.ServicerContext[Any, Any]

_STATES = {
    types_pb2.APPEAL_STATE_OPEN: AppealState.OPEN,
    types_pb2.APPEAL_STATE_UPHELD: AppealState.UPHELD,
    types_pb2.APPEAL_STATE_DISMISSED: AppealState.DISMISSED,
    types_pb2.APPEAL_STATE_WITHDRAWN: AppealState.WITHDRAWN,
}
_WIRE_STATES = {state: wire for wire, state in _STATES.items()}


class AppealsServicer:
    """See protos/crewline/quality/v1/service.proto."""

    def __init__(self, *, appeals: Appeals, reading: AppealReading) -> None:
        self._appeals = appeals
        self._appeal_reading = reading

    async def FileAppeal(
        self, request: service_pb2.FileAppealRequest, context: Context
    ) -> service_pb2.FileAppealResponse:
        principal = current_principal()
        appeal = await self._appeals.file(principal, request.assignment_id, request.statement)
        return service_pb2.FileAppealResponse(appeal=await self._shown(principal, appeal))

    async def WithdrawAppeal(
        self, request: service_pb2.WithdrawAppealRequest, context: Context
    ) -> service_pb2.WithdrawAppealResponse:
        principal = current_principal()
        appeal = await self._appeals.withdraw(principal, request.appeal_id)
        return service_pb2.WithdrawAppealResponse(appeal=await self._shown(principal, appeal))

    async def GetAppeal(
        self, request: service_pb2.GetAppealRequest, context: Context
    ) -> service_pb2.GetAppealResponse:
        principal = current_principal()
        appeal = await self._appeal_reading.get(principal, request.appeal_id)
        return service_pb2.GetAppealResponse(appeal=await self._shown(principal, appeal))

    async def ListAppeals(
        self, request: service_pb2.ListAppealsRequest, context: Context
    ) -> service_pb2.ListAppealsResponse:
        principal = current_principal()
        scope = f"appeals:{_reader(principal)}:{request.project_id}:{request.state}"
        size = page_size(request.page_size)
        found = await self._appeal_reading.page(
            principal,
            project_id=request.project_id,
            state=_STATES.get(request.state),
            after=page_moment(request.page_token, scope=scope),
            limit=size + 1,
        )
        projects = await self._appeal_reading.projects(found)
        shown = fitting(_appeal(principal, appeal, projects) for appeal in found[:size])
        return service_pb2.ListAppealsResponse(
            appeals=shown, next_page_token=next_page(found, shown, _place, scope=scope)
        )

    async def DecideAppeals(
        self, request: service_pb2.DecideAppealsRequest, context: Context
    ) -> service_pb2.DecideAppealsResponse:
        outcomes = await self._appeals.decide(
            current_principal(),
            [
                AppealDecision(
                    appeal_id=decision.appeal_id,
                    state=_STATES[decision.state],
                    note=decision.note,
                )
                for decision in request.decisions
            ],
        )
        response = service_pb2.DecideAppealsResponse()
        for decision, outcome in zip(request.decisions, outcomes, strict=True):
            result = response.results.add(appeal_id=decision.appeal_id)
            if isinstance(outcome, DomainError):
                result.error.CopyFrom(item_error(outcome))
            else:
                result.state = _WIRE_STATES[outcome.state]
        return response

    async def _shown(self, principal: Principal, appeal: Appeal) -> types_pb2.Appeal:
        return _appeal(principal, appeal, await self._appeal_reading.projects([appeal]))


def _reader(principal: Principal) -> str:
    """Whose list it is: a page token of another's is none of this one."""
    if "CONTRACTOR" in principal.roles:
        return principal.subject_id
    return principal.organisation_id


def _appeal(
    principal: Principal, appeal: Appeal, projects: Mapping[str, ProjectRecord]
) -> types_pb2.Appeal:
    """Clients see a pseudonym; the second opinion is operators' only until the end."""
    rejection = appeal.rejection
    message = types_pb2.Appeal(
        appeal_id=appeal.appeal_id,
        assignment_id=appeal.assignment_id,
        task_id=appeal.task_id,
        project_id=appeal.project_id,
        state=_WIRE_STATES[appeal.state],
        statement=appeal.statement,
        file_time=timestamp(appeal.filed_at),
        decide_by_time=timestamp(appeal.decide_by),
        value=appeal.value,
        rejection_reason=rejection.reason.upper(),
        rejection_clause=rejection.clause,
        rejection_evidence={name: str(value) for name, value in rejection.evidence.items()},
        decided_by=appeal.decided_by.value.upper() if appeal.decided_by is not None else "",
        decision_note=appeal.note,
        decide_time=timestamp(appeal.decided_at) if appeal.decided_at is not None else None,
    )
    if "OPERATOR" in principal.roles or appeal.state is not AppealState.OPEN:
        message.opinion_value = appeal.opinion_value
    project = projects.get(appeal.project_id)
    if project is not None:
        message.contractor_pseudonym = derived_id(
            "anon", project.pseudonym_salt, appeal.contractor_id
        )
    if "CLIENT" not in principal.roles:
        message.contractor_id = appeal.contractor_id
    return message


def _place(appeal: Appeal) -> str:
    return moment_place(appeal.filed_at, appeal.appeal_id)
