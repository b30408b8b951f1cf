"""Payments that an operator takes to a bank: the files, and what the bank says of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.chassis.errors import DomainError
from services.gateway.web.site import Site
from services.gateway.web.translations import mark
from services.gateway.web.visits import visit_of

PAGE_SIZE = 25
_PATH = "/operator/payout-files"
_COLUMNS = ("reference", "outcome", "value_date", "bank_reference", "code")
# In the place of a reference: every payment of the file that the bank has said nothing about.
_ALL_OPEN = "*"
_OUTCOMES = (
    ("paid", mark("Paid")),
    ("failed", mark("Failed: it never left")),
    ("returned", mark("Came back after it was paid")),
)


class PayoutFilePages:
    """The list, and a page a file."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("OPERATOR", prefix=_PATH)
        router.add_api_route("", self.show_all, methods=["GET"])
        router.add_api_route("", self.export, methods=["POST"])
        router.add_api_route("/{batch_id}", self.show, methods=["GET"])
        router.add_api_route("/{batch_id}/csv", self.download, methods=["GET"])
        router.add_api_route("/{batch_id}/outcome", self.tell, methods=["POST"])
        router.add_api_route("/{batch_id}/outcomes", self.tell_all, methods=["POST"])
        return router

    async def show_all(self, request: Request, page: str = "") -> Response:
        """What waits, and the files, the newest first."""
        return await self._list(request, page=page)

    async def export(self, request: Request) -> Response:
        """Freezes what waits in one currency into a file."""
        visit = visit_of(request)
        try:
            answer = await self._site.ask(
                request,
                self._site.peers.payouts.ExportPayouts,
                payouts_pb2.ExportPayoutsRequest(
                    request_id=visit.form.request_id, currency=visit.form.text("currency")
                ),
            )
        except DomainError as err:
            visit.form.refuse(err, visit.language)
            return await self._list(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        return self._site.pages.redirect(request, f"{_PATH}/{answer.batch.batch_id}")

    async def show(self, request: Request, batch_id: str) -> Response:
        """Its payments, and what the bank has said about each."""
        return await self._page(request, batch_id)

    async def download(self, request: Request, batch_id: str) -> Response:
        """The file, byte for byte as it was frozen: bank details, which nobody on the way keeps."""
        batch = await self._batch(request, batch_id)
        return Response(
            batch.csv.encode(),
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{batch.batch_id}.csv"',
                "Cache-Control": "private, no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def tell(self, request: Request, batch_id: str) -> Response:
        """What became of one payment, or of all that are open."""
        form = visit_of(request).form
        chosen = form.text("reference")
        references = [chosen]
        if chosen == _ALL_OPEN:
            batch = await self._batch(request, batch_id)
            references = [line.reference for line in batch.lines if not line.outcome]
        said = [form.text(name) for name in _COLUMNS[1:]]
        return await self._import(
            request, batch_id, _csv([reference, *said] for reference in references)
        )

    async def tell_all(self, request: Request, batch_id: str) -> Response:
        """The bank's own list, row by row; good rows count whatever the others are."""
        return await self._import(request, batch_id, visit_of(request).form.text("csv"))

    async def _import(self, request: Request, batch_id: str, text: str) -> Response:
        visit = visit_of(request)
        try:
            answer = await self._site.ask(
                request,
                self._site.peers.payouts.ImportPayoutOutcomes,
                payouts_pb2.ImportPayoutOutcomesRequest(request_id=visit.form.request_id, csv=text),
            )
        except DomainError as err:
            visit.form.refuse(err, visit.language)
            return await self._page(request, batch_id, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        said = visit.language.translate(
            "%(recorded)s noted, %(known)s known already, %(refused)s refused.",
            recorded=answer.recorded,
            known=answer.repeated_rows,
            refused=answer.refused,
        )
        wrong = [row for row in answer.rows if row.problem]
        if not wrong:
            return self._site.pages.redirect(request, f"{_PATH}/{batch_id}", said=said)
        visit.form.problem = said
        return await self._page(
            request, batch_id, status=HTTPStatus.UNPROCESSABLE_ENTITY, wrong=wrong
        )

    async def _batch(self, request: Request, batch_id: str) -> Any:
        found = await self._site.ask(
            request,
            self._site.peers.payouts.GetPayoutBatch,
            payouts_pb2.GetPayoutBatchRequest(batch_id=batch_id),
        )
        return found.batch

    async def _page(
        self,
        request: Request,
        batch_id: str,
        *,
        status: int = HTTPStatus.OK,
        wrong: Iterable[Any] = (),
    ) -> Response:
        language = visit_of(request).language
        batch = await self._batch(request, batch_id)
        still_open = sum(1 for line in batch.lines if not line.outcome)
        everything = language.ngettext(
            "The %(num)s that is open", "All %(num)s that are open", still_open
        ) % {"num": still_open}
        return self._site.pages.render(
            request,
            "operator/payout_file.html",
            status=status,
            batch=batch,
            wrong=wrong,
            outcomes=[(value, language.translate(text)) for value, text in _OUTCOMES],
            references=[
                *([(_ALL_OPEN, everything)] if still_open else []),
                *((line.reference, line.reference) for line in batch.lines),
            ],
            today=datetime.now(UTC).date().isoformat(),
        )

    async def _list(
        self, request: Request, *, page: str = "", status: int = HTTPStatus.OK
    ) -> Response:
        found = await self._site.ask(
            request,
            self._site.peers.payouts.ListPayoutBatches,
            payouts_pb2.ListPayoutBatchesRequest(page_size=PAGE_SIZE, page_token=page),
        )
        return self._site.pages.render(
            request,
            "operator/payout_files.html",
            status=status,
            batches=found.batches,
            waiting=found.waiting,
            next_page=found.next_page_token,
            is_first=not page,
        )


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows(rows)
    return text.getvalue()
