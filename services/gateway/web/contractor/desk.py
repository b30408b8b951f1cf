"""What the workbench's scripts ask: tasks to hold, holds to keep or give back, answers to take."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types
from services.chassis.errors import FieldsInvalid, FieldViolation
from services.gateway.problems import problem
from services.gateway.web.contractor.messages import (
    AnswerMessage,
    ClaimMessage,
    LeaseMessage,
    ReleaseMessage,
    RenewalMessage,
    read_message,
)
from services.gateway.web.contractor.tickets import new_ticket, plausible_seconds
from services.gateway.web.formats import units_of
from services.gateway.web.pages import own_headers
from services.gateway.web.refusals import reason_sentence
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

_HELD_READ = 100
_TODAY_PAGE = 200
_TODAY_PAGES_MAX = 10
# A day has no more hours anywhere, and a lease no more either.
_DAY = timedelta(hours=25)

_INVALID = ("VALUE_INVALID", "RESULT_INVALID")
_DECIDED = {
    broker_types.ASSIGNMENT_STATE_ACCEPTED: "accepted",
    broker_types.ASSIGNMENT_STATE_REJECTED: "rejected",
    broker_types.ASSIGNMENT_STATE_SUBMITTED: "waiting",
    broker_types.ASSIGNMENT_STATE_IN_REVIEW: "waiting",
}


class Desk:
    """JSON in and out, in the name of the page's session."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Its routes."""
        router = self._site.router("CONTRACTOR", prefix="/work/api")
        router.add_api_route("/claims", self.claim, methods=["POST"])
        router.add_api_route("/renewals", self.renew, methods=["POST"])
        router.add_api_route("/releases", self.release, methods=["POST"])
        router.add_api_route("/answers", self.answer, methods=["POST"])
        router.add_api_route("/today", self.today, methods=["GET"])
        return router

    async def claim(self, request: Request) -> Response:
        """What the person holds of the project, and more where that is less than was asked for."""
        wanted = await read_message(request, ClaimMessage)
        peers = self._site.peers
        history = await self._site.ask(
            request,
            peers.broker.ListAssignments,
            broker_pb2.ListAssignmentsRequest(
                page_size=_HELD_READ, state=broker_types.ASSIGNMENT_STATE_CLAIMED
            ),
        )
        # The broker ends leases in rounds: one whose time is over is not held any more.
        held = [
            each
            for each in history.assignments
            if each.project_id == wanted.project_id
            and each.lease_expire_time.ToMicroseconds() / 1e6 > time.time()
        ]
        held.sort(key=lambda each: (each.claim_time.seconds, each.claim_time.nanos))
        if len(held) < wanted.count:
            claimed = await self._site.ask(
                request,
                peers.broker.ClaimAssignments,
                broker_pb2.ClaimAssignmentsRequest(
                    request_id=wanted.request_id,
                    project_id=wanted.project_id,
                    max_assignments=min(wanted.count - len(held), 50),
                ),
            )
            held += claimed.assignments
        secret = visit_of(request).secret
        return _json({"assignments": [self._task(each, secret) for each in held[: wanted.count]]})

    async def renew(self, request: Request) -> Response:
        """For each hold, how long it lasts now, or why it has ended."""
        wanted = await read_message(request, RenewalMessage)
        renewed = await self._site.ask(
            request,
            self._site.peers.broker.RenewAssignments,
            broker_pb2.RenewAssignmentsRequest(leases=_leases(wanted.leases)),
        )
        return _json({"results": [_renewal(each) for each in renewed.results]})

    async def release(self, request: Request) -> Response:
        """Gives tasks back, with the reason."""
        wanted = await read_message(request, ReleaseMessage)
        released = await self._site.ask(
            request,
            self._site.peers.broker.ReleaseAssignments,
            broker_pb2.ReleaseAssignmentsRequest(
                leases=_leases(wanted.leases), reason=wanted.reason, unseen=wanted.unseen
            ),
        )
        return _json(
            {
                "results": [
                    {"assignment_id": each.assignment_id, **_error(each)}
                    for each in released.results
                ]
            }
        )

    async def answer(self, request: Request) -> Response:
        """Takes one answer; the same again is answered the same way."""
        wanted = await read_message(request, AnswerMessage)
        visit = visit_of(request)
        delivered = await self._site.ask(
            request,
            self._site.peers.broker.SubmitAnswers,
            broker_pb2.SubmitAnswersRequest(
                answers=[
                    broker_pb2.NewAnswer(
                        assignment_id=wanted.assignment_id,
                        lease_token=wanted.lease_token,
                        value=wanted.value,
                        result_json="" if wanted.result is None else _text(wanted.result),
                        active_seconds=plausible_seconds(
                            wanted.active_seconds,
                            ticket=wanted.ticket,
                            assignment_id=wanted.assignment_id,
                            secret=visit.secret,
                            now=time.time(),
                        ),
                    )
                ]
            ),
        )
        [result] = delivered.results
        if result.HasField("error"):
            error = result.error
            wrong = error.reason in _INVALID
            return problem(
                HTTPStatus.BAD_REQUEST if wrong else HTTPStatus.CONFLICT,
                reason_sentence(error.reason, error.message, visit.language),
                reason=error.reason,
                metadata={**error.metadata, "field": error.field},
            )
        state = broker_types.AssignmentState.Name(result.state)
        return _json({"assignment_id": result.assignment_id, "state": state})

    async def today(self, request: Request, since: str = "") -> Response:
        """What was answered since a moment of the last day, and what that has earned so far."""
        counted, earned, waiting = await self._count(request, _moment(since))
        language = visit_of(request).language
        written = self._site.pages.formats(visit_of(request))
        said = language.ngettext("Today %(num)s answer", "Today %(num)s answers", counted) % {
            "num": written.number(counted)
        }
        sums = [f"{said} · {_sum(written, earned)}" if earned else said]
        if waiting:
            sums.append(
                language.translate("%(amount)s being checked", amount=_sum(written, waiting))
            )
        return _json({"answers": counted, "text": " · ".join(sums)})

    async def _count(
        self, request: Request, since: datetime
    ) -> tuple[int, dict[str, int], dict[str, int]]:
        """Answers, and by currency the minor units that are earned and that may be."""
        answers, page = 0, ""
        sums: dict[str, dict[str, int]] = {
            "accepted": defaultdict(int),
            "waiting": defaultdict(int),
        }
        for _ in range(_TODAY_PAGES_MAX):
            found = await self._site.ask(
                request,
                self._site.peers.broker.ListAssignments,
                broker_pb2.ListAssignmentsRequest(page_size=_TODAY_PAGE, page_token=page),
            )
            for each in found.assignments:
                kind = _DECIDED.get(each.state)
                if kind is None or each.submit_time.ToDatetime(tzinfo=UTC) < since:
                    continue
                answers += 1
                if kind in sums:
                    sums[kind][each.pay.currency] += units_of(each.pay)
            page = found.next_page_token
            oldest = found.assignments[-1].claim_time if found.assignments else None
            # Listed by the time of the claim: an answer comes at most a lease after that.
            if not page or oldest is None or oldest.ToDatetime(tzinfo=UTC) < since - _DAY:
                break
        return answers, sums["accepted"], sums["waiting"]

    def _task(self, assignment: Any, secret: str) -> dict[str, Any]:
        claimed_at = assignment.claim_time.ToMicroseconds() / 1e6
        ends_at = assignment.lease_expire_time.ToMicroseconds() / 1e6
        return {
            "assignment_id": assignment.assignment_id,
            "task_id": assignment.task_id,
            "lease_token": assignment.lease_token,
            "ticket": new_ticket(
                assignment_id=assignment.assignment_id, claimed_at=claimed_at, secret=secret
            ),
            # Relative: the browser's clock is its own.
            "seconds_left": max(0.0, ends_at - time.time()),
            "data": self._site.sign_media(json.loads(assignment.data_json or "{}")),
        }


