"""What an operator does on the pages, and what they see of the system."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from crewline.common.v1 import types_pb2 as common_types
from crewline.payouts.v1 import erasures_pb2
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.vendors.v1 import service_pb2 as vendors_pb2
from crewline.vendors.v1 import types_pb2 as vendors_types
from tests.rpc.web import samples, samples_of_vendors
from tests.rpc.web.conftest import Browser, RunSite
from tests.rpc.web.world import World

METRICS = b"""\
# TYPE crewline_outbox_rows gauge
crewline_outbox_rows 17
# TYPE crewline_rpc_total counter
crewline_rpc_total{method="/a/B",code="OK"} 1200
crewline_rpc_total{method="/a/B",code="INTERNAL"} 3
crewline_rpc_total{method="/a/B",code="NOT_FOUND"} 40
# TYPE crewline_consumer_pending gauge
crewline_consumer_pending{consumer="broker_decided"} 250
# TYPE crewline_consumer_messages_total counter
crewline_consumer_messages_total{consumer="broker_decided",outcome="acked"} 900
crewline_consumer_messages_total{consumer="broker_decided",outcome="dead"} 2
"""


@pytest.fixture
async def operator(browser: Browser) -> Browser:
    samples.fill(browser.world)
    await browser.sign_in("OPERATOR")
    return browser


async def test_vendors_who_wait_come_first(operator: Browser) -> None:
    await operator.get("/operator/vendors")
    await operator.get("/operator/vendors?state=suspended")
    await operator.get("/operator/vendors?state=nonsense")
    states = [asked.state for asked in operator.world.requests("ListVendors")]
    assert states == [
        vendors_types.VENDOR_STATE_APPLIED,
        vendors_types.VENDOR_STATE_SUSPENDED,
        vendors_types.VENDOR_STATE_APPLIED,
    ]


@pytest.mark.parametrize("step", ["approve", "reject", "suspend", "reinstate"])
async def test_each_decision_is_its_rpc_with_its_reason(operator: Browser, step: str) -> None:
    rpc = f"{step.capitalize()}Vendor"
    operator.world.answers[rpc] = lambda _: getattr(vendors_pb2, f"{rpc}Response")()
    answer = await operator.send(
        "/operator/vendors", f"/operator/vendors/org_2/{step}", reason="papers seen"
    )
    assert answer.headers["location"] == "/operator/vendors/org_2"
    (asked,) = operator.world.requests(rpc)
    assert (asked.vendor_id, asked.reason) == ("org_2", "papers seen")
    assert (
        await operator.send("/operator/vendors", "/operator/vendors/org_2/x")
    ).status_code == 404


async def test_a_deposit_is_asked_for_in_minor_units(operator: Browser) -> None:
    operator.world.answers["CreateDeposit"] = lambda _: payouts_pb2.CreateDepositResponse(
        topup_id="tu_1", status="pending"
    )
    at = "/operator/organisations/org_client"
    answer = await operator.send(at, f"{at}/deposits", amount="5000", currency="EUR")
    assert answer.headers["location"] == at
    (asked,) = operator.world.requests("CreateDeposit")
    assert asked.client_id == "org_client"
    assert asked.amount == common_types.Money(amount_minor=500_000, currency="EUR")
    wrong = await operator.send(at, f"{at}/deposits", amount="-5", currency="EUR")
    assert wrong.status_code == 422
    assert len(operator.world.requests("CreateDeposit")) == 1


async def test_a_period_is_closed_and_paid(operator: Browser) -> None:
    operator.world.answers["ClosePayPeriod"] = lambda _: payouts_pb2.ClosePayPeriodResponse()
    operator.world.answers["PayStatements"] = lambda _: payouts_pb2.PayStatementsResponse(
        instructions=9
    )
    await operator.send("/operator/periods", "/operator/periods", minimum="25")
    (asked,) = operator.world.requests("ClosePayPeriod")
    assert asked.minimum_minor == 2_500
    assert not asked.HasField("end_time")
    await operator.send("/operator/periods", "/operator/periods/per_2/pay")
    assert "9 payments are on their way." in (await operator.get("/operator/periods")).text
    assert operator.world.requests("PayStatements")[0].pay_period_id == "per_2"


async def test_a_large_period_is_paid_in_parts_and_the_form_again_is_the_same_parts(
    operator: Browser,
) -> None:
    """Every part is a request of its own, and a form that is sent twice repeats each of them."""

    def pay(request: Any) -> Any:
        rest = {"": "a", "a": "b", "b": ""}[request.resume_after]
        return payouts_pb2.PayStatementsResponse(instructions=3, resume_after=rest)

    operator.world.answers["PayStatements"] = pay
    form = {"request_id": "3d1a6fb6-1a3c-4b56-8b8b-2f5e6a0c7d11"}
    for _ in range(2):
        await operator.send("/operator/periods", "/operator/periods/per_2/pay", **form)
    assert "9 payments are on their way." in (await operator.get("/operator/periods")).text
    asked = operator.world.requests("PayStatements")
    assert [one.resume_after for one in asked] == ["", "a", "b"] * 2
    assert len({one.request_id for one in asked[:3]}) == 3
    assert asked[:3] == asked[3:]


async def test_a_period_that_is_larger_than_one_page_pays_says_what_is_left(
    operator: Browser,
) -> None:
    left = itertools.count(100_200, -1_000)

    def pay(request: Any) -> Any:
        return payouts_pb2.PayStatementsResponse(
            instructions=1_000, resume_after="more", remaining=next(left)
        )

    operator.world.answers["PayStatements"] = pay
    await operator.send("/operator/periods", "/operator/periods/per_2/pay")
    page = (await operator.get("/operator/periods")).text
    assert len(operator.world.requests("PayStatements")) == 100
    assert "100000 payments are on their way." in page
    assert "1200 statements were not looked at yet: pay again." in page


async def test_a_currency_that_nobody_can_read_agrees_with_nothing(operator: Browser) -> None:
    operator.world.answers["GetReconciliation"] = lambda _: payouts_pb2.GetReconciliationResponse(
        lines=[
            payouts_pb2.ReconciliationLine(rail="stripe", currency="USD", has_provider=True),
            payouts_pb2.ReconciliationLine(rail="stripe", currency="USDC", provider_unknown=True),
        ]
    )
    books = (await operator.get("/operator/books")).text
    assert "The ledger does not agree with Stripe." in books
    assert '<span class="badge bad">?</span>' in books


async def test_books_that_are_wrong_are_red(operator: Browser) -> None:
    good = (await operator.get("/operator/books")).text
    assert "The books balance." in good
    assert "The ledger agrees with Stripe." in good
    operator.world.answers["GetTrialBalance"] = lambda _: payouts_pb2.GetTrialBalanceResponse(
        totals=[common_types.Money(amount_minor=1, currency="USD")]
    )
    operator.world.answers["GetReconciliation"] = lambda _: payouts_pb2.GetReconciliationResponse(
        lines=[
            payouts_pb2.ReconciliationLine(
                rail="stripe", currency="USD", ledger_platform_minor=5, has_provider=True
            )
        ]
    )
    operator.world.answers["GetBooksCheck"] = lambda _: payouts_pb2.GetBooksCheckResponse(
        findings=[
            payouts_pb2.BookFinding(
                fault=payouts_pb2.BOOK_FAULT_MISSTATED,
                account="platform:fees:USD",
                currency="USD",
                expected_units=-50_000,
                found_units=-6_000_000,
            ),
            payouts_pb2.BookFinding(
                fault=payouts_pb2.BOOK_FAULT_BLOCK_ENTRIES,
                block_number=7,
                expected_units=500,
                found_units=499,
            ),
        ]
    )
    bad = (await operator.get("/operator/books")).text
    assert "platform:fees:USD" in bad
    assert "#7" in bad
    assert ">499<" in bad
    assert "No pay period closes until this is mended." in bad
    assert "The books do not balance." in bad
    assert "The ledger does not agree with Stripe." in bad
    assert '<p class="alert good">' not in bad


async def test_the_system_page_reads_the_services_metrics(run_site: RunSite, world: World) -> None:
    samples.fill(world)
    async with _exposition(METRICS) as broker, _exposition(b"not metrics {{{") as quality:
        urls = {"broker": broker, "quality": quality, "payouts": "http://127.0.0.1:1/metrics"}
        async with run_site(metrics_urls=urls, grafana_url="https://grafana.test/d/1") as operator:
            await operator.sign_in("OPERATOR")
            page = (await operator.get("/operator/system")).text
    row = page[page.index(">broker<") :]
    row = row[: row.index("</tr>")]
    assert "1,243" in row  # calls
    assert ">3<" in row  # by our fault
    assert ">17<" in row  # to be published
    assert "Needs a look" in row
    lag = page[page.index("broker_decided") :]
    assert ">250<" in lag
    assert '<span class="badge bad">2</span>' in lag
    for name in ("quality", "payouts"):  # one that shows nothing costs the others nothing
        row = page[page.index(f">{name}<") :]
        assert "No metrics" in row[: row.index("</tr>")]
    assert "address not set" in page[page.index(">accounts<") :]
    assert 'href="https://grafana.test/d/1"' in page


@asynccontextmanager
async def _exposition(body: bytes) -> AsyncIterator[str]:
    """A server that shows these metrics; its address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/metrics"


