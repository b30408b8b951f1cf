"""A whole day through the Python client, blocking and on an event loop, to the cent."""

from __future__ import annotations

import asyncio
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from services.sdk import (
    AsyncCrewline,
    Conflict,
    Crewline,
    InvalidRequest,
    NotFound,
    Progress,
    Unauthenticated,
)
from services.sdk.money import UNITS_PER_MINOR
from services.sdk.project_template import BUILT_IN
from tests.system.conftest import Running
from tests.system.day_data import CONTRACTORS, TASKS, label_of, write_contractors, write_tasks
from tests.waiting import eventually, until

PAY = 5
OVERLAP = 2
PATIENCE_SECONDS = 60.0


def registered(running: Running, kind: Any) -> tuple[Crewline, str]:
    """A client of a new organisation, and the organisation's id."""
    with Crewline("none", base_url=running.base_url) as nobody:
        made = nobody.organisations.register(
            kind=kind,
            name=f"Org {kind}",
            person_name="First Person",
            email=f"{uuid.uuid4().hex}@example.com",
        )
    # Patient enough for a gateway that starts anew on a busy machine.
    client = Crewline(made["secret"], base_url=running.base_url, max_retries=12)
    return client, made["organisation"]["organisation_id"]


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_day_with_the_client_that_blocks(running: Running, tmp_path: Path) -> None:
    operator = Crewline(running.operator_key, base_url=running.base_url)
    buyer, buyer_id = registered(running, "ORGANISATION_KIND_CLIENT")
    vendor, vendor_id = registered(running, "ORGANISATION_KIND_VENDOR")
    with operator, buyer, vendor:
        project_id = _project(operator, buyer, buyer_id)
        _tasks_go_in(buyer, project_id, tmp_path)
        buyer.projects.activate(project_id)
        workers = _pool(operator, vendor, vendor_id, running, tmp_path)
        for key in workers:
            _work(running, key, project_id)
        _results_come_out(buyer, project_id, tmp_path)
        _money_is_paid(operator, vendor, running, workers[0], project_id)


def _project(operator: Crewline, buyer: Crewline, buyer_id: str) -> str:
    checked = buyer.label_configs.check(BUILT_IN["label_config"], data=[{"text": "a"}, {"b": 1}])
    assert checked["kind"] == "WORK_KIND_CHOICE"
    assert [problem["field"].partition("]")[0] for problem in checked["problems"]] == ["data[1"]
    arguments: dict[str, Any] = {
        "name": "Sentiment",
        "instructions": BUILT_IN["instructions"],
        "label_config": BUILT_IN["label_config"],
        "pay": {"amount_minor": PAY, "currency": "USD"},
        "commission_bps_max": 2000,
        "overlap": OVERLAP,
    }
    with pytest.raises(InvalidRequest) as refused:
        buyer.projects.create(**{**arguments, "overlap": 0, "name": ""})
    assert {problem.field for problem in refused.value.errors} == {"name", "overlap"}

    key = str(uuid.uuid4())
    made = buyer.projects.create(**arguments, idempotency_key=key)
    again = buyer.projects.create(**arguments, idempotency_key=key)
    assert again["project_id"] == made["project_id"]
    project_id = made["project_id"]
    assert [one["project_id"] for one in buyer.projects.list(page_size=1)] == [project_id]
    with pytest.raises(Conflict, match="crewline projects show") as wrong:
        buyer.projects.activate(project_id)
    assert wrong.value.reason == "PROJECT_STATE_WRONG"
    with pytest.raises(NotFound):
        buyer.projects.get("no-such-project")

    amount: Any = {"amount_minor": 10_000, "currency": "USD"}
    operator.deposits.create(client_id=buyer_id, amount=amount)
    until(lambda: buyer.funds.get()["available"], "the deposit")
    # Asked for at once: that the project is not known there yet is not the caller's business.
    assert buyer.projects.fund(project_id, amount=amount) == {**amount, "fraction": 0}
    funded = buyer.projects.wait(project_id, "PROJECT_STATE_FUNDED")
    assert funded["held_units"] == 10_000 * UNITS_PER_MINOR
    return project_id


