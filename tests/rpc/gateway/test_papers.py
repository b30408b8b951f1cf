"""Receipts and invoices are files over REST, for whom payouts lets have them."""

from __future__ import annotations

from typing import Any

import pytest

from crewline.payouts.v1 import service_pb2, types_pb2
from services.chassis.errors import DomainError, Kind
from tests.rpc.gateway.conftest import Behind, RunGateway

PDF = b"%PDF-1.7 \xff\x00 bytes"


class PaperNotFound(DomainError):
    kind, reason = Kind.NOT_FOUND, "PAPER_NOT_FOUND"


@pytest.mark.parametrize("room", ["invoices", "receipts"])
async def test_a_paper_is_a_file_and_its_path_is_no_id(
    behind: Behind, run_gateway: RunGateway, room: str
) -> None:
    asked: list[str] = []

    async def file(request: Any, context: Any) -> Any:
        asked.append(request.paper_id)
        if request.paper_id != "inv_1":
            raise PaperNotFound("no such paper", paper_id=request.paper_id)
        return service_pb2.GetPaperFileResponse(filename="INV-000001.pdf", pdf=PDF)

    async def invoice(request: Any, context: Any) -> Any:
        paper = types_pb2.Paper(paper_id=request.paper_id, content='{"form":1}')
        return service_pb2.GetInvoiceResponse(invoice=paper)

    behind.payouts.GetPaperFile = file  # type: ignore[method-assign]
    behind.payouts.GetInvoice = invoice  # type: ignore[method-assign]
    await behind.stop("payouts")
    await behind.start("payouts")
    async with run_gateway() as gateway:
        caller = gateway.bearer()
        answer = await gateway.client.get(f"/v1/{room}/inv_1:pdf", headers=caller)
        assert (answer.status_code, answer.content) == (200, PDF), answer.text
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"] == 'attachment; filename="INV-000001.pdf"'
        missing = await gateway.client.get(f"/v1/{room}/inv_2:pdf", headers=caller)
        assert (missing.status_code, missing.json()["reason"]) == (404, "PAPER_NOT_FOUND")
        nobody = await gateway.client.get(f"/v1/{room}/inv_1:pdf")
        assert nobody.status_code == 401
        assert asked == ["inv_1", "inv_2"]
        whole = await gateway.client.get("/v1/invoices/inv_1", headers=caller)
        assert whole.json()["invoice"]["content"] == '{"form":1}'


async def test_a_statements_file_comes_whole_however_many_answers_it_takes(
    behind: Behind, run_gateway: RunGateway
) -> None:
    whole, asked = bytes(range(256)) * 40, []

    async def document(request: Any, context: Any) -> Any:
        asked.append((request.offset, request.format, request.language))
        end = request.offset + 4_096
        return service_pb2.GetStatementDocumentResponse(
            content=whole[request.offset : end],
            next_offset=end if end < len(whole) else 0,
            media_type="text/csv; charset=utf-8",
            filename="pst_1.csv",
            document_hash="d1",
        )

    behind.payouts.GetStatementDocument = document  # type: ignore[method-assign]
    await behind.stop("payouts")
    await behind.start("payouts")
    async with run_gateway() as gateway:
        answer = await gateway.client.get(
            "/v1/statements/pst_1:csv?language=fr", headers=gateway.bearer()
        )
    assert (answer.status_code, answer.content) == (200, whole), answer.text
    assert answer.headers["x-document-sha256"] == "d1"
    csv = service_pb2.STATEMENT_FORMAT_CSV
    assert asked == [(0, csv, "fr"), (4_096, csv, "fr"), (8_192, csv, "fr")]