async def test_somebody_who_has_left_is_erased_with_a_reason(operator: Browser) -> None:
    at = "/operator/contractors/con_1"
    gone = vendors_types.CONTRACTOR_STATE_OFFBOARDED

    def is_now(**given: Any) -> None:
        found = samples_of_vendors.contractor(1, given.pop("name", "Wanjiru"), **given)
        operator.world.answers["GetContractor"] = lambda _: vendors_pb2.GetContractorResponse(
            contractor=found
        )

    operator.world.answers["EraseContractor"] = lambda _: vendors_pb2.EraseContractorResponse()
    assert f"{at}/erase" not in (await operator.get(at)).text  # who is at work is not erased
    is_now(state=gone)
    answer = await operator.send(at, f"{at}/erase", reason="letter 12")
    assert answer.headers["location"] == at
    (asked,) = operator.world.requests("EraseContractor")
    assert (asked.contractor_id, asked.reason) == ("con_1", "letter 12")

    wanted = vendors_types.ContractorErasure(ask_time=samples.moment(60), reason="letter 12")
    is_now(state=gone, erasure=wanted)
    operator.world.answers["GetErasureProgress"] = lambda _: (
        erasures_pb2.GetErasureProgressResponse(
            progress=erasures_pb2.ErasureProgress(
                hurdles=[
                    erasures_pb2.ErasureHurdleFound(
                        hurdle=erasures_pb2.ERASURE_HURDLE_BENEFITS,
                        amount=common_types.Money(amount_minor=1234, currency="USD"),
                    )
                ]
            )
        )
    )
    page = (await operator.get(at)).text
    assert "In the benefits account: US$12.34" in page
    assert "letter 12" in page
    assert f"{at}/erase" not in page

    wanted.erase_time.CopyFrom(samples.moment(1))
    is_now(name="", external_id="", state=gone, erasure=wanted)
    page = (await operator.get(at)).text
    assert "<h1>con_1</h1>" in page
    assert f"{at}/region" not in page
