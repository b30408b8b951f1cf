"""Too many rejections at once wait for an operator; nobody is paid less before somebody looked."""

from __future__ import annotations

import pytest

from crewline.quality.v1 import service_pb2 as pb
from crewline.quality.v1 import types_pb2
from tests.rpc.harness import refusal
from tests.rpc.quality.broker_events import answers_submitted, submitted
from tests.rpc.quality.served import ServedQuality

RELEASED, OVERRULED = types_pb2.BREAKER_STATE_RELEASED, types_pb2.BREAKER_STATE_OVERRULED


async def _work(quality: ServedQuality, *, right: int, wrong: int, start: int = 0) -> None:
    """Control tasks: so many answered rightly by many, so many wrongly by one careless person."""
    answers = [
        submitted(f"r{start + n}", f"good{n % 5}", "yes", overlap=1, gold="yes")
        for n in range(right)
    ] + [
        submitted(f"w{start + n}", "bad", "no", overlap=1, gold="yes", seconds=5.0)
        for n in range(wrong)
    ]
    await quality.submit(answers_submitted(*answers))


async def _breakers(quality: ServedQuality) -> list[types_pb2.Breaker]:
    response = await quality.send(
        quality.stub.ListBreakers, pb.ListBreakersRequest(), token=quality.operator
    )
    return list(response.breakers)


async def _close(
    quality: ServedQuality, breaker_id: str, state: types_pb2.BreakerState.ValueType
) -> types_pb2.Breaker:
    response = await quality.send(
        quality.stub.CloseBreaker,
        pb.CloseBreakerRequest(breaker_id=breaker_id, state=state, note="I looked."),
        token=quality.operator,
    )
    found: types_pb2.Breaker = response.breaker
    return found


async def test_few_rejections_stand(quality: ServedQuality) -> None:
    await quality.create()
    await _work(quality, right=200, wrong=12)
    counts = await quality.counts()
    assert counts.answers_rejected > 0
    assert counts.answers_held == 0
    assert await _breakers(quality) == []


@pytest.mark.parametrize("state", [RELEASED, OVERRULED])
async def test_many_rejections_are_held_until_an_operator_has_decided(
    quality: ServedQuality, state: types_pb2.BreakerState.ValueType
) -> None:
    await quality.create()
    await _work(quality, right=20, wrong=20)
    held = (await quality.counts()).answers_held
    counts = await quality.counts()
    assert held > 3
    assert (counts.answers_rejected, counts.answers_in_review) == (0, held)
    [breaker] = await _breakers(quality)
    assert breaker.state == types_pb2.BREAKER_STATE_TRIPPED
    assert breaker.rejected_share > breaker.limit_share == pytest.approx(0.1)
    assert breaker.answers_held == held
    # While it is tripped, every further rejection is held too.
    await _work(quality, right=0, wrong=2, start=100)
    assert (await quality.counts()).answers_held == held + 2
    closed = await _close(quality, breaker.breaker_id, state)
    assert (closed.state, closed.answers_held) == (state, held + 2)
    again = await _close(quality, breaker.breaker_id, state)
    assert again == closed
    refused = await refusal(
        quality.stub.CloseBreaker,
        pb.CloseBreakerRequest(
            breaker_id=breaker.breaker_id,
            state=OVERRULED if state == RELEASED else RELEASED,
            note="no",
        ),
        token=quality.operator,
    )
    assert refused.reason == "BREAKER_CLOSED"
    after = await quality.counts()
    assert (after.answers_held, after.answers_in_review) == (0, 0)
    decided = (
        after.answers_rejected
        if state == RELEASED
        else after.answers_accepted - counts.answers_accepted
    )
    assert decided == held + 2
