"""Collections and indexes of payouts, each index with the query that it serves."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, DESCENDING, CollectionSpec, IndexModel

ENTRIES = "entries"
BALANCES = "balances"
BOOKS = "books"
AUDITS = "audits"
PROJECTS = "projects"
PROJECT_BOOKS = "project_books"
DECISIONS = "decisions"
CONTRACTORS = "contractors"
IN_PERSON = "paid_in_person"
VENDORS = "vendors"
RATE_CARDS = "rate_cards"

# Accruals and their reversals, of which there is one an answer, are found by the ids that they
# carry; the few other entries by the names of their accounts.
_ACCRUALS = {"pay_units": {"$exists": True}}
# Corrections of pay by hand, which are few.
_CORRECTIONS = {"corrected_pay_units": {"$exists": True}}
_RECORDED = [("recorded_at", ASCENDING), ("_id", ASCENDING)]

LEDGER_COLLECTIONS = (
    CollectionSpec(
        name=ENTRIES,
        indexes=(
            # What was accrued in a time: statements, and the list of the platform's fees.
            IndexModel(_RECORDED, name="accruals", partialFilterExpression=_ACCRUALS),
            # Lists of a contractor's, a project's and a vendor's account.
            IndexModel(
                [("contractor_id", ASCENDING), *_RECORDED],
                name="accruals_by_contractor",
                partialFilterExpression=_ACCRUALS,
            ),
            IndexModel(
                [("project_id", ASCENDING), *_RECORDED],
                name="accruals_by_project",
                partialFilterExpression=_ACCRUALS,
            ),
            IndexModel(
                [("vendor_id", ASCENDING), *_RECORDED],
                name="accruals_by_vendor",
                partialFilterExpression=_ACCRUALS,
            ),
            # What was topped up to floors in a pay period.
            IndexModel(
                [("period_id", ASCENDING)],
                name="top_ups",
                partialFilterExpression={"kind": "floor_top_up"},
            ),
            # What was corrected in a time: statements' lines.
            IndexModel(_RECORDED, name="corrections", partialFilterExpression=_CORRECTIONS),
            # What of a person's pay was corrected.
            IndexModel(
                [("contractor_id", ASCENDING), *_RECORDED],
                name="corrections_by_contractor",
                partialFilterExpression=_CORRECTIONS,
            ),
            # Lists of any account: the entries that are no accruals.
            IndexModel(
                [("accounts", ASCENDING), *_RECORDED],
                name="others_by_account",
                partialFilterExpression={"accounts": {"$exists": True}},
            ),
            # The whole journal, together with the accruals; and what was recorded since a moment.
            IndexModel(
                _RECORDED,
                name="others",
                partialFilterExpression={"accounts": {"$exists": True}},
            ),
        ),
    ),
    CollectionSpec(
        name=BALANCES,
        indexes=(
            # A client's funds: available ones, and holds by their age.
            IndexModel(
                [("client_id", ASCENDING), ("purpose", ASCENDING), ("opened_at", DESCENDING)],
                name="by_client",
                partialFilterExpression={"client_id": {"$exists": True}},
            ),
            # What a contractor has earned. Written when an account is opened, not when it moves.
            IndexModel(
                [("contractor_id", ASCENDING)],
                name="by_contractor",
                partialFilterExpression={"contractor_id": {"$exists": True}},
            ),
            # Who has earned through a vendor. Written when an account is opened, too.
            IndexModel(
                [("vendor_id", ASCENDING), ("_id", ASCENDING)],
                name="by_vendor",
                partialFilterExpression={"vendor_id": {"$exists": True}},
            ),
            # Mirrors and clearing accounts, for reconciliation and the gauges.
            IndexModel([("purpose", ASCENDING)], name="by_purpose"),
        ),
    ),
    CollectionSpec(name=BOOKS),
    CollectionSpec(
        name=AUDITS,
        indexes=(
            # What was found wrong.
            IndexModel(
                [("wrong.currency", ASCENDING)],
                name="wrong",
                partialFilterExpression={"wrong": {"$exists": True}},
            ),
        ),
    ),
    CollectionSpec(name=PROJECTS),
    CollectionSpec(name=PROJECT_BOOKS),
    CollectionSpec(
        name=DECISIONS,
        indexes=(
            # A payee's work that is not paid, for statements.
            IndexModel(
                [
                    ("rejected.payee_id", ASCENDING),
                    ("rejected.recorded_at", ASCENDING),
                    ("_id", ASCENDING),
                ],
                name="rejected_by_payee",
                partialFilterExpression={"rejected.payee_id": {"$exists": True}},
            ),
        ),
    ),
    # A vendor's pool.
    CollectionSpec(
        name=CONTRACTORS,
        indexes=(
            IndexModel([("organisation_id", ASCENDING), ("_id", ASCENDING)]),
            # In which countries contractors are.
            IndexModel([("country", ASCENDING)], name="countries"),
        ),
    ),
    # Contractors of vendors who are also paid in person: their benefits.
    CollectionSpec(name=IN_PERSON),
    CollectionSpec(name=VENDORS),
    CollectionSpec(name=RATE_CARDS),
)