def _tasks_go_in(buyer: Crewline, project_id: str, folder: Path) -> None:
    file = folder / "tasks.jsonl"
    write_tasks(file)
    told: list[int] = []
    summary = buyer.tasks.upload(
        project_id, file, on_progress=lambda progress: told.append(progress.bytes_done)
    )
    assert (summary["posted"], summary["duplicates"], summary["refused"]) == (TASKS, 0, 2)
    assert [(error["line"], error["external_id"]) for error in summary["errors"]] == [
        (4, "wrong"),
        (8, ""),
    ]
    assert told[-1] == file.stat().st_size
    again = buyer.tasks.upload(project_id, file)
    assert (again["posted"], again["duplicates"], again["refused"]) == (0, TASKS, 2)
    # The same rows from a program, with one more that is wrong.
    rows: Any = [
        {"external_id": f"t{i:03}", "data": {"text": f"The parcel number {i} came in time."}}
        for i in range(1, TASKS)
    ]
    posted = buyer.tasks.post(project_id, [*rows, {"external_id": "", "data": {"text": "x"}}])
    assert (posted["posted"], posted["duplicates"], posted["refused"]) == (0, TASKS - 1, 1)
    assert posted["errors"][0]["row"] == TASKS - 1
    listed = buyer.tasks.list(project_id, page_size=5).all()
    assert len(listed) == TASKS
    assert listed[0].get("data") == {"text": "The parcel number 0 came in time."}


def _pool(
    operator: Crewline, vendor: Crewline, vendor_id: str, running: Running, folder: Path
) -> list[str]:
    """The keys of two contractors of an approved vendor who can be paid."""
    assert vendor.vendors.apply(legal_name="Pool", country="US", contact_email="a@b.example")
    approved = operator.vendors.approve(vendor_id, reason="known to us")
    assert approved["state"] == "VENDOR_STATE_APPROVED"
    vendor.rate_card.set([{"kind": "WORK_KIND_CHOICE", "commission_bps": 1000}])
    file = folder / "contractors.csv"
    write_contractors(file)
    summary = vendor.contractors.upload(file)
    assert (summary["created"], summary["refused"]) == (CONTRACTORS - 3, 3)
    assert [(error["line"], error["field"]) for error in summary["errors"]] == [
        (6, "country"),
        (13, "email"),
        (32, "name"),
    ]
    results = vendor.contractors.post(
        [
            {"external_id": "c000", "name": "Worker 0", "country": "KE"},
            {"external_id": "more", "name": "One More", "country": "KE", "languages": ["en"]},
        ]
    )
    assert [(one["row"], one["created"]) for one in results] == [(0, False), (1, True)]
    chosen = [one["contractor_id"] for one in vendor.contractors.list().take(2)]

    def keys() -> list[str] | None:
        made = vendor.api_keys.create([{"person_id": one, "label": "day"} for one in chosen])
        # Accounts hears of new contractors a moment later.
        return None if any(one.get("error") for one in made) else [one["secret"] for one in made]

    secrets = until(keys, "the contractors are known to accounts")
    account = until(vendor.payout_account.create, "the payout account")
    back = f"{running.base_url}/"
    vendor.payout_account.link(refresh_url=back, return_url=back)
    running.complete_onboarding(account["account_id"])
    until(lambda: vendor.payout_account.get()["payouts_enabled"], "the provider may pay the vendor")
    return secrets


def _work(running: Running, key: str, project_id: str) -> None:
    with Crewline(key, base_url=running.base_url) as worker:

        def offered() -> bool:
            return any(one["project_id"] == project_id for one in worker.offers.list())

        until(offered, "the offer")
        done = 0
        while done < TASKS:
            claimed = worker.assignments.claim(max_assignments=5, project_id=project_id)
            leases = claimed["assignments"]
            assert leases or claimed.get("retry_delay")
            answers: Any = [
                {
                    "assignment_id": one["assignment_id"],
                    "lease_token": one["lease_token"],
                    "value": label_of(one["data"]["text"]),
                    "active_seconds": 20.0,
                }
                for one in leases
            ]
            if answers:
                results = worker.assignments.submit(answers)
                assert [one.get("error") for one in results] == [None] * len(answers)
            done += len(answers)


