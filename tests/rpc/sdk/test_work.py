"""A contractor's answers all arrive, each once, whatever the broker loses or refuses on the way."""

from __future__ import annotations

import pytest

from services.chassis.errors import Kind
from services.sdk.replay.connection import Connection
from services.sdk.replay.crew import Member
from services.sdk.replay.errors import ReplayFailed
from services.sdk.replay.patience import Deadline
from services.sdk.replay.plan import PlannedWorker
from services.sdk.replay.session import Caller, Session
from services.sdk.replay.work import Work

from .servers import Accounts, Broker, Faults, refusal, served

TASKS = [f"task-{number}" for number in range(25)]
ANSWERS = {task: f"label of {task}" for task in TASKS}


async def work(connection: Connection, *, seconds: float = 20.0) -> int:
    """How many answers the one worker was told are in."""
    answered: list[int] = []
    deadline = Deadline.after(seconds)
    session = Session(connection, secret="ck", deadline=deadline)
    member = Member(
        worker=PlannedWorker(name="w", vendor=0, answers=ANSWERS),
        contractor_id="ctr_1",
        caller=Caller(session=session, deadline=deadline),
    )
    run = Work(
        connection, project_id="prj_1", batch=10, deadline=deadline, answered=answered.append
    )
    await run.run([member], at_once=4)
    return sum(answered)


UNAVAILABLE = refusal(Kind.UNAVAILABLE, "STORE_UNAVAILABLE")
EARLY = refusal(Kind.NOT_FOUND, "CONTRACTOR_NOT_FOUND")


@pytest.mark.parametrize(
    "faults",
    [
        Faults(),
        Faults(refuse={"ClaimAssignments": [EARLY, UNAVAILABLE]}),
        Faults(refuse={"SubmitAnswers": [UNAVAILABLE, UNAVAILABLE]}),
        # What was claimed without our knowing is found again by listing it.
        Faults(lose={"ClaimAssignments": 1}),
        Faults(lose={"SubmitAnswers": 2}),
        Faults(
            lose={"ClaimAssignments": 2, "SubmitAnswers": 1},
            refuse={"SubmitAnswers": [UNAVAILABLE]},
        ),
    ],
    ids=["none", "early", "unavailable", "claim lost", "submit lost", "both"],
)
async def test_every_answer_arrives_once(faults: Faults) -> None:
    broker = Broker(faults, TASKS)
    async with served(Accounts(faults), broker) as connection:
        assert await work(connection) == len(TASKS)
    assert broker.answers == ANSWERS


async def test_leases_that_were_lost_are_claimed_again() -> None:
    faults = Faults()
    broker = Broker(faults, TASKS)
    broker.expire_next = 7
    async with served(Accounts(faults), broker) as connection:
        assert await work(connection) == len(TASKS)
    assert broker.answers == ANSWERS


async def test_too_many_leases_are_worked_off() -> None:
    faults = Faults(lose={"ClaimAssignments": 1})
    broker = Broker(faults, TASKS)
    broker.unanswered_max = 10
    async with served(Accounts(faults), broker) as connection:
        assert await work(connection) == len(TASKS)
    assert broker.answers == ANSWERS
    assert faults.calls["ListAssignments"] > 0


async def test_work_never_done_before_is_refused() -> None:
    faults = Faults()
    broker = Broker(faults, [*TASKS, "somebody else's"])
    broker.open.insert(0, broker.open.pop())
    async with served(Accounts(faults), broker) as connection:
        with pytest.raises(ReplayFailed, match="somebody else's"):
            await work(connection)


async def test_tasks_that_are_never_handed_out_are_told_at_the_deadline() -> None:
    faults = Faults()
    broker = Broker(faults, TASKS[:-1])
    async with served(Accounts(faults), broker) as connection:
        with pytest.raises(ReplayFailed, match="1 tasks were never handed out, such as 'task-24'"):
            await work(connection, seconds=1.5)
    assert len(broker.answers) == len(TASKS) - 1
