"""What looks wrong about contractors: found with a sweep, listed for operators, and used."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.quality.v1 import events_pb2, types_pb2
from crewline.quality.v1 import service_pb2 as pb
from services.chassis.unit_of_work import UnitOfWork
from services.quality.store.collections import COLLECTIONS
from services.quality.store.skills import SkillStore
from tests.rpc.harness import refusal
from tests.rpc.quality.broker_events import answers_submitted, submitted
from tests.rpc.quality.served import ServedQuality

HONEST = ("a", "b", "c", "d", "e")
RING = ("x", "y", "z")


def _work(tasks: int, *, ring_lies: bool, seed: int = 1) -> list[broker_pb2.SubmittedAnswer]:
    """Honest people err alone, one time of ten; a ring errs together, on every other task."""
    draw = random.Random(seed)
    found = []
    for number in range(tasks):
        truth, other = draw.choice((("yes", "no"), ("no", "yes")))
        for who in HONEST:
            said = other if draw.random() < 0.1 else truth
            found.append(submitted(f"t{number:03}", who, said, overlap=8))
        lie = ring_lies and number % 2 == 0
        for who in RING:
            erring = lie if ring_lies else draw.random() < 0.3
            found.append(submitted(f"t{number:03}", who, other if erring else truth, overlap=8))
    return found


async def _sweep(quality: ServedQuality) -> None:
    request = pb.SweepProjectRequest(project_id="prj_1", request_id=str(uuid.uuid4()))
    await quality.send(quality.stub.SweepProject, request)


async def _signals(quality: ServedQuality) -> dict[str, types_pb2.Signal]:
    response = await quality.send(
        quality.stub.ListSignals,
        pb.ListSignalsRequest(project_id="prj_1"),
        token=quality.operator,
    )
    return {signal.name: signal for signal in response.signals}


async def test_a_ring_is_found_and_refused_only_what_is_very_likely_wrong(
    quality: ServedQuality,
) -> None:
    await quality.create()
    await quality.submit(answers_submitted(*_work(120, ring_lies=True)))
    assert await _signals(quality) == {}
    await _sweep(quality)
    await _sweep(quality)
    found = await _signals(quality)
    ring = found["SAME_WRONG_ANSWERS"]
    assert list(ring.contractor_ids) == list(RING)
    assert int(ring.evidence["same_wrong"]) > float(ring.evidence["expected"])
    # From now on it is evidence beside a very unlikely label, and beside nothing else.
    lying = [submitted("later", who, "yes", overlap=6) for who in HONEST]
    await quality.submit(answers_submitted(*lying, submitted("later", "x", "no", overlap=6)))
    decided = {
        answer.assignment_id: answer
        for event in await quality.rpc.events(events_pb2.AnswersDecided)
        for answer in event.answers
    }
    assert decided["later:x"].reason == "COLLUSION"
    assert decided["later:x"].decision == types_pb2.DECISION_REJECTED
    assert decided["later:a"].decision == types_pb2.DECISION_ACCEPTED


async def test_people_who_err_on_their_own_are_no_ring(quality: ServedQuality) -> None:
    await quality.create()
    await quality.submit(answers_submitted(*_work(120, ring_lies=False)))
    await _sweep(quality)
    assert "SAME_WRONG_ANSWERS" not in await _signals(quality)


async def test_who_is_far_faster_than_all_others_is_told_of(quality: ServedQuality) -> None:
    await quality.create()
    people = [*HONEST, "quick"]
    answers = [
        submitted(f"t{n:02}", who, "yes", overlap=6, seconds=1.0 if who == "quick" else 20.0 + n)
        for n in range(30)
        for who in people
    ]
    await quality.submit(answers_submitted(*answers))
    await _sweep(quality)
    fast = (await _signals(quality))["IMPOSSIBLE_SPEED"]
    assert list(fast.contractor_ids) == ["quick"]


async def test_who_answers_the_same_whatever_is_true_is_told_of(quality: ServedQuality) -> None:
    await quality.create()
    answers = [
        submitted(f"t{n:02}", who, "yes" if who == "constant" or n % 2 else "no", overlap=6)
        for n in range(60)
        for who in (*HONEST, "constant")
    ]
    await quality.submit(answers_submitted(*answers))
    await _sweep(quality)
    spam = (await _signals(quality))["SPAMMER"]
    assert list(spam.contractor_ids) == ["constant"]


async def test_who_is_no_longer_taken_for_one_of_a_ring_is_refused_nothing_for_it(
    quality: ServedQuality,
) -> None:
    await quality.create()
    await quality.submit(answers_submitted(*_work(120, ring_lies=False)))
    skills = SkillStore(database=quality.rpc.database)
    transactions = await quality.rpc.prepare(COLLECTIONS)

    async def marked(work: UnitOfWork) -> None:
        found = {"x": {"same_wrong": "9"}}
        await skills.mark_colluders("prj_1", found, session=work.session)

    await transactions.run(marked)
    assert await skills.marked_colluders("prj_1") == {"x"}
    await _sweep(quality)
    assert await skills.marked_colluders("prj_1") == set()


async def test_an_operator_limits_a_contractor_for_a_while_and_says_why(
    quality: ServedQuality,
) -> None:
    await quality.create()
    await quality.submit(answers_submitted(submitted("t", "a", "yes", overlap=1)))

    def limit(who: str, *, pause: int, review: int, restrict: int = 0) -> pb.LimitContractorRequest:
        return pb.LimitContractorRequest(
            project_id="prj_1",
            contractor_id=who,
            pause_hours=pause,
            review_hours=review,
            restrict_hours=restrict,
            explanation="rest a while",
        )

    async def told() -> events_pb2.ContractorLimits:
        events = await quality.rpc.events(events_pb2.ContractorLimitsSet)
        return [one for event in events for one in event.limits][-1]

    done = await quality.send(
        quality.stub.LimitContractor,
        limit("a", pause=5, review=7, restrict=9),
        token=quality.operator,
    )
    now = quality.rpc.clock()
    assert abs(done.paused_until.ToDatetime(now.tzinfo) - now - timedelta(hours=5)) < timedelta(
        minutes=1
    )
    first = await told()
    assert (first.reason, first.explanation) == ("OPERATOR", "rest a while")
    assert first.paused_until == done.paused_until
    assert first.restricted_until.seconds - first.paused_until.seconds == 4 * 3600
    # What they answer until then is looked at first.
    await quality.submit(answers_submitted(submitted("u", "a", "yes", overlap=1)))
    assert [answer.assignment_id for answer in await quality.waiting()] == ["u:a"]
    await quality.send(
        quality.stub.LimitContractor, limit("a", pause=0, review=0), token=quality.operator
    )
    lifted = await told()
    assert lifted.version == first.version + 1
    assert not lifted.HasField("paused_until")
    assert not lifted.HasField("restricted_until")
    assert (lifted.reason, lifted.explanation) == ("", "")
    unknown = await refusal(
        quality.stub.LimitContractor, limit("nobody", pause=1, review=0), token=quality.operator
    )
    assert unknown.reason == "CONTRACTOR_NOT_FOUND"
