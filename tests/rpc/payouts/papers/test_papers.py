"""Receipts, invoices and credit notes: what they say is what was booked, and stays so."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.grpc_errors import RemoteError
from services.chassis.timestamps import timestamp
from services.payouts.domain.papers.papers import month_start, next_month
from services.payouts.store.papers.billing import BILLING, BILLING_COLLECTIONS
from services.payouts.store.papers.papers import PAPERS
from tests.contract.sandbox_process import SandboxProcess
from tests.rpc.harness import RpcHarness
from tests.rpc.payouts.served_rail import CLIENT, ServedRail, rail_running

ISSUER = ("Crewline Ltd", "1 Quay Street", "Bristol")


@pytest.fixture
async def rail(rpc: RpcHarness, sandbox: SandboxProcess) -> AsyncIterator[ServedRail]:
    """Payouts that invoice at once, with a tax of 20 %."""
    settings: dict[str, Any] = {
        "invoice_settled_seconds": 0,
        "invoice_issuer": ISSUER,
        "invoice_issuer_tax_number": "GB 9",
        "invoice_issuer_registration": "Companies House 7",
        "invoice_notes": ("Supplied by electronic means.",),
        "invoice_tax_name": "VAT",
        "invoice_tax_bps": 2000,
    }
    async with rail_running(rpc, sandbox, **settings) as served:
        yield served


def client(rail: ServedRail, organisation_id: str = CLIENT) -> str:
    return rail.rpc.mint.token("CLIENT", organisation_id=organisation_id)


def stating(**changes: Any) -> pb.SetBillingParticularsRequest:
    values: dict[str, Any] = {
        "name": "Ada Söhne GmbH",
        "lines": ["Grünstraße 5"],
        "postal_code": "10179",
        "city": "Berlin",
        "country": "DE",
        "tax_number": "DE 123456789",
        "registration": "Amtsgericht Charlottenburg HRB 1",
        "email": "billing@ada.example",
        "purchase_order": "PO-7",
        **changes,
    }
    return pb.SetBillingParticularsRequest(
        request_id=str(uuid.uuid4()), particulars=types_pb2.BillingParticulars(**values)
    )


async def named(rail: ServedRail, **changes: Any) -> types_pb2.BillingParticulars:
    answer = await rail.send(
        rail.stub.SetBillingParticulars, stating(**changes), token=client(rail)
    )
    said: types_pb2.BillingParticulars = answer.particulars
    return said


async def known(rail: ServedRail, token: str, client_id: str = "") -> types_pb2.BillingParticulars:
    request = pb.GetBillingParticularsRequest(client_id=client_id)
    answer = await rail.send(rail.stub.GetBillingParticulars, request, token=token)
    said: types_pb2.BillingParticulars = answer.particulars
    return said


async def receipt(rail: ServedRail, amount_minor: int) -> types_pb2.Paper:
    """Of money that comes in now."""
    deposit = await rail.deposit(amount_minor)
    await rail.parts.rail.deposits.drive(deposit.deposit_id)
    listed = await rail.send(rail.stub.ListReceipts, pb.ListReceiptsRequest(), token=client(rail))
    (found,) = (one for one in listed.receipts if one.source_id == deposit.deposit_id)
    request = pb.GetReceiptRequest(paper_id=found.paper_id)
    paper: types_pb2.Paper = (
        await rail.send(rail.stub.GetReceipt, request, token=client(rail))
    ).receipt
    return paper


async def invoice(rail: ServedRail, **changes: Any) -> types_pb2.Paper:
    request = pb.CreateInvoiceRequest(
        request_id=str(uuid.uuid4()), client_id=CLIENT, currency="USD", **changes
    )
    answer = await rail.send(rail.stub.CreateInvoice, request)
    return await whole(rail, answer.invoice.paper_id)


async def whole(rail: ServedRail, paper_id: str, *, token: str = "") -> types_pb2.Paper:
    request = pb.GetInvoiceRequest(paper_id=paper_id)
    answer = await rail.send(rail.stub.GetInvoice, request, token=token or client(rail))
    paper: types_pb2.Paper = answer.invoice
    return paper


async def text_of(rail: ServedRail, paper_id: str) -> str:
    request = pb.GetPaperFileRequest(paper_id=paper_id)
    first = await rail.send(rail.stub.GetPaperFile, request, token=client(rail))
    again = await rail.send(rail.stub.GetPaperFile, request, token=client(rail))
    assert first.pdf == again.pdf
    pages = PdfReader(io.BytesIO(first.pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


async def refusal_of(call: Any) -> str:
    with pytest.raises(RemoteError) as refusal:
        await call
    return refusal.value.reason


async def credit(rail: ServedRail, paper_id: str, amount_minor: int) -> types_pb2.Paper:
    request = pb.CreateCreditNoteRequest(
        request_id=str(uuid.uuid4()),
        paper_id=paper_id,
        amount=common_pb2.Money(amount_minor=amount_minor, currency="USD"),
        reason="two answers were yours",
    )
    answer = await rail.send(rail.stub.CreateCreditNote, request)
    paper: types_pb2.Paper = answer.credit_note
    return paper


async def test_everything_that_comes_in_has_one_receipt(rail: ServedRail) -> None:
    """G17: one receipt an arrival, with numbers without gaps, readable, hashed and frozen."""
    await named(rail)
    deposits = await asyncio.gather(*(rail.deposit(1_000 + place) for place in range(3)))
    await asyncio.gather(*(rail.parts.rail.deposits.drive(one.deposit_id) for one in deposits))
    listed = await rail.send(rail.stub.ListReceipts, pb.ListReceiptsRequest(), token=client(rail))
    receipts = list(listed.receipts)
    assert sorted(one.number for one in receipts) == ["R-000001", "R-000002", "R-000003"]
    assert {one.source_id for one in receipts} == {one.deposit_id for one in deposits}
    assert {one.content for one in receipts} == {""}

    request = pb.GetReceiptRequest(paper_id=receipts[0].paper_id)
    found = (await rail.send(rail.stub.GetReceipt, request, token=client(rail))).receipt
    said = json.loads(found.content)
    assert hashlib.sha256(found.content.encode()).hexdigest() == found.sha256
    assert said["issuer"]["name"] == ISSUER[0]
    assert (said["client"]["lines"], said["client"]["city"]) == (["Grünstraße 5"], "Berlin")
    assert said["amount_minor"] == found.total.amount_minor
    text = await text_of(rail, found.paper_id)
    for shown in (
        "Crewline Ltd",
        "Ada Söhne GmbH",
        "Tax number DE 123456789",
        found.sha256,
        "10.0",
    ):
        assert shown in text
    other = rail.send(rail.stub.GetReceipt, request, token=client(rail, "org_other"))
    assert await refusal_of(other) == "PAPER_NOT_FOUND"
    file = pb.GetPaperFileRequest(paper_id=found.paper_id)
    other = rail.send(rail.stub.GetPaperFile, file, token=client(rail, "org_other"))
    assert await refusal_of(other) == "PAPER_NOT_FOUND"
    # What anybody changes in the database is not shown as what was frozen.
    await rail.rpc.database.collection(PAPERS).update_one(
        {"_id": found.paper_id}, {"$set": {"content": found.content.replace("Berlin", "Bonn")}}
    )
    changed = rail.send(rail.stub.GetReceipt, request, token=client(rail))
    assert await refusal_of(changed) == "PAPER_ALTERED"


async def test_an_invoice_is_what_the_projects_really_cost(rail: ServedRail) -> None:
    """G14, G17: accruals less what was taken back, by project and by who got it; each once."""
    await named(rail)
    await rail.funded(hold_minor=100_000, name="Birds in photos")
    await rail.vendors("org_v")
    await rail.contractors("ctr_1")
    await rail.contractors("ctr_2", vendor_id="org_v")
    direct = await rail.accept("ctr_1", 5)
    await rail.accept("ctr_2", 3, vendor_id="org_v")
    await rail.take_back(direct[:2], contractor_id="ctr_1")

    made = await invoice(rail)
    said = json.loads(made.content)
    (line,) = said["lines"]
    spent = await rail.send(
        rail.stub.GetProjectCost, pb.GetProjectCostRequest(project_id="prj_1"), token=client(rail)
    )
    assert (line["answers"], line["total_units"]) == (6, spent.spent_units)
    assert line["platform_fee_units"] == spent.platform_fee_units
    parts = (
        "contractor_pay_units", "vendor_commission_units", "platform_fee_units", "benefits_units",
        "floor_top_ups_units", "borne_by_platform_units",
    )  # fmt: skip
    assert sum(line[name] for name in parts) == line["total_units"] == said["total_units"]
    assert line["contractor_pay_units"] == 6 * 100 * 10_000
    assert line["vendor_commission_units"] == 3 * 10 * 10_000
    held = await rail.parts.ledger.store.balances([f"client:{CLIENT}:project:prj_1:held:USD"])
    assert -sum(held.values()) == 100_000 * 10_000 - said["total_units"]
    net = said["net_minor"]
    assert (said["gross_minor"], said["due_minor"]) == (net + net // 5, net // 5)
    assert made.total.amount_minor == said["gross_minor"]
    text = await text_of(rail, made.paper_id)
    for shown in ("Invoice INV-000001", "prj_1", "Contractors 6.00", "VAT 20 %", "6.00 USD"):
        assert shown.split()[-1] in text
    assert line["project_name"] == "Birds in photos"
    for shown in (
        "Crewline Ltd 1 Quay Street Bristol Tax number GB 9 Companies House 7",
        "Ada Söhne GmbH Grünstraße 5 10179 Berlin Germany Tax number DE 123456789",
        "Purchase order PO-7", "Birds in photos prj_1", "Supplied by electronic means.",
    ):  # fmt: skip
        assert shown in text
    assert "billing@ada.example" not in made.content

    # What is invoiced is not invoiced again; what comes later is on the next.
    assert await refusal_of(invoice(rail)) == "NOTHING_TO_INVOICE"
    await rail.accept("ctr_1", 1)
    second = await invoice(rail)
    assert (second.number, json.loads(second.content)["lines"][0]["answers"]) == ("INV-000002", 1)
    assert second.start_time.ToDatetime() >= made.end_time.ToDatetime()
    early = invoice(rail, end_time=made.end_time)
    assert await refusal_of(early) == "INVOICE_SPAN_INVALID"
    early = invoice(rail, end_time=timestamp(datetime(2999, 1, 1, tzinfo=UTC)))
    assert await refusal_of(early) == "INVOICE_SPAN_INVALID"
    other = whole(rail, made.paper_id, token=client(rail, "org_other"))
    assert await refusal_of(other) == "PAPER_NOT_FOUND"

    # The platform bore an answer that had been paid, and has it back: the client pays it once.
    await rail.close()
    await rail.take_back(direct[2:3], contractor_id="ctr_1")
    await rail.accept_again(direct[2:3], contractor_id="ctr_1")
    await rail.accept("ctr_1", 1)
    (line,) = json.loads((await invoice(rail)).content)["lines"]
    assert (line["borne_by_platform_units"], line["total_units"]) == (0, 120 * 10_000)


async def test_details_are_versions_and_papers_keep_those_they_were_issued_with(
    rail: ServedRail,
) -> None:
    """G17: a change of name or address is on later papers; earlier ones stay, byte for byte."""
    before = await receipt(rail, 1_000)
    assert json.loads(before.content)["client"]["named_by"] == "id"
    assert "its id stands for it" in await text_of(rail, before.paper_id)
    assert (await known(rail, client(rail))).name == CLIENT

    # News of the organisation, and once more.
    for _ in range(2):
        await rail.parts.names.names.organisations_registered(
            [{"_id": CLIENT, "name": "Ada & Sons", "version": 1}]
        )
    registered = await receipt(rail, 1_001)
    text = await text_of(rail, registered.paper_id)
    assert "Ada & Sons" in text
    assert "it is named as it is registered" in text
    shown = await known(rail, client(rail))
    assert (shown.name, shown.version) == ("Ada & Sons", 0)

    first = await named(rail)
    assert (first.version, first.email) == (1, "billing@ada.example")
    old = await receipt(rail, 1_002)
    old_file = await text_of(rail, old.paper_id)
    second = await named(rail, name="Ada Enkel AG", city="Bonn", version=1)
    assert second.version == 2
    assert await refusal_of(named(rail, name="Too late", version=1)) == "BILLING_CHANGED"
    new = await receipt(rail, 1_003)
    assert "Ada Enkel AG" in await text_of(rail, new.paper_id)
    for paper in (before, registered, old):
        request = pb.GetReceiptRequest(paper_id=paper.paper_id)
        again = (await rail.send(rail.stub.GetReceipt, request, token=client(rail))).receipt
        assert (again.content, again.sha256) == (paper.content, paper.sha256)
    assert await text_of(rail, old.paper_id) == old_file
    assert "Ada Söhne GmbH" in old_file
    # Nothing of what was stated is changed; nobody else's is seen.
    kept = await rail.rpc.database.collection(BILLING).find({}).sort("version", 1).to_list(9)
    assert [(one["name"], one["version"]) for one in kept] == [
        ("Ada Söhne GmbH", 1), ("Ada Enkel AG", 2),
    ]  # fmt: skip
    strangers = known(rail, client(rail, "org_other"), CLIENT)
    assert await refusal_of(strangers) == "ACCOUNT_NOT_FOUND"
    assert (await known(rail, client(rail, "org_other"))).name == "org_other"
    assert (await known(rail, rail.operator(), CLIENT)).email == "billing@ada.example"


async def test_details_of_before_versions_hold_until_they_are_stated_anew(rail: ServedRail) -> None:
    """Of several clients: what was kept then has neither a version in its id nor the client's."""
    collection = rail.rpc.database.collection(BILLING)
    await collection.drop_indexes()
    for client_id, name in ((CLIENT, "Ada Ltd"), ("org_other", "Bo Ltd")):
        await collection.insert_one(
            {"_id": client_id, "name": name, "lines": ["1 Quay"], "tax_number": "GB 1",
             "version": 1}
        )  # fmt: skip
    await rail.rpc.database.ensure(BILLING_COLLECTIONS)
    old = await known(rail, client(rail))
    assert (old.name, list(old.lines), old.tax_number, old.version) == (
        "Ada Ltd",
        ["1 Quay"],
        "GB 1",
        1,
    )
    assert "Ada Ltd" in await text_of(rail, (await receipt(rail, 1_000)).paper_id)
    assert (await named(rail, version=1)).version == 2
    assert (await known(rail, client(rail))).name == "Ada Söhne GmbH"
    assert (await known(rail, client(rail, "org_other"))).name == "Bo Ltd"


