"""What is tried again, how long after, and when it is given up."""

from __future__ import annotations

import pytest

from services.sdk.answers import Reply
from services.sdk.errors import NotFound, NotSignedIn, RateLimited, Unavailable, Unreachable
from services.sdk.generated.projects import _ACTIVATE_PROJECT, _FUND_PROJECT, _GET_PROJECT
from services.sdk.plans import Lost, Planner
from services.sdk.retries import RetryPolicy
from tests.unit.sdk.driving import BASE_URL, Drive, good, refusal

GET = _GET_PROJECT.call({"project_id": "p1"})
PROJECT = good(project={"project_id": "p1"})
LOST = Lost(what="connection lost")


def test_what_the_platform_cannot_do_now_is_tried_again_at_growing_pauses() -> None:
    drive = Drive()
    answers: list[Reply | Lost] = [
        refusal(503, "UNAVAILABLE"),
        LOST,
        Reply(status=502, body=b"<html>"),
        PROJECT,
    ]
    assert drive.run(drive.planner.ask(GET), answers) == {"project_id": "p1"}
    assert drive.slept == [0.25, 0.5, 1.0]


def test_chance_spreads_the_pauses_but_never_to_nothing() -> None:
    drive = Drive(chance=0.0)
    drive.run(drive.planner.ask(GET), [LOST, LOST, PROJECT])
    assert drive.slept == [0.125, 0.25]


def test_pauses_stop_growing_and_attempts_are_bounded() -> None:
    drive = Drive(retries_max=6, first_pause_seconds=2.0, pause_seconds_max=5.0)
    with pytest.raises(Unreachable, match=BASE_URL) as caught:
        drive.run(drive.planner.ask(GET), [LOST] * 7)
    assert drive.slept == [2.0, 4.0, 5.0, 5.0, 5.0, 5.0]
    assert caught.value.reason == "UNREACHABLE"
    assert "Check the address" in str(caught.value)


def test_no_attempt_begins_after_the_time_is_over() -> None:
    drive = Drive(retries_max=100, total_seconds=10.0, first_pause_seconds=4.0)
    with pytest.raises(Unavailable):
        drive.run(drive.planner.ask(GET), [refusal(503, "UNAVAILABLE")] * 2)
    assert drive.slept == [4.0]


def test_retry_after_is_obeyed_and_spread_upwards() -> None:
    drive = Drive()
    drive.run(drive.planner.ask(GET), [refusal(429, "RATE_EXCEEDED", retry_after="7"), PROJECT])
    assert drive.slept == [7.125]


def test_a_retry_after_that_is_too_long_is_told_instead_of_waited_for() -> None:
    drive = Drive()
    with pytest.raises(RateLimited) as caught:
        drive.run(drive.planner.ask(GET), [refusal(429, "RATE_EXCEEDED", retry_after="600")])
    assert drive.slept == []
    assert caught.value.retry_after_seconds == 600.0
    assert str(caught.value).endswith("Try again in 600 s.")


@pytest.mark.parametrize("said", ["soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", ""])
def test_a_retry_after_of_another_form_changes_nothing(said: str) -> None:
    drive = Drive()
    drive.run(drive.planner.ask(GET), [refusal(429, "RATE_EXCEEDED", retry_after=said), PROJECT])
    assert drive.slept == [0.25]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500])
def test_refusals_are_final(status: int) -> None:
    drive = Drive()
    with pytest.raises(Exception, match="SOME_REASON"):
        drive.run(drive.planner.ask(GET), [refusal(status, "SOME_REASON")])
    assert len(drive.sent) == 1


def test_a_write_keeps_its_idempotency_key_over_its_attempts() -> None:
    drive = Drive()
    call = _ACTIVATE_PROJECT.call({"project_id": "p1"}, idempotency_key="k1")
    drive.run(drive.planner.ask(call), [LOST, refusal(503, "UNAVAILABLE"), PROJECT])
    assert [request.headers["idempotency-key"] for request in drive.sent] == ["k1"] * 3


def test_what_may_only_be_early_is_asked_again_for_a_short_while() -> None:
    call = _FUND_PROJECT.call({"project_id": "p1", "amount": {}}, idempotency_key="k1")
    early = refusal(404, "PROJECT_NOT_FOUND")
    drive = Drive()
    held = good(held={"amount_minor": 5, "currency": "USD"})
    assert drive.run(drive.planner.ask(call), [early, early, held])["amount_minor"] == 5
    assert drive.slept == pytest.approx([0.1, 0.15])

    drive = Drive(early_seconds=3.0)
    with pytest.raises(NotFound):
        drive.run(drive.planner.ask(call), [early] * 7)
    assert drive.now <= 3.0

    # The same reason of an operation that it does not mean so for.
    drive = Drive()
    with pytest.raises(NotFound):
        drive.run(drive.planner.ask(GET), [early])


def test_without_a_key_only_public_operations_are_sent() -> None:
    planner = Planner(base_url=BASE_URL, policy=RetryPolicy())
    with pytest.raises(NotSignedIn, match="crewline login"):
        planner.request(GET)
    from services.sdk.generated.organisations import _REGISTER_ORGANISATION

    request = planner.request(_REGISTER_ORGANISATION.call({"name": "A"}))
    assert "authorization" not in request.headers
