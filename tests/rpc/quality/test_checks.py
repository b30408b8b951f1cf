"""The client's checks of answers in code."""

from __future__ import annotations

from crewline.quality.v1 import service_pb2 as pb
from crewline.quality.v1 import types_pb2
from tests.rpc.quality.broker_events import CODE, answers_submitted, submitted
from tests.rpc.quality.served import ServedQuality


async def test_passed_is_accepted_and_failed_is_looked_at(quality: ServedQuality) -> None:
    await quality.create(kind=CODE)
    await quality.submit(
        answers_submitted(
            submitted("t", "a", "print(1)", overlap=1),
            submitted("u", "b", "print(2)", overlap=1),
            kind=CODE,
        )
    )

    async def report(*checks: pb.Check, token: str = "") -> list[pb.ReviewResult]:
        response = await quality.send(
            quality.stub.ReportChecks, pb.ReportChecksRequest(checks=checks), token=token
        )
        return list(response.results)

    good = pb.Check(assignment_id="t:a", passed=3)
    bad = pb.Check(assignment_id="u:b", passed=1, failed=2, log="expected 3, got 2")
    empty = pb.Check(assignment_id="u:b")
    found = await report(good, bad, empty)
    assert [one.decision for one in found] == [
        types_pb2.DECISION_ACCEPTED,
        types_pb2.DECISION_IN_REVIEW,
        types_pb2.DECISION_UNSPECIFIED,
    ]
    assert found[2].error.reason == "CHECKS_MISSING"
    counts = await quality.counts()
    assert (counts.answers_accepted, counts.answers_in_review) == (1, 1)
    # Again: nothing more happens. Another client knows nothing of it.
    await report(good)
    assert await quality.counts() == counts
    [foreign] = await report(good, token=quality.stranger)
    assert foreign.error.reason == "ANSWER_NOT_FOUND"
    [waiting] = await quality.waiting()
    assert (waiting.assignment_id, waiting.reason) == ("u:b", "CHECKS_FAILED")
    assert waiting.evidence["checks_log"] == "expected 3, got 2"
