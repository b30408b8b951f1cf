"""Label configs: what is read, what is refused and where, and what answers come down to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.broker.domain.errors import KindInvalid, LabelConfigInvalid, LabelsInvalid
from services.broker.domain.label_config import reader
from services.broker.domain.label_config.data import check_data
from services.broker.domain.label_config.meaning import canonical, meaning_of, result_of, value_of
from services.broker.domain.label_config.results import check_result
from services.broker.domain.projects import WorkKind
from services.broker.domain.templates import TEMPLATES
from services.broker.domain.work import settle_kind

CHOICE = (
    '<View><Image name="image" value="$image"/><Choices name="bird" toName="image">'
    '<Choice value="Yes"/><Choice value="No" alias="no"/></Choices></View>'
)
BOXES = (
    '<View><Image name="image" value="$image"/><RectangleLabels name="box" toName="image">'
    '<Label value="Car"/><Label value="Dog"/></RectangleLabels></View>'
)
RANKING = (
    '<View><Text name="q" value="$q"/><List name="answers" value="$answers"/>'
    '<Ranker name="rank" toName="answers"/></View>'
)


def _region(name: str, kind: str, value: dict[str, Any], to_name: str = "image") -> dict[str, Any]:
    return {"id": "x1", "from_name": name, "to_name": to_name, "type": kind, "value": value}


def _box(**changes: Any) -> dict[str, Any]:
    value = {"x": 10.0, "y": 20, "width": 30, "height": 40, "rectanglelabels": ["Car"]}
    return _region("box", "rectanglelabels", value | changes)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_every_template_shows_its_own_example(template: Any) -> None:
    config = reader.read(template.label_config)
    assert check_data(config, template.example) == []
    assert len(template.instructions) > 200


def test_templates_are_of_every_kind() -> None:
    kinds = {t.name: meaning_of(reader.read(t.label_config)).kind for t in TEMPLATES}
    assert kinds == {
        "photo-classification": WorkKind.CHOICE,
        "photo-boxes": WorkKind.STRUCTURED,
        "text-completion": WorkKind.TEXT,
        "pairwise-preference": WorkKind.PAIRWISE,
        "ranking": WorkKind.STRUCTURED,
        "free-writing": WorkKind.TEXT,
        "transcription": WorkKind.TEXT,
        "code-review": WorkKind.CHOICE,
    }


@pytest.mark.parametrize(
    ("config", "path", "rule"),
    [
        ("<View>", "label_config", "xml"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><View/>', "label_config", "doctype"),
        ("<View/>", "View", "control_missing"),
        ("<Choices/>", "Choices", "root"),
        ('<View><Video2 name="a" value="$a"/></View>', "View/Video2", "tag_unknown"),
        ('<View><Text name="1" value="$a"/></View>', "View/Text", "name"),
        ('<View><Text name="a" value="a"/></View>', "View/Text", "value"),
        (
            '<View><Text name="a" value="$a"/><TextArea name="a" toName="a"/></View>',
            "View/TextArea",
            "name_taken",
        ),
        (CHOICE.replace('toName="image"', 'toName="other"'), "View/Choices", "to_name"),
        (CHOICE.replace('alias="no"', 'alias="Yes"'), "View/Choices", "label_taken"),
        (CHOICE.replace('value="Yes"', 'value=""'), "View/Choices", "label"),
        (
            CHOICE.replace(
                '<Choice value="Yes"/>', '<Choice value="Y"><Choice value="Z"/></Choice>'
            ),
            "View/Choices",
            "nested",
        ),
        ("<View>" * 40 + "</View>" * 40, "View/", "too_deep"),
        (CHOICE.replace("</View>", "<Choices/></View>"), "View/*[3]", "name"),
    ],
)
def test_what_the_editor_could_not_show_is_told_where(config: str, path: str, rule: str) -> None:
    with pytest.raises(LabelConfigInvalid) as refused:
        reader.read(config)
    start = path.partition("[@")[0]
    found = [(problem.path, problem.rule) for problem in refused.value.problems]
    assert any(told == rule and where.startswith(start) for where, told in found), found


def test_a_control_without_an_object_is_about_the_only_one() -> None:
    config = reader.read(CHOICE.replace(' toName="image"', ""))
    assert config.controls["bird"].to_names == ("image",)


@pytest.mark.parametrize(
    ("config", "data", "path", "rule"),
    [
        (CHOICE, {}, "data.image", "missing"),
        (CHOICE, {"image": 5}, "data.image", "address"),
        (CHOICE, {"image": "javascript:alert(1)"}, "data.image", "address"),
        (CHOICE, {"image": "crewline-media:../x"}, "data.image", "address"),
        (RANKING, {"q": [], "answers": [{"id": "a"}]}, "data.q", "type"),
        (RANKING, {"q": "?", "answers": "a"}, "data.answers", "type"),
        (RANKING, {"q": "?", "answers": [{"id": "a"}, {}]}, "data.answers[1].id", "missing"),
        (RANKING, {"q": "?", "answers": [{"id": "a"}] * 2}, "data.answers[1].id", "taken"),
    ],
)
def test_data_that_cannot_be_shown_is_told_where(
    config: str, data: dict[str, Any], path: str, rule: str
) -> None:
    problems = check_data(reader.read(config), data)
    assert [(problem.path, problem.rule) for problem in problems] == [(path, rule)]


def test_data_that_can_be_shown_is_taken() -> None:
    config = reader.read(CHOICE)
    for image in ("https://example.com/a.jpg", "/media/x", "crewline-media:med_1"):
        assert check_data(config, {"image": image, "more": [1]}) == []


@pytest.mark.parametrize(
    ("config", "result", "path", "rule"),
    [
        (CHOICE, {}, "result", "type"),
        (CHOICE, ["a"], "result[0]", "type"),
        (CHOICE, [_region("cat", "choices", {})], "result[0].from_name", "unknown"),
        (CHOICE, [_region("bird", "choices", {"choices": ["Yes"]}, "b")], "result[0].to_name", ""),
        (CHOICE, [_region("bird", "rating", {"rating": 1})], "result[0].type", "type"),
        (CHOICE, [_region("bird", "choices", {"choices": ["No"]})], "result[0].value.choices[0]",
         "unknown"),
        (CHOICE, [_region("bird", "choices", {"choices": ["no", "Yes"]})],
         "result[0].value.choices", "single"),
        (CHOICE, [_region("bird", "choices", {"choices": ["no"]})] * 2, "result", "once"),
        (CHOICE.replace('toName="image">', 'toName="image" required="true">'), [], "result",
         "required"),
        (BOXES, [_box(), _box(x=-5)], "result[1].value.x", "range"),
        (BOXES, [_box(width=95)], "result[0].value.width", "range"),
        (BOXES, [_box(y=float("nan"))], "result[0].value.y", "type"),
        (BOXES, [_box(rectanglelabels=["Cat"])], "result[0].value.rectanglelabels[0]", "unknown"),
        (BOXES, [_box(rectanglelabels=[])], "result[0].value.rectanglelabels", "type"),
        (BOXES, [_box()] * 1001, "result", "type"),
        (RANKING, [_region("rank", "ranker", {"ranker": {"rank": ["a", "a"]}}, "answers")],
         "result[0].value.ranker.rank", "type"),
        (RANKING, [_region("rank", "ranker", {"ranker": {"rank": ["a"]}}, "answers")],
         "result[0].value.ranker.rank", "permutation"),
    ],
)  # fmt: skip
def test_answers_that_do_not_fit_are_told_where(
    config: str, result: Any, path: str, rule: str
) -> None:
    data = {"q": "?", "answers": [{"id": "a"}, {"id": "b"}]}
    problems = check_result(reader.read(config), result, data=data)
    assert any(p.path == path and (not rule or p.rule == rule) for p in problems), problems


def test_answers_that_fit_come_down_to_one_value() -> None:
    choice = [_region("bird", "choices", {"choices": ["no"]})]
    assert check_result(reader.read(CHOICE), choice) == []
    assert value_of(reader.read(CHOICE), choice) == "no"
    boxes = reader.read(BOXES)
    assert check_result(boxes, [_box()]) == check_result(boxes, []) == []
    assert value_of(boxes, []) == "[]"


@given(st.lists(st.sampled_from([_box(), _box(x=1.0004), _box(y=3)]), max_size=4), st.randoms())
def test_the_same_boxes_in_any_order_are_the_same_answer(
    regions: list[dict[str, Any]], chance: Any
) -> None:
    shuffled = [{**region, "id": str(chance.random())} for region in regions]
    chance.shuffle(shuffled)
    assert canonical(shuffled) == canonical(regions)
    assert canonical(json.loads(canonical(regions))) == canonical(regions)


@given(st.sampled_from(["photo-classification", "pairwise-preference", "free-writing"]), st.data())
def test_a_value_becomes_the_answer_that_it_came_from(name: str, data: st.DataObject) -> None:
    template = next(template for template in TEMPLATES if template.name == name)
    config = reader.read(template.label_config)
    labels = meaning_of(config).labels
    value = data.draw(st.sampled_from(labels) if labels else st.text(min_size=1).filter(str.strip))
    result = result_of(config, value)
    assert check_result(config, result) == []
    assert value_of(config, result) == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(
    JSON,
    st.sampled_from(["choices", "rectanglelabels", "ranker", "textarea"]),
    st.sampled_from([CHOICE, BOXES, RANKING]),
)
def test_whatever_comes_is_judged_and_not_stumbled_over(value: Any, kind: str, config: str) -> None:
    read = reader.read(config)
    for name, control in read.controls.items():
        region = {"from_name": name, "to_name": control.to_names[0], "type": kind, "value": value}
        problems = check_result(read, [region, value], data={"answers": value})
        assert isinstance(problems, list)
        if not problems:
            assert isinstance(value_of(read, [region]), str)
    if isinstance(value, dict):
        check_data(read, value)


@given(st.text(max_size=200))
def test_what_cannot_be_read_is_no_config(text: str) -> None:
    config = reader.find(text)
    assert config is None or config.controls


def test_the_kind_is_the_configs_unless_it_was_given_and_fits() -> None:
    assert settle_kind(kind=0, labels=(), label_config=CHOICE) == (WorkKind.CHOICE, ("Yes", "no"))
    assert settle_kind(kind=2, labels=("no", "Yes"), label_config=CHOICE) == (
        WorkKind.PAIRWISE,
        ("no", "Yes"),
    )
    assert settle_kind(kind=3, labels=(), label_config="") == (WorkKind.TEXT, ())
    with pytest.raises(KindInvalid):
        settle_kind(kind=0, labels=(), label_config="")
    with pytest.raises(KindInvalid):
        settle_kind(kind=3, labels=(), label_config=CHOICE)
    with pytest.raises(LabelsInvalid):
        settle_kind(kind=1, labels=("Yes", "Maybe"), label_config=CHOICE)
