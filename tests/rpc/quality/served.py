"""Quality under test: real server, tokens and database, and the events that it lives from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.quality.v1 import service_pb2 as pb
from crewline.quality.v1 import service_pb2_grpc, types_pb2
from services.chassis.authentication import Principal
from services.chassis.events import IncomingEvent
from services.chassis.grpc_client import call
from services.chassis.ids import new_id
from services.quality.app import Quality
from services.quality.store.collections import COLLECTIONS
from tests.rpc.harness import TIMEOUT_SECONDS, RpcHarness
from tests.rpc.quality.broker_events import NOON, project_created

SERVICE = pb.DESCRIPTOR.services_by_name["QualityService"]
ACCEPTED, REJECTED = types_pb2.DECISION_ACCEPTED, types_pb2.DECISION_REJECTED


OPERATOR = Principal(
    subject_id="ops",
    organisation_id="org_platform",
    organisation_kind="platform",
    roles=frozenset({"OPERATOR"}),
)


@dataclass(slots=True, kw_only=True)
class ServedQuality:
    """Quality, its stub, and who calls it."""

    rpc: RpcHarness
    quality: Quality
    channel: grpc.aio.Channel
    stub: Any
    client: str
    stranger: str
    operator: str

    def contractor(self, contractor_id: str) -> str:
        """A contractor's token."""
        return self.rpc.mint.token("CONTRACTOR", subject_id=contractor_id)

    async def send(self, method: Any, request: Any, *, token: str = "") -> Any:
        """One call that succeeds, by the client unless another token is given."""
        return await call(
            method, request, timeout_seconds=TIMEOUT_SECONDS, token=token or self.client
        )

    async def create(self, project_id: str = "prj_1", **fields: Any) -> None:
        """As the broker would tell."""
        message = project_created(project_id, **fields)
        await self.quality.consumers.project_created([_event(message)])

    async def submit(self, *messages: broker_pb2.AnswersSubmitted) -> None:
        """As the broker would tell, all in one batch."""
        await self.quality.consumers.answers_submitted([_event(message) for message in messages])

    async def decide(
        self, *decisions: tuple[str, types_pb2.Decision.ValueType], token: str = ""
    ) -> list[pb.ReviewResult]:
        """Decides reviews, with a reason."""
        response = await self.send(self.stub.DecideReviews, review(*decisions), token=token)
        return list(response.results)

    async def counts(self, project_id: str = "prj_1") -> pb.GetProjectQualityResponse:
        """The project's tallies."""
        response: pb.GetProjectQualityResponse = await self.send(
            self.stub.GetProjectQuality, pb.GetProjectQualityRequest(project_id=project_id)
        )
        return response

    async def waiting(self, project_id: str = "prj_1") -> list[types_pb2.JudgedAnswer]:
        """What is in review."""
        response = await self.send(
            self.stub.ListReviews, pb.ListReviewsRequest(project_id=project_id)
        )
        return list(response.answers)


def _event(message: Any) -> IncomingEvent[Any]:
    return IncomingEvent(event_id="evt", time=NOON, message=message, deliveries=1)


def review(*decisions: tuple[str, types_pb2.Decision.ValueType]) -> pb.DecideReviewsRequest:
    """Decisions about answers, each with a reason."""
    return pb.DecideReviewsRequest(
        decisions=[
            pb.ReviewDecision(assignment_id=assignment_id, decision=decision, reason="clause 3")
            for assignment_id, decision in decisions
        ]
    )


def a_draft(
    *conditions: tuple[str, str, float], action: str = "PAUSE", hours: int = 24
) -> types_pb2.RuleDraft:
    """A rule; without conditions, on control tasks that surely go wrong too often."""
    return types_pb2.RuleDraft(
        name="Too many control tasks wrong",
        conditions=[
            types_pb2.Condition(
                statistic=types_pb2.Statistic.Value(f"STATISTIC_{statistic}"),
                comparison=types_pb2.Comparison.Value(f"COMPARISON_{comparison}"),
                threshold=threshold,
            )
            for statistic, comparison, threshold in conditions or (("GOLD_ACCURACY", "BELOW", 0.6),)
        ],
        action=types_pb2.RuleAction.Value(f"RULE_ACTION_{action}"),
        action_hours=hours,
        explanation="Too many of your control tasks were wrong. Read the instructions again.",
    )


async def start(rpc: RpcHarness) -> ServedQuality:
    """Serves quality on an empty database."""
    quality = await new_quality(rpc)
    channel = await rpc.serve(
        lambda server: service_pb2_grpc.add_QualityServiceServicer_to_server(
            quality.servicer, server
        ),
        service_name=SERVICE.full_name,
    )
    return ServedQuality(
        rpc=rpc,
        quality=quality,
        channel=channel,
        stub=service_pb2_grpc.QualityServiceStub(channel),
        client=rpc.mint.token("CLIENT"),
        stranger=rpc.mint.token("CLIENT", organisation_id="org_stranger"),
        operator=rpc.mint.token("OPERATOR"),
    )


async def new_quality(rpc: RpcHarness) -> Quality:
    """Quality's parts on the test's database: a second one is a second replica."""
    return Quality(
        database=rpc.database, transactions=await rpc.prepare(COLLECTIONS), new_id=new_id
    )