def _results_come_out(buyer: Crewline, project_id: str, folder: Path) -> None:
    def resolved() -> bool:
        return buyer.projects.progress(project_id)["tasks_resolved"] == TASKS

    until(resolved, "every task has its result")
    streamed = list(buyer.results.stream(project_id, include_data=True))
    assert [one["task_id"] for one in streamed] == sorted(one["task_id"] for one in streamed)
    assert {one["label"] for one in streamed} == {"Positive"}
    assert {len(one["answers"]) for one in streamed} == {OVERLAP}
    assert streamed[0]["data"]["text"].startswith("The parcel")
    file = folder / "results.jsonl"
    size = buyer.results.export(project_id, file, format="jsonl")
    assert size == file.stat().st_size > 0
    assert len([json.loads(line) for line in file.read_text().splitlines()]) == TASKS
    assert [path.name for path in folder.iterdir() if path.name.endswith(".part")] == []
    with pytest.raises(InvalidRequest):
        buyer.results.export(project_id, folder / "never", format="trl")
    assert not (folder / "never").exists()


def _money_is_paid(
    operator: Crewline, vendor: Crewline, running: Running, key: str, project_id: str
) -> None:
    accepted = TASKS * OVERLAP
    until(lambda: operator.projects.cost(project_id)["answers_paid"] == accepted, "every accrual")
    period_id = operator.pay_periods.close()["pay_period_id"]
    until(
        lambda: operator.pay_periods.get(period_id)["state"] == "PAY_PERIOD_STATE_CLOSED",
        "the statements",
    )
    assert operator.pay_periods.pay(period_id)["instructions"] >= 1
    [statement] = vendor.statements.list(pay_period_id=period_id)

    def paid() -> bool:
        state = vendor.statements.get(statement["statement_id"])["state"]
        return state == "STATEMENT_STATE_PAID"

    until(paid, "the money at the vendor's bank")
    lines = vendor.statements.get(statement["statement_id"])["lines"]
    pay = sum(one["amount_units"] for one in lines if one["kind"] == "contractor_pay")
    assert pay == accepted * PAY * UNITS_PER_MINOR
    with Crewline(key, base_url=running.base_url) as worker:
        [mine] = worker.statements.list(pay_period_id=period_id)
        [line] = worker.statements.get(mine["statement_id"])["lines"]
        assert (line["answers"], line["amount_units"]) == (TASKS, TASKS * PAY * UNITS_PER_MINOR)
        [earned] = worker.earnings.get()
        assert (earned["answers"], earned["paid_units"]) == (TASKS, TASKS * PAY * UNITS_PER_MINOR)
    assert all(total["amount_minor"] == 0 for total in operator.ledger.trial_balance()["totals"])


@pytest.mark.timeout(120)
def test_a_gateway_that_crashes_costs_a_caller_nothing_but_time(running: Running) -> None:
    buyer, buyer_id = registered(running, "ORGANISATION_KIND_CLIENT")
    with buyer, Crewline(running.operator_key, base_url=running.base_url) as operator:
        amount: Any = {"amount_minor": 1_000_000, "currency": "USD"}
        operator.deposits.create(client_id=buyer_id, amount=amount)
        project: Any = {
            "name": "Crash",
            "kind": "WORK_KIND_TEXT",
            "instructions": "Write.",
            "pay": {"amount_minor": 5, "currency": "USD"},
            "overlap": 1,
        }
        until(lambda: buyer.funds.get()["available"], "the deposit")
        running.crash("gateway")
        with ThreadPoolExecutor() as pool:
            making = pool.submit(buyer.projects.create, **project)
            running.revive("gateway")
            project_id = making.result(timeout=60)["project_id"]
        assert [one["project_id"] for one in buyer.projects.list()] == [project_id]
        buyer.projects.fund(project_id, amount=amount)
        buyer.projects.wait(project_id, "PROJECT_STATE_FUNDED")

        crashed: list[int] = []
        with ThreadPoolExecutor() as pool:

            def told(progress: Progress) -> None:
                if not crashed:
                    crashed.append(progress.rows)
                    running.crash("gateway")
                    pool.submit(running.revive, "gateway")

            rows: Any = ({"external_id": f"r{i}", "data": {"text": str(i)}} for i in range(3_500))
            summary = buyer.tasks.post(project_id, rows, on_progress=told)
        assert crashed == [1_000]
        # Each row is in once, whichever attempt brought it.
        assert summary["posted"] + summary["duplicates"] == 3_500
        assert summary["refused"] == 0
        assert buyer.projects.get(project_id)["tasks_posted"] == 3_500


