"""Names of the projects that a page mentions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from crewline.broker.v1 import service_pb2 as broker_pb2
from services.chassis.errors import DomainError, Kind
from services.gateway.callers import Caller
from services.gateway.peers import Peers

_NAMES_MAX = 50


async def project_names(peers: Peers, caller: Caller, project_ids: Iterable[str]) -> dict[str, str]:
    """By project; one that cannot be looked up is called by its id."""
    wanted = list(dict.fromkeys(project_ids))[:_NAMES_MAX]
    names = await asyncio.gather(*(_name(peers, caller, project_id) for project_id in wanted))
    return dict(zip(wanted, names, strict=True))


async def _name(peers: Peers, caller: Caller, project_id: str) -> str:
    try:
        found = await peers.call(
            peers.broker.GetProject,
            broker_pb2.GetProjectRequest(project_id=project_id),
            caller=caller,
        )
    except DomainError as err:
        if err.kind in (Kind.NOT_FOUND, Kind.UNAVAILABLE):
            return project_id
        raise
    return str(found.project.name)
