"""Receipts and invoices as PDF: made by payouts, handed on as files."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import service_pb2
from services.gateway.callers import Caller
from services.gateway.identity import Identify
from services.gateway.peers import Peers

MEDIA_TYPE = "application/pdf"
# Others' papers may be before it.
_SECONDS_MAX = 90.0


class PaperFiles:
    """Of receipts, invoices and credit notes; whom they are for is payouts' to judge."""

    def __init__(self, *, peers: Peers, identify: Identify) -> None:
        self._peers = peers
        self._identify = identify

    def router(self) -> APIRouter:
        """For programs; the console calls `answer` in its own visitors' name."""
        router = APIRouter()

        @router.get("/v1/receipts/{paper_id}:pdf")
        @router.get("/v1/invoices/{paper_id}:pdf")
        async def pdf(request: Request, paper_id: str) -> Response:
            return await self.answer(await self._identify(request), paper_id)

        return router

    async def answer(self, caller: Caller, paper_id: str) -> Response:
        """The file. Errors: RemoteError: no such paper, or not the caller's."""
        found = await self._peers.call(
            self._peers.payouts.GetPaperFile,
            service_pb2.GetPaperFileRequest(paper_id=paper_id),
            caller=caller,
            timeout_seconds=_SECONDS_MAX,
        )
        return Response(
            found.pdf,
            media_type=MEDIA_TYPE,
            headers={
                "Content-Disposition": f'attachment; filename="{found.filename}"',
                "Cache-Control": "private, no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )
