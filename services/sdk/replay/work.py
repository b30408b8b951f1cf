"""The contractors' side: each claims and submits exactly what was recorded, many at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types_pb2
from services.chassis.grpc_errors import RemoteError
from services.sdk.replay.connection import Connection
from services.sdk.replay.crew import Member
from services.sdk.replay.errors import ReplayFailed
from services.sdk.replay.many import each
from services.sdk.replay.patience import Deadline
from services.sdk.replay.session import new_request_id

_SUBMIT_MAX = 100
_PAUSE_SECONDS_MIN = 0.05
_PAUSE_SECONDS_MAX = 2.0
# The broker learns of contractors, vendors and rate cards by events.
_EARLY = ("CONTRACTOR_NOT_FOUND", "CONTRACTOR_NOT_ACTIVE", "PROJECT_NOT_FOUND")
_EVENT_SECONDS = 60.0
_CLAIMS_EXHAUSTED = "CLAIMS_EXHAUSTED"
# The lease is gone: the task is claimed again.
_LOST = frozenset({"LEASE_LOST", "ASSIGNMENT_NOT_FOUND"})


class Work:
    """Runs every member of the crew until all their answers are in."""

    def __init__(
        self,
        connection: Connection,
        *,
        project_id: str,
        batch: int,
        deadline: Deadline,
        answered: Callable[[int], None],
    ) -> None:
        self._broker = connection.broker
        self._project_id = project_id
        self._batch = batch
        self._deadline = deadline
        self._answered = answered

    async def run(self, members: Iterable[Member], *, at_once: int) -> None:
        """Returns when every planned answer was taken. Errors: RemoteError, ReplayFailed."""
        # Those with the most to do first, so that nobody is left working alone at the end.
        order = sorted(members, key=lambda member: -len(member.worker.answers))
        await each(order, self._work, at_once=at_once)

    async def _work(self, member: Member) -> None:
        left = dict(member.worker.answers)
        empty = 0
        while left:
            assignments, delay_seconds = await self._claim(member)
            empty = 0 if assignments else empty + 1
            if empty > 1:
                assignments = await self._unsubmitted(member)
            if assignments:
                await self._submit(member, assignments, left)
            elif self._deadline.left_seconds <= delay_seconds:
                raise ReplayFailed(
                    f"worker {member.worker.name!r}: {len(left)} tasks were never handed out, "
                    f"such as {next(iter(left))!r}"
                )
            else:
                await asyncio.sleep(delay_seconds)

    async def _claim(self, member: Member) -> tuple[list[broker_types_pb2.Assignment], float]:
        request = broker_pb2.ClaimAssignmentsRequest(
            request_id=new_request_id(), project_id=self._project_id, max_assignments=self._batch
        )
        try:
            answer = await member.caller.call(
                self._broker.ClaimAssignments, request, early=_EARLY, final=(_CLAIMS_EXHAUSTED,)
            )
        except RemoteError as err:
            # Leases whose answer never reached us: they are found by listing them.
            if err.reason != _CLAIMS_EXHAUSTED:
                raise
            return [], _PAUSE_SECONDS_MAX
        delay = answer.retry_delay.ToMilliseconds() / 1000
        return list(answer.assignments), min(max(delay, _PAUSE_SECONDS_MIN), _PAUSE_SECONDS_MAX)

    async def _unsubmitted(self, member: Member) -> list[broker_types_pb2.Assignment]:
        """Leases that a lost reply kept from us."""
        request = broker_pb2.ListAssignmentsRequest(
            page_size=_SUBMIT_MAX, state=broker_types_pb2.ASSIGNMENT_STATE_CLAIMED
        )
        answer = await member.caller.call(self._broker.ListAssignments, request)
        return [one for one in answer.assignments if one.project_id == self._project_id]

    async def _submit(
        self, member: Member, assignments: list[broker_types_pb2.Assignment], left: dict[str, str]
    ) -> None:
        tasks = [_task_name(assignment) for assignment in assignments]
        for task in tasks:
            if task not in left:
                raise ReplayFailed(
                    f"worker {member.worker.name!r} was handed {task!r}, which they have answered "
                    "already or never had"
                )
        request = broker_pb2.SubmitAnswersRequest(
            answers=[
                broker_pb2.NewAnswer(
                    assignment_id=assignment.assignment_id,
                    lease_token=assignment.lease_token,
                    value=left[task],
                )
                for task, assignment in zip(tasks, assignments, strict=True)
            ]
        )
        answer = await member.caller.call(self._broker.SubmitAnswers, request)
        taken = 0
        for task, result in zip(tasks, answer.results, strict=True):
            if not result.HasField("error"):
                del left[task]
                taken += 1
            elif result.error.reason not in _LOST:
                raise ReplayFailed(
                    f"the answer of {member.worker.name!r} to {task!r} was refused: "
                    f"{result.error.reason}: {result.error.message}"
                )
        self._answered(taken)


def _task_name(assignment: broker_types_pb2.Assignment) -> str:
    name = json.loads(assignment.data_json).get("task")
    if not isinstance(name, str):
        raise ReplayFailed(f"assignment {assignment.assignment_id} shows no task of ours")
    return name
