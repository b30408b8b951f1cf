"""Collections of statements' frozen documents, and of how far each payee was told of."""

from __future__ import annotations

from services.chassis.mongo import CollectionSpec

STATEMENT_DOCUMENTS = "statement_documents"
TOLD = "statement_told"

DOCUMENT_COLLECTIONS = (CollectionSpec(name=STATEMENT_DOCUMENTS), CollectionSpec(name=TOLD))
