"""Statements as files: what payouts has frozen, handed on as it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import service_pb2
from services.gateway.identity import Identify
from services.gateway.peers import Bearer, Peers

# A paper of thousands of rows takes seconds, after those that were asked for before it.
_SECONDS = 90.0
# Of some megabytes each: payouts has its own limit for all of them.
_PARTS_MAX = 32
# Opened by itself it may load nothing and run nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


Ask = Callable[
    [service_pb2.GetStatementDocumentRequest], Awaitable[service_pb2.GetStatementDocumentResponse]
]


async def whole_document(
    ask: Ask, request: service_pb2.GetStatementDocumentRequest
) -> tuple[service_pb2.GetStatementDocumentResponse, bytes]:
    """The first answer, and the file of all of them. Errors: what `ask` says."""
    first = found = await ask(request)
    content = [found.content]
    while found.next_offset:
        if len(content) == _PARTS_MAX:
            raise RuntimeError(f"a statement's file has more than {_PARTS_MAX} parts")
        following = service_pb2.GetStatementDocumentRequest()
        following.CopyFrom(request)
        following.offset = found.next_offset
        found = await ask(following)
        content.append(found.content)
    return first, b"".join(content)


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

        async def ask(
            request: service_pb2.GetStatementDocumentRequest,
        ) -> service_pb2.GetStatementDocumentResponse:
            answer: service_pb2.GetStatementDocumentResponse = await self._peers.call(
                self._peers.payouts.GetStatementDocument,
                request,
                caller=caller,
                timeout_seconds=_SECONDS,
            )
            return answer

        found, content = await whole_document(
            ask,
            service_pb2.GetStatementDocumentRequest(
                statement_id=statement_id,
                format=service_pb2.StatementFormat.Value(f"STATEMENT_FORMAT_{form.name}"),
                language=language,
            ),
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
        return Response(content, media_type=found.media_type, headers=headers)

    def _add(self, router: APIRouter, form: StatementForm) -> None:
        @router.get(f"/v1/statements/{{statement_id}}:{form.value}")
        async def statement_file(
            request: Request, statement_id: str, language: str = ""
        ) -> Response:
            return await self.answer(
                await self._identify(request), statement_id, form=form, language=language
            )
