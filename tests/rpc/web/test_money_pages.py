"""What operators do about money on the pages: refunds, conversions, and files for a bank."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from crewline.common.v1 import types_pb2 as common
from crewline.payouts.v1 import service_pb2 as payouts
from crewline.payouts.v1 import types_pb2 as payouts_types
from services.chassis.errors import DomainError, Kind
from tests.rpc.web import samples, samples_of_money
from tests.rpc.web.conftest import Browser

FILES = "/operator/payout-files"
FILE = f"{FILES}/pba_1"
REFUNDS = "/operator/refunds"
CONVERSIONS = "/operator/conversions"


class RefundResolved(DomainError):
    kind, reason = Kind.PRECONDITION, "REFUND_RESOLVED"


@pytest.fixture
async def operator(browser: Browser) -> Browser:
    samples.fill(browser.world)
    samples_of_money.fill(browser.world)
    await browser.sign_in("OPERATOR")
    return browser


async def test_a_refund_is_noted_as_sent_whole_or_in_part_or_declined(operator: Browser) -> None:
    """G15: in the client's own currency, with the bank's reference; only held ones can be."""
    world = operator.world
    world.answers["PayRefund"] = lambda _: payouts.PayRefundResponse()
    world.answers["DeclineRefund"] = lambda _: payouts.DeclineRefundResponse()
    page = (await operator.get(REFUNDS)).text
    assert page.count('/pay"') == 1
    assert "to our &lt;b&gt;bank" in page
    paying = f"{REFUNDS}/rfd_1/pay"
    await operator.send(REFUNDS, paying, bank_reference="FT1", paid="", currency="EUR")
    await operator.send(REFUNDS, paying, bank_reference="FT2", paid="12,50", currency="EUR")
    whole, part = world.requests("PayRefund")
    assert (whole.refund_id, whole.bank_reference, whole.HasField("paid")) == (
        "rfd_1",
        "FT1",
        False,
    )
    assert part.paid == common.Money(amount_minor=1_250, currency="EUR")
    wrong = await operator.send(REFUNDS, paying, bank_reference="FT3", paid="x", currency="EUR")
    assert (wrong.status_code, len(world.requests("PayRefund"))) == (422, 2)
    # What was typed is still in the row that it was typed in.
    assert wrong.text.count('value="FT3"') == 1
    await operator.send(REFUNDS, f"{REFUNDS}/rfd_1/decline", reason="not ours")
    (declined,) = world.requests("DeclineRefund")
    assert (declined.refund_id, declined.reason) == ("rfd_1", "not ours")


@pytest.mark.parametrize(
    ("at", "step", "rpc"),
    [
        (REFUNDS, "rfd_1/pay", "ListRefunds"),
        (REFUNDS, "rfd_1/decline", "ListRefunds"),
        (CONVERSIONS, "fxc_2/settle", "ListConversions"),
    ],
)
async def test_what_is_refused_on_a_later_page_is_told_on_that_page(
    operator: Browser, at: str, step: str, rpc: str
) -> None:
    """Its row is on no other, nor is what was typed and what is wrong with it."""

    def refuse(_: Any) -> Any:
        raise RefundResolved("sent")

    operator.world.answers["DeclineRefund"] = refuse
    action = f"{at}/{step}?page=more%3D%3D"
    assert f'action="{action}"' in (await operator.get(f"{at}?page=more%3D%3D")).text
    wrong = await operator.send(at, action, paid="x", currency="EUR", reason="no")
    assert wrong.status_code == 422
    assert operator.world.requests(rpc)[-1].page_token == "more=="


async def test_money_is_converted_at_a_rate_that_is_told_or_imported(operator: Browser) -> None:
    """G15: with its source and its day; or with none of the three, by the newest imported."""
    world = operator.world
    world.answers["ConvertFunds"] = lambda _: payouts.ConvertFundsResponse(
        conversion=samples_of_money.conversion("fxc_3")
    )
    typed = {
        "client_id": "org_client",
        "amount": "80.01",
        "source_currency": "USD",
        "currency": "EUR",
    }
    rate = {"rate": "0,9137", "rate_source": "ECB", "rate_date": "2026-11-20"}
    await operator.send(CONVERSIONS, CONVERSIONS, **typed, **rate)
    await operator.send(CONVERSIONS, CONVERSIONS, **typed, rate="", rate_source="", rate_date="")
    told, imported = world.requests("ConvertFunds")
    assert told.amount == common.Money(amount_minor=8_001, currency="USD")
    assert (told.client_id, told.currency, told.rate, told.rate_source) == (
        "org_client", "EUR", "0.9137", "ECB",
    )  # fmt: skip
    assert told.rate_time.ToJsonString() == "2026-11-20T00:00:00Z"
    assert (imported.rate, imported.HasField("rate_time")) == ("", False)
    for wrong in ({"amount": "0,001"}, {"rate_date": "yesterday"}):
        answer = await operator.send(CONVERSIONS, CONVERSIONS, **{**typed, **rate, **wrong})
        assert answer.status_code == 422
    assert len(world.requests("ConvertFunds")) == 2
    page = (await operator.get(f"{CONVERSIONS}?client=org_9")).text
    assert 'value="org_9"' in page
    assert "0.9137 USD/EUR" in page
    assert "ECB &lt;b&gt;" in page


async def test_only_an_open_conversion_is_settled(operator: Browser) -> None:
    world = operator.world
    world.answers["SettleConversion"] = lambda _: payouts.SettleConversionResponse(entry_id="e")
    assert (await operator.get(CONVERSIONS)).text.count('/settle"') == 1
    await operator.send(
        CONVERSIONS,
        f"{CONVERSIONS}/fxc_2/settle",
        paid="80.01",
        received="73.20",
        source_currency="USD",
        target_currency="EUR",
        rate="0.915",
        rate_source="bank F7",
        rate_date="2026-11-21",
    )
    (asked,) = world.requests("SettleConversion")
    assert (asked.conversion_id, asked.rate, asked.rate_source) == ("fxc_2", "0.915", "bank F7")
    assert asked.paid == common.Money(amount_minor=8_001, currency="USD")
    assert asked.received == common.Money(amount_minor=7_320, currency="EUR")


async def test_what_waits_becomes_a_file_and_the_file_comes_as_it_was_frozen(
    operator: Browser,
) -> None:
    """G9: one file a wish, however often the button is pressed."""
    world = operator.world
    world.answers["ExportPayouts"] = lambda _: payouts.ExportPayoutsResponse(
        batch=samples_of_money.batch(full=True)
    )
    answer = await operator.send(FILES, FILES, currency="KES")
    assert answer.headers["location"] == FILE
    (asked,) = world.requests("ExportPayouts")
    assert (asked.currency, len(asked.request_id)) == ("KES", 36)
    file = await operator.get(f"{FILE}/csv")
    assert file.content == samples_of_money.CSV.encode()
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.headers["content-disposition"] == 'attachment; filename="pba_1.csv"'
    assert "no-store" in file.headers["cache-control"]
    page = (await operator.get(FILE)).text
    assert "account_closed" in page
    # Bank details are in the file, and on no page.
    assert "GB82" not in page


async def test_the_bank_is_told_of_one_or_of_all_that_are_open(operator: Browser) -> None:
    """G9: what the bank has said already is not said again for it."""
    world = operator.world
    world.answers["ImportPayoutOutcomes"] = lambda _: payouts.ImportPayoutOutcomesResponse(
        recorded=1
    )
    said = {
        "outcome": "failed",
        "value_date": "2026-11-30",
        "bank_reference": "F,1",
        "code": "AC04",
    }
    await operator.send(FILE, f"{FILE}/outcome", reference="CWCCC", **said)
    await operator.send(FILE, f"{FILE}/outcome", reference="*", **said)
    one, rest = (
        [*csv.DictReader(io.StringIO(asked.csv))]
        for asked in world.requests("ImportPayoutOutcomes")
    )
    assert one == [{"reference": "CWCCC", **said}]
    assert [row["reference"] for row in rest] == ["CWCCC", "CWDDD"]


async def test_rows_that_are_refused_are_named(operator: Browser) -> None:
    operator.world.answers["ImportPayoutOutcomes"] = lambda _: payouts.ImportPayoutOutcomesResponse(
        recorded=1,
        refused=1,
        rows=[
            payouts_types.PayoutOutcomeRow(line=2, reference="CWAAA", result="recorded"),
            payouts_types.PayoutOutcomeRow(
                line=3, reference="CWNONE", result="refused", problem="no such order"
            ),
        ],
    )
    answer = await operator.send(FILE, f"{FILE}/outcomes", csv="reference,outcome\nCWAAA,paid")
    assert answer.status_code == 422
    assert "CWNONE" in answer.text
    assert "no such order" in answer.text
    (asked,) = operator.world.requests("ImportPayoutOutcomes")
    assert asked.csv == "reference,outcome\nCWAAA,paid"


async def test_a_client_asks_for_unspent_money_and_withdraws_it(browser: Browser) -> None:
    samples.fill(browser.world)
    samples_of_money.fill(browser.world)
    await browser.sign_in("CLIENT")
    world, at = browser.world, "/client/money/refunds"
    world.answers["RequestRefund"] = lambda _: payouts.RequestRefundResponse()
    world.answers["DeclineRefund"] = lambda _: payouts.DeclineRefundResponse()
    await browser.send(at, at, amount="500", currency="EUR", note="to IBAN 1")
    (asked,) = world.requests("RequestRefund")
    assert asked.amount == common.Money(amount_minor=50_000, currency="EUR")
    assert asked.note == "to IBAN 1"
    assert (await browser.send(at, at, amount="-1", currency="EUR")).status_code == 422
    await browser.send(at, f"{at}/rfd_1/decline", reason="found a use")
    (withdrawn,) = world.requests("DeclineRefund")
    assert (withdrawn.refund_id, withdrawn.reason) == ("rfd_1", "found a use")
