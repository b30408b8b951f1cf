"""How far two answers agree: one question for every kind, with an answer for any two values."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quality.domain.overlap import iou_of_spans
from services.quality.domain.similarity import agreement, agrees
from services.quality.domain.types import Kind
from services.quality.domain.values.spans import Span
from tests.unit.quality.values import FIELDS, values_of

SCALE = ("1", "2", "3", "4", "5")


def _box(label: str, *box: float) -> str:
    return json.dumps([{"label": label, "box": list(box)}])


@st.composite
def _pairs(draw: st.DrawFn) -> tuple[Kind, str, str]:
    kind = draw(st.sampled_from(list(Kind)))
    values = values_of(kind) | st.text(max_size=6)
    return kind, draw(values), draw(values)


@given(_pairs())
def test_agreement_is_a_symmetric_share_and_every_value_agrees_with_itself(
    pair: tuple[Kind, str, str],
) -> None:
    kind, one, other = pair
    fields = FIELDS if kind is Kind.STRUCTURED else ()
    found = agreement(kind, one, other, labels=SCALE, fields=fields)
    assert 0.0 <= found <= 1.0
    back = agreement(kind, other, one, labels=SCALE, fields=fields)
    assert found == pytest.approx(back, abs=1e-12)
    assert agreement(kind, one, one, labels=SCALE, fields=fields) == pytest.approx(1.0)
    assert agrees(kind, one, one, labels=SCALE, fields=fields)


@pytest.mark.parametrize(
    ("kind", "one", "other", "expected"),
    [
        (Kind.CHOICE, "cat", "dog", 0.0),
        (Kind.ORDINAL, "2", "3", 0.75),
        (Kind.ORDINAL, "1", "5", 0.0),
        (Kind.NUMERIC, "10", "1e1", 1.0),
        (Kind.NUMERIC, "10", "14", 0.5),
        (Kind.NUMERIC, "10", "18", 0.2),
        (Kind.TEXT, "a b c d", "a b x d", 0.75),
        (Kind.CODE, "x = 1", "x=1", 0.0),
        (Kind.RANKED, '["a","b","c"]', '["a", "c", "b"]', pytest.approx(2 / 3)),
        (Kind.RANKED, '["a","b","c"]', '["c","b","a"]', 0.0),
        # Only the first place is told: b and c behind it are left open.
        (Kind.RANKED, '["a","b","c"]', '["a"]', pytest.approx(2.5 / 3)),
        (Kind.REGIONS, _box("cat", 0, 0, 10, 10), _box("cat", 0, 0, 10, 8), 0.8),
        (Kind.REGIONS, _box("cat", 0, 0, 10, 10), _box("dog", 0, 0, 10, 10), 0.0),
        (Kind.REGIONS, _box("cat", 0, 0, 10, 10), _box("cat", 0, 0, 10, 4), 0.0),
        (Kind.REGIONS, "[]", "[]", 1.0),
        (Kind.REGIONS, "[]", _box("cat", 0, 0, 10, 10), 0.0),
        (
            Kind.SPANS,
            '[{"label":"x","start":0,"end":10}]',
            '[{"label":"x","start":0,"end":8},{"label":"x","start":20,"end":25}]',
            pytest.approx(2 * 0.8 / 3),
        ),
    ],
)
def test_agreement_of_examples(kind: Kind, one: str, other: str, expected: float) -> None:
    assert agreement(kind, one, other, labels=SCALE, tolerance=4.0) == expected


def test_several_fields_agree_as_their_worst() -> None:
    one = {"animal": "cat", "stars": "1", "tags": ["a", "b"], "note": "x y"}
    fields = FIELDS

    def against(**changed: object) -> float:
        other = json.dumps(one | changed)
        return agreement(Kind.STRUCTURED, json.dumps(one), other, fields=fields)

    assert against() == 1.0
    assert against(stars="2") == 0.5
    assert against(tags=["b"]) == 0.5
    assert against(stars="2", animal="dog") == 0.0
    assert against(note=None) == 0.0
    assert against(unasked="anything") == 1.0
    assert not agrees(Kind.STRUCTURED, json.dumps(one), json.dumps(one | {"stars": "2"}))


def test_a_number_is_right_within_the_tolerance_and_no_further() -> None:
    assert agrees(Kind.NUMERIC, "10", "12", tolerance=2.0)
    assert not agrees(Kind.NUMERIC, "10", "12.001", tolerance=2.0)


def test_two_points_at_different_places_have_nothing_in_common() -> None:
    here, there = Span(label="cat", start=0.0, end=0.0), Span(label="cat", start=2.5, end=2.5)
    assert iou_of_spans(here, there) == 0.0
    assert iou_of_spans(here, here) == 1.0
