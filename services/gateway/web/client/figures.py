"""What a project's page shows of how far it is and what it costs, read from three services."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.payouts.v1 import floors_pb2
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.quality.v1 import service_pb2 as quality_pb2
from services.chassis.errors import DomainError, Kind
from services.gateway.callers import Caller
from services.gateway.peers import Peers
from services.gateway.web.formats import UNITS_PER_MINOR

# What a service says while the news of a new project is still on its way to it.
_MAY_BE_EARLY = (Kind.NOT_FOUND, Kind.UNAVAILABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFigures:
    """One moment of a project; `quality` and `cost` are empty where they are not there yet."""

    project: Any
    progress: Any
    cost: Any
    quality: Any

    @property
    def tasks_open(self) -> int:
        """Tasks without a result."""
        return max(0, int(self.progress.tasks_posted - self.progress.tasks_resolved))

    @property
    def answers_undecided(self) -> int:
        """Submitted, and neither accepted nor rejected nor in review yet."""
        seen = self.progress
        decided = seen.answers_accepted + seen.answers_rejected + seen.answers_in_review
        return max(0, int(seen.answers_submitted - decided))

    @property
    def held_units(self) -> int:
        """Money that is still held: what payouts says, or before it knows, the project itself."""
        return int(self.cost.held_units if self.cost.currency else self.project.held_units)

    @property
    def answers_chart(self) -> dict[str, Any]:
        """For the browser's chart."""
        seen = self.progress
        return {
            "values": [
                seen.answers_accepted,
                self.answers_undecided,
                seen.answers_in_review,
                seen.answers_rejected,
                seen.assignments_claimed,
            ]
        }

    @property
    def cost_chart(self) -> dict[str, Any]:
        """Amounts in minor units, for the browser's chart."""
        cost = self.cost
        return {
            "values": [
                units / UNITS_PER_MINOR
                for units in (
                    cost.contractor_pay_units + cost.floor_top_up_units,
                    cost.benefits_units,
                    cost.vendor_commission_units,
                    cost.platform_fee_units,
                    self.held_units + cost.reserve_units,
                )
            ]
        }


async def read_figures(peers: Peers, caller: Caller, project_id: str) -> ProjectFigures:
    """All of it at once. Errors: RemoteError, such as PROJECT_NOT_FOUND."""
    project, progress, cost, quality = await asyncio.gather(
        peers.call(
            peers.broker.GetProject,
            broker_pb2.GetProjectRequest(project_id=project_id),
            caller=caller,
        ),
        read_progress(peers, caller, project_id),
        _or_empty(
            peers,
            peers.payouts.GetProjectCost,
            payouts_pb2.GetProjectCostRequest(project_id=project_id),
            payouts_pb2.GetProjectCostResponse(),
            caller,
        ),
        _or_empty(
            peers,
            peers.quality.GetProjectQuality,
            quality_pb2.GetProjectQualityRequest(project_id=project_id),
            quality_pb2.GetProjectQualityResponse(),
            caller,
        ),
    )
    return ProjectFigures(project=project.project, progress=progress, cost=cost, quality=quality)


async def read_pay(peers: Peers, caller: Caller, project_id: str) -> Any:
    """What it pays an hour beside the floors; empty while the news of it is on its way."""
    return await _or_empty(
        peers,
        peers.payouts.GetProjectPay,
        floors_pb2.GetProjectPayRequest(project_id=project_id),
        floors_pb2.GetProjectPayResponse(),
        caller,
    )


async def read_progress(peers: Peers, caller: Caller, project_id: str) -> Any:
    """Counts of one project. Errors: RemoteError."""
    return await peers.call(
        peers.broker.GetProjectProgress,
        broker_pb2.GetProjectProgressRequest(project_id=project_id),
        caller=caller,
    )


async def _or_empty(peers: Peers, method: Any, request: Any, empty: Any, caller: Caller) -> Any:
    try:
        return await peers.call(method, request, caller=caller)
    except DomainError as err:
        if err.kind in _MAY_BE_EARLY:
            return empty
        raise
