"""Answers against label configs, and what they come down to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.broker.domain.answer_forms.forms import IN_JSON
from services.broker.domain.answering import answer_value
from services.broker.domain.errors import DataInvalid, ResultInvalid, ValueInvalid
from services.broker.domain.json_text import parse_json
from services.broker.domain.label_config import reader
from services.broker.domain.label_config.data import check_data
from services.broker.domain.label_config.meaning import meaning_of
from services.broker.domain.label_config.problems import PROBLEMS_MAX
from services.broker.domain.label_config.results import ITEMS_MAX, check_result
from services.broker.domain.label_config.sameness import canonical
from services.broker.domain.label_config.values import result_of, value_of
from services.broker.domain.projects import WorkKind
from services.broker.domain.tasks import new_task
from services.broker.domain.templates import TEMPLATES
from tests.unit.broker.label_configs import (
    ALL,
    ASKED_WHEN,
    BOXES,
    BOXES_ASKED,
    CHOICE,
    MANY,
    MEASURED,
    PAIR,
    PAIR_BY_CHOICES,
    RANKING,
    SHAPES,
    SPANS,
    WRITING,
    box,
    chosen,
    ranked,
    region,
    seen,
    written,
)
from tests.unit.broker.samples import a_project

TWO = {"q": "?", "answers": [{"id": "a"}, {"id": "b"}]}


@pytest.mark.parametrize(
    "text", ["[" * 5_000, '{"a":' * 5_000, '{"a": NaN}', '{"a": "\\ud800"}', "{", '{"a": 1}x']
)
def test_json_that_cannot_be_kept_is_refused_as_data_and_as_a_result(text: str) -> None:
    project = a_project(label_config=CHOICE, labels=("Yes", "no"))
    with pytest.raises(ResultInvalid) as refused:
        answer_value(project, value="", result_json=text)
    assert refused.value.metadata["rule"] == "json"
    if text.startswith("{"):
        with pytest.raises(DataInvalid):
            new_task(project, external_id="t", data_json=text, gold_label="", assignee_ids=())


def test_json_with_characters_of_every_plane_is_kept() -> None:
    assert parse_json('{"a": "\\ud83d\\ude00 é \\u0000"}') == {"a": "😀 é \0"}


def _ellipse(**changes: Any) -> dict[str, Any]:
    value = {"x": 50, "y": 50, "radiusX": 5, "radiusY": 5, "ellipselabels": ["E"]}
    return region("round", "ellipselabels", value | changes)


def _span(name: str, kind: str, to_name: str, **value: Any) -> dict[str, Any]:
    return region(name, kind, value, to_name)


def _text_span(**changes: Any) -> dict[str, Any]:
    return _span("part", "labels", "q", **({"start": 2, "end": 5, "labels": ["Name"]} | changes))


def _html_span(**changes: Any) -> dict[str, Any]:
    value = {
        "start": "/p[1]/text()[1]", "end": "/p[1]/text()[1]", "startOffset": 0, "endOffset": 4,
        "globalOffsets": {"start": 3, "end": 7}, "hypertextlabels": ["M"],
    }  # fmt: skip
    return _span("mark", "hypertextlabels", "h", **(value | changes))


def _said(**changes: Any) -> dict[str, Any]:
    value = {"start": "0", "end": "1", "startOffset": 0, "endOffset": 4, "paragraphlabels": ["S"]}
    return _span("said", "paragraphlabels", "talk", **(value | changes))


def _heard(**changes: Any) -> dict[str, Any]:
    value = {"start": 0.25, "end": 1.5, "labels": ["H"]}
    return _span("heard", "labels", "sound", **(value | changes))


def _measure(name: str, kind: str, **value: Any) -> dict[str, Any]:
    return region(name, kind, value, "q", f"id-{name}")


TRIANGLE = [[0, 0], [100.004, 0], [50, 100]]
GOOD: tuple[tuple[str, list[dict[str, Any]]], ...] = (
    (CHOICE, [chosen("bird", "no", to_name="image")]),
    (MANY, [chosen("bird", "no", "Yes", to_name="image")]),
    (BOXES, []),
    (BOXES, [box("a"), box("b", x=0, width=100.005), box("c", x=-3, rotation=30)]),
    (BOXES, [box(None), box(None)]),
    (BOXES_ASKED, [box("a"), seen("part", "a"), box("b", rectanglelabels=["Dog"])]),
    (RANKING, [ranked("b", "a")]),
    (PAIR, [region("better", "pairwise", {"selected": "left"}, "better")]),
    (PAIR, [region("better", "pairwise", {"selected": "right"}, "a,b")]),
    (PAIR_BY_CHOICES, [chosen("better", "tie", to_name="a")]),
    (WRITING, [written("text", "one", "two")]),
    (WRITING, [region("text", "textarea", {"text": "one"}, "q")]),
    (ASKED_WHEN, [chosen("ok", "Yes")]),
    (ASKED_WHEN, [chosen("ok", "No"), written("why", "because")]),
    (MEASURED, []),
    (
        MEASURED,
        [
            _measure("count", "number", number=0.5),
            _measure("stars", "rating", rating=3),
            _measure("kind", "taxonomy", taxonomy=[["animal", "fish"], ["plant"]]),
            _measure("note", "textarea", text=["x"]),
        ],
    ),
    (SPANS, [_html_span(globalOffsets=None)]),
    (SPANS, [_text_span()]),
    (SPANS, [_text_span(labels=["Place", "Name"])]),
    (SPANS, [_html_span()]),
    (SPANS, [_said(start=0, end=1)]),
    (SPANS, [_heard()]),
    (SHAPES, [_ellipse()]),
    (SHAPES, [region("area", "polygon", {"points": TRIANGLE})]),
    (
        SHAPES,
        [
            region("area", "polygon", {"points": TRIANGLE}),
            region("what", "labels", {"points": TRIANGLE, "labels": ["W"]}),
        ],
    ),
    (SHAPES, [region("what", "labels", {"points": TRIANGLE, "labels": []})]),
    (SHAPES, [region("point", "keypointlabels", {"x": 1, "y": 2, "keypointlabels": ["K"]})]),
)


@pytest.mark.parametrize(("config", "result"), GOOD)
def test_answers_that_fit_are_taken(config: str, result: list[dict[str, Any]]) -> None:
    read = reader.read(config)
    assert check_result(read, result, data=TWO) == []
    # And the value is that of the result that is made of it.
    value = value_of(read, result)
    made = result_of(read, value)
    if meaning_of(read).value_is_enough:
        assert check_result(read, made, data=TWO) == []
    assert value_of(read, made) == value


@pytest.mark.parametrize(
    ("config", "result", "path", "rule"),
    [
        (CHOICE, {}, "result", "type"),
        (CHOICE, None, "result", "type"),
        (CHOICE, ["a"], "result[0]", "type"),
        (BOXES, [box(None)] * (ITEMS_MAX + 1), "result", "size"),
        (CHOICE, [chosen("cat")], "result[0].from_name", "from_name"),
        (CHOICE, [region([], "choices", {})], "result[0].from_name", "from_name"),  # type: ignore[arg-type]
        (CHOICE, [{"type": "relation", "from_id": "a", "to_id": "b"}], "result[0].from_name",
         "from_name"),
        (CHOICE, [chosen("bird", "Yes", to_name="b")], "result[0].to_name", "to_name"),
        (CHOICE, [region("bird", "rating", {"choices": ["Yes"]})], "result[0].type", "type"),
        (CHOICE, [region("bird", "choices", {"choices": ["Yes"]}, region_id=5)],  # type: ignore[arg-type]
         "result[0].id", "type"),
        (CHOICE, [region("bird", "choices", [])], "result[0].value", "type"),
        (CHOICE, [region("bird", "choices", {})], "result[0].value.choices", "missing"),
        (CHOICE, [chosen("bird", "No", to_name="image")], "result[0].value.choices[0]", "label"),
        (CHOICE, [chosen("bird", "no", "Yes", to_name="image")], "result[0].value.choices",
         "count"),
        (CHOICE, [chosen("bird", "no", to_name="image"),
                  chosen("bird", "no", to_name="image", region_id="c2")], "result[1]", "twice"),
        (MANY, [chosen("bird", "no", "no", to_name="image")], "result[0].value.choices[1]",
         "twice"),
        (MANY, [], "result", "required"),
        (MANY, [chosen("bird", to_name="image")], "result", "required"),
        (BOXES, [box("a"), box("b", x=-5)], "result[1].value.x", "range"),
        (BOXES, [box(width=95)], "result[0].value.width", "range"),
        (BOXES, [box(width=0)], "result[0].value.width", "range"),
        (BOXES, [box(y=float("nan"))], "result[0].value.y", "type"),
        (BOXES, [box(y=True)], "result[0].value.y", "type"),
        (BOXES, [box(y=10**400)], "result[0].value.y", "type"),
        (BOXES, [box(x=-500, rotation=30)], "result[0].value.x", "range"),
        (BOXES, [box(rotation=999)], "result[0].value.rotation", "range"),
        (BOXES, [box(rectanglelabels=["Cat"])], "result[0].value.rectanglelabels[0]", "label"),
        (BOXES, [box(rectanglelabels=[[]])], "result[0].value.rectanglelabels[0]", "label"),
        (BOXES, [box(rectanglelabels=[])], "result[0].value.rectanglelabels", "missing"),
        (BOXES, [box(rectanglelabels=["Car", "Dog"])], "result[0].value.rectanglelabels", "count"),
        (BOXES, [box("a"), box("a", x=1)], "result[1]", "twice"),
        # Every car is asked about, and only once.
        (BOXES_ASKED, [box("a"), box("b"), seen("all", "a")], "result[1]", "required"),
        (BOXES_ASKED, [box("a"), seen("all", "a"), seen("part", "a")], "result[2]", "twice"),
        (BOXES_ASKED, [seen("all", "z")], "result[0].id", "region"),
        (RANKING, [], "result", "required"),
        (RANKING, [ranked("a", "a")], "result[0].value.ranker.rank", "twice"),
        (RANKING, [ranked("a")], "result[0].value.ranker.rank", "permutation"),
        (RANKING, [ranked("a", "z")], "result[0].value.ranker.rank", "permutation"),
        (RANKING, [region("rank", "ranker", {"ranker": ["a"]}, "answers")],
         "result[0].value.ranker.rank", "type"),
        (PAIR, [], "result", "required"),
        (PAIR, [region("better", "pairwise", {"selected": "none"}, "better")],
         "result[0].value.selected", "label"),
        (WRITING, [region("text", "textarea", {"text": 5}, "q")], "result[0].value.text", "type"),
        (WRITING, [region("text", "textarea", {"text": [5]}, "q")], "result[0].value.text[0]",
         "type"),
        (WRITING, [written("text", "x" * 65_537)], "result[0].value.text[0]", "size"),
        (ASKED_WHEN, [chosen("ok", "No")], "result", "required"),
        (ASKED_WHEN, [chosen("ok", "No"), written("why", " ")], "result", "required"),
        (MEASURED, [_measure("count", "number", number="5")], "result[0].value.number", "type"),
        (MEASURED, [_measure("count", "number", number=10)], "result[0].value.number", "range"),
        (MEASURED, [_measure("count", "number", number=-1)], "result[0].value.number", "range"),
        (MEASURED, [_measure("stars", "rating", rating=4)], "result[0].value.rating", "range"),
        (MEASURED, [_measure("stars", "rating", rating=0)], "result[0].value.rating", "range"),
        (MEASURED, [_measure("stars", "rating", rating=1.5)], "result[0].value.rating", "type"),
        (MEASURED, [_measure("kind", "taxonomy", taxonomy=["plant"])],
         "result[0].value.taxonomy[0]", "type"),
        # Only leaves may be chosen.
        (MEASURED, [_measure("kind", "taxonomy", taxonomy=[["animal"]])],
         "result[0].value.taxonomy[0]", "label"),
        (MEASURED, [_measure("kind", "taxonomy", taxonomy=[["plant"], ["plant"]])],
         "result[0].value.taxonomy[1]", "twice"),
        (MEASURED, [_measure("kind", "taxonomy", taxonomy=[["plant"]] * 3)],
         "result[0].value.taxonomy", "count"),
        (MEASURED, [_measure("note", "textarea", text=["a", "b"])], "result[0].value.text",
         "count"),
        (SPANS, [_text_span(end=1)], "result[0].value.end", "range"),
        (SPANS, [_text_span(start=1.5)], "result[0].value.start", "type"),
        (SPANS, [_text_span(start=-1)], "result[0].value.start", "type"),
        (SPANS, [_text_span(), {**_text_span(start=0), "id": "x2"}], "result[1]", "usages"),
        (SPANS, [_html_span(start=5)], "result[0].value.start", "type"),
        (SPANS, [_html_span(endOffset=-1)], "result[0].value.endOffset", "type"),
        (SPANS, [_html_span(globalOffsets=[1])], "result[0].value.globalOffsets", "type"),
        (SPANS, [_html_span(globalOffsets={"start": 3, "end": 1})],
         "result[0].value.globalOffsets.end", "range"),
        (SPANS, [_said(start="one")], "result[0].value.start", "type"),
        (SPANS, [_said(start="2")], "result[0].value.end", "range"),
        (SPANS, [_heard(end=0.1)], "result[0].value.end", "range"),
        (SHAPES, [_ellipse(radiusX=0)], "result[0].value.radiusX", "range"),
        (SHAPES, [_ellipse(x=101)], "result[0].value.x", "range"),
        (SHAPES, [region("area", "polygon", {"points": TRIANGLE[:2]})], "result[0].value.points",
         "count"),
        (SHAPES, [region("area", "polygon", {"points": [*TRIANGLE, [1]]})],
         "result[0].value.points[3]", "type"),
        (SHAPES, [region("area", "polygon", {"points": [*TRIANGLE, [1, 101]]})],
         "result[0].value.points[3][1]", "range"),
    ],
)  # fmt: skip
def test_answers_that_do_not_fit_are_told_where(
    config: str, result: Any, path: str, rule: str
) -> None:
    problems = check_result(reader.read(config), result, data=TWO)
    assert [(problem.path, problem.rule) for problem in problems] == [(path, rule)]


def test_problems_of_an_answer_are_bounded() -> None:
    problems = check_result(reader.read(BOXES), [box(x="a" * 1000) for _ in range(1000)])
    assert len(problems) == PROBLEMS_MAX
    assert all(len(problem.message) < 100 for problem in problems)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([1.0, 1.00004, 1.1, 7]),
            st.sampled_from(["Car", "Dog"]),
            st.sampled_from(["all", "part", ""]),
        ),
        max_size=4,
    ),
    st.randoms(),
)
def test_the_same_boxes_in_any_order_are_the_same_answer(
    boxes: list[tuple[float, str, str]], chance: Any
) -> None:
    config = reader.read(BOXES_ASKED.replace(' required="true"', ""))

    def result() -> list[dict[str, Any]]:
        items = []
        for number, (x, label, part) in enumerate(boxes):
            region_id = f"{number}-{chance.random()}"
            changes = {"x": x, "rotation": 0} if chance.random() < 0.5 else {"x": x}
            items.append(box(region_id, rectanglelabels=[label], **changes))
            if part:
                items.append(seen(part, region_id))
        chance.shuffle(items)
        return [dict(chance.sample(sorted(item.items()), len(item))) for item in items]

    first, second = result(), result()
    assert check_result(config, first) == []
    assert canonical(config, first) == canonical(config, second)
    assert canonical(config, json.loads(canonical(config, first))) == canonical(config, first)
    value = value_of(config, first)
    assert value_of(config, second) == value
    assert value_of(config, result_of(config, value)) == value


def test_what_is_said_of_which_region_is_part_of_the_answer() -> None:
    config = reader.read(BOXES_ASKED)
    one = [box("a"), seen("all", "a"), box("b", x=50), seen("part", "b")]
    other = [box("a"), seen("part", "a"), box("b", x=50), seen("all", "b")]
    assert canonical(config, one) != canonical(config, other)


def test_choices_and_labels_have_no_order_and_nothing_chosen_is_no_answer() -> None:
    many = reader.read(MANY)
    yes_no = [chosen("bird", "Yes", "no", to_name="image")]
    assert canonical(many, yes_no) == canonical(
        many, [chosen("bird", "no", "Yes", to_name="image")]
    )
    measured = reader.read(MEASURED)
    assert canonical(measured, [_measure("kind", "taxonomy", taxonomy=[])]) == "[]"
    numbers = {canonical(measured, [_measure("count", "number", number=n)]) for n in (5, 5.0)}
    assert len(numbers) == 1
    small = [canonical(measured, [_measure("count", "number", number=n)]) for n in (0.00001, 0)]
    assert small[0] != small[1], "a number that was typed is not rounded"


@pytest.mark.parametrize(
    ("config", "result", "value"),
    [
        (CHOICE, [chosen("bird", "no", to_name="image")], "no"),
        (PAIR, [region("better", "pairwise", {"selected": "left"}, "better")], "left"),
        (WRITING, [written("text", "one", "two")], "one\ntwo"),
        (ASKED_WHEN, [written("why", "x"), chosen("ok", "No")], "No"),
        (BOXES, [], "[]"),
    ],
)
def test_answers_come_down_to_one_value(config: str, result: Any, value: str) -> None:
    assert value_of(reader.read(config), result) == value


@given(st.sampled_from([t.label_config for t in TEMPLATES] + [PAIR_BY_CHOICES]), st.data())
def test_a_value_becomes_the_answer_that_it_came_from(text: str, data: st.DataObject) -> None:
    config = reader.read(text)
    meaning = meaning_of(config)
    if meaning.kind in IN_JSON:
        return
    labels = meaning.labels
    texts = st.text(min_size=1).filter(str.strip)
    if meaning.kind is WorkKind.NUMERIC:
        texts = st.integers(0, 10_000).map(str)
    value = data.draw(st.sampled_from(labels) if labels else texts)
    result = result_of(config, value)
    assert check_result(config, result) == []
    assert value_of(config, result) == value


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=5)
    | st.sampled_from(["Car", "left", "/p", "0", 10**400]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["x", "start", "end", "points", "labels", "rank", "id"])
            | st.text(max_size=5),
            inner,
        )
    ),
    max_leaves=8,
)


@given(JSON, JSON, st.sampled_from(ALL), st.data())
def test_whatever_comes_is_judged_and_not_stumbled_over(
    value: Any, more: Any, config: str, data: st.DataObject
) -> None:
    read = reader.read(config)
    control = data.draw(st.sampled_from(list(read.controls.values())))
    key = control.spec.value_key
    for given_value in (value, {key: value}, value | {key: more} if isinstance(value, dict) else 0):
        item = {
            "from_name": control.name,
            "to_name": control.to_names[0],
            "type": control.spec.result_type,
            "value": given_value,
            "id": data.draw(st.sampled_from(["a", "b"]) | JSON),
        }
        for result in (value, [item], [item, item], [item, value]):
            problems = check_result(read, result, data={"answers": more})
            if not problems:
                assert isinstance(value_of(read, result), str)
    if isinstance(value, dict):
        check_data(read, value)


def test_a_project_takes_a_value_or_a_result_that_says_the_same() -> None:
    project = a_project(label_config=CHOICE, labels=("Yes", "no"), label_set={"Yes", "no"})
    result = json.dumps([chosen("bird", "no", to_name="image")])
    assert answer_value(project, value="no", result_json="") == "no"
    assert answer_value(project, value="", result_json=result) == "no"
    assert answer_value(project, value="no", result_json=result) == "no"
    for value, given_result, error in (
        ("Yes", result, ValueInvalid),
        ("Maybe", "", ValueInvalid),
        ("", "", ValueInvalid),
        ("", "[]", ResultInvalid),
    ):
        with pytest.raises(error):
            answer_value(project, value=value, result_json=given_result)


def test_more_than_the_value_is_required_where_the_config_says_so() -> None:
    labels = {"labels": ("Yes", "No"), "label_set": {"Yes", "No"}}
    project = a_project(label_config=ASKED_WHEN, **labels)
    with pytest.raises(ResultInvalid) as refused:
        answer_value(project, value="No", result_json="")
    assert refused.value.metadata["rule"] == "required"
    several = a_project(label_config="", kind=WorkKind.STRUCTURED, labels=(), label_set=set())
    with pytest.raises(ResultInvalid):
        answer_value(several, value="{}", result_json="")


def test_a_value_is_bounded_whatever_it_was_made_of() -> None:
    boxes = a_project(label_config=BOXES, kind=WorkKind.STRUCTURED, labels=(), label_set=set())
    with pytest.raises(ResultInvalid) as refused:
        answer_value(boxes, value="", result_json=json.dumps([box(None)] * ITEMS_MAX))
    assert refused.value.metadata["field"] == "result"
