"""JSON to messages and back: what protobuf's own JSON means, refused field by field where not."""

from __future__ import annotations

import json
import math
from typing import Any

import orjson
import pytest
from google.protobuf.descriptor import Descriptor
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crewline.accounts.v1 import types_pb2 as accounts_pb2
from crewline.broker.v1 import service_pb2 as pb
from crewline.broker.v1 import types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.gateway.rest.decode import Decoder
from services.gateway.rest.encode import Encoder
from services.gateway.rest.fields import FieldNames, Violations
from services.gateway.rest.json_text import JsonMalformed, read_json, write_json
from services.gateway.rest.scalars import enum_prefix
from tests.unit.gateway.messages import JSON, as_protobuf_shows, messages, reachable

TYPES = reachable()
NAMES = FieldNames(TYPES)
DECODER = Decoder()
ENCODER = Encoder(names=NAMES)


def decoded(kind: Any, value: Any) -> Any:
    """The message, and what is wrong as {field: rule}."""
    message, wrong = kind(), Violations()
    DECODER.of(kind.DESCRIPTOR)(value, message, "", wrong)
    return message, {each.field: each.rule for each in wrong.found}


def test_there_are_types_of_every_service() -> None:
    assert len(TYPES) > 150
    assert {kind.full_name.split(".")[1] for kind in TYPES} >= {
        "accounts", "vendors", "broker", "quality", "payouts", "common",
    }  # fmt: skip


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_shows_what_protobuf_shows_and_reads_it_back(data: st.DataObject) -> None:
    descriptor = data.draw(st.sampled_from(TYPES), label="type")
    message = data.draw(messages(descriptor))
    shown = ENCODER.of(descriptor)(message)
    assert shown == as_protobuf_shows(message)
    again, wrong = decoded(GetMessageClass(descriptor), read_json(orjson.dumps(shown)))
    assert wrong == {}
    assert as_protobuf_shows(again) == shown


@given(st.data(), JSON)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_json_is_taken_or_refused_with_the_field(data: st.DataObject, junk: Any) -> None:
    descriptor = data.draw(st.sampled_from(TYPES), label="type")
    shown = ENCODER.of(descriptor)(data.draw(messages(descriptor)))
    _spoil(data, shown, junk)
    kind = GetMessageClass(descriptor)
    message, wrong = decoded(kind, shown)
    if not wrong:
        assert decoded(kind, ENCODER.of(descriptor)(message))[1] == {}
    kind.FromString(message.SerializeToString())


def _spoil(data: st.DataObject, shown: dict[str, Any], junk: Any) -> None:
    """Puts the junk somewhere."""
    while shown:
        name = data.draw(st.sampled_from(sorted(shown)))
        inner = shown[name]
        if isinstance(inner, dict) and data.draw(st.booleans()):
            shown = inner
            continue
        shown[name] = junk
        return


@pytest.mark.parametrize("descriptor", TYPES, ids=lambda kind: kind.full_name)
def test_every_type_has_a_json_form(descriptor: Descriptor) -> None:
    kind = GetMessageClass(descriptor)
    shown = ENCODER.of(descriptor)(kind())
    message, wrong = decoded(kind, shown)
    assert (wrong, message) == ({}, kind())


def test_every_fault_is_told_at_once_and_not_more_than_twenty() -> None:
    body = {
        "name": 7,
        "kind": "NONSENSE",
        "labels": ["a", 2, None],
        "pay": {"amount_minor": 2**63, "currency": None, "amount": 1},
        "overlap": True,
        "eligibility": [],
        "quality_policy": {"reject_below": "0.5"},
    }
    _, wrong = decoded(pb.CreateProjectRequest, body)
    assert wrong == {
        "name": "json.string",
        "kind": "json.enum",
        "labels[1]": "json.string",
        "labels[2]": "json.string",
        "pay.amount_minor": "json.integer",
        "pay.amount": "json.unknown",
        "overlap": "json.integer",
        "eligibility": "json.object",
        "quality_policy.reject_below": "json.number",
    }
    _, wrong = decoded(pb.CreateProjectRequest, {f"x{i}": 1 for i in range(1000)})
    assert len(wrong) == 20


