"""Arguments to paths, queries and bodies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.sdk.errors import InvalidRequest
from services.sdk.routes import Route, rfc3339


def route(path: str, **given: str) -> Route[object]:
    return Route(**{"method": "POST", "path": path, **given})  # type: ignore[arg-type]


def test_what_the_path_does_not_take_is_the_body() -> None:
    call = route("/v1/a/{a_id}:do", body="*").call({"a_id": "1", "b": 2, "c": None, "d": False})
    assert (call.path, call.body, call.query) == ("/v1/a/1:do", {"b": 2, "d": False}, ())


def test_one_field_can_be_the_body_and_the_rest_the_query() -> None:
    call = route("/v1/a", body="b").call({"b": {"x": 1}, "c": "d"})
    assert (call.body, call.query) == ({"x": 1}, (("c", "d"),))


def test_without_a_body_all_is_query() -> None:
    moment = datetime(2026, 5, 1, 12, tzinfo=UTC)
    call = route("/v1/a").call({"n": 3, "yes": True, "no": False, "many": ["x", "y"], "t": moment})
    assert call.body is None
    assert call.query == (
        ("n", "3"), ("yes", "true"), ("no", "false"), ("many", "x"), ("many", "y"),
        ("t", "2026-05-01T12:00:00Z"),
    )  # fmt: skip


def test_an_argument_cannot_leave_its_place_in_the_path() -> None:
    call = route("/v1/a/{a_id}:do").call({"a_id": "../b?c=d#e/ü:x"})
    assert call.path == "/v1/a/..%2Fb%3Fc%3Dd%23e%2F%C3%BC%3Ax:do"


@pytest.mark.parametrize("value", ["", None])
def test_an_empty_argument_of_the_path_is_refused_here(value: str | None) -> None:
    with pytest.raises(InvalidRequest, match="a_id: is empty"):
        route("/v1/a/{a_id}").call({"a_id": value})


def test_times_are_sent_in_utc() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    assert (
        rfc3339(datetime(2026, 1, 1, 1, 0, 0, 5000, tzinfo=east)) == "2025-12-31T19:30:00.005000Z"
    )
