"""The forms of values: what is read, how it is written, and what is refused where."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.broker.domain.answer_forms.decimals import decimal_text
from services.broker.domain.answer_forms.forms import read_value, write_value
from services.broker.domain.answer_forms.wrong import FormWrong
from services.broker.domain.projects import AnswerField, WorkKind

FIELDS = (
    AnswerField(name="verdict", kind=WorkKind.CHOICE, labels=("good", "bad")),
    AnswerField(name="topics", kind=WorkKind.CHOICE, labels=("a", "b", "c"), multiple=True),
    AnswerField(name="stars", kind=WorkKind.ORDINAL, labels=("1", "2", "3")),
    AnswerField(name="count", kind=WorkKind.NUMERIC),
    AnswerField(name="boxes", kind=WorkKind.REGIONS),
    AnswerField(name="free", kind=WorkKind.TEXT),
)


def _kept(kind: WorkKind, text: str, **given: Any) -> str:
    return write_value(read_value(kind, text, **given))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("5", "5"), ("5.0", "5"), ("+5", "5"), ("05.50", "5.5"), ("-0.0", "0"), (".5", "0.5"),
        ("1e-5", "0.00001"), ("1E3", "1000"), ("-12.340", "-12.34"),
        ("9" * 32, "9" * 32), ("0.1234567890123456789", "0.1234567890123456789"),
    ],
)  # fmt: skip
def test_a_number_is_written_in_one_way(written: str, kept: str) -> None:
    assert decimal_text(written) == kept


@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12, places=8)
)
def test_no_digit_of_a_number_is_lost(number: Decimal) -> None:
    kept = decimal_text(str(number))
    assert Decimal(kept) == number
    assert decimal_text(kept) == kept
    assert decimal_text(f"{number:e}") == kept


@pytest.mark.parametrize(
    "written", ["", " 5", "five", "nan", "inf", "0x10", "1,5", "1_000", "٣", "1e", "--1", "5 "]
)
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(FormWrong) as refused:
        decimal_text(written)
    assert refused.value.rule == "number"


@pytest.mark.parametrize("written", ["9" * 33, "1e-40", "1e999"])
def test_numbers_are_bounded(written: str) -> None:
    with pytest.raises(FormWrong) as refused:
        decimal_text(written)
    assert refused.value.rule == "too_long"


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        (WorkKind.RANKED, '[ "b", "a" ]', '["b","a"]'),
        (WorkKind.REGIONS, "[]", "[]"),
        (
            WorkKind.REGIONS,
            '[{"label": "Car", "box": [10.00001, 20.0, 30, 40], "rotation": 0}]',
            '[{"box":[10,20,30,40],"label":"Car"}]',
        ),
        (
            WorkKind.REGIONS,
            (
                '[{"label":"é","polygon":[[0,0],[100,0],[50,99.99999]]},'
                '{"box":[1,2,3,4],"label":"Car","rotation":30}]'
            ),
            (
                '[{"box":[1,2,3,4],"label":"Car","rotation":30},'
                '{"label":"é","polygon":[[0,0],[100,0],[50,100]]}]'
            ),
        ),
        (
            WorkKind.REGIONS,
            (
                '[{"shape":"keypoint","label":"","x":1,"y":2,"width":0},'
                '{"shape":"ellipse","label":"E","x":1,"y":2,"radiusX":3,"radiusY":4}]'
            ),
            (
                '[{"label":"","shape":"keypoint","x":1,"y":2},'
                '{"label":"E","radiusX":3,"radiusY":4,"shape":"ellipse","x":1,"y":2}]'
            ),
        ),
        (
            WorkKind.SPANS,
            '[{"label":"B","start":5,"end":9.0},{"label":"A","start":7,"end":7}]',
            '[{"end":7,"label":"A","start":7},{"end":9,"label":"B","start":5}]',
        ),
        (WorkKind.CODE, "def f():\n    pass\n", "def f():\n    pass\n"),
        (
            WorkKind.STRUCTURED,
            (
                '{"topics":["c","a"],"count":5.50,"stars":"2","verdict":"bad",'
                '"boxes":[{"label":"x","box":[1,1,1,1]}]}'
            ),
            (
                '{"boxes":[{"box":[1,1,1,1],"label":"x"}],"count":"5.5","stars":"2",'
                '"topics":["a","c"],"verdict":"bad"}'
            ),
        ),
        (WorkKind.STRUCTURED, "{}", "{}"),
    ],
)
def test_values_are_kept_in_one_way(kind: WorkKind, text: str, kept: str) -> None:
    assert _kept(kind, text, fields=FIELDS) == kept
    assert _kept(kind, kept, fields=FIELDS) == kept


@pytest.mark.parametrize(
    ("kind", "value", "path", "rule"),
    [
        (WorkKind.RANKED, {"a": 1}, "", "type"),
        (WorkKind.RANKED, [], "", "type"),
        (WorkKind.RANKED, ["a", 1], "[1]", "type"),
        (WorkKind.RANKED, ["a", "a"], "[1]", "twice"),
        (WorkKind.REGIONS, {}, "", "type"),
        (WorkKind.REGIONS, ["car"], "[0]", "type"),
        (WorkKind.REGIONS, [{"box": [1, 2, 3, 4]}], "[0].label", "label"),
        (WorkKind.REGIONS, [{"label": "a"}], "[0]", "shape"),
        (WorkKind.REGIONS, [{"label": "a", "box": [1, 2, 3, 4], "polygon": []}], "[0]", "shape"),
        (WorkKind.REGIONS, [{"label": "a", "box": [1, 2, 3]}], "[0].box", "type"),
        (WorkKind.REGIONS, [{"label": "a", "box": [1, 2, 3, "4"]}], "[0].box[3]", "type"),
        (WorkKind.REGIONS, [{"label": "a", "box": [1, 2, 0, 4]}], "[0].box[2]", "range"),
        (WorkKind.REGIONS, [{"label": "a", "box": [90, 2, 20, 4]}], "[0].box[2]", "range"),
        (WorkKind.REGIONS, [{"label": "a", "box": [-1, 2, 20, 4]}], "[0].box[0]", "range"),
        (WorkKind.REGIONS, [{"label": "a", "box": [1, 2, 3, 4], "x": 1}], "[0].x", "key"),
        (WorkKind.REGIONS, [{"label": "a", "polygon": [[0, 0], [1, 1]]}], "[0].polygon", "count"),
        (WorkKind.REGIONS, [{"label": "a", "polygon": [[0, 0], [1, 1], [1]]}], "[0].polygon[2]",
         "type"),
        (WorkKind.REGIONS, [{"label": "a", "shape": "star"}], "[0].shape", "shape"),
        (WorkKind.REGIONS, [{"label": "a", "shape": "ellipse", "x": 1, "y": 1, "radiusX": 0,
          "radiusY": 1}], "[0].radiusX", "range"),
        (WorkKind.REGIONS, [{"label": "a", "box": [1, 2, 3, 4], "attributes": {"n": 1}}],
         "[0].attributes.n", "type"),
        (WorkKind.SPANS, [{"label": "a", "start": 3}], "[0].end", "type"),
        (WorkKind.SPANS, [{"label": "a", "start": 3, "end": 2}], "[0].end", "range"),
        (WorkKind.SPANS, [{"label": "a", "start": -3, "end": 2}], "[0].start", "range"),
        (WorkKind.STRUCTURED, [], "", "type"),
        (WorkKind.STRUCTURED, {"other": 1}, ".other", "field"),
        (WorkKind.STRUCTURED, {"verdict": "so"}, ".verdict", "label"),
        (WorkKind.STRUCTURED, {"verdict": ["good"]}, ".verdict", "type"),
        (WorkKind.STRUCTURED, {"topics": "a"}, ".topics", "type"),
        (WorkKind.STRUCTURED, {"topics": ["a", "z"]}, ".topics[1]", "label"),
        (WorkKind.STRUCTURED, {"topics": ["a", "a"]}, ".topics[1]", "twice"),
        (WorkKind.STRUCTURED, {"count": "many"}, ".count", "number"),
        (WorkKind.STRUCTURED, {"count": True}, ".count", "type"),
        (WorkKind.STRUCTURED, {"boxes": [{"label": "a"}]}, ".boxes[0]", "shape"),
        (WorkKind.STRUCTURED, {"free": " "}, ".free", "type"),
    ],
)  # fmt: skip
def test_what_is_of_another_form_is_refused_where_it_is(
    kind: WorkKind, value: Any, path: str, rule: str
) -> None:
    with pytest.raises(FormWrong) as refused:
        read_value(kind, json.dumps(value), fields=FIELDS)
    assert (refused.value.path, refused.value.rule) == (path, rule)


@pytest.mark.parametrize("kind", [WorkKind.RANKED, WorkKind.REGIONS, WorkKind.STRUCTURED])
@pytest.mark.parametrize("text", ["", "[", "NaN", "[" * 5_000])
def test_what_is_not_json_is_told_so(kind: WorkKind, text: str) -> None:
    with pytest.raises(FormWrong) as refused:
        read_value(kind, text)
    assert refused.value.rule == "json"


def test_a_ranking_is_of_the_tasks_items() -> None:
    assert read_value(WorkKind.RANKED, '["b","a"]', items=("a", "b")) == ["b", "a"]
    for wrong in ('["a"]', '["a","z"]', '["a","b","c"]'):
        with pytest.raises(FormWrong) as refused:
            read_value(WorkKind.RANKED, wrong, items=("a", "b"))
        assert refused.value.rule == "permutation"


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["label", "box", "polygon", "shape", "start", "end", "path", "attributes", "topics"]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


@given(ANY, st.sampled_from(list(WorkKind)))
def test_whatever_comes_is_read_or_refused(value: Any, kind: WorkKind) -> None:
    try:
        kept = _kept(kind, json.dumps(value), fields=FIELDS)
    except FormWrong:
        return
    assert _kept(kind, kept, fields=FIELDS) == kept
