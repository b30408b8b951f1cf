"""What a contractor has earned, as it is accrued, and what became of each answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.quality.v1 import service_pb2 as quality_pb2
from services.chassis.errors import DomainError, Kind
from services.gateway.callers import Caller
from services.gateway.web.answers_shown import readable
from services.gateway.web.contractor.projects import project_names
from services.gateway.web.contractor.words import decision_words
from services.gateway.web.live import Figures
from services.gateway.web.site import Site
from services.gateway.web.translations import Language
from services.gateway.web.visits import visit_of

_LATELY_SHOWN = 10
_ANSWERS_SHOWN = 50
_ALL_OF_IT = 10_000
_VALUE_LENGTH_MAX = 300
STATES = {
    "accepted": broker_types.ASSIGNMENT_STATE_ACCEPTED,
    "rejected": broker_types.ASSIGNMENT_STATE_REJECTED,
    "review": broker_types.ASSIGNMENT_STATE_IN_REVIEW,
    "submitted": broker_types.ASSIGNMENT_STATE_SUBMITTED,
    "released": broker_types.ASSIGNMENT_STATE_RELEASED,
}
_PAYS = frozenset(
    {
        broker_types.ASSIGNMENT_STATE_ACCEPTED,
        broker_types.ASSIGNMENT_STATE_SUBMITTED,
        broker_types.ASSIGNMENT_STATE_IN_REVIEW,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """One answer with its decision in words."""

    assignment: Any
    value: str
    why: str
    """In English; the page translates it."""
    pays: bool
    """It is paid, or may be once it is decided."""
    share: str
    """Of the pay, where it is not all of it."""
    may_appeal: bool


class EarningsPages:
    """Two pages, and the figures of the first."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("CONTRACTOR", prefix="/earnings")
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("/figures", self.figures, methods=["GET"])
        router.add_api_route("/answers", self.answers, methods=["GET"])
        router.add_api_route("/answers/appeal", self.appeal, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """Accrued, on statements, paid; and what came in lately."""
        peers = self._site.peers
        earnings, lately = await asyncio.gather(
            self._site.ask(request, peers.payouts.GetEarnings, payouts_pb2.GetEarningsRequest()),
            self._lately(visit_of(request).signed_in),
        )
        return self._site.pages.render(
            request,
            "contractor/earnings.html",
            earnings=earnings.earnings,
            lately=lately,
            names=await project_names(
                self._site.peers, visit_of(request).signed_in, (e.project_id for e in lately)
            ),
            paid_by=paid_by(request),
        )

    async def figures(self, request: Request) -> Response:
        """What moves on the page."""

        async def read(caller: Caller) -> Figures:
            peers = self._site.peers
            earnings, lately = await asyncio.gather(
                peers.call(
                    peers.payouts.GetEarnings, payouts_pb2.GetEarningsRequest(), caller=caller
                ),
                self._lately(caller),
            )
            names = await project_names(peers, caller, (each.project_id for each in lately))
            parts = self._site.pages.fragment
            return {
                "sums": parts(
                    request,
                    "contractor/parts/sums.html",
                    earnings=earnings.earnings,
                    paid_by=paid_by(request),
                ),
                "lately": parts(
                    request, "contractor/parts/lately.html", lately=lately, names=names
                ),
            }

        return await self._site.live.answer(request, read)

    async def answers(self, request: Request, page: str = "", only: str = "") -> Response:
        """Answers, the newest first, each with its decision, the reason, and its pay."""
        peers = self._site.peers
        found = await self._site.ask(
            request,
            peers.broker.ListAssignments,
            broker_pb2.ListAssignmentsRequest(
                page_size=_ANSWERS_SHOWN,
                page_token=page,
                state=STATES.get(only, broker_types.ASSIGNMENT_STATE_UNSPECIFIED),
            ),
        )
        shown = [
            each for each in found.assignments if only in STATES or each.state in STATES.values()
        ]
        caller = visit_of(request).signed_in
        return self._site.pages.render(
            request,
            "contractor/answers.html",
            rows=[_row(each, visit_of(request).language) for each in shown],
            names=await project_names(peers, caller, (each.project_id for each in shown)),
            only=only if only in STATES else "",
            next_page=found.next_page_token,
            is_first=not page,
        )

    async def appeal(self, request: Request) -> Response:
        """Against the rejection of one answer."""
        visit = visit_of(request)
        form = visit.form
        back = "/earnings/answers?only=rejected"
        statement = form.text("statement")
        if not statement:
            said = visit.language.translate("Say why the rejection is wrong.")
            return self._site.pages.redirect(request, back, said=said, tone="bad")
        try:
            await self._site.ask(
                request,
                self._site.peers.quality.FileAppeal,
                quality_pb2.FileAppealRequest(
                    assignment_id=form.text("assignment_id"), statement=statement
                ),
            )
        except DomainError as err:
            if err.kind is not Kind.PRECONDITION:
                raise
            said = visit.language.translate(
                "This answer is not rejected any more, or its seven days are over."
            )
            return self._site.pages.redirect(request, back, said=said, tone="bad")
        said = visit.language.translate(
            "Your appeal is filed. It is decided within nine days; silence decides for you."
        )
        return self._site.pages.redirect(request, back, said=said)

    async def _lately(self, caller: Caller) -> list[Any]:
        peers = self._site.peers
        found = await peers.call(
            peers.payouts.ListEarnings,
            payouts_pb2.ListEarningsRequest(page_size=_LATELY_SHOWN),
            caller=caller,
        )
        return list(found.answers)


def paid_by(request: Request) -> str:
    """The vendor who passes the pay on; empty for somebody who is paid directly."""
    visit = visit_of(request)
    is_vendors = visit.signed_in.organisation_kind == "vendor"
    return visit.names.organisation if is_vendors else ""


def _row(assignment: Any, language: Language) -> AnswerRow:
    value = readable(assignment.value, language)
    return AnswerRow(
        assignment=assignment,
        value=value if len(value) <= _VALUE_LENGTH_MAX else f"{value[:_VALUE_LENGTH_MAX]}…",
        why=decision_words(assignment.decision_reason),
        pays=assignment.state in _PAYS,
        share=f"{assignment.pay_bps / 100:g} %" if 0 < assignment.pay_bps < _ALL_OF_IT else "",
        may_appeal=assignment.state == broker_types.ASSIGNMENT_STATE_REJECTED,
    )
