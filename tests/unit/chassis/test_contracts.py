"""Page tokens, ids, events and settings: what crosses a border keeps its shape."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.common.v1 import types_pb2
from crewline.vendors.v1 import events_pb2
from services.chassis.errors import PageTokenInvalid
from services.chassis.events import EVENT_BYTES_MAX, incoming, outgoing, subject_of
from services.chassis.ids import new_id
from services.chassis.natural_keys import derived_id
from services.chassis.paging import (
    PAGE_BYTES_MAX,
    PAGE_SIZE_DEFAULT,
    PAGE_SIZE_MAX,
    fitting,
    next_page,
    page_number,
    page_position,
    page_size,
    page_token,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@given(position=st.text(max_size=200), scope=st.text(max_size=50))
def test_a_page_token_leads_back_to_its_place(position: str, scope: str) -> None:
    assert page_position(page_token(position, scope=scope), scope=scope) == position


@given(st.text(min_size=1, max_size=60))
def test_anything_else_is_no_page_token(text: str) -> None:
    with pytest.raises(PageTokenInvalid):
        page_position(text, scope="here")


def test_a_page_token_is_good_for_its_own_list_only() -> None:
    token = page_token("tsk_1", scope="tasks:a")
    with pytest.raises(PageTokenInvalid):
        page_position(token, scope="tasks:b")


def test_page_sizes_have_a_default_and_a_maximum() -> None:
    assert page_size(0) == PAGE_SIZE_DEFAULT
    assert page_size(7) == 7
    assert page_size(10**9) == PAGE_SIZE_MAX


@pytest.mark.parametrize("position", ["-1", "1.5", "x", " 1", "1_0", "٣", "9" * 40, str(2**63)])
def test_a_number_that_no_list_reached_is_no_page_token(position: str) -> None:
    token = page_token(position, scope="here")
    with pytest.raises(PageTokenInvalid):
        page_number(token, scope="here")


def test_numbers_lead_back_to_their_place() -> None:
    assert page_number("", scope="here") == 0
    assert page_number(page_token("1234", scope="here"), scope="here") == 1234


def test_a_page_of_large_items_is_shorter_and_its_token_goes_on_from_there() -> None:
    items = ["x" * (PAGE_BYTES_MAX // 3) for _ in range(5)] + ["y" * (PAGE_BYTES_MAX + 1)] + ["z"]
    messages = [types_pb2.ItemError(message=text) for text in items]
    parts = []
    left = list(enumerate(messages))
    while left:
        shown = fitting(message for _, message in left)
        parts.append(len(shown))
        token = next_page(left, shown, lambda item: str(item[0]), scope="here")
        left = left[len(shown) :]
        assert bool(token) == bool(left)
        if token:
            assert page_number(token, scope="here") == left[0][0] - 1
    assert parts == [2, 2, 1, 1, 1]
    assert fitting([]) == []
    assert next_page([], [], str, scope="here") == ""


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_derived_ids_are_equal_exactly_where_their_parts_are(
    one: list[str], other: list[str]
) -> None:
    assert (derived_id("x", *one) == derived_id("x", *other)) == (one == other)


def test_new_ids_differ_and_sort_by_time() -> None:
    ids = [new_id("tsk") for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert all(len(each) == 28 for each in ids)
    # Within one millisecond the rest is random: the first ten characters are the time.
    assert [each[:13] for each in ids] == sorted(each[:13] for each in ids)


def test_an_event_survives_its_journey() -> None:
    message = events_pb2.VendorStateChanged(vendor_id="org_1", version=3)
    sent = outgoing(message, event_id="e1", key="org.1 *", now=NOW, traceparent="00-a-b-01")
    assert sent.subject == "crewline.vendors.v1.vendor_state_changed.org-1--"
    assert sent.headers["Nats-Msg-Id"] == sent.headers["ce-id"] == "e1"
    assert sent.headers["traceparent"] == "00-a-b-01"
    came = incoming(events_pb2.VendorStateChanged, sent.body, sent.headers, deliveries=2)
    assert (came.event_id, came.time, came.message, came.deliveries) == ("e1", NOW, message, 2)


def test_an_event_of_another_kind_or_a_torn_body_is_refused() -> None:
    sent = outgoing(
        events_pb2.VendorStateChanged(vendor_id="org_1"), event_id="e", key="k", now=NOW
    )
    with pytest.raises(ValueError, match="ce-type"):
        incoming(events_pb2.RateCardSet, sent.body, sent.headers, deliveries=1)
    with pytest.raises(ValueError, match="not a crewline"):
        incoming(events_pb2.VendorStateChanged, b"\xff\xff\xff", sent.headers, deliveries=1)


def test_an_event_that_the_bus_would_refuse_is_refused_before_it_is_committed() -> None:
    answers = [broker_pb2.SubmittedAnswer(value="x" * EVENT_BYTES_MAX)]
    with pytest.raises(ValueError, match="too large"):
        outgoing(broker_pb2.AnswersSubmitted(answers=answers), event_id="e", key="k", now=NOW)


def test_subjects_follow_from_names() -> None:
    assert subject_of("crewline.broker.v1.AnswersSubmitted") == (
        "crewline.broker.v1.answers_submitted"
    )
    assert subject_of("crewline.a.v1.B", prefix="t1") == "t1.crewline.a.v1.b"


def test_every_bad_setting_is_reported_at_once(repository: Path) -> None:
    path = os.pathsep.join((str(repository), str(repository / "protos" / "gen")))
    done = subprocess.run(
        [sys.executable, "-m", "services.broker"],
        cwd=repository,
        env={
            "PYTHONPATH": path,
            "PATH": os.environ["PATH"],
            "CREWLINE_NATS_URL": "http://nowhere",
            "CREWLINE_GRPC_PORT": "123456",
            "CREWLINE_PLATFORM_FEE_BPS": "many",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    for name in ("MONGO_URI", "NATS_URL", "GRPC_PORT", "PLATFORM_FEE_BPS"):
        assert f"CREWLINE_{name}" in done.stderr
    assert "Traceback" not in done.stderr
