"""Known answers of every kind, and the names of what a task compares."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.broker.domain.answering import answer_result, answer_value
from services.broker.domain.errors import DataInvalid, GoldInvalid, ResultInvalid, ValueInvalid
from services.broker.domain.label_config import reader
from services.broker.domain.label_config.values import value_of
from services.broker.domain.projects import Project, WorkKind
from services.broker.domain.tasks import Task, new_task
from services.broker.domain.work import fields_of, settle_kind
from tests.unit.broker.label_configs import (
    ASKED_WHEN,
    BOXES,
    BOXES_ASKED,
    CHOICE,
    COUNTED,
    MANY,
    MEASURED,
    NAMED,
    RANKING,
    RATED,
    TWO_SHAPES,
    WRITING,
    box,
    chosen,
    ranked,
    region,
)
from tests.unit.broker.samples import a_project

DATA = {
    "q": "?",
    "image": "/a.png",
    "answers": [{"id": "a"}, {"id": "b"}],
    "items": ["x", "y"],
}
BOX = '[{"box":[10,20,30,40],"label":"Car"}]'


def _project(config: str = "", kind: int = 0, labels: tuple[str, ...] = ()) -> Project:
    settled, of_config = settle_kind(kind=kind, labels=labels, label_config=config)
    return a_project(
        label_config=config, kind=settled, labels=of_config, label_set=frozenset(of_config)
    )


def _task(project: Project, gold: str = "", data: Any = None) -> Task:
    return new_task(
        project,
        external_id="t",
        data_json=json.dumps(DATA if data is None else data),
        gold_label=gold,
        assignee_ids=(),
    )


@pytest.mark.parametrize(
    ("config", "given", "kept"),
    [
        (CHOICE, "no", "no"),
        (CHOICE, json.dumps([chosen("bird", "no", to_name="image")]), "no"),
        (RATED, "3", "3"),
        (COUNTED, "4.50", "4.5"),
        (RANKING, '["b", "a"]', '["b","a"]'),
        (RANKING, json.dumps([ranked("b", "a")]), '["b","a"]'),
        (BOXES, '[{"label": "Car", "box": [10, 20.0, 30, 40]}]', BOX),
        (BOXES, json.dumps([box()]), BOX),
        (BOXES, "[]", "[]"),
        # What is asked of each box beside its place need not be known.
        (BOXES_ASKED, BOX, BOX),
        (NAMED, '[{"label":"Name","start":2,"end":5}]', '[{"end":5,"label":"Name","start":2}]'),
        (MANY, '{"bird": ["no", "Yes"]}', '{"bird":["Yes","no"]}'),
        (MEASURED, '{"count": 5, "stars": "2"}', '{"count":"5","stars":"2"}'),
        (WRITING, "a text", "a text"),
        # Nor what is asked beside the value.
        (ASKED_WHEN, "No", "No"),
        (
            TWO_SHAPES,
            '[{"label":"Road","polygon":[[0,0],[9,0],[9,9]]},{"label":"Car","box":[1,1,1,1]}]',
            '[{"box":[1,1,1,1],"label":"Car"},{"label":"Road","polygon":[[0,0],[9,0],[9,9]]}]',
        ),
    ],
)
def test_known_answers_are_kept_as_answers_are(config: str, given: str, kept: str) -> None:
    assert _task(_project(config), given).gold_label == kept


@pytest.mark.parametrize(
    ("config", "given", "rule"),
    [
        (CHOICE, "Maybe", "label"),
        (CHOICE, "[]", "label"),
        (RATED, "4", "range"),
        (RATED, "2.5", "type"),
        (COUNTED, "many", "number"),
        (COUNTED, "-1", "range"),
        (RANKING, '["a"]', "permutation"),
        (RANKING, '["a","z"]', "permutation"),
        (RANKING, "a,b", "json"),
        (RANKING, json.dumps([ranked("a", "z")]), "permutation"),
        (BOXES, '[{"label":"Cat","box":[1,1,1,1]}]', "label"),
        (BOXES, '[{"label":"Car","polygon":[[0,0],[9,0],[9,9]]}]', "label"),
        (BOXES, '[{"label":"Car","box":[1,1,1,1],"attributes":{"seen":"all"}}]', "key"),
        (BOXES, json.dumps([box(width=0)]), "range"),
        (NAMED, '[{"label":"Name","start":2.5,"end":5}]', "type"),
        (MANY, '{"bird": ["Maybe"]}', "label"),
        (MANY, "[]", "type"),
        (MANY, '{"bird": []}', "required"),
        (MEASURED, '{"count": 10}', "range"),
        (MEASURED, '{"size": 1}', "field"),
    ],
)
def test_known_answers_of_another_form_are_refused(config: str, given: str, rule: str) -> None:
    with pytest.raises(GoldInvalid) as refused:
        _task(_project(config), given)
    told = refused.value.metadata
    assert (told["field"], told["rule"]) == ("gold_label", rule)


@pytest.mark.parametrize(
    ("kind", "labels", "given", "kept"),
    [
        (WorkKind.ORDINAL, ("low", "high"), "high", "high"),
        (WorkKind.NUMERIC, (), "1e2", "100"),
        (WorkKind.RANKED, (), '["y", "x"]', '["y","x"]'),
        (WorkKind.REGIONS, (), BOX, BOX),
        (WorkKind.SPANS, (), "[]", "[]"),
        (WorkKind.TEXT, (), "a", "a"),
    ],
)
def test_without_a_label_config_the_kind_says_the_form(
    kind: WorkKind, labels: tuple[str, ...], given: str, kept: str
) -> None:
    project = _project(kind=kind, labels=labels)
    task = _task(project, given)
    assert task.gold_label == kept
    taken = answer_value(project, value=given, result_json="", items=task.items)
    assert taken == kept


@pytest.mark.parametrize(
    ("kind", "labels", "given", "rule"),
    [
        (WorkKind.ORDINAL, ("low", "high"), "middle", None),
        (WorkKind.NUMERIC, (), "ten", "number"),
        (WorkKind.RANKED, (), '["x"]', "permutation"),
        (WorkKind.REGIONS, (), "{}", "type"),
        (WorkKind.SPANS, (), "[1]", "type"),
    ],
)
def test_answers_and_known_answers_of_another_form_are_refused(
    kind: WorkKind, labels: tuple[str, ...], given: str, rule: str | None
) -> None:
    project = _project(kind=kind, labels=labels)
    items = _task(project).items
    with pytest.raises(ValueInvalid) as refused:
        answer_value(project, value=given, result_json="", items=items)
    assert refused.value.metadata["field"] == "value"
    assert refused.value.metadata.get("rule") == rule
    with pytest.raises(GoldInvalid):
        _task(project, given)


def test_program_text_has_no_known_answer() -> None:
    for project in (_project(kind=WorkKind.CODE), _project(WRITING, kind=WorkKind.CODE)):
        assert answer_value(project, value="x = 1", result_json="") == "x = 1"
        with pytest.raises(GoldInvalid):
            _task(project, "x = 1")


def test_a_known_answer_written_otherwise_is_the_same_task() -> None:
    project = _project(BOXES)
    spaced = '[{"label": "Car", "box": [10.0, 20, 30, 40]}]'
    assert _task(project, BOX).digest == _task(project, spaced).digest
    assert _task(project, BOX).digest != _task(project, "[]").digest


@pytest.mark.parametrize(
    ("config", "value"),
    [
        (RATED, "3"),
        (COUNTED, "0.00001"),
        (RANKING, '["b","a"]'),
        (BOXES, BOX),
        (NAMED, "[]"),
        (MANY, '{"bird":["Yes"]}'),
        (BOXES_ASKED, BOX.replace("}]", ',"attributes":{"seen":"all"}}]')),
    ],
)
def test_values_alone_are_answers_and_the_editors_results_are_made_of_them(
    config: str, value: str
) -> None:
    project = _project(config)
    kept = answer_value(project, value=value, result_json="", data_json=json.dumps(DATA))
    assert json.loads(kept) == json.loads(value) or kept == value
    made = json.loads(answer_result(project, value=kept, result_json=""))
    assert value_of(reader.read(config), made) == kept
    assert answer_value(project, value=kept, result_json=json.dumps(made)) == kept


def test_values_alone_are_refused_where_the_config_would_refuse_their_result() -> None:
    for config, value, rule in (
        (COUNTED, "-1", "range"),
        (RANKING, '["a","z"]', "permutation"),
        (BOXES, '[{"label":"Cat","box":[1,1,1,1]}]', "label"),
        (BOXES_ASKED, BOX, "required"),
    ):
        with pytest.raises(ValueInvalid) as refused:
            answer_value(_project(config), value=value, result_json="", data_json=json.dumps(DATA))
        assert refused.value.metadata["rule"] == rule
    # Two things are asked, and the value is one of them.
    with pytest.raises(ResultInvalid):
        answer_value(_project(ASKED_WHEN), value="No", result_json="")


@pytest.mark.parametrize(
    ("kind", "data", "items"),
    [
        (WorkKind.PAIRWISE, {"items": ["m1", "m2"], "item_a": "z", "item_b": "w"}, ("m1", "m2")),
        (WorkKind.PAIRWISE, {"item_b": "right", "item_a": "left"}, ("left", "right")),
        (WorkKind.PAIRWISE, {"model_a": "gpt", "model_b": "llama"}, ("gpt", "llama")),
        (WorkKind.PAIRWISE, {"model_a": "gpt", "model_b": "gpt"}, ()),
        (WorkKind.PAIRWISE, {"items": [{"id": 1}]}, ()),
        (WorkKind.PAIRWISE, {"q": "?"}, ()),
        (WorkKind.RANKED, {"items": ["c", "a", "b"]}, ("c", "a", "b")),
        (WorkKind.RANKED, {"q": "?"}, ()),
        (WorkKind.CHOICE, {"items": ["c", "a"]}, ()),
    ],
)
def test_what_is_compared_is_named_by_the_data(
    kind: WorkKind, data: dict[str, Any], items: tuple[str, ...]
) -> None:
    project = a_project(kind=kind)
    assert _task(project, data=data).items == items


def test_a_ranking_is_of_what_its_list_shows() -> None:
    assert _task(_project(RANKING)).items == ("a", "b")
    for data, path in (
        ({"items": "a"}, "data.items"),
        ({"items": ["a", "a"]}, "data.items[1]"),
        ({"items": [{"id": "a"}]}, "data.items[0]"),
        ({"items": ["ü" * 100 + str(n) for n in range(400)]}, "data.items"),
    ):
        with pytest.raises(DataInvalid) as refused:
            _task(_project(kind=WorkKind.RANKED), data=data)
        assert refused.value.metadata["field"] == path


def test_a_region_of_two_labels_is_two_marks_of_one_place() -> None:
    config = BOXES.replace('name="box"', 'name="box" choice="multiple"')
    project = _project(config)
    both = json.dumps([box(rectanglelabels=["Dog", "Car"])])
    apart = json.dumps([box("a", rectanglelabels=["Dog"]), box("b", rectanglelabels=["Car"])])
    assert (
        answer_value(project, value="", result_json=both)
        == answer_value(project, value="", result_json=apart)
        == '[{"box":[10,20,30,40],"label":"Car"},{"box":[10,20,30,40],"label":"Dog"}]'
    )


def test_paragraphs_and_pages_are_measured_on_one_line() -> None:
    talk = (
        '<View><Paragraphs name="talk" value="$talk"/><ParagraphLabels name="said" toName="talk">'
        '<Label value="S"/></ParagraphLabels></View>'
    )
    said = {"start": "1", "end": "2", "startOffset": 4, "endOffset": 7, "paragraphlabels": ["S"]}
    project = _project(talk)
    value = answer_value(
        project, value="", result_json=json.dumps([region("said", "paragraphlabels", said, "talk")])
    )
    assert value == '[{"end":2000007,"label":"S","start":1000004}]'
    [made] = json.loads(answer_result(project, value=value, result_json=""))
    assert made["value"] == said


def test_marks_of_one_object_are_one_question_where_they_can_be_told_apart() -> None:
    def shapes(other: str) -> Project:
        more = f'<{other} name="area" toName="image"><Label value="Car"/></{other}>'
        return _project(BOXES.replace("</View>", f"{more}</View>"))

    polygon = {"points": [[0, 0], [9, 0], [9, 9]], "polygonlabels": ["Car"]}
    drawn = [box(), region("area", "polygonlabels", polygon, region_id="p1")]
    together = shapes("PolygonLabels")
    assert (together.kind, fields_of(together)) == (WorkKind.REGIONS, ())
    value = answer_value(together, value="", result_json=json.dumps(drawn))
    made = json.loads(answer_result(together, value=value, result_json=""))
    assert [item["from_name"] for item in made] == ["box", "area"]
    assert answer_value(together, value="", result_json=json.dumps(made)) == value

    apart = shapes("RectangleLabels")
    assert [(f.name, f.kind) for f in fields_of(apart)] == [
        ("box", WorkKind.REGIONS),
        ("area", WorkKind.REGIONS),
    ]
    value = answer_value(apart, value="", result_json=json.dumps([box()]))
    assert value == f'{{"area":[],"box":{BOX}}}'
