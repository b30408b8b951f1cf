"""Collections beside statements: long lists of lines, frozen documents, what payees were told."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, DESCENDING, CollectionSpec, IndexModel

STATEMENT_DOCUMENTS = "statement_documents"
STATEMENT_PARTS = "statement_parts"
TOLD = "statement_told"

DOCUMENT_COLLECTIONS = (
    CollectionSpec(name=STATEMENT_DOCUMENTS),
    CollectionSpec(
        name=STATEMENT_PARTS,
        indexes=(
            IndexModel(
                [("statement_id", ASCENDING), ("part", ASCENDING)], name="by_statement", unique=True
            ),
            # What a vendor's contractor is on, the newest first.
            IndexModel([("payee_id", ASCENDING), ("statement_id", DESCENDING)], name="by_payee"),
        ),
    ),
    CollectionSpec(name=TOLD),
)
