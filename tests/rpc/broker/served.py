"""A broker under test: real server, tokens and database, and the news that it lives from."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from crewline.broker.v1 import service_pb2 as pb
from crewline.broker.v1 import service_pb2_grpc, types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from services.broker.app import Broker
from services.broker.domain.assignments import AssignmentState
from services.broker.domain.prices import Terms
from services.broker.store.collections import COLLECTIONS
from services.broker.usecases.news import Decided, Funded
from services.broker.usecases.overlaps import Need
from services.chassis.grpc_client import call
from services.chassis.ids import new_id
from services.chassis.regions import RegionCodes
from tests.rpc.harness import TIMEOUT_SECONDS, RpcHarness

SERVICE = pb.DESCRIPTOR.services_by_name["BrokerService"]


def request_id() -> str:
    return str(uuid.uuid4())


@dataclass(slots=True, kw_only=True)
class ServedBroker:
    """The broker, its stub, and who calls it."""

    rpc: RpcHarness
    broker: Broker
    channel: grpc.aio.Channel
    stub: Any
    client: str

    def contractor(self, contractor_id: str, *, organisation_id: str = "org_vendor") -> str:
        """A contractor's token."""
        return self.rpc.mint.token(
            "CONTRACTOR", subject_id=contractor_id, organisation_id=organisation_id
        )

    async def send(self, method: Any, request: Any, *, token: str = "") -> Any:
        """One call, by the client unless another token is given."""
        return await call(
            method, request, timeout_seconds=TIMEOUT_SECONDS, token=token or self.client
        )

    async def enrol(self, *contractor_ids: str, version: int = 1, **changes: Any) -> None:
        """Contractors of an approved vendor, as the vendors service would tell."""
        await self.broker.news.vendors_changed(
            [{"_id": "org_vendor", "is_approved": True, "version": 1}]
        )
        await self.broker.news.contractors_changed(
            [
                {
                    "_id": contractor_id,
                    "organisation_id": "org_vendor",
                    "engagement": 1,
                    "country": "KE",
                    "languages": ["en"],
                    "skills": [],
                    "is_active": True,
                    "version": version,
                }
                | changes
                for contractor_id in contractor_ids
            ]
        )

    async def project(
        self, *, held_units: int = 10_000_000_000, activate: bool = True, **changes: Any
    ) -> types_pb2.Project:
        """A project: made, funded and live, as far as is asked for."""
        made = await self.send(self.stub.CreateProject, a_project_request(**changes))
        project_id = made.project.project_id
        if held_units:
            await self.fund(project_id, held_units)
        if held_units and activate:
            await self.send(
                self.stub.ActivateProject,
                pb.ActivateProjectRequest(request_id=request_id(), project_id=project_id),
            )
        found = await self.send(self.stub.GetProject, pb.GetProjectRequest(project_id=project_id))
        project: types_pb2.Project = found.project
        return project

    async def fund(self, project_id: str, held_units: int, *, version: int = 1) -> None:
        """As payouts would tell."""
        await self.broker.news.projects_funded(
            [Funded(project_id=project_id, currency="USD", held_units=held_units, version=version)]
        )

    async def post(self, project_id: str, tasks: Sequence[pb.NewTask]) -> pb.PostTasksResponse:
        """One stream of one message."""
        response: pb.PostTasksResponse = await self.stub.PostTasks(
            stream(pb.PostTasksRequest(project_id=project_id, tasks=tasks)),
            timeout=TIMEOUT_SECONDS,
            metadata=(("authorization", f"Bearer {self.client}"),),
        )
        return response

    async def claim(
        self, contractor_id: str, count: int = 1, *, project_id: str = "", repeat: str = ""
    ) -> list[types_pb2.Assignment]:
        """What the contractor gets."""
        response = await self.send(
            self.stub.ClaimAssignments,
            pb.ClaimAssignmentsRequest(
                request_id=repeat or request_id(),
                project_id=project_id,
                max_assignments=count,
            ),
            token=self.contractor(contractor_id),
        )
        return list(response.assignments)

    async def submit(
        self, contractor_id: str, assignments: Sequence[types_pb2.Assignment], value: str = "yes"
    ) -> list[pb.SubmitResult]:
        """One answer for each."""
        response = await self.send(
            self.stub.SubmitAnswers,
            pb.SubmitAnswersRequest(
                answers=[
                    pb.NewAnswer(
                        assignment_id=a.assignment_id,
                        lease_token=a.lease_token,
                        value=value,
                        active_seconds=3.5,
                    )
                    for a in assignments
                ]
            ),
            token=self.contractor(contractor_id),
        )
        return list(response.results)

    async def decide(
        self, assignment_id: str, state: AssignmentState, *, revision: int = 1, reason: str = "R"
    ) -> None:
        """As quality would tell."""
        await self.broker.news.answers_decided(
            [Decided(assignment_id=assignment_id, state=state, reason=reason, revision=revision)]
        )

    async def resolve(self, project_id: str, labels: Mapping[str, str], **facts: Any) -> None:
        """As quality would tell: the label of each task."""
        await self.broker.news.tasks_resolved(
            [
                {
                    "_id": task_id,
                    "project_id": project_id,
                    "label": label,
                    "confidence": 1.0,
                    "answers": 1,
                    "resolved_at": self.rpc.clock(),
                }
                | facts
                for task_id, label in labels.items()
            ]
        )

    async def need(self, project_id: str, overlaps: Mapping[str, int]) -> None:
        """As quality would tell: the answers that each task shall have."""
        await self.broker.overlaps.needed(
            [
                Need(project_id=project_id, task_id=task_id, overlap=overlap)
                for task_id, overlap in overlaps.items()
            ]
        )

    async def reserved(self, project_id: str) -> int:
        """What the project's tasks can cost, as it is told."""
        request = pb.GetProjectRequest(project_id=project_id)
        return int((await self.send(self.stub.GetProject, request)).project.reserved_units)

    async def progress(self, project_id: str) -> pb.GetProjectProgressResponse:
        """The counts."""
        response: pb.GetProjectProgressResponse = await self.send(
            self.stub.GetProjectProgress, pb.GetProjectProgressRequest(project_id=project_id)
        )
        return response


