"""Statements: read, and saved as files."""

from __future__ import annotations

from pathlib import Path

from ..downloads import FileSink
from ..generated.statements import AsyncStatementsApi as GeneratedAsync
from ..generated.statements import StatementsApi as Generated
from ..operations import StatementFormat, save_statement
from ..progress import OnProgress, ignore


class StatementsApi(Generated):
    """Operations on `statements`."""

    def save(
        self,
        statement_id: str,
        to: Path | str,
        *,
        format: StatementFormat = "pdf",  # noqa: A002 (the name it has in REST)
        language: str | None = None,
        on_progress: OnProgress = ignore,
    ) -> int:
        """A statement as a file; how many bytes it has.

        The file is there whole, or not at all. The SHA-256 of the JSON is the statement's
        `document_hash`. Errors: STATEMENT_NOT_FOUND, PAPER_TOO_LARGE, FileInvalid.

        Args:
            statement_id: of the statement.
            to: where the file goes; one that is there is replaced.
            format: pdf, html, csv or json.
            language: en or fr, of PDF and HTML.
            on_progress: is told how much has come.
        """
        with FileSink(Path(to), on_progress=on_progress) as sink:
            self._http.run(
                save_statement(
                    self._http.planner, statement_id, form=format, language=language, sink=sink
                )
            )
            return sink.bytes_done


class AsyncStatementsApi(GeneratedAsync):
    """Operations on `statements`."""

    async def save(
        self,
        statement_id: str,
        to: Path | str,
        *,
        format: StatementFormat = "pdf",  # noqa: A002 (the name it has in REST)
        language: str | None = None,
        on_progress: OnProgress = ignore,
    ) -> int:
        """A statement as a file; how many bytes it has. See StatementsApi.save."""
        with FileSink(Path(to), on_progress=on_progress) as sink:
            await self._http.run(
                save_statement(
                    self._http.planner, statement_id, form=format, language=language, sink=sink
                )
            )
            return sink.bytes_done
