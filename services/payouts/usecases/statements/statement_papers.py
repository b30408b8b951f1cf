"""Statements as files, made from what was frozen: the whole for its payee, a part for a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.chassis.authentication import Principal
from services.chassis.mongo import store_errors
from services.payouts.domain.errors import StatementAltered
from services.payouts.domain.papers.person_names import proven
from services.payouts.domain.payments.rail_errors import StatementNotFound
from services.payouts.domain.statements.statement_documents import (
    StatementDocument,
    canonical,
    is_whole,
    part_for,
)
from services.payouts.papers.statement_page import page_of
from services.payouts.papers.statement_paper import TEMPLATE, csv_of, shown
from services.payouts.papers.typesetting import PaperTooLarge, Typeset
from services.payouts.store.papers.names import NameStore
from services.payouts.store.statements.statement_documents import StatementDocumentStore
from services.payouts.store.statements.statements import StatementStore
from services.payouts.usecases.payments.payees import own_payee_id

# A JSON document of some 100,000 lines.
_BYTES_MAX = 32 * 1024 * 1024
# What comes in one answer.
_PART_BYTES = 4 * 1024 * 1024
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class PaperFormat(StrEnum):
    """What a statement can be had as."""

    JSON = "json"
    PDF = "pdf"
    CSV = "csv"
    HTML = "html"


_MEDIA_TYPES = {
    PaperFormat.JSON: "application/json",
    PaperFormat.PDF: "application/pdf",
    PaperFormat.CSV: "text/csv; charset=utf-8",
    PaperFormat.HTML: "text/html; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A file, or a part of one."""

    content: bytes
    next_offset: int
    """Where its next part begins; 0 where this is the last."""
    media_type: str
    filename: str
    document_hash: str


class StatementPapers:
    """Reads that never change anything."""

    def __init__(
        self,
        *,
        statements: StatementStore,
        documents: StatementDocumentStore,
        names: NameStore,
        typeset: Typeset,
    ) -> None:
        self._statements = statements
        self._documents = documents
        self._names = names
        self._typeset = typeset

    async def get(
        self,
        principal: Principal,
        statement_id: str,
        *,
        form: PaperFormat,
        language: str,
        offset: int = 0,
    ) -> Paper:
        """Errors: StatementNotFound, StatementAltered, NameAltered, PaperTooLarge, PaperDelayed."""
        with store_errors():
            record = await self._statements.record(statement_id)
            document = None if record is None else await self._documents.get(statement_id)
        if record is None or document is None:
            raise StatementNotFound("no such statement", statement_id=statement_id)
        if document.document_hash != record.document_hash or not is_whole(document):
            raise StatementAltered(
                "the document is not the one that was frozen", statement_id=statement_id
            )
        part = _visible(document, principal, record.payee.payee_id)
        content = await self._written(document, part, form=form, language=language)
        if len(content) > _BYTES_MAX:
            raise PaperTooLarge(
                f"a file is at most {_BYTES_MAX} bytes; GetStatement has the sums",
                bytes_max=_BYTES_MAX,
            )
        end = offset + _PART_BYTES
        return Paper(
            content=content[offset:end],
            next_offset=end if end < len(content) else 0,
            media_type=_MEDIA_TYPES[form],
            filename=f"{_UNSAFE.sub('-', statement_id)}.{form.value}",
            document_hash=document.document_hash,
        )

    async def _written(
        self,
        document: StatementDocument,
        part: Mapping[str, Any] | None,
        *,
        form: PaperFormat,
        language: str,
    ) -> bytes:
        if form is PaperFormat.JSON:
            return document.body if part is None else canonical(part)
        content = document.content() if part is None else part
        # Not in what was frozen: people's names are written in as long as they are kept.
        seals: dict[str, str] = content.get("name_seals", {})
        with store_errors():
            names = proven(seals, await self._names.sealed(seals))
        if form is PaperFormat.CSV:
            return csv_of(content, names=names)
        data = shown(content, names=names, document_hash=document.document_hash, language=language)
        return page_of(data) if form is PaperFormat.HTML else await self._typeset(TEMPLATE, data)


def _visible(
    document: StatementDocument, principal: Principal, payee_id: str
) -> dict[str, Any] | None:
    """The caller's part of it; None for all of it. Errors: StatementNotFound."""
    if own_payee_id(principal) in ("", payee_id):
        return None
    part = None
    if "CONTRACTOR" in principal.roles:
        part = part_for(document, principal.subject_id)
    if part is None:
        raise StatementNotFound("no such statement", statement_id=document.statement_id)
    return part