async def test_of_details_stated_at_once_each_is_a_version(rail: ServedRail) -> None:
    said = await asyncio.gather(*(named(rail, city=f"City {place}") for place in range(3)))
    assert sorted(one.version for one in said) == [1, 2, 3]
    request = stating(name="Once")
    for _ in range(2):
        answer = await rail.send(rail.stub.SetBillingParticulars, request, token=client(rail))
        assert answer.particulars.version == 4


UNPRINTABLE: list[tuple[str, Any]] = [
    ("name", ""),
    ("name", " blank at its start"),
    ("name", "two\nlines"),
    ("name", "x" * 141),
    ("lines[1]", ["good", "tab\there"]),
    ("lines", ["x"] * 7),
    ("postal_code", "10179!"),
    ("city", "\x00"),
    ("country", "de"),
    ("country", "XX"),
    ("tax_number", "DE<b>"),
    ("tax_number", "9" * 41),
    ("registration", "y" * 141),
    ("email", "nobody"),
    ("purchase_order", "z" * 61),
    ("version", -1),
]


async def test_what_no_paper_can_carry_is_refused_by_field(rail: ServedRail) -> None:
    """Nothing is stated where one field is wrong."""
    for name, value in UNPRINTABLE:
        with pytest.raises(RemoteError) as refused:
            await named(rail, **{name.partition("[")[0]: value})
        fields = {one.field for one in refused.value.violations}
        assert (fields or {refused.value.metadata["field"]}) == {f"particulars.{name}"}, value
    assert (await known(rail, client(rail))).version == 0