def _json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json", headers=own_headers({}))


def _text(result: list[dict[str, Any]]) -> str:
    return orjson.dumps(result).decode()


def _leases(leases: list[LeaseMessage]) -> list[broker_pb2.Lease]:
    return [
        broker_pb2.Lease(assignment_id=each.assignment_id, lease_token=each.lease_token)
        for each in leases
    ]


def _renewal(result: Any) -> dict[str, Any]:
    renewal: dict[str, Any] = {"assignment_id": result.assignment_id, **_error(result)}
    if not result.HasField("error"):
        ends_at = result.lease_expire_time.ToMicroseconds() / 1e6
        renewal["seconds_left"] = max(0.0, ends_at - time.time())
    return renewal


def _error(result: Any) -> dict[str, Any]:
    if not result.HasField("error"):
        return {}
    return {"error": {"reason": result.error.reason, "message": result.error.message}}


def _moment(text: str) -> datetime:
    """Errors: FieldsInvalid."""
    now = datetime.now(UTC)
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        since = None
    if since is None or since.tzinfo is None or not now - _DAY <= since <= now + _DAY:
        violation = FieldViolation(
            field="since", description="a moment of the last day, with its zone"
        )
        raise FieldsInvalid([violation])
    return since


def _sum(written: Any, amounts: dict[str, int]) -> str:
    return " + ".join(written.units(amount, currency) for currency, amount in amounts.items())
