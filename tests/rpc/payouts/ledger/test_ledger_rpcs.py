"""Funds, holds, entries and the trial balance, as clients, vendors, contractors, operators see."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import grpc
import pytest

from crewline.payouts.v1 import events_pb2
from crewline.payouts.v1 import service_pb2 as pb
from services.chassis.timestamps import timestamp
from services.payouts.domain.answers.decisions import Verdict
from services.payouts.domain.ledger.money import whole_minor as minor
from services.payouts.metrics import ledger as metrics
from tests.rpc.harness import RpcHarness, check_admission, refusal
from tests.rpc.payouts.served_ledger import (
    SERVICE,
    ServedLedger,
    funding,
    start_ledger,
)
from tests.waiting import eventually

HELD = "client:org_client:project:prj_1:held:USD"
AVAILABLE = "client:org_client:available:USD"
PAYABLE = "contractor:ctr_1:via:org_vendor:payable:USD"
COMMISSION = "vendor:org_vendor:commission:USD"


@pytest.fixture
async def ledger(rpc: RpcHarness) -> ServedLedger:
    return await start_ledger(rpc)


@pytest.fixture
async def working(ledger: ServedLedger) -> ServedLedger:
    """A client with money, a funded project, and contractors."""
    await ledger.deposit(100_000)
    await ledger.project()
    await ledger.enrol("ctr_1", "ctr_2", "ctr_d")
    await ledger.fund(60_000)
    return ledger


async def test_every_rpc_admits_only_whom_it_names(ledger: ServedLedger) -> None:
    assert await check_admission(ledger.channel, SERVICE, mint=ledger.rpc.mint) > 80


async def test_holds_add_up_and_are_told(ledger: ServedLedger) -> None:
    await ledger.deposit(1000)
    await ledger.project()
    assert (await ledger.fund(300)).held.amount_minor == 300
    assert (await ledger.fund(200)).held.amount_minor == 500
    events = await ledger.rpc.events(events_pb2.ProjectFunded)
    assert [(minor(event.held_units), event.version) for event in events] == [
        (300, 1),
        (500, 2),
    ]
    assert (events[0].project_id, events[0].client_id, events[0].currency) == (
        "prj_1",
        "org_client",
        "USD",
    )
    funds = await ledger.send(ledger.stub.GetFunds, pb.GetFundsRequest())
    assert [(money.amount_minor, money.currency) for money in funds.available] == [(500, "USD")]
    assert [(hold.project_id, hold.held.amount_minor) for hold in funds.holds] == [("prj_1", 500)]


async def test_a_repeated_request_holds_once(ledger: ServedLedger) -> None:
    await ledger.deposit(1000)
    await ledger.project()
    request = funding(300)
    first = await ledger.send(ledger.stub.FundProject, request)
    again = await ledger.send(ledger.stub.FundProject, request)
    assert first == again
    assert len(await ledger.rpc.events(events_pb2.ProjectFunded)) == 1
    other = funding(301, request_id=request.request_id)
    found = await refusal(ledger.stub.FundProject, other, token=ledger.token("CLIENT"))
    assert (found.code, found.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "REQUEST_ID_REUSED",
    )


async def test_what_was_accrued_does_not_lower_what_was_held_in_all(working: ServedLedger) -> None:
    await working.accept("a1")
    assert (await working.fund(1000)).held.amount_minor == 61_000
    funds = await working.send(working.stub.GetFunds, pb.GetFundsRequest())
    assert funds.holds[0].held.amount_minor == 61_000 - 130


@pytest.mark.parametrize(
    ("request_", "code", "reason"),
    [
        (funding(501), grpc.StatusCode.FAILED_PRECONDITION, "INSUFFICIENT_FUNDS"),
        (funding(1, currency="EUR"), grpc.StatusCode.INVALID_ARGUMENT, "CURRENCY_MISMATCH"),
        (funding(1, currency="ZZZ"), grpc.StatusCode.INVALID_ARGUMENT, "CURRENCY_UNSUPPORTED"),
        (funding(0), grpc.StatusCode.INVALID_ARGUMENT, "AMOUNT_INVALID"),
        (funding(-5), grpc.StatusCode.INVALID_ARGUMENT, "AMOUNT_INVALID"),
        (funding(1, project_id="prj_no"), grpc.StatusCode.NOT_FOUND, "PROJECT_NOT_FOUND"),
        (funding(1, project_id="prj_theirs"), grpc.StatusCode.NOT_FOUND, "PROJECT_NOT_FOUND"),
        (funding(1, project_id="prj_done"), grpc.StatusCode.FAILED_PRECONDITION, "PROJECT_ENDED"),
        (
            pb.FundProjectRequest(request_id="no-uuid", project_id="prj_1"),
            grpc.StatusCode.INVALID_ARGUMENT,
            "FIELD_VIOLATION",
        ),
    ],
)
async def test_a_hold_that_cannot_be_writes_nothing(
    ledger: ServedLedger, request_: pb.FundProjectRequest, code: grpc.StatusCode, reason: str
) -> None:
    await ledger.deposit(500)
    await ledger.project()
    await ledger.project("prj_theirs", client_id="org_other")
    await ledger.project("prj_done")
    await ledger.state("CANCELLED", project_id="prj_done")
    before = await ledger.rpc.contents()
    found = await refusal(ledger.stub.FundProject, request_, token=ledger.token("CLIENT"))
    assert (found.code, found.reason) == (code, reason)
    assert await ledger.rpc.contents() == before


async def test_holds_side_by_side_never_spend_more_than_there_is(ledger: ServedLedger) -> None:
    await ledger.deposit(100)
    await ledger.project()
    await ledger.project("prj_2")
    calls = (ledger.fund(30, project_id="prj_2" if number % 2 else "prj_1") for number in range(8))
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    good = [outcome for outcome in outcomes if isinstance(outcome, pb.FundProjectResponse)]
    bad = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert len(good) == 3
    assert [getattr(error, "reason", error) for error in bad] == ["INSUFFICIENT_FUNDS"] * 5
    funds = await ledger.send(ledger.stub.GetFunds, pb.GetFundsRequest())
    assert funds.available[0].amount_minor == 10
    assert sum(hold.held.amount_minor for hold in funds.holds) == 90


async def test_funds_are_the_callers_own(working: ServedLedger) -> None:
    await working.deposit(7, currency="EUR")
    await working.deposit(9, client_id="org_other")
    own = await working.send(working.stub.GetFunds, pb.GetFundsRequest(client_id="org_client"))
    assert [(m.currency, m.amount_minor) for m in own.available] == [("EUR", 7), ("USD", 40_000)]
    stranger = working.token("CLIENT", organisation_id="org_other")
    theirs = await working.send(working.stub.GetFunds, pb.GetFundsRequest(), token=stranger)
    assert [(m.currency, m.amount_minor) for m in theirs.available] == [("USD", 9)]
    assert not theirs.holds
    found = await refusal(
        working.stub.GetFunds, pb.GetFundsRequest(client_id="org_client"), token=stranger
    )
    assert found.code is grpc.StatusCode.NOT_FOUND
    operator = working.token("OPERATOR")
    seen = await working.send(
        working.stub.GetFunds, pb.GetFundsRequest(client_id="org_client"), token=operator
    )
    assert seen == own
    nobody = await refusal(working.stub.GetFunds, pb.GetFundsRequest(), token=operator)
    assert (nobody.code, nobody.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "CLIENT_MISSING")


async def test_entries_of_an_account_come_in_pages_in_the_order_of_recording(
    working: ServedLedger,
) -> None:
    for number in range(3):
        await working.accept(*(f"a{number}{letter}" for letter in "zyx"))
        await working.accept(f"b{number}", contractor_id="ctr_2")
    await working.fund(100)
    operator = working.token("OPERATOR")
    for account, count in ((HELD, 14), (PAYABLE, 9), (COMMISSION, 12), ("platform:fees:USD", 12)):
        seen: list[pb.ListEntriesResponse] = []
        token = ""
        while not seen or token:
            request = pb.ListEntriesRequest(account=account, page_size=4, page_token=token)
            seen.append(await working.send(working.stub.ListEntries, request, token=operator))
            token = seen[-1].next_page_token
        entries = [entry for page in seen for entry in page.entries]
        places = [(entry.record_time.ToMilliseconds(), entry.entry_id) for entry in entries]
        assert places == sorted(set(places))
        assert len(entries) == count, account
        assert [len(page.entries) for page in seen[:-1]] == [4] * (len(seen) - 1)
        balance = sum(
            posting.amount_units
            for entry in entries
            for posting in entry.postings
            if posting.account == account
        )
        assert balance == (await working.parts.store.balances([account]))[account]


async def test_the_whole_journal_is_every_entry_once_in_order_and_for_operators(
    working: ServedLedger,
) -> None:
    for number in range(4):
        await working.accept(f"a{number}x", f"a{number}y")
        await working.fund(10)
    operator = working.token("OPERATOR")
    seen: list[pb.ListEntriesResponse] = []
    token = ""
    while not seen or token:
        request = pb.ListEntriesRequest(page_size=3, page_token=token)
        seen.append(await working.send(working.stub.ListEntries, request, token=operator))
        token = seen[-1].next_page_token
    entries = [entry for page in seen for entry in page.entries]
    places = [(entry.record_time.ToMilliseconds(), entry.entry_id) for entry in entries]
    assert places == sorted(set(places))
    balance = await working.send(
        working.stub.GetTrialBalance, pb.GetTrialBalanceRequest(), token=operator
    )
    # A deposit, five holds, eight accruals.
    assert len(entries) == balance.entries == 1 + 5 + 8
    assert all(sum(posting.amount_units for posting in one.postings) == 0 for one in entries)
    refused = await refusal(working.stub.ListEntries, pb.ListEntriesRequest(), token="")
    assert refused.code is grpc.StatusCode.UNAUTHENTICATED
    for role in ("CLIENT", "VENDOR", "CONTRACTOR"):
        found = await refusal(
            working.stub.ListEntries, pb.ListEntriesRequest(), token=working.token(role)
        )
        assert found.reason == "ACCOUNT_NOT_FOUND"


async def test_a_past_balance_is_what_was_told_then(ledger: ServedLedger) -> None:
    operator = ledger.token("OPERATOR")

    async def told(as_of: datetime | None = None) -> pb.GetTrialBalanceResponse:
        request = pb.GetTrialBalanceRequest(as_of_time=timestamp(as_of) if as_of else None)
        found: pb.GetTrialBalanceResponse = await ledger.send(
            ledger.stub.GetTrialBalance, request, token=operator
        )
        return found

    async def later() -> datetime:
        """After all that was recorded, by a millisecond at least: times are kept to that."""
        now = ledger.rpc.clock()
        await eventually(
            lambda: ledger.rpc.clock() > now + timedelta(milliseconds=2), what="the next moment"
        )
        return now + timedelta(milliseconds=1)

    moments = [(await later(), await told())]
    await ledger.deposit(100_000)
    moments.append((await later(), await told()))
    await ledger.project()
    await ledger.enrol("ctr_1", "ctr_d")
    await ledger.fund(60_000)
    await ledger.accept("a1", "a2")
    moments.append((await later(), await told()))
    await ledger.accept("a3", contractor_id="ctr_d")
    await ledger.deposit(5, currency="EUR", client_id="org_other")
    moments.append((await later(), await told()))
    for moment, then in moments:
        assert await told(moment) == then


async def test_everybody_sees_own_accounts_and_nothing_of_others(working: ServedLedger) -> None:
    await working.accept("a1")
    await working.accept("a2", contractor_id="ctr_d")
    direct = "contractor:ctr_d:payable:USD"
    everything = {AVAILABLE, HELD, PAYABLE, COMMISSION, direct, "platform:fees:USD"}
    callers = {
        working.token("OPERATOR"): everything,
        working.token("CLIENT"): {AVAILABLE, HELD},
        working.token("CLIENT", organisation_id="org_other"): set(),
        working.token("VENDOR"): {PAYABLE, COMMISSION},
        working.token("VENDOR", organisation_id="org_v2"): set(),
        working.token("CONTRACTOR", subject_id="ctr_1"): {PAYABLE},
        working.token("CONTRACTOR", subject_id="ctr_d"): {direct},
        # An organisation's id that looks like a client's opens no client's account.
        working.token("VENDOR", organisation_id="org_client"): set(),
    }
    for token, own in callers.items():
        for account in sorted(everything):
            request = pb.ListEntriesRequest(account=account)
            if account not in own:
                found = await refusal(working.stub.ListEntries, request, token=token)
                assert (found.code, found.reason) == (
                    grpc.StatusCode.NOT_FOUND,
                    "ACCOUNT_NOT_FOUND",
                )
                continue
            answer = await working.send(working.stub.ListEntries, request, token=token)
            assert answer.entries
            shown = {posting.account for entry in answer.entries for posting in entry.postings}
            assert account in shown
            assert shown <= own or own == everything


@pytest.mark.parametrize(
    "account", ["nonsense", "client:org_client:available:ZZZ", "client:org_client:available:JPY"]
)
async def test_an_account_that_is_none_is_not_found(working: ServedLedger, account: str) -> None:
    request = pb.ListEntriesRequest(account=account)
    found = await refusal(working.stub.ListEntries, request, token=working.token("OPERATOR"))
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "ACCOUNT_NOT_FOUND")


async def test_a_page_token_of_another_list_is_refused(working: ServedLedger) -> None:
    await working.accept("a1", "a2", "a3")
    first = await working.send(
        working.stub.ListEntries, pb.ListEntriesRequest(account=HELD, page_size=1)
    )
    for account, token in ((AVAILABLE, first.next_page_token), (HELD, "rubbish")):
        request = pb.ListEntriesRequest(account=account, page_token=token)
        found = await refusal(working.stub.ListEntries, request, token=working.token("CLIENT"))
        assert (found.code, found.reason) == (
            grpc.StatusCode.INVALID_ARGUMENT,
            "PAGE_TOKEN_INVALID",
        )


async def test_the_trial_balance_shows_where_all_money_is(working: ServedLedger) -> None:
    await working.accept("a1", "a2")
    await working.accept("d1", contractor_id="ctr_d")
    await working.decide("a2", verdict=Verdict.REJECTED, revision=2)
    answer = await working.send(
        working.stub.GetTrialBalance, pb.GetTrialBalanceRequest(), token=working.token("OPERATOR")
    )
    lines = {line.purpose: (minor(line.amount_units), line.accounts) for line in answer.lines}
    assert lines == {
        "rail:platform": (100_000, 1),
        "client:available": (-40_000, 1),
        "client:project:held": (-(60_000 - 130 - 120), 1),
        "contractor:via:payable": (-100, 1),
        "contractor:payable": (-100, 1),
        "vendor:commission": (-10, 1),
        "platform:fees": (-40, 1),
    }
    assert [(money.currency, money.amount_minor) for money in answer.totals] == [("USD", 0)]
    assert (answer.entries, answer.accruals) == (6, 2)


async def test_the_watch_tells_of_a_ledger_that_does_not_balance(working: ServedLedger) -> None:
    assert await working.parts.watch.look() == {"USD": 0}
    gauge = metrics.LEDGER_IMBALANCE_MINOR.labels("USD")
    assert gauge._value.get() == 0
    await working.rpc.database.collection("balances").update_one(
        {"_id": HELD}, {"$inc": {"amount_units": 50_000}}
    )
    assert await working.parts.watch.look() == {"USD": 50_000}
    assert gauge._value.get() == 5