async def test_a_clients_own_tax_is_on_invoices_from_then_on(rail: ServedRail) -> None:
    """The platform's rate is 20 %; another, or none and why, is an operator's to set."""

    async def taxed(**changes: Any) -> types_pb2.ClientTax:
        request = pb.SetClientTaxRequest(request_id=str(uuid.uuid4()), client_id=CLIENT, **changes)
        tax: types_pb2.ClientTax = (await rail.send(rail.stub.SetClientTax, request)).tax
        return tax

    await rail.funded(hold_minor=100_000)
    await rail.contractors("ctr_1")
    await rail.accept("ctr_1", 5)
    first = await invoice(rail)
    note = "Reverse charge: the recipient accounts for the tax."
    assert (await taxed(rate_bps=0, note=note)).version == 1
    await rail.accept("ctr_1", 5)
    reversed_charge = await invoice(rail)
    said = json.loads(reversed_charge.content)
    assert said["tax"] == {"name": "VAT", "rate_bps": 0, "amount_minor": 0, "note": note}
    assert reversed_charge.total.amount_minor == said["net_minor"] == said["paid_minor"]
    text = await text_of(rail, reversed_charge.paper_id)
    assert note in text
    assert "VAT" not in text
    # Without a rate the platform's own holds again.
    assert (await taxed()).version == 2
    await rail.accept("ctr_1", 5)
    third = json.loads((await invoice(rail)).content)
    assert (third["tax"]["rate_bps"], third["tax"]["note"]) == (2000, "")
    assert (await whole(rail, first.paper_id)).sha256 == first.sha256
    shown = await known(rail, client(rail))
    assert (shown.tax.version, shown.tax.HasField("rate_bps")) == (2, False)
    request = pb.SetClientTaxRequest(request_id=str(uuid.uuid4()), client_id=CLIENT, rate_bps=0)
    own = rail.send(rail.stub.SetClientTax, request, token=client(rail))
    assert await refusal_of(own) == "ROLE_NOT_ADMITTED"


