"""G17, §7.9: a statement's document, table, page and paper are the same bytes on every machine.

A change of any of them is a change of what payees hold in their hands: it has to be meant. The
files are made anew with `python -m tests.unit.payouts.statements.test_golden_statements`.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.payouts.domain.papers.billing import Particulars
from services.payouts.domain.papers.person_names import NameAltered, PersonName, proven
from services.payouts.domain.statements.statement_documents import (
    APPEAL_TIME,
    Circumstances,
    PayeeFacts,
    RejectedAnswer,
    freeze,
    part_for,
)
from services.payouts.domain.statements.statement_lines import (
    LineKind,
    Payee,
    PayeeKind,
    StatementLine,
)
from services.payouts.domain.statements.statements import CarryReason, Statement
from services.payouts.domain.statements.withholding import Withheld
from services.payouts.papers.statement_page import page_of
from services.payouts.papers.statement_paper import TEMPLATE, csv_of, shown
from services.payouts.papers.typesetting import compile_pdf
from services.quality.domain.appeals import FILING_DAYS

FOLDER = Path(__file__).parents[3] / "data" / "statements"
VENDOR = Payee(kind=PayeeKind.VENDOR, payee_id="org_acme")
# Ben's name was erased after the statement was made.
PEOPLE = (
    PersonName(contractor_id="ctr_ada", version=1, name="Ada <Obi>", salt=b"a" * 16),
    PersonName(contractor_id="ctr_ben", version=2, name="Ben Mwangi", salt=b"b" * 16),
)
NAMES = {"ctr_ada": "Ada <Obi>"}
AT = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)


def statement() -> Statement:
    def line(period_id: str, contractor_id: str, kind: LineKind, *units: int) -> StatementLine:
        answers, pay, commission, fee, benefits = units
        return StatementLine(
            period_id=period_id, contractor_id=contractor_id, project_id="prj_birds",
            answers=answers, pay_units=pay, commission_units=commission, kind=kind,
            fee_units=fee, benefits_units=benefits,
        )  # fmt: skip

    return Statement(
        statement_id="pp_000007.vendor.org_acme.USD",
        period_id="pp_000007",
        payee=VENDOR,
        currency="USD",
        lines=(
            line("pp_000006", "ctr_ada", LineKind.WORK, 3, 39_000, 3_900, 7_800, 1_950),
            line("pp_000007", "ctr_ada", LineKind.FLOOR_TOP_UP, 0, 120_000, 0, 0, 0),
            line("pp_000007", "ctr_ada", LineKind.WORK, 1234, 16_042_000, 1_604_200, 3_208_400, 0),
            line("pp_000007", "ctr_ben", LineKind.WORK, 40, 520_000, 52_000, 104_000, 26_000),
        ),
        withheld=(
            Withheld(
                rule="sample", authority="irs", rate_bps=2_400, base_units=18_381_100,
                amount_minor=441, source="a fictional table",
            ),
        ),
    )  # fmt: skip


def circumstances() -> Circumstances:
    return Circumstances(
        period_starts_at=datetime(2026, 11, 1, tzinfo=UTC),
        period_ends_at=datetime(2026, 12, 1, tzinfo=UTC),
        made_at=AT,
        minimum_minor=500,
        issuer=Particulars(
            name="Crewline Ltd",
            lines=("1 Quay Street",),
            city="Bristol",
            country="GB",
            tax_number="GB 123 4567 89",
        ),
        payee=PayeeFacts(name="Acme & Söhne <Ltd>", country="KE"),
        name_seals={one.contractor_id: one.seal for one in PEOPLE},
        project_names={"prj_birds": '=HYPERLINK("birds")'},
        carried_reason=CarryReason.NOT_DUE,
        calendar_id="kenya-monthly",
        pay_on=date(2026, 12, 3),
        next_ends_at=datetime(2026, 12, 31, 21, tzinfo=UTC),
        rejected=(
            RejectedAnswer(
                assignment_id="asn_7",
                contractor_id="ctr_ben",
                project_id="prj_birds",
                reason="FAILED_GOLD",
                decided_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
                recorded_at=datetime(2026, 11, 20, 12, 0, 1, tzinfo=UTC),
            ),
        ),
        rejected_count=1,
    )


def files() -> dict[str, bytes]:
    """By name, as they are made now."""
    document = freeze(statement(), circumstances())
    content = document.content()
    made = {"statement.json": document.body, "statement.csv": csv_of(content, names=NAMES)}
    for language in ("en", "fr"):
        data = shown(content, names=NAMES, document_hash=document.document_hash, language=language)
        made[f"statement.{language}.html"] = page_of(data)
        pdf = hashlib.sha256(compile_pdf(TEMPLATE, data)).hexdigest()
        made[f"statement.{language}.pdf.sha256"] = f"{pdf}\n".encode()
    return made


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_a_statements_files_are_those_that_are_kept(name: str) -> None:
    assert files()[name] == (FOLDER / name).read_bytes()


def test_nothing_that_is_made_is_not_kept() -> None:
    assert files().keys() == {path.name for path in FOLDER.iterdir()}


def test_the_lines_come_to_what_is_paid_withheld_and_carried_on() -> None:
    """§7.1: statement = sum of its lines = transfer amount, and what is left is told."""
    content = freeze(statement(), circumstances()).content()
    lines = sum(one["pay_units"] + one["commission_units"] for one in content["lines"])
    paid, withheld = content["total_minor"], content["withheld_minor"]
    assert lines == (paid + withheld) * 10_000 + content["carried_on"]["amount_units"]
    assert content["carried_in"] == {"amount_units": 42_900, "reason": "NOT_DUE"}


def test_what_is_told_changes_the_hash_and_the_payment_does_not() -> None:
    """G17: the document names itself by all that is in it."""
    first = freeze(statement(), circumstances())
    assert freeze(statement(), circumstances()).document_hash == first.document_hash
    renamed = replace(circumstances(), payee=PayeeFacts(name="Other", country="KE"))
    assert freeze(statement(), renamed).document_hash != first.document_hash
    untaxed = replace(statement(), withheld=())
    assert freeze(untaxed, circumstances()).document_hash != first.document_hash


def test_names_are_proven_and_can_be_erased_without_a_trace() -> None:
    """G17: a document is whole whatever becomes of the names; a changed name is found out."""
    document = freeze(statement(), circumstances())
    assert all(one.name.encode() not in document.body for one in PEOPLE)
    seals = document.content()["name_seals"]
    kept = {one.contractor_id: one for one in PEOPLE}
    assert proven(seals, kept) == {"ctr_ada": "Ada <Obi>", "ctr_ben": "Ben Mwangi"}
    del kept["ctr_ben"]
    assert proven(seals, kept) == NAMES
    for changed in ({"name": "Eve"}, {"version": 2}, {"salt": b"c" * 16}):
        with pytest.raises(NameAltered):
            proven(seals, {"ctr_ada": replace(PEOPLE[0], **changed)})


def test_a_part_is_one_persons_and_says_of_what() -> None:
    document = freeze(statement(), circumstances())
    part = part_for(document, "ctr_ben")
    assert part is not None
    assert {line["contractor_id"] for line in part["lines"]} == {"ctr_ben"}
    assert part["part_of"]["document_hash"] == document.document_hash
    assert "withheld" not in part
    assert "Acme" not in repr(part)
    assert part["name_seals"].keys() == {"ctr_ben"}
    assert part_for(document, "ctr_else") is None


def test_cells_that_look_like_formulas_are_text() -> None:
    table = (FOLDER / "statement.csv").read_text()
    assert "'=HYPERLINK" in table
    assert "<Ltd>" not in (FOLDER / "statement.en.html").read_text()


def test_the_time_for_appeals_is_qualitys() -> None:
    """What a statement promises is what an appeal is given."""
    assert APPEAL_TIME.days == FILING_DAYS


if __name__ == "__main__":
    for name, made in files().items():
        (FOLDER / name).write_bytes(made)
