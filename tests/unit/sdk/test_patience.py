"""What is tried again, what is not, and when it ends."""

from __future__ import annotations

import asyncio

import pytest

from services.chassis.errors import Kind
from services.chassis.grpc_errors import RemoteError
from services.sdk.replay.many import batches, each
from services.sdk.replay.patience import Deadline, OutOfTime, persist, wait_until


def refusal(kind: Kind, reason: str) -> RemoteError:
    return RemoteError("no", kind=kind, reason=reason, metadata={})


class Answers:
    """Refuses as often as it has refusals, then answers."""

    def __init__(self, *refusals: RemoteError) -> None:
        self.refusals = list(refusals)
        self.asked = 0

    async def __call__(self) -> str:
        self.asked += 1
        if self.refusals:
            raise self.refusals.pop(0)
        return "yes"


@pytest.mark.parametrize(
    "again",
    [
        refusal(Kind.UNAVAILABLE, "UNAVAILABLE"),
        refusal(Kind.UNAVAILABLE, "DEADLINE_EXCEEDED"),
        refusal(Kind.CONFLICT, "WRITE_CONTENTION"),
        refusal(Kind.EXHAUSTED, "OVERLOADED"),
        refusal(Kind.NOT_FOUND, "PERSON_NOT_FOUND"),
    ],
)
async def test_what_may_pass_is_tried_again(again: RemoteError) -> None:
    attempt = Answers(again, again)
    done = await persist(attempt, deadline=Deadline.after(20), early=("PERSON_NOT_FOUND",))
    assert (done, attempt.asked) == ("yes", 3)


@pytest.mark.parametrize(
    "final",
    [
        refusal(Kind.INVALID, "FIELD_VIOLATION"),
        refusal(Kind.UNAVAILABLE, "INTERNAL"),
        refusal(Kind.UNAVAILABLE, "UNIMPLEMENTED"),
        refusal(Kind.NOT_FOUND, "PROJECT_NOT_FOUND"),
        refusal(Kind.EXHAUSTED, "CLAIMS_EXHAUSTED"),
    ],
)
async def test_what_will_not_pass_is_raised_at_once(final: RemoteError) -> None:
    attempt = Answers(final)
    with pytest.raises(RemoteError) as caught:
        await persist(
            attempt,
            deadline=Deadline.after(20),
            early=("PERSON_NOT_FOUND",),
            final=("CLAIMS_EXHAUSTED",),
        )
    assert (caught.value, attempt.asked) == (final, 1)


async def test_the_deadline_ends_it_with_the_last_refusal() -> None:
    attempt = Answers(*(refusal(Kind.UNAVAILABLE, "UNAVAILABLE") for _ in range(100)))
    with pytest.raises(RemoteError):
        await asyncio.wait_for(persist(attempt, deadline=Deadline.after(0.2)), timeout=5)
    assert 1 < attempt.asked < 100


async def test_waiting_ends_too() -> None:
    async def never() -> None:
        return None

    with pytest.raises(OutOfTime, match="the moon"):
        await wait_until(never, deadline=Deadline.after(0.1), what="the moon")


async def test_each_keeps_order_and_bound() -> None:
    running = most = 0

    async def work(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return number * 2

    assert await each(range(20), work, at_once=3) == [number * 2 for number in range(20)]
    assert most == 3


async def test_the_first_error_of_many_is_raised_itself() -> None:
    async def work(number: int) -> None:
        if number == 3:
            raise refusal(Kind.INVALID, "BAD")
        await asyncio.sleep(60)

    with pytest.raises(RemoteError, match="no"):
        await asyncio.wait_for(each(range(5), work, at_once=5), timeout=5)


def test_batches() -> None:
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
