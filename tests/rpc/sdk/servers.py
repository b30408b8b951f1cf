"""Accounts and a broker in memory, that lose replies and refuse as a test asks them to."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from crewline.accounts.v1 import service_pb2_grpc as accounts_grpc
from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1 import service_pb2_grpc as broker_grpc
from crewline.broker.v1 import types_pb2 as broker_types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from services.chassis.errors import DomainError, Kind
from services.chassis.grpc_errors import RemoteError, to_status
from services.sdk.replay.connection import Connection, Target

if TYPE_CHECKING:
    # The generated bases want every method; these servers have those that a test needs.
    AccountsMethods = object
    BrokerMethods = object
else:
    AccountsMethods = accounts_grpc.AccountsServiceServicer
    BrokerMethods = broker_grpc.BrokerServiceServicer

CLAIMED = broker_types_pb2.ASSIGNMENT_STATE_CLAIMED


def refusal(kind: Kind, reason: str) -> DomainError:
    return RemoteError(reason.lower(), kind=kind, reason=reason, metadata={})


@dataclass(slots=True)
class Faults:
    """By method: what its next calls are answered with. `lose` does the work before."""

    refuse: dict[str, list[DomainError]] = field(default_factory=dict)
    lose: dict[str, int] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    async def before(self, method: str, context: Any) -> None:
        self.calls[method] += 1
        if self.refuse.get(method):
            await context.abort_with_status(to_status(self.refuse[method].pop(0)))

    async def after(self, method: str, context: Any) -> None:
        if self.lose.get(method, 0) > 0:
            self.lose[method] -= 1
            await context.abort(grpc.StatusCode.ABORTED, "the reply was lost")


class Accounts(AccountsMethods):
    """Tokens `t1`, `t2`, …, each good for as long as the test says."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.lives_seconds = 900.0
        self.now = 1_000_000.0
        self.given = 0

    async def ExchangeApiKey(
        self, request: accounts_pb2.ExchangeApiKeyRequest, context: Any
    ) -> accounts_pb2.ExchangeApiKeyResponse:
        await self.faults.before("ExchangeApiKey", context)
        # Long enough that callers who do not wait for each other would all get here.
        await asyncio.sleep(0.02)
        self.given += 1
        answer = accounts_pb2.ExchangeApiKeyResponse(
            access_token=f"t{self.given}", subject_id="ctr_1", organisation_id="org_1"
        )
        answer.expire_time.FromMicroseconds(round((self.now + self.lives_seconds) * 1e6))
        return answer


@dataclass(slots=True)
class _Lease:
    task: str
    token: str
    value: str = ""


class Broker(BrokerMethods):
    """One contractor's tasks: each answered at most once, or the test fails."""

    def __init__(self, faults: Faults, tasks: list[str]) -> None:
        self.faults = faults
        self.open = list(tasks)
        self.leases: dict[str, _Lease] = {}
        self.answers: dict[str, str] = {}
        self.tokens: set[str] = set()
        self.expire_next = 0
        self.unanswered_max = len(tasks) + 1
        self._names = (f"asg_{number}" for number in itertools.count())

    async def ClaimAssignments(
        self, request: broker_pb2.ClaimAssignmentsRequest, context: Any
    ) -> broker_pb2.ClaimAssignmentsResponse:
        self.tokens.add(dict(context.invocation_metadata())["authorization"])
        await self.faults.before("ClaimAssignments", context)
        if sum(not lease.value for lease in self.leases.values()) >= self.unanswered_max:
            await context.abort_with_status(to_status(refusal(Kind.EXHAUSTED, "CLAIMS_EXHAUSTED")))
        most = request.max_assignments
        taken, self.open = self.open[:most], self.open[most:]
        found = []
        for task in taken:
            name = next(self._names)
            self.leases[name] = _Lease(task, f"lease-{name}")
            found.append(self._shown(name))
        await self.faults.after("ClaimAssignments", context)
        answer = broker_pb2.ClaimAssignmentsResponse(assignments=found)
        if not found:
            answer.retry_delay.FromMilliseconds(10)
        return answer

    async def ListAssignments(
        self, request: broker_pb2.ListAssignmentsRequest, context: Any
    ) -> broker_pb2.ListAssignmentsResponse:
        await self.faults.before("ListAssignments", context)
        assert request.state == CLAIMED
        names = [name for name, lease in self.leases.items() if not lease.value]
        return broker_pb2.ListAssignmentsResponse(
            assignments=[self._shown(name) for name in names[: request.page_size]]
        )

    async def SubmitAnswers(
        self, request: broker_pb2.SubmitAnswersRequest, context: Any
    ) -> broker_pb2.SubmitAnswersResponse:
        await self.faults.before("SubmitAnswers", context)
        results = [self._take(answer) for answer in request.answers]
        await self.faults.after("SubmitAnswers", context)
        return broker_pb2.SubmitAnswersResponse(results=results)

    def _take(self, answer: broker_pb2.NewAnswer) -> broker_pb2.SubmitResult:
        lease = self.leases[answer.assignment_id]
        if self.expire_next:
            self.expire_next -= 1
            del self.leases[answer.assignment_id]
            self.open.append(lease.task)
            return _refused(answer, "LEASE_LOST")
        if answer.lease_token != lease.token:
            return _refused(answer, "LEASE_LOST")
        if lease.value not in ("", answer.value):
            return _refused(answer, "ALREADY_SUBMITTED")
        if not lease.value:
            assert lease.task not in self.answers, f"{lease.task} was answered twice"
            self.answers[lease.task] = lease.value = answer.value
        return broker_pb2.SubmitResult(assignment_id=answer.assignment_id)

    def _shown(self, name: str) -> broker_types_pb2.Assignment:
        lease = self.leases[name]
        return broker_types_pb2.Assignment(
            assignment_id=name,
            project_id="prj_1",
            lease_token=lease.token,
            data_json=json.dumps({"task": lease.task}),
        )


def _refused(answer: broker_pb2.NewAnswer, reason: str) -> broker_pb2.SubmitResult:
    error = common_pb2.ItemError(reason=reason, message=reason.lower())
    return broker_pb2.SubmitResult(assignment_id=answer.assignment_id, error=error)


@asynccontextmanager
async def served(accounts: Accounts, broker: Broker) -> AsyncIterator[Connection]:
    """A connection to both over real gRPC."""
    server = grpc.aio.server()
    accounts_grpc.add_AccountsServiceServicer_to_server(accounts, server)  # type: ignore[arg-type]
    broker_grpc.add_BrokerServiceServicer_to_server(broker, server)  # type: ignore[arg-type]
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    connection = Connection(
        Target(accounts=address, vendors=address, broker=address, quality=address, payouts=address)
    )
    try:
        yield connection
    finally:
        await connection.close()
        await server.stop(None)