async def start(rpc: RpcHarness) -> ServedBroker:
    """Serves a broker on an empty database."""
    broker = await new_broker(rpc)
    channel = await rpc.serve(
        lambda server: service_pb2_grpc.add_BrokerServiceServicer_to_server(
            broker.servicer, server
        ),
        service_name=SERVICE.full_name,
    )
    return ServedBroker(
        rpc=rpc,
        broker=broker,
        channel=channel,
        stub=service_pb2_grpc.BrokerServiceStub(channel),
        client=rpc.mint.token("CLIENT"),
    )


async def new_broker(rpc: RpcHarness) -> Broker:
    """A broker's parts on the test's database: a second one is a second replica."""
    return Broker(
        database=rpc.database,
        transactions=await rpc.prepare(COLLECTIONS),
        clock=rpc.clock,
        new_id=new_id,
        terms=Terms(platform_fee_bps=2000),
        region_codes=RegionCodes(),
        expiry_seconds=0.2,
        queue_bytes_max=64 << 20,
        settle_after_seconds=0.0,
    )


def a_project_request(**changes: Any) -> pb.CreateProjectRequest:
    """A valid one, but for the changes."""
    fields: dict[str, Any] = {
        "request_id": request_id(),
        "name": "birds",
        "kind": common_pb2.WORK_KIND_CHOICE,
        "instructions": "Is there a bird?",
        "labels": ["yes", "no"],
        "pay": common_pb2.Money(amount_minor=5, currency="USD"),
        "commission_bps_max": 1500,
        "overlap": 2,
    }
    return pb.CreateProjectRequest(**(fields | changes))


def a_task(name: str, **changes: Any) -> pb.NewTask:
    """A valid one, but for the changes."""
    fields: dict[str, Any] = {"external_id": name, "data_json": json.dumps({"image": name})}
    return pb.NewTask(**(fields | changes))


async def stream(*messages: Any) -> AsyncIterator[Any]:
    for message in messages:
        yield message
