"""Statements as files: what payouts has frozen, handed on as it is."""

from __future__ import annotations

from enum import StrEnum

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import service_pb2
from services.gateway.identity import Identify
from services.gateway.peers import Bearer, Peers

# A paper of thousands of rows takes seconds, after those that were asked for before it.
_SECONDS = 90.0
# Opened by itself it may load nothing and run nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class StatementForm(StrEnum):
    """What a statement can be had as."""

    PDF = "pdf"
    HTML = "html"
    CSV = "csv"
    JSON = "json"


class StatementFiles:
    """Whose they are is for payouts to judge."""

    def __init__(self, *, peers: Peers, identify: Identify) -> None:
        self._peers = peers
        self._identify = identify

    def router(self) -> APIRouter:
        """For programs; the console calls `answer` in its own visitors' name."""
        router = APIRouter()
        for form in StatementForm:
            self._add(router, form)
        return router

    async def answer(
        self, caller: Bearer, statement_id: str, *, form: StatementForm, language: str
    ) -> Response:
        """The file. Errors: RemoteError: no such statement, or not the caller's."""
        found = await self._peers.call(
            self._peers.payouts.GetStatementDocument,
            service_pb2.GetStatementDocumentRequest(
                statement_id=statement_id,
                format=service_pb2.StatementFormat.Value(f"STATEMENT_FORMAT_{form.name}"),
                language=language,
            ),
            caller=caller,
            timeout_seconds=_SECONDS,
        )
        headers = {
            "Content-Disposition": f'attachment; filename="{found.filename}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Document-Sha256": found.document_hash,
        }
        if form is StatementForm.HTML:
            headers["Content-Disposition"] = f'inline; filename="{found.filename}"'
            headers["Content-Security-Policy"] = _POLICY
        return Response(found.content, media_type=found.media_type, headers=headers)

    def _add(self, router: APIRouter, form: StatementForm) -> None:
        @router.get(f"/v1/statements/{{statement_id}}:{form.value}")
        async def statement_file(
            request: Request, statement_id: str, language: str = ""
        ) -> Response:
            return await self.answer(
                await self._identify(request), statement_id, form=form, language=language
            )
