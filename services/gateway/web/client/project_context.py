"""What every page of one project starts with: the project, and who looks at it from where."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types
from services.gateway.web.site import Site

_ENDED = (broker_types.PROJECT_STATE_COMPLETED, broker_types.PROJECT_STATE_CANCELLED)


async def project_context(
    site: Site, request: Request, project_id: str, *, role: str, prefix: str
) -> dict[str, Any]:
    """For `client/parts/frame.html`. Errors: RemoteError."""
    found = await site.ask(
        request,
        site.peers.broker.GetProject,
        broker_pb2.GetProjectRequest(project_id=project_id),
    )
    return {
        "project": found.project,
        "prefix": prefix,
        "base": f"{prefix}/{project_id}",
        "is_client": role == "CLIENT",
        "has_ended": found.project.state in _ENDED,
        "available": [],
    }
