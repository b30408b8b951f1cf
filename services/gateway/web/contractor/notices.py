"""What limits a contractor just now, or was to be told to them, and why: for the page of offers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from crewline.quality.v1 import service_pb2 as quality_pb2
from crewline.quality.v1 import types_pb2 as quality_types
from services.chassis.errors import DomainError, Kind
from services.gateway.callers import Caller
from services.gateway.peers import Peers
from services.gateway.web.contractor.projects import project_names
from services.gateway.web.translations import mark

_HITS_READ = 20
_SHOWN_MAX = 5
# In the order of their weight: of one project only the hardest is told.
_LIMITS = (
    ("paused_until", mark("You get no new tasks here.")),
    ("restricted_until", mark("You get one task at a time here.")),
    ("review_until", mark("A person looks at your answers here before they are accepted.")),
    ("extra_gold_until", mark("You get more control tasks here.")),
)
_TOLD = mark("About your answers here.")
# The page of offers does without, where quality does not answer or knows nobody yet.
_NOTHING = (Kind.NOT_FOUND, Kind.UNAVAILABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """About one project: what holds, in English, until when, and the words that explain it."""

    project_name: str
    what: str
    until: Timestamp
    explanation: str


async def read_notices(peers: Peers, caller: Caller) -> list[Notice]:
    """What holds now. Errors: RemoteError, but not where quality cannot answer."""
    try:
        quality, hits = await asyncio.gather(
            peers.call(
                peers.quality.GetContractorQuality,
                quality_pb2.GetContractorQualityRequest(contractor_id=caller.subject_id),
                caller=caller,
            ),
            peers.call(
                peers.quality.ListRuleHits,
                quality_pb2.ListRuleHitsRequest(page_size=_HITS_READ),
                caller=caller,
            ),
        )
    except DomainError as err:
        if err.kind in _NOTHING:
            return []
        raise
    found = [told for one in quality.quality if (told := _limit(one)) is not None]
    found += [
        (hit.project_id, _TOLD, hit.end_time, hit.explanation)
        for hit in hits.hits
        if hit.action == quality_types.RULE_ACTION_NOTIFY and _is_ahead(hit.end_time)
    ]
    found = found[:_SHOWN_MAX]
    names = await project_names(peers, caller, (project_id for project_id, *_ in found))
    return [
        Notice(project_name=names[project_id], what=what, until=until, explanation=explanation)
        for project_id, what, until, explanation in found
    ]


def _limit(one: Any) -> tuple[str, str, Timestamp, str] | None:
    for name, what in _LIMITS:
        if one.HasField(name) and _is_ahead(getattr(one, name)):
            return one.project_id, what, getattr(one, name), one.limit_explanation
    return None


def _is_ahead(moment: Timestamp) -> bool:
    return moment.ToDatetime(tzinfo=UTC) > datetime.now(UTC)
