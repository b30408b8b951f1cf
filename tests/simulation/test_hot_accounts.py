"""Accounts that everybody's answers are booked to are written once a batch, not once an answer."""

from __future__ import annotations

from datetime import timedelta

from services.payouts.domain.answers.decisions import Decision, Verdict
from services.payouts.store.collections import BALANCES
from tests.simulation.cast import PAY_UNITS, PROJECT, SMALL
from tests.simulation.loop import EPOCH
from tests.simulation.payouts_process import PayoutsProcess
from tests.simulation.stage import Stage

MANY = 100


def test_a_batch_of_answers_is_as_many_operations_as_one_answer(stage: Stage) -> None:
    """G6: fees, the hold and the payee's account are locked as often for a hundred as for one."""
    alone = _operations_of(stage, 1)
    assert _operations_of(stage, MANY) == alone > 0
    balances = {one["_id"]: one["amount_units"] for one in stage.database.find(BALANCES)}
    # What was there before, and a hundred more.
    [(before, _)] = SMALL.people().values()
    assert balances["contractor:ctr_d0:payable:USD"] == -PAY_UNITS * (before + MANY)


def _operations_of(stage: Stage, answers: int) -> int:
    """How much of a process it takes to book that many answers of one piece of news."""
    picture = stage.picture(SMALL)
    stage.loop.rewind(seed=1, at_seconds=picture.at_seconds)
    stage.database.become(picture.documents)

    async def decide() -> int:
        process = PayoutsProcess(
            loop=stage.loop, database=stage.database.handle, secrets=picture.secrets, number=1
        )
        try:
            await process.decide([_accepted(number) for number in range(answers)])
            return process.process.operations
        finally:
            await process.end()

    return stage.loop.run_until_complete(decide())


def _accepted(number: int) -> Decision:
    return Decision(
        assignment_id=f"asn_hot_{number}",
        revision=1,
        verdict=Verdict.ACCEPTED,
        project_id=PROJECT,
        task_id=f"tsk_hot_{number}",
        contractor_id="ctr_d0",
        vendor_id="",
        reason="CONSENSUS",
        decided_at=EPOCH + timedelta(seconds=30),
    )
