"""Frozen accounts of pay periods: a list, and each to be printed."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.vendors.v1 import service_pb2 as vendors_pb2
from services.gateway.exports.statements import (
    StatementFiles,
    StatementForm,
    whole_document,
)
from services.gateway.web.contractor.earnings import paid_by
from services.gateway.web.contractor.projects import project_names
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

_STATEMENTS_SHOWN = 50
# The files have all of them.
_REJECTED_SHOWN = 100


class StatementPages:
    """Two pages."""

    def __init__(self, site: Site, *, files: StatementFiles) -> None:
        self._site = site
        self._files = files

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("CONTRACTOR", prefix="/earnings/statements")
        router.add_api_route("", self.list, methods=["GET"])
        router.add_api_route("/{statement_id}", self.show, methods=["GET"])
        router.add_api_route("/{statement_id}/files/{form}", self.save, methods=["GET"])
        return router

    async def list(self, request: Request, page: str = "") -> Response:
        """The newest first."""
        found = await self._site.ask(
            request,
            self._site.peers.payouts.ListStatements,
            payouts_pb2.ListStatementsRequest(page_size=_STATEMENTS_SHOWN, page_token=page),
        )
        schedule = None
        if not paid_by(request):
            schedule = await self._site.ask(
                request,
                self._site.peers.payouts.GetPaySchedule,
                payouts_pb2.GetPayScheduleRequest(),
            )
        return self._site.pages.render(
            request,
            "contractor/statements.html",
            schedule=schedule,
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
            rejected=await rejected_answers(self._site, request, statement_id),
            prefix="/earnings/statements",
            paid_by=paid_by(request),
        )

    async def save(self, request: Request, statement_id: str, form: StatementForm) -> Response:
        """One as a file."""
        return await save_statement(self._files, request, statement_id, form)


async def save_statement(
    files: StatementFiles, request: Request, statement_id: str, form: StatementForm
) -> Response:
    """As a file, in the visitor's language."""
    visit = visit_of(request)
    return await files.answer(
        visit.signed_in, statement_id, form=form, language=visit.language.code
    )


async def rejected_answers(site: Site, request: Request, statement_id: str) -> list[dict[str, str]]:
    """What was frozen of work that is not paid, each with its reason and until when to appeal."""

    async def ask(
        asked: payouts_pb2.GetStatementDocumentRequest,
    ) -> payouts_pb2.GetStatementDocumentResponse:
        answer: payouts_pb2.GetStatementDocumentResponse = await site.ask(
            request, site.peers.payouts.GetStatementDocument, asked
        )
        return answer

    _, document = await whole_document(
        ask,
        payouts_pb2.GetStatementDocumentRequest(
            statement_id=statement_id, format=payouts_pb2.STATEMENT_FORMAT_JSON
        ),
    )
    content: dict[str, Any] = json.loads(document)
    rejected: list[dict[str, str]] = content["rejected"]
    return rejected[:_REJECTED_SHOWN]
