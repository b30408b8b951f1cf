"""Appeals: filed by who was rejected, settled by an operator, a second opinion, or silence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crewline.quality.v1 import events_pb2, types_pb2
from crewline.quality.v1 import service_pb2 as pb
from services.quality.store.collections import RULINGS
from tests.rpc.harness import refusal
from tests.rpc.quality.broker_events import answers_submitted, submitted
from tests.rpc.quality.served import REJECTED, ServedQuality

UPHELD, DISMISSED = types_pb2.APPEAL_STATE_UPHELD, types_pb2.APPEAL_STATE_DISMISSED


@pytest.fixture
async def rejected(quality: ServedQuality) -> ServedQuality:
    """With one answer, `t:a`, that the client has rejected."""
    await quality.create()
    await quality.submit(answers_submitted(submitted("t", "a", "yes", overlap=1), review_share=1.0))
    await quality.decide(("t:a", REJECTED))
    return quality


async def _file(quality: ServedQuality, token: str = "", words: str = "it is") -> types_pb2.Appeal:
    response = await quality.send(
        quality.stub.FileAppeal,
        pb.FileAppealRequest(assignment_id="t:a", statement=words),
        token=token or quality.contractor("a"),
    )
    found: types_pb2.Appeal = response.appeal
    return found


async def _told(quality: ServedQuality) -> list[events_pb2.DecidedAnswer]:
    events = await quality.rpc.events(events_pb2.AnswersDecided)
    return [answer for event in events for answer in event.answers]


async def _decisions(quality: ServedQuality) -> list[tuple[str, int, str]]:
    return [
        (types_pb2.Decision.Name(a.decision).removeprefix("DECISION_"), a.revision, a.reason)
        for a in await _told(quality)
    ]


async def _decide(
    quality: ServedQuality, appeal_id: str, state: types_pb2.AppealState.ValueType
) -> pb.AppealResult:
    response = await quality.send(
        quality.stub.DecideAppeals,
        pb.DecideAppealsRequest(
            decisions=[pb.AppealDecision(appeal_id=appeal_id, state=state, note="looked at it")]
        ),
        token=quality.operator,
    )
    [result] = list[pb.AppealResult](response.results)
    return result


async def test_filing_withholds_the_rejection_and_a_repeat_is_the_first(
    rejected: ServedQuality,
) -> None:
    appeal = await _file(rejected)
    assert appeal.state == types_pb2.APPEAL_STATE_OPEN
    assert (appeal.value, appeal.rejection_reason) == ("yes", "REVIEWED")
    assert appeal.decide_by_time.ToDatetime() - appeal.file_time.ToDatetime() == timedelta(days=9)
    assert (await _file(rejected, words="again")).statement == "it is"
    assert await _decisions(rejected) == [
        ("IN_REVIEW", 1, "SAMPLED"),
        ("REJECTED", 2, "REVIEWED"),
        ("IN_REVIEW", 3, "APPEALED"),
    ]
    counts = await rejected.counts()
    assert (counts.answers_rejected, counts.answers_in_review, counts.appeals_open) == (0, 1, 1)
    # Nobody reviews it as any other answer: it waits for its appeal.
    [result] = await rejected.decide(("t:a", REJECTED))
    assert result.error.reason


@pytest.mark.parametrize(
    ("state", "word", "reason"),
    [(UPHELD, "ACCEPTED", "APPEAL_UPHELD"), (DISMISSED, "REJECTED", "REVIEWED")],
)
async def test_an_operator_decides_once(
    rejected: ServedQuality, state: types_pb2.AppealState.ValueType, word: str, reason: str
) -> None:
    appeal = await _file(rejected)
    assert (await _decide(rejected, appeal.appeal_id, state)).state == state
    assert (await _decide(rejected, appeal.appeal_id, state)).state == state
    other = DISMISSED if state == UPHELD else UPHELD
    assert (await _decide(rejected, appeal.appeal_id, other)).error.reason == "APPEAL_DECIDED"
    assert (await _decisions(rejected))[-1] == (word, 4, reason)
    assert len(await _decisions(rejected)) == 4
    told = await rejected.send(
        rejected.stub.GetAppeal,
        pb.GetAppealRequest(appeal_id=appeal.appeal_id),
        token=rejected.contractor("a"),
    )
    assert (told.appeal.decided_by, told.appeal.decision_note) == ("OPERATOR", "looked at it")


async def test_silence_decides_for_the_contractor_after_nine_days(rejected: ServedQuality) -> None:
    await _file(rejected)
    now = rejected.rpc.clock()
    early = rejected.quality.fairness.overdue(clock=lambda: now + timedelta(days=8, hours=23))
    await early.turn()
    assert len(await _decisions(rejected)) == 3
    late = rejected.quality.fairness.overdue(clock=lambda: now + timedelta(days=9, hours=1))
    await late.turn()
    await late.turn()
    assert (await _decisions(rejected))[3:] == [("ACCEPTED", 4, "APPEAL_UPHELD")]
    counts = await rejected.counts()
    assert (counts.answers_accepted, counts.appeals_open) == (1, 0)


async def test_what_was_not_rejected_or_is_not_theirs_cannot_be_appealed(
    rejected: ServedQuality,
) -> None:
    await rejected.submit(answers_submitted(submitted("u", "a", "yes", overlap=1)))
    before = await rejected.rpc.contents()

    async def refused(assignment_id: str, token: str) -> str:
        request = pb.FileAppealRequest(assignment_id=assignment_id, statement="it is")
        found = await refusal(rejected.stub.FileAppeal, request, token=token)
        return found.reason

    assert await refused("u:a", rejected.contractor("a")) == "NOT_REJECTED"
    assert await refused("t:a", rejected.contractor("b")) == "ANSWER_NOT_FOUND"
    assert await refused("x:a", rejected.contractor("a")) == "ANSWER_NOT_FOUND"
    stranger = rejected.rpc.mint.token("VENDOR", organisation_id="org_stranger")
    assert await refused("t:a", stranger) == "ANSWER_NOT_FOUND"
    assert await rejected.rpc.contents() == before


async def test_everyone_sees_their_own_and_clients_see_a_pseudonym(
    rejected: ServedQuality,
) -> None:
    vendor = rejected.rpc.mint.token("VENDOR", organisation_id="org_vendor")
    appeal = await _file(rejected, vendor)

    async def listed(token: str) -> list[types_pb2.Appeal]:
        response = await rejected.send(
            rejected.stub.ListAppeals, pb.ListAppealsRequest(), token=token
        )
        return list(response.appeals)

    for token in (vendor, rejected.operator, rejected.contractor("a")):
        assert [one.contractor_id for one in await listed(token)] == ["a"]
    [shown] = await listed(rejected.client)
    assert shown.contractor_id == ""
    assert shown.contractor_pseudonym.startswith("anon_")
    for token in (rejected.stranger, rejected.contractor("b")):
        assert await listed(token) == []
        found = await refusal(
            rejected.stub.GetAppeal, pb.GetAppealRequest(appeal_id=appeal.appeal_id), token=token
        )
        assert found.reason == "APPEAL_NOT_FOUND"


async def test_a_withdrawn_appeal_leaves_the_rejection_as_it_was(rejected: ServedQuality) -> None:
    appeal = await _file(rejected)
    for _ in range(2):
        response = await rejected.send(
            rejected.stub.WithdrawAppeal,
            pb.WithdrawAppealRequest(appeal_id=appeal.appeal_id),
            token=rejected.contractor("a"),
        )
        assert response.appeal.state == types_pb2.APPEAL_STATE_WITHDRAWN
    assert (await _decisions(rejected))[3:] == [("REJECTED", 4, "REVIEWED")]


async def test_one_that_cannot_be_ended_does_not_keep_the_others_waiting(
    rejected: ServedQuality,
) -> None:
    await rejected.submit(
        answers_submitted(submitted("u", "b", "yes", overlap=1), review_share=1.0)
    )
    await rejected.decide(("u:b", REJECTED))
    await _file(rejected)
    await rejected.send(
        rejected.stub.FileAppeal,
        pb.FileAppealRequest(assignment_id="u:b", statement="it is"),
        token=rejected.contractor("b"),
    )
    rulings = rejected.rpc.database.collection(RULINGS)
    await rulings.update_one({"_id": "t:a"}, {"$unset": {"withheld": 1}})
    now = rejected.rpc.clock()
    late = rejected.quality.fairness.overdue(clock=lambda: now + timedelta(days=9, hours=1))
    await late.turn()
    upheld = [a for a in await _told(rejected) if a.reason == "APPEAL_UPHELD"]
    assert [answer.assignment_id for answer in upheld] == ["u:b"]
