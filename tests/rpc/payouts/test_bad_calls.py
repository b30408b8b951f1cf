"""Calls that no rule of a proto catches: the right code, a reason, the field, nothing written."""

from __future__ import annotations

import uuid
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from services.chassis.paging import page_token
from tests.rpc.bad_requests import check_page_tokens, check_repeat
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.served_ledger import funding, start_ledger
from tests.rpc.payouts.served_rail import CLIENT, ServedRail, depositing

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND
FEES = "platform:fees:USD"


def _id() -> str:
    return str(uuid.uuid4())


async def _told(rail: ServedRail, method: str, request: Message, *, token: str = "") -> Any:
    """How a call is refused, once it is clear that it wrote nothing."""
    # What works on by itself would write, too.
    await rail.stop_loops()
    before = await rail.rpc.contents()
    found = await refusal(getattr(rail.stub, method), request, token=token or rail.operator())
    assert await rail.rpc.contents() == before, method
    return found


AMOUNTS = [
    (0, "USD", "AMOUNT_INVALID", "amount.amount_minor"),
    (-1, "USD", "AMOUNT_INVALID", "amount.amount_minor"),
    (2**63 - 1, "USD", "AMOUNT_INVALID", "amount.amount_minor"),
    (1, "ZZZ", "CURRENCY_UNSUPPORTED", "amount.currency"),
    (1, "XAU", "CURRENCY_UNSUPPORTED", "amount.currency"),
]


async def test_deposits_that_cannot_be_name_the_field(rail: ServedRail) -> None:
    half_a_fils = (1, "KWD", "RAIL_UNITS_INVALID", "amount.amount_minor")
    for amount_minor, currency, reason, field in (*AMOUNTS, half_a_fils):
        request = depositing(amount_minor, currency=currency)
        found = await _told(rail, "CreateDeposit", request)
        assert (found.code, found.reason, found.fields) == (INVALID, reason, (field,))
    nobody = depositing(100)
    nobody.client_id = "org:client"
    found = await _told(rail, "CreateDeposit", nobody)
    assert (found.code, found.reason) == (INVALID, "ACCOUNT_INVALID")
    assert found.fields == ("client_id",)


@pytest.mark.parametrize(("amount_minor", "currency", "reason", "field"), AMOUNTS)
async def test_holds_that_cannot_be_name_the_field(
    rpc: RpcHarness, amount_minor: int, currency: str, reason: str, field: str
) -> None:
    ledger = await start_ledger(rpc)
    await ledger.deposit(500)
    await ledger.project()
    before = await rpc.contents()
    found = await refusal(
        ledger.stub.FundProject,
        funding(amount_minor, currency=currency),
        token=ledger.token("CLIENT"),
    )
    assert (found.code, found.reason, found.fields) == (INVALID, reason, (field,))
    assert await rpc.contents() == before


async def test_sums_beyond_32_bits_are_money_like_any_other(rail: ServedRail) -> None:
    """The driver reads them as integers of a class of its own."""
    billions = 3_000_000_000
    await rail.funded(hold_minor=billions)
    await rail.contractors("ctr_1")
    await rail.open_account("ctr_1")
    await rail.accept("ctr_1", 2)
    await rail.close()
    funds = await rail.send(rail.stub.GetFunds, pb.GetFundsRequest(client_id=CLIENT))
    assert [money.amount_minor for money in funds.available] == [billions]
    assert [hold.held.amount_minor for hold in funds.holds] == [billions - 240]
    await rail.pay((await rail.statements())[0].pay_period_id)
    await rail.until_all("PAID")
    await rail.check_books()


async def test_times_that_are_none_end_no_period(rail: ServedRail) -> None:
    for seconds, nanos, reason in (
        (10**15, 0, "FIELD_VIOLATION"),
        (-(10**15), 0, "FIELD_VIOLATION"),
        (0, -5, "FIELD_VIOLATION"),
        (0, 2 * 10**9, "FIELD_VIOLATION"),
        (253_402_300_800, 0, "FIELD_VIOLATION"),
        (1, 0, "PERIOD_END_INVALID"),
        (32_503_680_000, 0, "PERIOD_END_INVALID"),
    ):
        request = pb.ClosePayPeriodRequest(
            request_id=_id(), end_time=Timestamp(seconds=seconds, nanos=nanos)
        )
        found = await _told(rail, "ClosePayPeriod", request)
        told = (found.code, found.reason, found.fields)
        assert told == (INVALID, reason, ("end_time",)), (seconds, nanos)


async def test_links_lead_to_pages_of_the_web(rail: ServedRail) -> None:
    await rail.vendors("org_v1")
    await rail.open_account("org_v1", onboard=False)
    good = "https://example.com/done"
    for bad in ("ftp://example.com", "javascript:alert(1)", "mailto:a@b.cd", "example.com"):
        for field in ("refresh_url", "return_url"):
            request = pb.CreateAccountLinkRequest(refresh_url=good, return_url=good)
            setattr(request, field, bad)
            found = await _told(rail, "CreateAccountLink", request, token=rail.payee("org_v1"))
            assert (found.code, found.reason) == (INVALID, "FIELD_VIOLATION")
            assert set(found.fields) == {field}, bad


