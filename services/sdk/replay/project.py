"""The client's side of a replay: the project, its money, its tasks."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from xml.sax.saxutils import quoteattr

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.sdk.money import UNITS_PER_MINOR
from services.sdk.replay.connection import Connection
from services.sdk.replay.crew import WORK_KINDS, Crew
from services.sdk.replay.crowd_file import CrowdKind
from services.sdk.replay.errors import ReplayFailed
from services.sdk.replay.patience import Deadline, persist, wait_until
from services.sdk.replay.plan import Plan
from services.sdk.replay.session import new_request_id

CURRENCY = "USD"
# Short, so that what a killed broker handed out and never told comes back soon.
_LEASE_SECONDS = 60
_TASKS_A_MESSAGE = 500
_MESSAGE_BYTES = 1_000_000
# The provider takes at most 99,999,999 minor units at once.
_DEPOSIT_MINOR_MAX = 50_000_000
_EVENT_SECONDS = 60.0
_LABEL_CONFIG_CHARACTERS_MAX = 50_000
_NOT_SHOWN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\$[A-Za-z0-9_.]")
_INSTRUCTIONS = {
    CrowdKind.CHOICE: "Choose the label that fits the item.",
    CrowdKind.PAIRWISE: "Say which of the two answers is better, or that neither is.",
    CrowdKind.TEXT: "Write down what the item says.",
    CrowdKind.ORDINAL: "Rate the item.",
    CrowdKind.NUMERIC: "Say how much it is.",
}


class ClientSide:
    """Acts for the client organisation."""

    def __init__(
        self, connection: Connection, *, crew: Crew, plan: Plan, run: str, deadline: Deadline
    ) -> None:
        self._connection = connection
        self._crew = crew
        self._plan = plan
        self._run = run
        self._deadline = deadline

    async def create(self) -> broker_types_pb2.Project:
        """A draft with the recording's labels. Errors: RemoteError."""
        request = broker_pb2.CreateProjectRequest(
            request_id=new_request_id(),
            name=f"Replay {self._run}",
            kind=WORK_KINDS[self._plan.kind],
            instructions=_INSTRUCTIONS[self._plan.kind],
            label_config=label_config(self._plan),
            labels=self._plan.labels,
            pay=common_pb2.Money(
                amount_minor=self._plan.pay_units // UNITS_PER_MINOR,
                fraction=self._plan.pay_units % UNITS_PER_MINOR,
                currency=CURRENCY,
            ),
            commission_bps_max=max(self._plan.commissions_bps, default=0),
            # Each task names its contractors; their number is its overlap.
            overlap=max(len(task.workers) for task in self._plan.tasks),
            lease_seconds=_LEASE_SECONDS,
        )
        answer = await self._crew.client.call(self._connection.broker.CreateProject, request)
        project: broker_types_pb2.Project = answer.project
        return project

    async def fund(self, project: broker_types_pb2.Project) -> int:
        """Deposits what all answers can cost at most, and holds it.

        Errors:
            RemoteError, OutOfTime.
        """
        amount_minor = -(-self._plan.answers * project.answer_price_units_max // UNITS_PER_MINOR)
        await self._deposit(amount_minor)
        request = payouts_pb2.FundProjectRequest(
            request_id=new_request_id(),
            project_id=project.project_id,
            amount=common_pb2.Money(amount_minor=amount_minor, currency=CURRENCY),
        )
        await self._crew.client.call(
            self._connection.payouts.FundProject,
            request,
            early=("PROJECT_NOT_FOUND",),
            deadline=self._deadline.within(_EVENT_SECONDS),
        )
        await self._until_held(project.project_id, amount_minor)
        return amount_minor

    async def _deposit(self, amount_minor: int) -> None:
        left = amount_minor
        while left:
            part = min(left, _DEPOSIT_MINOR_MAX)
            request = payouts_pb2.CreateDepositRequest(
                request_id=new_request_id(),
                client_id=self._crew.client_id,
                amount=common_pb2.Money(amount_minor=part, currency=CURRENCY),
            )
            answer = await self._crew.operator.call(self._connection.payouts.CreateDeposit, request)
            if answer.status == "failed":
                raise ReplayFailed(f"the deposit {answer.topup_id} failed")
            left -= part

        async def there() -> bool | None:
            funds = await self._crew.client.call(
                self._connection.payouts.GetFunds, payouts_pb2.GetFundsRequest()
            )
            available = sum(m.amount_minor for m in funds.available if m.currency == CURRENCY)
            return True if available >= amount_minor else None

        await wait_until(
            there,
            deadline=self._deadline.within(_EVENT_SECONDS),
            what="the deposit is confirmed by the provider",
        )

    async def _until_held(self, project_id: str, amount_minor: int) -> None:
        async def there() -> bool | None:
            answer = await self._crew.client.call(
                self._connection.broker.GetProject,
                broker_pb2.GetProjectRequest(project_id=project_id),
            )
            return True if answer.project.held_units >= amount_minor * UNITS_PER_MINOR else None

        await wait_until(
            there,
            deadline=self._deadline.within(_EVENT_SECONDS),
            what="the broker knows the project's money (payouts told it by the bus)",
        )

    async def activate(self, project_id: str) -> None:
        """FUNDED -> LIVE. Errors: RemoteError."""
        request = broker_pb2.ActivateProjectRequest(
            request_id=new_request_id(), project_id=project_id
        )
        await self._crew.client.call(self._connection.broker.ActivateProject, request)

    async def post(self, project_id: str) -> None:
        """Every task in one stream, sent again whole where it breaks: rows are keyed.

        Errors:
            RemoteError, ReplayFailed: the stream or a row was refused.
        """
        ids = {member.worker.name: member.contractor_id for member in self._crew.members}

        async def attempt() -> broker_pb2.PostTasksResponse:
            method = self._connection.broker.PostTasks
            answer: broker_pb2.PostTasksResponse = await self._crew.client.send(
                method, self._messages(project_id, ids)
            )
            return answer

        answer = await persist(attempt, deadline=self._deadline)
        if answer.refused or answer.posted + answer.duplicates != len(self._plan.tasks):
            told = "; ".join(
                f"{error.external_id}: {error.error.reason} {error.error.message}"
                for error in answer.errors[:3]
            )
            raise ReplayFailed(
                f"{len(self._plan.tasks)} tasks sent: {answer.posted} posted, "
                f"{answer.duplicates} there already, {answer.refused} refused ({told})"
            )

    async def _messages(
        self, project_id: str, ids: Mapping[str, str]
    ) -> AsyncIterator[broker_pb2.PostTasksRequest]:
        message = broker_pb2.PostTasksRequest(project_id=project_id)
        size = 0
        for planned in self._plan.tasks:
            task = broker_pb2.NewTask(
                external_id=planned.name,
                data_json=json.dumps({"task": planned.name}, ensure_ascii=False),
                gold_label=planned.gold_label,
                assignee_ids=[ids[worker] for worker in planned.workers],
            )
            message.tasks.append(task)
            size += task.ByteSize()
            if len(message.tasks) >= _TASKS_A_MESSAGE or size >= _MESSAGE_BYTES:
                yield message
                message = broker_pb2.PostTasksRequest()
                size = 0
        if message.tasks:
            yield message

    async def complete(self, project_id: str) -> bool:
        """Ends the project, so that what is left of its money goes back; False where it may not."""
        request = broker_pb2.CompleteProjectRequest(
            request_id=new_request_id(), project_id=project_id
        )
        answer = await self._crew.client.call(
            self._connection.broker.CompleteProject,
            request,
            early=("TASKS_UNRESOLVED",),
            deadline=self._deadline.within(_EVENT_SECONDS),
        )
        return bool(answer.project.state == broker_types_pb2.PROJECT_STATE_COMPLETED)


def label_config(plan: Plan) -> str:
    """How Label Studio would ask for the answer; empty where it could not show the labels.

    They may be too many, or hold what XML cannot, or what stands for a field of the task ($5).
    """
    show = '<Text name="task" value="$task"/>'
    bound = 'name="answer" toName="task"'
    if plan.kind is CrowdKind.TEXT:
        return f"<View>{show}<TextArea {bound}/></View>"
    if plan.kind is CrowdKind.NUMERIC:
        return f"<View>{show}<Number {bound}/></View>"
    if any(_NOT_SHOWN.search(label) or not label.strip() for label in plan.labels):
        return ""
    choices = "".join(f"<Choice value={quoteattr(label)}/>" for label in plan.labels)
    config = f'<View>{show}<Choices {bound} choice="single">{choices}</Choices></View>'
    return config if len(config) <= _LABEL_CONFIG_CHARACTERS_MAX else ""
