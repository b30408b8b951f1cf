"""Statements: what was earned in a pay period, line by line, and what became of the money."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.vendors.v1 import service_pb2 as vendors_pb2
from services.chassis.errors import DomainError, Kind
from services.gateway.exports.statements import StatementFiles, StatementForm
from services.gateway.web.contractor.statements import rejected_answers, save_statement
from services.gateway.web.site import Site

PAGE_SIZE = 25
# Lines whose contractors are shown by name; the rest by id.
_NAMES_MAX = 200


class VendorStatementPages:
    """A vendor's own; for operators, everybody's."""

    def __init__(self, site: Site, *, role: str, prefix: str, files: StatementFiles) -> None:
        self._site = site
        self._files = files
        self._role = role
        self._prefix = prefix

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router(self._role, prefix=self._prefix)
        router.add_api_route("", self.show_all, methods=["GET"])
        router.add_api_route("/{statement_id}", self.show, methods=["GET"])
        router.add_api_route("/{statement_id}/files/{form}", self.save, methods=["GET"])
        return router

    async def show_all(self, request: Request, page: str = "", period: str = "") -> Response:
        """All, or those of one pay period."""
        found = await self._site.ask(
            request,
            self._site.peers.payouts.ListStatements,
            payouts_pb2.ListStatementsRequest(
                page_size=PAGE_SIZE, page_token=page, pay_period_id=period
            ),
        )
        return self._site.pages.render(
            request,
            "vendor/statements.html",
            statements=found.statements,
            next_page=found.next_page_token,
            is_first=not page,
            period=period,
            prefix=self._prefix,
            is_operator=self._role == "OPERATOR",
        )

    async def show(self, request: Request, statement_id: str) -> Response:
        """One, with its lines, as it can be printed."""
        found = await self._site.ask(
            request,
            self._site.peers.payouts.GetStatement,
            payouts_pb2.GetStatementRequest(statement_id=statement_id),
        )
        statement = found.statement
        return self._site.pages.render(
            request,
            "vendor/statement.html",
            statement=statement,
            names=await self._names(request, statement.lines),
            rejected=await rejected_answers(self._site, request, statement_id),
            prefix=self._prefix,
            is_operator=self._role == "OPERATOR",
        )

    async def save(self, request: Request, statement_id: str, form: StatementForm) -> Response:
        """One as a file."""
        return await save_statement(self._files, request, statement_id, form)

    async def _names(self, request: Request, lines: Any) -> dict[str, str]:
        ids = list(dict.fromkeys(line.contractor_id for line in lines if line.contractor_id))
        found = await asyncio.gather(*(self._name(request, one) for one in ids[:_NAMES_MAX]))
        return {one: name for one, name in zip(ids, found, strict=False) if name}

    async def _name(self, request: Request, contractor_id: str) -> str:
        try:
            found = await self._site.ask(
                request,
                self._site.peers.vendors.GetContractor,
                vendors_pb2.GetContractorRequest(contractor_id=contractor_id),
            )
        except DomainError as err:
            if err.kind is Kind.NOT_FOUND:
                return ""
            raise
        return str(found.contractor.name)
