"""Limits of contractors: told in versions, and heeded where answers are decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from crewline.quality.v1 import events_pb2, types_pb2
from crewline.quality.v1 import service_pb2 as pb
from services.chassis.clock import utc_now
from services.chassis.timestamps import timestamp
from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.limits import Limits
from services.quality.store.collections import COLLECTIONS
from services.quality.store.skills import SkillStore
from services.quality.usecases.limits import Change
from tests.rpc.quality.broker_events import answers_submitted, submitted
from tests.rpc.quality.served import ServedQuality


def _of(contractor_id: str) -> Limits:
    return Limits(project_id="prj_1", contractor_id=contractor_id, organisation_id="org_vendor")


async def _change(quality: ServedQuality, *changes: tuple[str, Change]) -> list[Limits]:
    transactions = await quality.rpc.prepare(COLLECTIONS)

    async def body(work: UnitOfWork) -> list[Limits]:
        return await quality.quality.conduct.limits.change(
            work, [(_of(who), change) for who, change in changes], gold_share_max=0.2
        )

    return await transactions.run(body)


async def _told(quality: ServedQuality) -> list[events_pb2.ContractorLimits]:
    events = await quality.rpc.events(events_pb2.ContractorLimitsSet)
    return [one for event in events for one in event.limits]


async def test_each_change_is_a_version_and_what_changes_nothing_is_none(
    quality: ServedQuality,
) -> None:
    until = utc_now() + timedelta(hours=3)

    def paused(before: Limits) -> Limits:
        return replace(before, paused_until=until, reason="FAILED_GOLD", explanation="rest a while")

    def measured(before: Limits) -> Limits:
        return replace(before, gold_share=0.05)

    def extra(before: Limits) -> Limits:
        return replace(before, extra_gold_until=until)

    assert [one.version for one in await _change(quality, ("a", paused), ("b", measured))] == [1, 1]
    assert [one.version for one in await _change(quality, ("a", paused))] == [1]
    (both,) = await _change(quality, ("a", measured))
    assert (both.version, both.paused_until, both.gold_share) == (2, until, 0.05)
    await _change(quality, ("b", extra))
    told = [(one.contractor_id, one.version, one.gold_share) for one in await _told(quality)]
    assert told == [("a", 1, 0.2), ("b", 1, 0.05), ("a", 2, 0.05), ("b", 2, 0.05)]
    last = (await _told(quality))[-1]
    assert (last.gold_share_max, last.extra_gold_until) == (0.2, timestamp(until))
    await quality.create()
    await quality.submit(answers_submitted(submitted("t", "a", "yes", overlap=1)))
    found = await quality.send(
        quality.stub.GetContractorQuality,
        pb.GetContractorQualityRequest(contractor_id="a"),
        token=quality.contractor("a"),
    )
    (seen,) = found.quality
    assert (seen.gold_share, seen.paused_until) == (0.05, timestamp(until))
    assert (seen.limit_explanation, seen.answers) == ("rest a while", 1)
    first = (await _told(quality))[0]
    assert first.paused_until == timestamp(until)
    assert (first.reason, first.explanation) == ("FAILED_GOLD", "rest a while")


async def test_a_person_looks_at_what_somebody_watched_answers_until_they_are_not(
    quality: ServedQuality,
) -> None:
    await quality.create()
    await quality.submit(answers_submitted(submitted("t0", "w", "yes", overlap=1)))

    async def decided(task: str) -> tuple[int, str]:
        await quality.submit(answers_submitted(submitted(task, "w", "yes", overlap=1)))
        events = await quality.rpc.events(events_pb2.AnswersDecided)
        (found,) = [a for e in events for a in e.answers if a.task_id == task]
        assert bool(found.clause) is (found.reason == "WATCHED")
        return found.decision, found.reason

    def until(hours: int) -> Change:
        return lambda before: replace(before, review_until=utc_now() + timedelta(hours=hours))

    await _change(quality, ("w", until(1)))
    assert await decided("t1") == (types_pb2.DECISION_IN_REVIEW, "WATCHED")
    await _change(quality, ("w", until(-1)))
    assert await decided("t2") == (types_pb2.DECISION_ACCEPTED, "AGREES")
    # Who is limited before anything of theirs was scored is limited too.
    await _change(quality, ("new", until(1)))
    await quality.submit(answers_submitted(submitted("t3", "new", "yes", overlap=1)))
    assert [answer.assignment_id for answer in await quality.waiting()] == ["t1:w", "t3:new"]


async def test_evidence_of_collusion_refuses_only_what_is_very_likely_wrong(
    quality: ServedQuality,
) -> None:
    await quality.create()
    teach = [
        submitted(f"g{n}", who, "yes", overlap=5, gold="yes") for n in range(9) for who in "abcde"
    ]
    await quality.submit(answers_submitted(*teach))
    store = SkillStore(database=quality.rpc.database)
    transactions = await quality.rpc.prepare(COLLECTIONS)

    async def mark(work: UnitOfWork) -> None:
        await store.mark_colluders("prj_1", {"a": {"alike": 9}}, session=work.session)

    await transactions.run(mark)
    wrong = [submitted("t", who, "no" if who in "ab" else "yes", overlap=6) for who in "abcde"]
    right = [submitted("u", who, "yes", overlap=5) for who in "abcde"]
    await quality.submit(answers_submitted(*wrong, submitted("t", "f", "yes", overlap=6), *right))
    events = await quality.rpc.events(events_pb2.AnswersDecided)
    decided = {a.assignment_id: a for event in events for a in event.answers}
    assert (decided["t:a"].decision, decided["t:a"].reason) == (
        types_pb2.DECISION_REJECTED,
        "COLLUSION",
    )
    assert decided["t:b"].decision == types_pb2.DECISION_ACCEPTED
    assert decided["u:a"].decision == types_pb2.DECISION_ACCEPTED