@pytest.mark.parametrize(
    ("given_value", "taken"),
    [("PROJECT_STATE_LIVE", 3), ("LIVE", 3), (None, 0), ("PROJECT_STATE_UNSPECIFIED", 0)],
)
def test_enums_by_name_with_their_prefix_or_without(given_value: Any, taken: int) -> None:
    message, wrong = decoded(types_pb2.Project, {"state": given_value})
    assert (message.state, wrong) == (taken, {})


@pytest.mark.parametrize("value", ["live", "", 3, 3.0, True, ["LIVE"], "WORK_KIND_TEXT"])
def test_nothing_else_is_an_enum(value: Any) -> None:
    assert decoded(types_pb2.Project, {"state": value})[1] == {"state": "json.enum"}


def test_an_enum_that_is_not_known_yet_is_shown_by_number() -> None:
    project = types_pb2.Project.FromString(types_pb2.Project(state=99).SerializeToString())  # type: ignore[arg-type]
    assert ENCODER.of(project.DESCRIPTOR)(project)["state"] == 99


def test_prefixes_are_found() -> None:
    assert enum_prefix(types_pb2.ProjectState.DESCRIPTOR) == "PROJECT_STATE_"
    assert enum_prefix(accounts_pb2.OrganisationKind.DESCRIPTOR) == "ORGANISATION_KIND_"


@pytest.mark.parametrize(
    ("value", "taken"),
    [(5, 5), ("5", 5), (5.0, 5), ("-9223372036854775808", -(2**63)), (1e3, 1000)],
)
def test_integers_may_be_text(value: Any, taken: int) -> None:
    message, wrong = decoded(common_pb2.Money, {"amount_minor": value})
    assert (message.amount_minor, wrong) == (taken, {})


@pytest.mark.parametrize(
    "value", [5.5, "5.0", "", "0x5", "٣", 2**63, -(2**63) - 1, True, [5], 1e300]
)
def test_nothing_else_is_an_integer(value: Any) -> None:
    assert decoded(common_pb2.Money, {"amount_minor": value})[1] == {"amount_minor": "json.integer"}


@pytest.mark.parametrize(
    ("value", "seconds", "nanos"),
    [
        ("1970-01-01T00:00:01Z", 1, 0),
        ("1970-01-01T02:00:01.5+02:00", 1, 500_000_000),
        ("1969-12-31T23:59:59.999999999Z", -1, 999_999_999),
    ],
)
def test_times_are_rfc_3339(value: str, seconds: int, nanos: int) -> None:
    message, wrong = decoded(payouts_pb2.ClosePayPeriodRequest, {"end_time": value})
    assert wrong == {}
    assert (message.end_time.seconds, message.end_time.nanos) == (seconds, nanos)


@pytest.mark.parametrize(
    "value",
    [
        "1970-01-01", "1970-13-01T00:00:00Z", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z",
        "0000-01-01T00:00:00Z", "1970-01-01T00:00:61Z", "1970-01-01T00:00:00.1234567891Z", 0, "",
    ],
)  # fmt: skip
def test_nothing_else_is_a_time(value: Any) -> None:
    _, wrong = decoded(payouts_pb2.ClosePayPeriodRequest, {"end_time": value})
    assert wrong == {"end_time": "json.timestamp"}


