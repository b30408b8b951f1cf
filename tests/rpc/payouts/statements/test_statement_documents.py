"""G17: a statement's document is frozen when it is made; files follow from it byte for byte."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import uuid
from typing import Any

import pypdf
import pytest

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.payouts.domain.answers.decisions import Decision, Verdict
from services.payouts.store.papers.names import CONTRACTOR_NAMES
from services.payouts.store.statements.document_collections import STATEMENT_DOCUMENTS
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.served_rail import (
    CLIENT,
    DECIDED_AT,
    ServedRail,
    depositing,
    rail_running,
)

JSON, PDF, CSV = (
    pb.STATEMENT_FORMAT_JSON,
    pb.STATEMENT_FORMAT_PDF,
    pb.STATEMENT_FORMAT_CSV,
)


async def paper(
    rail: ServedRail, statement_id: str, form: Any = JSON, *, token: str = "", language: str = ""
) -> pb.GetStatementDocumentResponse:
    found: pb.GetStatementDocumentResponse = await rail.send(
        rail.stub.GetStatementDocument,
        pb.GetStatementDocumentRequest(statement_id=statement_id, format=form, language=language),
        token=token,
    )
    return found


async def reject(rail: ServedRail, assignment_id: str, contractor_id: str, vendor_id: str) -> None:
    await rail.parts.ledger.accruals.decided(
        [
            Decision(
                assignment_id=assignment_id,
                revision=1,
                verdict=Verdict.REJECTED,
                project_id="prj_1",
                task_id="tsk_r",
                contractor_id=contractor_id,
                vendor_id=vendor_id,
                reason="FAILED_GOLD",
                decided_at=DECIDED_AT,
            )
        ]
    )


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


async def test_a_document_tells_all_of_a_statement_and_never_changes(rail: ServedRail) -> None:
    """G17, C20: rejected work is told with its reason and until when it can be appealed."""
    await rail.funded()
    await rail.contractors("ctr_d")
    await rail.accept("ctr_d", 3)
    await reject(rail, "asn_bad", "ctr_d", "")
    await rail.close()
    (statement,) = await rail.statements()
    own = rail.payee("ctr_d")
    first = await paper(rail, statement.statement_id, token=own)
    assert hashlib.sha256(first.content).hexdigest() == statement.document_hash
    assert first.document_hash == statement.document_hash
    content = json.loads(first.content)
    assert content["statement_hash"] == statement.hash
    assert content["answers"] == {"accepted": 3, "rejected": 1}
    (rejected,) = content["rejected"]
    assert (rejected["assignment_id"], rejected["reason"]) == ("asn_bad", "FAILED_GOLD")
    assert rejected["appeal_until"] == "2026-11-27T12:00:00.000Z"
    assert content["prices"] == {
        "pay_units": 3_000_000,
        "commission_units": 0,
        "fee_units": 600_000,
        "benefits_units": 0,
        "client_units": 3_600_000,
    }
    assert (content["total_minor"], content["payee"]["country"]) == (300, "US")

    pdfs = [await paper(rail, statement.statement_id, PDF, token=own) for _ in range(2)]
    assert pdfs[0].content == pdfs[1].content
    assert pdfs[0].filename.endswith(".pdf")
    text = text_of(pdfs[0].content)
    for part in (statement.statement_id, "3.00 USD", "asn_bad", "27 November 2026"):
        assert part in text
    french = await paper(rail, statement.statement_id, PDF, token=own, language="fr")
    assert "3,00 USD" in text_of(french.content)
    table = await paper(rail, statement.statement_id, CSV, token=own)
    rows = list(csv.DictReader(io.StringIO(table.content.decode())))
    assert [(row["kind"], row["answers"], row["pay_units"]) for row in rows] == [
        ("work", "3", "3000000")
    ]

    # What comes later is on a later one, and what was told is not told again.
    await rail.take_back(["asn_0"], contractor_id="ctr_d")
    await rail.accept("ctr_d", 2)
    await rail.close()
    assert (await paper(rail, statement.statement_id, token=own)).content == first.content
    later = json.loads(
        (await paper(rail, (await rail.statements())[0].statement_id, token=own)).content
    )
    assert [one["assignment_id"] for one in later["rejected"]] == ["asn_0"]


async def test_a_vendors_contractor_gets_the_own_part_alone(rail: ServedRail) -> None:
    await rail.funded()
    await rail.vendors("org_v1")
    await rail.contractors("ctr_1", "ctr_2", vendor_id="org_v1")
    await rail.accept_each(["ctr_1"] * 2 + ["ctr_2"] * 3, vendor_id="org_v1")
    await reject(rail, "asn_1_bad", "ctr_1", "org_v1")
    await reject(rail, "asn_2_bad", "ctr_2", "org_v1")
    await rail.close()
    (statement,) = await rail.statements()
    whole = json.loads(
        (await paper(rail, statement.statement_id, token=rail.payee("org_v1"))).content
    )
    assert len(whole["lines"]) == 2
    assert whole["answers"] == {"accepted": 5, "rejected": 2}
    mine = await paper(rail, statement.statement_id, token=rail.payee("ctr_1"))
    part = json.loads(mine.content)
    assert b"ctr_2" not in mine.content
    assert b"asn_2_bad" not in mine.content
    assert part["total_units"] == 2_000_000
    assert part["part_of"]["document_hash"] == statement.document_hash
    assert [one["assignment_id"] for one in part["rejected"]] == ["asn_1_bad"]
    page = await paper(rail, statement.statement_id, PDF, token=rail.payee("ctr_1"))
    assert "Part of a statement" in text_of(page.content)
    await rail.contractors("ctr_else")
    request = pb.GetStatementDocumentRequest(statement_id=statement.statement_id, format=JSON)
    for stranger in ("ctr_else", "org_other"):
        found = await refusal(rail.stub.GetStatementDocument, request, token=rail.payee(stranger))
        assert found.reason == "STATEMENT_NOT_FOUND"


async def test_people_are_named_on_papers_as_they_were_and_names_can_be_erased(
    rail: ServedRail,
) -> None:
    """G17: names stand beside the frozen document, proven by it, and go without touching it."""
    names = rail.parts.names.names
    await rail.funded(name="Birds in photos")
    await rail.vendors("org_v1")
    await rail.contractors("ctr_1", "ctr_2", vendor_id="org_v1")
    await rail.contractors("ctr_d")
    # News comes twice, and an older one after a newer.
    await names.contractors_named([("ctr_1", 2, "Ada Obi"), ("ctr_d", 1, "Dana Doe")])
    await names.contractors_named([("ctr_1", 1, "Ada Young"), ("ctr_1", 2, "Ada Obi")])
    await names.contractors_named([("ctr_2", 1, "Ben Mwangi")])
    await rail.accept_each(["ctr_1"] * 2 + ["ctr_2"] * 3, vendor_id="org_v1")
    await rail.accept("ctr_d", 3)
    await rail.close()
    found = {one.payee_id: one.statement_id for one in await rail.statements()}
    of_vendor, of_person = found["org_v1"], found["ctr_d"]
    body = (await paper(rail, of_vendor, token=rail.payee("org_v1"))).content
    assert not [name for name in (b"Ada", b"Ben") if name in body]

    async def shown(statement_id: str, payee: str) -> str:
        page = await paper(rail, statement_id, PDF, token=rail.payee(payee))
        return " ".join(text_of(page.content).split())

    whole = await shown(of_vendor, "org_v1")
    assert "Ada Obi ctr_1" in whole
    assert "Ben Mwangi ctr_2" in whole
    assert "Birds in photos prj_1" in whole
    assert "Ada Young" not in whole
    assert "Dana Doe contractor ctr_d" in await shown(of_person, "ctr_d")
    own = await shown(of_vendor, "ctr_2")
    assert "Ben Mwangi contractor ctr_2" in own
    assert "Ada" not in own
    table = await paper(rail, of_vendor, CSV, token=rail.payee("org_v1"))
    rows = csv.DictReader(io.StringIO(table.content.decode()))
    assert sorted(row["contractor_name"] for row in rows) == ["Ada Obi", "Ben Mwangi"]

    # Whoever is called otherwise later, is called so on later papers.
    await names.contractors_named([("ctr_1", 3, "Ada Okafor")])
    assert await shown(of_vendor, "org_v1") == whole
    people = rail.rpc.database.collection(CONTRACTOR_NAMES)
    await people.update_one({"_id": "ctr_2:1"}, {"$set": {"name": "Eve"}})
    request = pb.GetStatementDocumentRequest(statement_id=of_vendor, format=PDF)
    refused = await refusal(rail.stub.GetStatementDocument, request, token=rail.payee("org_v1"))
    assert refused.reason == "NAME_ALTERED"

    await people.delete_many({"contractor_id": {"$in": ["ctr_1", "ctr_2"]}})
    erased = await shown(of_vendor, "org_v1")
    assert "the name is not kept any more" in erased
    assert "ctr_1" in erased
    for name in ("Ada", "Ben", "Eve"):
        assert name not in erased
    assert (await paper(rail, of_vendor, token=rail.payee("org_v1"))).content == body


async def test_a_vendor_is_named_by_the_best_that_is_known(rail: ServedRail) -> None:
    """As certified, else as it applied, else as it registered, else by its id alone."""
    await rail.funded()
    ids = ["org_v1", "org_v2", "org_v3", "org_v4"]
    for vendor_id in ids:
        await rail.vendors(vendor_id)
        await rail.contractors(f"ctr_{vendor_id}", vendor_id=vendor_id)
        await rail.accept(f"ctr_{vendor_id}", 1, vendor_id=vendor_id)
    news = rail.parts.ledger.projections
    applied = {"country": "US", "state": "APPROVED", "version": 2}
    await news.vendors_changed(
        [{"_id": one, "legal_name": f"{one} Ltd", **applied} for one in ids[:2]]
    )
    await rail.parts.names.names.organisations_registered(
        [{"_id": one, "name": f"{one} & Co", "version": 1} for one in ids[:3]]
    )
    certify = pb.CertifyTaxIdentityRequest(
        request_id=str(uuid.uuid4()),
        form=types_pb2.TAX_FORM_W9,
        country="US",
        id_type=types_pb2.TAX_ID_TYPE_EIN,
        number="12-3456789",
        legal_name="First, Inc.",
        certified=True,
    )
    await rail.send(rail.stub.CertifyTaxIdentity, certify, token=rail.payee("org_v1"))
    await rail.close()
    told = {}
    for one in await rail.statements():
        content = json.loads((await paper(rail, one.statement_id)).content)
        told[one.payee_id] = content["payee"]["name"]
        assert content["issuer"]["name"] == "Crewline"
    assert told == {
        "org_v1": "First, Inc.", "org_v2": "org_v2 Ltd", "org_v3": "org_v3 & Co", "org_v4": "",
    }  # fmt: skip


async def test_a_document_that_was_altered_is_not_shown(rail: ServedRail) -> None:
    """G17: whoever changes what was frozen is found out, not believed."""
    await rail.funded()
    await rail.contractors("ctr_d")
    await rail.accept("ctr_d", 3)
    await rail.close()
    (statement,) = await rail.statements()
    documents = rail.rpc.database.collection(STATEMENT_DOCUMENTS)
    altered = await documents.update_one(
        {"_id": statement.statement_id}, {"$set": {"hash": "0" * 64}}
    )
    assert altered.modified_count == 1
    request = pb.GetStatementDocumentRequest(statement_id=statement.statement_id, format=JSON)
    found = await refusal(rail.stub.GetStatementDocument, request, token=rail.payee("ctr_d"))
    assert found.reason == "STATEMENT_ALTERED"


@pytest.fixture
def withholding() -> dict[str, Any]:
    return {
        "tax_form_countries": frozenset({"US"}),
        "withholding_rules": [
            {
                "name": "backup",
                "authority": "irs",
                "rate_bps": 2400,
                "source": "a fictional table",
                "valid_from": "2020-01-01",
                "country": "US",
            }
        ],
    }


async def test_tax_is_withheld_as_a_line_and_payment_waits_for_the_form(
    rpc: RpcHarness, sandbox: Any, withholding: dict[str, Any]
) -> None:
    """The money is owed to the authority from the statement on; the rest waits for the form."""
    async with rail_running(rpc, sandbox, **withholding) as rail:
        await rail.funded()
        await rail.contractors("ctr_d")
        await rail.accept("ctr_d", 3)
        await rail.open_account("ctr_d")
        period = await rail.close()
        await rail.pay(period.pay_period_id)
        (statement,) = await rail.until_all("FAILED")
        assert (statement.unpaid.code, list(statement.unpaid.ways_out)) == (
            "TAX_FORM_MISSING", [types_pb2.WAY_OUT_TAX_FORM],
        )  # fmt: skip
        assert statement.total_minor == 300 - 72
        assert [(one.rule, one.amount_minor) for one in statement.withheld] == [("backup", 72)]
        ledger = rail.parts.ledger.store
        assert await ledger.balances(["tax:irs:withheld:USD"]) == {"tax:irs:withheld:USD": -720_000}
        certify = pb.CertifyTaxIdentityRequest(
            request_id=str(uuid.uuid4()),
            form=types_pb2.TAX_FORM_W9,
            country="US",
            id_type=types_pb2.TAX_ID_TYPE_SSN,
            number="123-45-6789",
            legal_name="Dana Doe",
            certified=True,
        )
        await rail.send(rail.stub.CertifyTaxIdentity, certify, token=rail.payee("ctr_d"))
        # The form makes the payment due at once.
        await rail.parts.calendars.pay_runs.turn()
        await rail.until_all("PAID")
        assert (await rail.check_books())["paid_out_minor"] == 228
        await _remitted(rail)
        # With a form nothing is withheld, and the name is on the next statement.
        await rail.accept("ctr_d", 1)
        await rail.close()
        newest = (await rail.statements())[0]
        assert (newest.total_minor, list(newest.withheld)) == (100, [])
        told = json.loads(
            (await paper(rail, newest.statement_id, token=rail.payee("ctr_d"))).content
        )
        assert told["payee"]["name"] == "Dana Doe"
        assert "123456789" not in repr(await rpc.contents())


async def test_what_taxes_leave_of_a_step_is_carried_on_and_stated_later(
    rpc: RpcHarness, sandbox: Any, withholding: dict[str, Any]
) -> None:
    """G8: of forint, whole ones after taxes; what is less stays in its account, all told."""
    async with rail_running(rpc, sandbox, **withholding) as rail:
        await rail.send(rail.stub.CreateDeposit, depositing(500_000, currency="HUF"))
        client = rpc.mint.token("CLIENT", organisation_id=CLIENT)
        for project_id, pay_minor in (("prj_1", 12_345), ("prj_2", 120)):
            await rail.project(project_id, currency="HUF", pay_units=pay_minor * 10_000)
            funding = pb.FundProjectRequest(
                request_id=str(uuid.uuid4()),
                project_id=project_id,
                amount=common_pb2.Money(amount_minor=100_000, currency="HUF"),
            )
            await rail.send(rail.stub.FundProject, funding, token=client)
        await rail.contractors("ctr_d", "ctr_s")

        async def stated() -> list[tuple[str, int, int]]:
            await rail.accept("ctr_s", 1, project_id="prj_2")
            period = await rail.close()
            while await rail.parts.ledger.statement_audit.turn():
                pass
            audit = rail.parts.ledger.statement_audit
            assert await rail.transactions.run(audit.findings) == []
            found = await rail.statements(period_id=period.pay_period_id)
            return [(one.payee_id, one.total_minor, one.rest_units) for one in found]

        await rail.accept("ctr_d", 3)
        # Of 370.35 are 369.73 stated and 88.73 withheld; of 1.20 taxes leave less than a forint.
        assert await stated() == [("ctr_d", 28_100, 62 * 10_000)]
        # Of 2.40 are 1.31 stated and 0.31 withheld.
        assert await stated() == [("ctr_s", 100, 109 * 10_000)]


async def _remitted(rail: ServedRail) -> None:
    """What was withheld goes to its authority once, and no more of it than there is."""

    def remitting(amount_minor: int, reference: str) -> pb.RecordTaxRemittanceRequest:
        return pb.RecordTaxRemittanceRequest(
            request_id=str(uuid.uuid4()),
            authority="irs",
            amount=common_pb2.Money(amount_minor=amount_minor, currency="USD"),
            paid_from="manual_csv",
            reference=reference,
        )

    for _ in range(2):
        await rail.send(rail.stub.RecordTaxRemittance, remitting(50, "2026-Q4"))
    account = "tax:irs:withheld:USD"
    assert await rail.parts.ledger.store.balances([account]) == {account: -220_000}
    for request, reason in (
        (remitting(23, "2026-Q4b"), "INSUFFICIENT_FUNDS"),
        (remitting(22, "2026-Q4"), "ENTRY_CONFLICT"),
    ):
        found = await refusal(rail.stub.RecordTaxRemittance, request, token=rail.operator())
        assert found.reason == reason
