"""Answers of several parts in words."""

from __future__ import annotations

import pytest

from crewline.broker.v1 import types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from services.gateway.web.answers_shown import readable, shown_answer
from services.gateway.web.translations import LANGUAGES

ENGLISH, FRENCH = LANGUAGES["en"], LANGUAGES["fr"]
BOXES = '[{"box":[1,2,3,4],"label":"Car"},{"box":[5,5,5,5],"label":"Car"},{"label":"","shape":"x"}]'


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a text", "a text"),
        ("[unclear]", "[unclear]"),
        ("[" * 100_000, "[" * 100_000),
        ("[]", "nothing"),
        ('["b","a"]', "b › a"),
        (BOXES, "?, 2 × Car"),
        (
            '{"boxes":[{"box":[1,2,3,4],"label":"Dog"}],"count":"5","seen":["a","b"],"none":[]}',
            "boxes: Dog\ncount: 5\nseen: a, b\nnone: nothing",
        ),
        ('{"a":1,"b":null}', "a: 1\nb: null"),
    ],
)
def test_values_are_told_in_few_words(value: str, shown: str) -> None:
    assert readable(value, ENGLISH) == shown


def test_only_values_that_are_json_by_their_kind_are_read_as_such() -> None:
    code = types_pb2.Project(kind=common_pb2.WORK_KIND_CODE)
    regions = types_pb2.Project(kind=common_pb2.WORK_KIND_REGIONS)
    assert shown_answer(code, "[]", ENGLISH) == "[]"
    assert shown_answer(regions, "[]", FRENCH) == "rien"