async def test_a_credit_note_takes_no_more_than_its_invoice(rail: ServedRail) -> None:
    await rail.funded(hold_minor=100_000)
    await rail.contractors("ctr_1")
    await rail.accept("ctr_1", 5)
    made = await invoice(rail)
    total = made.total.amount_minor
    half = total // 2 + 1
    # Of two that are too much together, whichever comes first is the one.
    done = await asyncio.gather(
        credit(rail, made.paper_id, half), credit(rail, made.paper_id, half), return_exceptions=True
    )
    assert sorted(isinstance(one, RemoteError) for one in done) == [False, True]
    note = await credit(rail, made.paper_id, total - half)
    assert note.number == "CN-000002"
    assert await refusal_of(credit(rail, made.paper_id, 1)) == "CREDIT_TOO_LARGE"
    assert await refusal_of(credit(rail, note.paper_id, 1)) == "PAPER_NOT_FOUND"
    text = await text_of(rail, note.paper_id)
    assert "Corrects invoice INV-000001" in text
    assert "two answers were yours" in text
    listed = await rail.send(rail.stub.ListInvoices, pb.ListInvoicesRequest(), token=client(rail))
    assert [one.number for one in listed.invoices] == ["CN-000002", "CN-000001", "INV-000001"]
    assert sum(one.total.amount_minor for one in listed.invoices) == 0
    assert (await whole(rail, made.paper_id)).content == made.content


async def test_months_are_invoiced_when_they_are_over_and_once(rail: ServedRail) -> None:
    await rail.funded(hold_minor=100_000)
    await rail.contractors("ctr_1")
    await rail.accept("ctr_1", 2)
    papers = rail.parts.rail.funding.papers.papers
    listing = pb.ListInvoicesRequest()

    async def listed() -> list[types_pb2.Paper]:
        answer = await rail.send(rail.stub.ListInvoices, listing, token=client(rail))
        return list(answer.invoices)

    await papers.turn()
    assert await listed() == []
    now = datetime.now(UTC)
    later = next_month(month_start(now)) + timedelta(days=40)
    papers._clock = lambda: later
    await asyncio.gather(*(papers.turn() for _ in range(3)))
    (made,) = await listed()
    assert made.number == "INV-000001"
    assert made.start_time.ToDatetime(tzinfo=UTC) == month_start(now)
    assert made.end_time.ToDatetime(tzinfo=UTC) == next_month(month_start(now))
