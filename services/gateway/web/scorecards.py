"""A vendor's scorecard, for the pages that show it beside other things."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from crewline.quality.v1 import service_pb2 as quality_pb2
from services.chassis.errors import DomainError, Kind
from services.gateway.web.site import Site

# Pages go without it where nothing was scored yet, or quality does not answer.
_NOTHING = (Kind.NOT_FOUND, Kind.UNAVAILABLE)


async def read_scorecards(site: Site, request: Request, vendor_id: str) -> list[Any]:
    """One a kind of work. Errors: RemoteError, but not where quality has none to give."""
    try:
        found = await site.ask(
            request,
            site.peers.quality.GetVendorScorecard,
            quality_pb2.GetVendorScorecardRequest(vendor_id=vendor_id),
        )
    except DomainError as err:
        if err.kind in _NOTHING:
            return []
        raise
    return list(found.scorecards)
