"""Invoices and receipts: what they say, and as PDF."""

from __future__ import annotations

from pathlib import Path

from ..downloads import FileSink
from ..generated.invoices import AsyncInvoicesApi as GeneratedAsyncInvoices
from ..generated.invoices import InvoicesApi as GeneratedInvoices
from ..generated.receipts import AsyncReceiptsApi as GeneratedAsyncReceipts
from ..generated.receipts import ReceiptsApi as GeneratedReceipts
from ..operations import INVOICE_PDF, RECEIPT_PDF, download
from ..progress import ignore


class InvoicesApi(GeneratedInvoices):
    """Operations on `invoices`."""

    def pdf(self, paper_id: str, to: Path | str) -> int:
        """An invoice or credit note as a PDF file; how many bytes it has.

        Errors: PAPER_NOT_FOUND, PAPER_ALTERED; FileInvalid.
        """
        with FileSink(Path(to), on_progress=ignore) as file:
            self._http.run(download(self._http.planner, INVOICE_PDF, paper_id, sink=file))
            return file.bytes_done


class AsyncInvoicesApi(GeneratedAsyncInvoices):
    """Operations on `invoices`."""

    async def pdf(self, paper_id: str, to: Path | str) -> int:
        """An invoice or credit note as a PDF file; how many bytes it has.

        Errors: PAPER_NOT_FOUND, PAPER_ALTERED; FileInvalid.
        """
        with FileSink(Path(to), on_progress=ignore) as file:
            await self._http.run(download(self._http.planner, INVOICE_PDF, paper_id, sink=file))
            return file.bytes_done


class ReceiptsApi(GeneratedReceipts):
    """Operations on `receipts`."""

    def pdf(self, paper_id: str, to: Path | str) -> int:
        """A receipt as a PDF file; how many bytes it has.

        Errors: PAPER_NOT_FOUND, PAPER_ALTERED; FileInvalid.
        """
        with FileSink(Path(to), on_progress=ignore) as file:
            self._http.run(download(self._http.planner, RECEIPT_PDF, paper_id, sink=file))
            return file.bytes_done


class AsyncReceiptsApi(GeneratedAsyncReceipts):
    """Operations on `receipts`."""

    async def pdf(self, paper_id: str, to: Path | str) -> int:
        """A receipt as a PDF file; how many bytes it has.

        Errors: PAPER_NOT_FOUND, PAPER_ALTERED; FileInvalid.
        """
        with FileSink(Path(to), on_progress=ignore) as file:
            await self._http.run(download(self._http.planner, RECEIPT_PDF, paper_id, sink=file))
            return file.bytes_done