def test_json_in_text_is_json() -> None:
    data = {"b": [1, 2.5, None], "a": {"ä": "\n"}, "n": 2**70}
    task, wrong = decoded(pb.NewTask, {"external_id": "x", "data": data})
    assert wrong == {}
    assert task.data_json == '{"b":[1,2.5,null],"a":{"ä":"\\n"},"n":1180591620717411303424}'
    assert decoded(pb.NewTask, {"data_json": "{}"})[1] == {"data_json": "json.unknown"}
    check, wrong = decoded(pb.CheckLabelConfigRequest, {"data": [{"a": 1}, None, "x"]})
    assert (list(check.data_json), wrong) == (['{"a":1}', "null", '"x"'], {})


def test_json_out_is_parsed_transformed_and_left_out_where_there_is_none() -> None:
    shown = Encoder(names=NAMES, transform_json=lambda value: {"seen": value})
    show = shown.of(types_pb2.Assignment.DESCRIPTOR)
    found = show(types_pb2.Assignment(data_json='{"image":\n1}'))
    assert found["data"] == {"seen": {"image": 1}}
    assert "result" not in found
    broken = ENCODER.of(types_pb2.Task.DESCRIPTOR)(types_pb2.Task(data_json="{broken"))
    assert broken["data"] == "{broken"


def test_optional_numbers_are_shown_where_they_are_set() -> None:
    show = ENCODER.of(types_pb2.Offer.DESCRIPTOR)
    assert "acceptance_rate" not in show(types_pb2.Offer())
    assert show(types_pb2.Offer(acceptance_rate=0.0))["acceptance_rate"] == 0.0
    message, _ = decoded(types_pb2.Offer, {"acceptance_rate": 0})
    assert message.HasField("acceptance_rate")


@pytest.mark.parametrize(("value", "shown"), [(math.nan, "NaN"), (-math.inf, "-Infinity")])
def test_numbers_that_json_has_not_are_words_as_in_protobufs(value: float, shown: str) -> None:
    offer = types_pb2.Offer(usual_seconds=value)
    assert ENCODER.of(offer.DESCRIPTOR)(offer)["usual_seconds"] == shown


def test_paths_of_fields_are_shown_in_the_names_of_json() -> None:
    error = common_pb2.ItemError(field="tasks[3].data_json")
    assert ENCODER.of(error.DESCRIPTOR)(error)["field"] == "tasks[3].data"
    assert NAMES.path("pay.currency") == "pay.currency"


def test_bytes_are_base64_of_either_alphabet() -> None:
    for text in ("-_8=", "+/8=", "-_8", "+/8"):
        message, wrong = decoded(accounts_pb2.SigningKey, {"public_key": text})
        assert (message.public_key, wrong) == (b"\xfb\xff", {})
    for bad in ("+", "ä", 1, "+/8=x"):
        assert decoded(accounts_pb2.SigningKey, {"public_key": bad})[1] == {
            "public_key": "json.base64"
        }


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    half = read_json(b'"\\ud800"')
    wrong = decoded(pb.NewTask, {"external_id": half, "assignee_ids": [half], "data": [half]})[1]
    assert wrong == dict.fromkeys(("external_id", "assignee_ids[0]", "data"), "json.unicode")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{} x", "not JSON"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b"-Infinity", "-Infinity is not JSON"),
        (b"[1e400]", "larger than any"),
        (b'{"a": {"b": 1, "b": 2}}', "'b' is there twice"),
        (b"\xff", "not UTF-8"),
        (b"[" * 101 + b"]" * 101, "nested more than 100 deep"),
        (b"[" * 100_000, "nested more than 100 deep"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "nested more than 100 deep"),
        (b"9" * 5000, "not JSON that is taken"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_is_no_json_says_why(raw: bytes, said: str) -> None:
    with pytest.raises(JsonMalformed, match=said):
        read_json(raw)


def test_a_hundred_deep_is_not_too_deep_and_many_brackets_are_not_depth() -> None:
    read_json(b"[" * 100 + b"]" * 100)
    read_json(json.dumps([{"a": []}] * 500).encode())


@given(JSON)
def test_json_is_written_as_it_was_read(value: Any) -> None:
    assert read_json(write_json(value).encode()) == value