async def test_what_is_not_there_or_anothers_is_not_found(rail: ServedRail) -> None:
    await rail.vendors("org_v1", "org_v2")
    await rail.project()
    await rail.open_account("org_v1", onboard=False)
    client = rail.rpc.mint.token("CLIENT", organisation_id="org_stranger")
    v2 = rail.payee("org_v2")
    link = pb.CreateAccountLinkRequest(
        refresh_url="https://example.com/a", return_url="https://example.com/b"
    )
    cases: list[tuple[str, Message, str, str]] = [
        ("GetPayPeriod", pb.GetPayPeriodRequest(pay_period_id="none"), "", "PAY_PERIOD_NOT_FOUND"),
        (
            "PayStatements",
            pb.PayStatementsRequest(request_id=_id(), pay_period_id="none"),
            "",
            "PAY_PERIOD_NOT_FOUND",
        ),
        ("GetStatement", pb.GetStatementRequest(statement_id="none"), "", "STATEMENT_NOT_FOUND"),
        ("GetPayoutAccount", pb.GetPayoutAccountRequest(), "", "PAYOUT_ACCOUNT_NOT_FOUND"),
        ("GetPayoutAccount", pb.GetPayoutAccountRequest(), v2, "PAYOUT_ACCOUNT_NOT_FOUND"),
        (
            "GetPayoutAccount",
            pb.GetPayoutAccountRequest(payee_id="org_v1"),
            v2,
            "PAYOUT_ACCOUNT_NOT_FOUND",
        ),
        ("CreateAccountLink", link, v2, "PAYOUT_ACCOUNT_NOT_FOUND"),
        (
            "CreatePayoutAccount",
            pb.CreatePayoutAccountRequest(request_id=_id()),
            rail.payee("org_v3"),
            "PAYEE_NOT_FOUND",
        ),
        ("FundProject", funding(1), client, "PROJECT_NOT_FOUND"),
        ("ListEntries", pb.ListEntriesRequest(account=FEES), v2, "ACCOUNT_NOT_FOUND"),
    ]
    for method, request, token, reason in cases:
        found = await _told(rail, method, request, token=token)
        assert (found.code, found.reason) == (NOT_FOUND, reason), method


async def test_page_tokens_of_nowhere_are_refused(rail: ServedRail) -> None:
    operator = rail.operator()
    entries, statements = pb.ListEntriesRequest(account=FEES), pb.ListStatementsRequest()
    foreign = page_token("x", scope="another")
    await check_page_tokens(rail.stub.ListEntries, entries, token=operator, foreign=foreign)
    await check_page_tokens(rail.stub.ListStatements, statements, token=operator, foreign=foreign)
    for position in ("9" * 200 + " x", "x y", "1e5 z", "99999999999999999 a"):
        entries.page_token = page_token(position, scope=f"entries:{FEES}")
        found = await refusal(rail.stub.ListEntries, entries, token=operator)
        assert (found.reason, found.fields) == ("PAGE_TOKEN_INVALID", ("page_token",)), position


async def test_a_request_id_deposits_once(rail: ServedRail) -> None:
    other = common_pb2.Money(amount_minor=2, currency="USD")
    request = depositing(100)
    first = await rail.send(rail.stub.CreateDeposit, request)
    again = await rail.send(rail.stub.CreateDeposit, request)
    assert (again.deposit_id, again.topup_id) == (first.deposit_id, first.topup_id)
    request.amount.CopyFrom(other)
    found = await refusal(rail.stub.CreateDeposit, request, token=rail.operator())
    assert (found.reason, found.fields) == ("REQUEST_ID_REUSED", ("request_id",))
    funds = await rail.send(rail.stub.GetFunds, pb.GetFundsRequest(client_id=CLIENT))
    assert [money.amount_minor for money in funds.available] == [100]


async def test_a_request_id_pays_and_opens_once(rail: ServedRail) -> None:
    await rail.funded()
    await rail.contractors("ctr_1")
    await rail.open_account("ctr_1")
    await rail.accept("ctr_1", 3)
    period = await rail.close()
    request = pb.PayStatementsRequest(request_id=_id(), pay_period_id=period.pay_period_id)
    first = await rail.send(rail.stub.PayStatements, request)
    await rail.until_all("PAID")
    again = await rail.send(rail.stub.PayStatements, request)
    assert first.instructions == again.instructions == 1
    request.pay_period_id = "another"
    found = await _told(rail, "PayStatements", request)
    assert (found.reason, found.fields) == ("REQUEST_ID_REUSED", ("request_id",))
    await check_repeat(
        rail.rpc,
        rail.stub.CreatePayoutAccount,
        pb.CreatePayoutAccountRequest(request_id=_id(), email="payee@example.com"),
        token=rail.payee("ctr_1"),
        changes={"email": "other@example.com"},
    )
    await rail.check_books()
