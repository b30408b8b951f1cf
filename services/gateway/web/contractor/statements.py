"""Frozen accounts of pay periods: a list, and each to be printed."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.vendors.v1 import service_pb2 as vendors_pb2
from services.gateway.web.contractor.earnings import paid_by
from services.gateway.web.contractor.projects import project_names
from services.gateway.web.contractor.words import unpaid_words
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

_STATEMENTS_SHOWN = 50


class StatementPages:
    """Two pages."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("CONTRACTOR", prefix="/earnings/statements")
        router.add_api_route("", self.list, methods=["GET"])
        router.add_api_route("/{statement_id}", self.show, methods=["GET"])
        return router

    async def list(self, request: Request, page: str = "") -> Response:
        """The newest first."""
        found = await self._site.ask(
            request,
            self._site.peers.payouts.ListStatements,
            payouts_pb2.ListStatementsRequest(page_size=_STATEMENTS_SHOWN, page_token=page),
        )
        return self._site.pages.render(
            request,
            "contractor/statements.html",
            statements=found.statements,
            next_page=found.next_page_token,
            is_first=not page,
            paid_by=paid_by(request),
        )

    async def show(self, request: Request, statement_id: str) -> Response:
        """One, by project."""
        found = await self._site.ask(
            request,
            self._site.peers.payouts.GetStatement,
            payouts_pb2.GetStatementRequest(statement_id=statement_id),
        )
        statement, visit = found.statement, visit_of(request)
        # People's names are known to vendors alone; accounts keeps none of contractors.
        person = await self._site.ask(
            request,
            self._site.peers.vendors.GetContractor,
            vendors_pb2.GetContractorRequest(contractor_id=visit.signed_in.subject_id),
        )
        return self._site.pages.render(
            request,
            "contractor/statement.html",
            statement=statement,
            person_name=person.contractor.name,
            names=await project_names(
                self._site.peers, visit.signed_in, (line.project_id for line in statement.lines)
            ),
            answers=sum(line.answers for line in statement.lines),
            unpaid=unpaid_words(statement.reason),
            paid_by=paid_by(request),
        )