@pytest.mark.timeout(120)
async def test_the_same_on_an_event_loop(running: Running, tmp_path: Path) -> None:
    sound, buyer_id = await asyncio.to_thread(registered, running, "ORGANISATION_KIND_CLIENT")
    key = sound._http.planner._api_key
    sound.close()
    async with AsyncCrewline(running.operator_key, base_url=running.base_url) as operator:
        amount: Any = {"amount_minor": 1_000, "currency": "USD"}
        await operator.deposits.create(client_id=buyer_id, amount=amount)
    async with AsyncCrewline(key, base_url=running.base_url) as buyer:
        caller = await buyer.me.get()
        assert caller["organisation"]["kind"] == "ORGANISATION_KIND_CLIENT"
        made = await asyncio.gather(
            *(
                buyer.projects.create(
                    name=f"P{i}",
                    kind="WORK_KIND_TEXT",
                    instructions="Write.",
                    pay={"amount_minor": 5, "currency": "USD"},
                    overlap=1,
                )
                for i in range(5)
            )
        )
        names = {one["name"] async for one in buyer.projects.list(page_size=2)}
        assert names == {f"P{i}" for i in range(5)}
        assert len(await buyer.projects.list().take(3)) == 3
        project_id = made[0]["project_id"]

        async def rows(first: int, count: int) -> Any:
            for i in range(first, first + count):
                yield {"external_id": f"e{i}", "data": {"text": str(i)}}

        with pytest.raises(Conflict, match="takes no tasks"):  # nothing is held for it
            await buyer.tasks.post(project_id, rows(0, 3))

        async def deposited() -> Any:
            return (await buyer.funds.get())["available"]

        await eventually(deposited, what="the deposit", timeout_seconds=PATIENCE_SECONDS)
        await buyer.projects.fund(project_id, amount={"amount_minor": 100, "currency": "USD"})
        await buyer.projects.wait(project_id, "PROJECT_STATE_FUNDED")
        told: list[int] = []
        posted = await buyer.tasks.post(
            project_id, rows(0, 1_010), on_progress=lambda progress: told.append(progress.rows)
        )
        # Whatever one answer costs, a dollar is not enough for all; what it is enough for is in.
        assert told == [1_000, 1_010]
        assert posted["posted"] > 0
        assert posted["posted"] + posted["refused"] == 1_010
        assert {one["error"]["reason"] for one in posted["errors"]} == {"FUNDS_SHORT"}
        assert [one async for one in buyer.results.stream(project_id)] == []
        file = tmp_path / "none.csv"
        assert await buyer.results.export(project_id, file, format="csv") == file.stat().st_size
        uploaded = await buyer.media.upload(_photo(tmp_path))
        assert uploaded["content_type"] == "image/png"
        listed = await buyer.media.list().all()
        assert [one["media_id"] for one in listed] == [uploaded["media_id"]]
        await buyer.media.delete(uploaded["media_id"])
        with pytest.raises(NotFound):
            await buyer.media.get(uploaded["media_id"])
    async with AsyncCrewline("crewline_wrong", base_url=running.base_url) as stranger:
        with pytest.raises(Unauthenticated, match="crewline login"):
            await stranger.me.get()


def _photo(folder: Path) -> Path:
    path = folder / "dot.png"
    path.write_bytes(
        bytes.fromhex(
            "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da"
            "63fcffff3f0300050001ff8ebd1b2b0000000049454e44ae426082"
        )
    )
    return path
