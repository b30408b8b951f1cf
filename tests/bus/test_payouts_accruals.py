"""Decisions on the bus become money: once, in any order, and one bad answer spoils no other."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator

import pytest

from crewline.common.v1 import types_pb2 as common_pb2
from deploy.local.servers import NatsServer
from services.chassis.bus import Bus
from services.chassis.mongo import MongoDatabase
from tests.bus.payouts_chain import (
    COMMISSION,
    FEES,
    HELD,
    HELD_MINOR,
    PAYABLE,
    PAYABLE_DIRECT,
    Chain,
    decided,
    drained,
    fund,
    prepare,
    project,
    rate_card,
    running,
)
from tests.waiting import eventually


@pytest.fixture
async def ready(
    database: MongoDatabase, bus: Bus, nats_server: NatsServer, run_name: str
) -> AsyncIterator[Chain]:
    async with running(
        database=database, bus=bus, nats_server=nats_server, run_name=run_name
    ) as chain:
        await prepare(chain)
        yield chain


async def test_an_accepted_answer_is_split_and_others_move_nothing(ready: Chain) -> None:
    await ready.tell(
        decided(("a1", 1, "ACCEPTED"), ("a2", 1, "REJECTED"), ("a3", 1, "IN_REVIEW")),
        decided(("a4", 1, "ACCEPTED"), contractor_id="ctr_d"),
    )
    await ready.accruals(2)
    assert await ready.balances(PAYABLE, COMMISSION, FEES) == [100, 10, 40]
    assert await ready.balance(PAYABLE_DIRECT) == 100
    assert await ready.balance(HELD) == HELD_MINOR - 250

    async def counted() -> bool:
        book = await ready.parts.books.get("prj_1")
        return (book.accepted, book.rejected, book.in_review) == (2, 1, 1)

    await eventually(counted, what="all four decisions counted")


async def test_the_same_news_again_books_nothing_again(ready: Chain) -> None:
    message = decided(*((f"a{number}", 1, "ACCEPTED") for number in range(20)))
    await asyncio.gather(*(ready.tell(message, message) for _ in range(3)))
    await ready.accruals(20)
    # A later answer, decided after all the repeats were told, has nothing in front of it.
    await ready.tell(decided(("last", 1, "ACCEPTED")))
    await ready.accruals(21)
    await drained(ready)
    assert await ready.balance(PAYABLE) == 2100
    assert (await ready.parts.books.get("prj_1")).accepted == 21


async def test_what_a_vendor_takes_never_exceeds_what_the_client_allows(ready: Chain) -> None:
    await ready.tell(rate_card(3000, version=3))
    await ready.tell(rate_card(500, version=2))

    async def newest() -> bool:
        rates = await ready.parts.projection_store.rates_bps(["org_v"])
        return rates["org_v"] == {common_pb2.WORK_KIND_CHOICE: 3000}

    await eventually(newest, what="version 3 applied")
    await drained(ready)
    assert await newest(), "an older version replaced a newer one"
    await ready.tell(decided(("a1", 1, "ACCEPTED")))
    await ready.accruals(1)
    assert await ready.balance(COMMISSION) == 15


async def test_a_later_decision_that_comes_first_stands(ready: Chain) -> None:
    await ready.tell(decided(("a1", 2, "REJECTED")))
    await drained(ready)
    await ready.tell(decided(("a1", 1, "ACCEPTED"), ("a2", 1, "ACCEPTED")))
    await ready.accruals(1)
    await drained(ready)
    assert "accrual:a1:1" not in await ready.entry_ids()
    book = await ready.parts.books.get("prj_1")
    assert (book.accepted, book.rejected) == (1, 1)


async def test_a_part_is_booked_of_everybody_s_share_and_another_part_in_its_place(
    ready: Chain,
) -> None:
    await ready.tell(decided(("a1", 1, "ACCEPTED"), pay_bps=3_333))
    await ready.accruals(1)
    # A third of a dollar: nothing is rounded before the statement.
    assert await ready.balances(PAYABLE, COMMISSION, FEES) == [33.33, 3.333, 6.666]
    await ready.tell(decided(("a1", 3, "ACCEPTED"), pay_bps=9_000), decided(("a1", 2, "REJECTED")))

    async def changed() -> bool:
        return "accrual:a1:3" in await ready.entry_ids()

    await eventually(changed, what="the other share booked")
    await drained(ready)
    assert await ready.balances(PAYABLE, COMMISSION, FEES) == [90, 9, 18]
    assert await ready.balance(HELD) == HELD_MINOR - 117
    assert (await ready.trial_balance()).accruals == 1
    await ready.tell(decided(("a1", 4, "REJECTED")))
    await ready.accruals(0)
    assert await ready.balances(PAYABLE, COMMISSION, FEES, HELD) == [0, 0, 0, HELD_MINOR]


async def test_an_overturned_answer_is_taken_back_and_may_be_booked_again(ready: Chain) -> None:
    await ready.tell(decided(("a1", 1, "ACCEPTED")))
    await ready.accruals(1)
    await ready.tell(decided(("a1", 2, "IN_REVIEW")))
    await drained(ready)
    assert await ready.balance(PAYABLE) == 100, "a review takes nothing back"
    await ready.tell(decided(("a1", 3, "REJECTED")))
    await ready.accruals(0)
    assert await ready.balances(PAYABLE, COMMISSION, FEES, HELD) == [0, 0, 0, HELD_MINOR]
    await ready.tell(decided(("a1", 4, "ACCEPTED")))
    await ready.accruals(1)
    ids = {entry_id for entry_id in await ready.entry_ids() if "accrual" in entry_id}
    assert ids == {"accrual:a1:1", "reversal:accrual:a1:1", "accrual:a1:4"}
    await drained(ready)
    book = await ready.parts.books.get("prj_1")
    assert (book.accepted, book.rejected, book.in_review) == (1, 0, 0)


async def test_decisions_wait_for_a_project_that_is_told_later(ready: Chain) -> None:
    await fund(ready, "prj_2")
    await ready.tell(decided(("early", 1, "ACCEPTED"), project_id="prj_2"))
    await ready.tell(decided(("a1", 1, "ACCEPTED")))
    await ready.accruals(1)
    assert "accrual:a1:1" in await ready.entry_ids()
    await ready.tell(project("prj_2", pay_minor=7))
    await ready.accruals(2)
    assert "accrual:early:1" in await ready.entry_ids()
    assert await ready.dead_letters() == []


async def test_one_answer_that_cannot_be_paid_spoils_no_other(ready: Chain) -> None:
    await fund(ready, "prj_2", amount_minor=300)
    await ready.tell(project("prj_2"))

    async def known() -> bool:
        return bool(await ready.parts.projection_store.projects(["prj_2"]))

    await eventually(known, what="the second project known")
    # Three answers cost 130 each; the hold of 300 pays for two of them.
    await ready.tell(
        decided(("a1", 1, "ACCEPTED"), ("a2", 1, "ACCEPTED")),
        decided(*((f"b{n}", 1, "ACCEPTED") for n in range(3)), project_id="prj_2"),
        decided(("a3", 1, "ACCEPTED")),
    )
    await ready.accruals(5)
    dead = await eventually(ready.dead_letters, what="a dead letter")
    assert [letter["dead-reason"] for letter in dead] == ["INSUFFICIENT_FUNDS"]
    assert dead[0]["dead-consumer"] == "payouts__answers_decided"
    assert await ready.balance("client:org_c:project:prj_2:held:USD") == 40
    book = await ready.parts.books.get("prj_2")
    assert book.accepted == 2, "what was not booked is not counted as decided"


async def test_no_decision_at_all_is_a_dead_letter_and_nothing_else(ready: Chain) -> None:
    """Nobody goes unpaid for what stands beside their answer in the same news."""
    unmeasured = decided(("a5", 1, "ACCEPTED"))
    unmeasured.answers[0].active_seconds = math.nan
    nobodys = decided(("a6", 1, "ACCEPTED"))
    nobodys.answers[0].organisation_id = ""
    await ready.tell(
        decided(("a1", 1, "UNSPECIFIED"), ("a4", 1, "ACCEPTED")),
        decided(("a2", 0, "ACCEPTED")),
        decided(("a3", 1, "ACCEPTED")),
        unmeasured,
        nobodys,
    )
    await ready.accruals(3)

    async def all_three() -> list[dict[str, str]] | None:
        dead = await ready.dead_letters()
        return dead if len(dead) >= 3 else None

    dead = await eventually(all_three, what="three dead letters")
    assert {letter["dead-reason"] for letter in dead} == {"DECISION_INVALID"}
