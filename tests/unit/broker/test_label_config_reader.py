"""Label configs: what is read, what is refused and where, and what decides."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.broker.domain.errors import KindInvalid, LabelConfigInvalid, LabelsInvalid
from services.broker.domain.label_config import reader
from services.broker.domain.label_config.data import check_data
from services.broker.domain.label_config.markup import active_html
from services.broker.domain.label_config.meaning import meaning_of
from services.broker.domain.label_config.problems import PROBLEMS_MAX
from services.broker.domain.label_config.tags import NOT_TAKEN, OBJECTS, TAGS
from services.broker.domain.projects import WorkKind
from services.broker.domain.templates import TEMPLATES
from services.broker.domain.work import settle_kind
from services.broker.usecases.labelling import kind_of
from tests.unit.broker.label_configs import (
    ALL,
    ASKED_WHEN,
    BOXES,
    BOXES_ASKED,
    CHOICE,
    COUNTED,
    EVERYTHING,
    MANY,
    MEASURED,
    NAMED,
    PAIR,
    PAIR_BY_CHOICES,
    RANKING,
    RATED,
    SHAPES,
    WRITING,
)

CHOICES = 'View/Choices[@name="bird"]'


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_every_template_shows_its_own_example(template: Any) -> None:
    config = reader.read(template.label_config)
    assert check_data(config, template.example) == []
    for name in template.example:
        rest = {key: value for key, value in template.example.items() if key != name}
        assert [problem.path for problem in check_data(config, rest)] == [f"data.{name}"]
    for word in ("Goal:", "Good:", "Not good:", "Edge cases:"):
        assert word in template.instructions


@pytest.mark.parametrize(
    ("config", "kind", "labels"),
    [
        (CHOICE, WorkKind.CHOICE, ("Yes", "no")),
        (MANY, WorkKind.STRUCTURED, ()),
        (BOXES, WorkKind.REGIONS, ()),
        (BOXES_ASKED, WorkKind.REGIONS, ()),
        (RANKING, WorkKind.RANKED, ()),
        (SHAPES, WorkKind.REGIONS, ()),
        (RATED, WorkKind.ORDINAL, ("1", "2", "3")),
        (COUNTED, WorkKind.NUMERIC, ()),
        (NAMED, WorkKind.SPANS, ()),
        (PAIR, WorkKind.PAIRWISE, ("left", "right")),
        (PAIR_BY_CHOICES, WorkKind.PAIRWISE, ("left", "right", "tie")),
        (WRITING, WorkKind.TEXT, ()),
        (ASKED_WHEN, WorkKind.CHOICE, ("Yes", "No")),
        (MEASURED, WorkKind.STRUCTURED, ()),
        # Reasons beside a comparison, asked of everybody: it is still the comparison.
        (
            PAIR.replace("</View>", '<TextArea name="w" toName="a" required="true"/></View>'),
            WorkKind.PAIRWISE,
            ("left", "right"),
        ),
        # Two that everybody must answer: neither is the answer.
        (
            CHOICE.replace('name="bird"', 'name="bird" required="true"').replace(
                "</View>", '<TextArea name="w" toName="image" required="true"/></View>'
            ),
            WorkKind.STRUCTURED,
            (),
        ),
        # Two that nobody must.
        (CHOICE.replace("</View>", '<TextArea name="w" toName="image"/></View>'), 4, ()),
        # Which way a car goes is no preference.
        (
            CHOICE.replace('"Yes"', '"left"').replace('alias="no"', 'alias="right"'),
            WorkKind.CHOICE,
            ("left", "right"),
        ),
    ],
)
def test_one_control_decides_the_kind(config: str, kind: int, labels: tuple[str, ...]) -> None:
    meaning = meaning_of(reader.read(config))
    assert (meaning.kind, meaning.labels) == (kind, labels)
    assert (meaning.question is None) == (kind == WorkKind.STRUCTURED)
    assert bool(meaning.fields) == (kind == WorkKind.STRUCTURED)


def test_the_kinds_of_the_templates() -> None:
    kinds = {template.name: kind_of(template) for template in TEMPLATES}
    for template in TEMPLATES:
        kind = kinds[template.name]
        config = template.label_config
        assert settle_kind(kind=kind, labels=(), label_config=config)[0] is kind
    assert kinds == {
        "photo-classification": WorkKind.CHOICE,
        "photo-boxes": WorkKind.REGIONS,
        "text-completion": WorkKind.TEXT,
        "pairwise-preference": WorkKind.PAIRWISE,
        "ranking": WorkKind.RANKED,
        "free-writing": WorkKind.TEXT,
        "transcription": WorkKind.TEXT,
        "code-review": WorkKind.CHOICE,
        "rating": WorkKind.ORDINAL,
        "counting": WorkKind.NUMERIC,
        "named-entities": WorkKind.SPANS,
        "code-writing": WorkKind.CODE,
    }


def test_a_value_alone_is_enough_where_nothing_else_is_required() -> None:
    assert meaning_of(reader.read(PAIR_BY_CHOICES)).value_is_enough
    assert not meaning_of(reader.read(ASKED_WHEN)).value_is_enough
    assert meaning_of(reader.read(BOXES)).value_is_enough
    assert meaning_of(reader.read(BOXES_ASKED)).value_is_enough


def _inside(tag: str) -> str:
    return f'<View><Text name="t" value="$t"/>{tag}</View>'


TEXT_AREA = '<TextArea name="w" toName="t"/>'


@pytest.mark.parametrize(
    ("config", "path", "rule"),
    [
        ("", "label_config", "xml"),
        ("<View>", "label_config", "xml"),
        ("<View/><View/>", "label_config", "xml"),
        ("<View a='1' a='2'/>", "label_config", "xml"),
        ("<View><Text name='a' Name='b' value='$a'/></View>", "label_config", "attribute_twice"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><View/>', "label_config", "doctype"),
        ("<View>&b;</View>", "label_config", "xml"),
        ("<?a b?><View/>", "label_config", "instruction"),
        ("<View>" * 40 + "</View>" * 40, "label_config", "depth"),
        ("<View>" + "<View/>" * 2_500 + "</View>", "label_config", "size"),
        ("<View/>" + " " * 50_000, "label_config", "size"),
        ("<View/>", "View", "nothing_asked"),
        ("<Choices/>", "Choices", "root"),
        (_inside("<Video2/>"), "View/Video2", "tag"),
        (_inside("<choices/>"), "View/choices", "tag"),
        (_inside("<script>1</script>"), "View/script", "tag"),
        (_inside('<Choice value="a"/>'), "View/Choice", "place"),
        (_inside('<Shortcut value="a"/>'), "View/Shortcut", "place"),
        (_inside(TEXT_AREA.replace('name="w"', "")), "View/TextArea", "name"),
        (_inside(TEXT_AREA.replace('"w"', '"a,b"')), 'View/TextArea[@name="a,b"]', "name"),
        (_inside(TEXT_AREA.replace('"w"', '"true"')), 'View/TextArea[@name="true"]', "name"),
        (_inside(TEXT_AREA.replace('"w"', '"t"')), 'View/TextArea[@name="t"]', "name_twice"),
        # Without a target the editor stops.
        (_inside('<TextArea name="w"/>'), 'View/TextArea[@name="w"]', "to_name"),
        (_inside(TEXT_AREA.replace('toName="t"', 'toName="w"')), 'View/TextArea[@name="w"]',
         "to_name"),
        (_inside('<Pairwise name="w" toName="t"/>'), 'View/Pairwise[@name="w"]', "to_name"),
        (_inside('<Pairwise name="w" toName="t,t"/>'), 'View/Pairwise[@name="w"]', "to_name"),
        (_inside('<Rectangle name="w" toName="t"/>'), 'View/Rectangle[@name="w"]', "to_name"),
        (_inside('<Ranker name="w" toName="t"/>'), 'View/Ranker[@name="w"]', "to_name"),
        (RANKING.replace("</View>", '<TextArea name="w" toName="answers"/></View>'),
         'View/TextArea[@name="w"]', "to_name"),
        (RANKING.replace('<Ranker name="rank" toName="answers"/>', ""),
         'View//List[@name="answers"]', "list_alone"),
        (SHAPES.replace("Polygon", "Rating"), 'View/Labels[@name="what"]', "to_name"),
        (_inside('<Filter name="f" toName="t"/>' + TEXT_AREA), 'View/Filter[@name="f"]', "to_name"),
        (CHOICE.replace('alias="no"', 'alias="Yes"'), f"{CHOICES}/Choice[2]", "label_twice"),
        (CHOICE.replace('alias="no"', 'alias="true"'), f"{CHOICES}/Choice[2]", "label"),
        (CHOICE.replace('value="Yes"', 'value=" "'), f"{CHOICES}/Choice[1]", "label"),
        (CHOICE.replace('value="Yes"', f'value="{"x" * 201}"'), f"{CHOICES}/Choice[1]", "label"),
        # The editor would show "costs undefined", or nothing at all.
        (CHOICE.replace('value="Yes"', 'value="costs $5"'), f"{CHOICES}/Choice[1]", "label"),
        (CHOICE.replace('value="Yes"/>', 'value="Yes"> </Choice>'), f"{CHOICES}/Choice[1]",
         "label"),
        (CHOICE.replace('<Choice value="Yes"/>', '<Choice value="Y"><Choice value="Z"/></Choice>'),
         f"{CHOICES}/Choice[1]", "nested"),
        ('<View><Text name="t" value="$t"/><Choices name="bird" toName="t"/></View>', CHOICES,
         "labels"),
        (MEASURED.replace('"fish"', '"bird"'),
         'View/Taxonomy[@name="kind"]/Choice[1]/Choice[2]', "label_twice"),
        # The editor shows these as errors instead of the task.
        (CHOICE.replace('name="bird"', 'name="bird" choice="sngle"'), CHOICES, "attribute"),
        (CHOICE.replace('name="bird"', 'name="bird" required="yes"'), CHOICES, "attribute"),
        (MEASURED.replace('max="9"', 'max="nine"'), 'View/Number[@name="count"]', "attribute"),
        (MEASURED.replace('max="9"', 'max="-1"'), 'View/Number[@name="count"]', "attribute"),
        (MEASURED.replace('maxRating="3"', 'maxRating="0"'), 'View/Rating[@name="stars"]',
         "attribute"),
        (BOXES.replace('"Car"', '"Car" background="no colour"'),
         'View/RectangleLabels[@name="box"]/Label[1]', "attribute"),
        (BOXES.replace('name="box"', 'name="box" opacity="7"'),
         'View/RectangleLabels[@name="box"]', "attribute"),
        # What is shown must be there to be shown.
        (_inside(TEXT_AREA).replace(' value="$t"', ""), 'View/Text[@name="t"]', "value"),
        (_inside(TEXT_AREA).replace('"$t"/>', '"$t"> </Text>'), 'View/Text[@name="t"]', "value"),
        (_inside(TEXT_AREA).replace("$t", "it costs $5 in all"), 'View/Text[@name="t"]', "field"),
        (_inside(TEXT_AREA).replace("$t", "$t."), 'View/Text[@name="t"]', "field"),
        (CHOICE.replace("$image", "a photo: $image"), 'View/Image[@name="image"]', "value"),
        (_inside('<Header value="$5"/>' + TEXT_AREA), "View/Header", "field"),
        # What hangs on what is not there.
        (ASKED_WHEN.replace('whenTagName="ok"', 'whenTagName="o"'),
         'View/View/TextArea[@name="why"]', "when_tag_name"),
        (ASKED_WHEN.replace('whenChoiceValue="No"', 'whenChoiceValue="no"'),
         'View/View/TextArea[@name="why"]', "when_choice_value"),
        (_inside(TEXT_AREA.replace("/>", ' visibleWhen="choice-selected"/>')),
         'View/TextArea[@name="w"]', "visible_when"),
        # Nothing runs.
        (_inside(TEXT_AREA.replace("/>", ' onclick="a()"/>')), 'View/TextArea[@name="w"]',
         "script"),
        (_inside('<View style="width: expression(1)"/>' + TEXT_AREA), "View/View", "script"),
        (_inside("<Style>a{b:url(javascript:c)}</Style>" + TEXT_AREA), "View/Style", "script"),
        (_inside('<HyperText name="h"><b onclick="a()">x</b></HyperText>' + TEXT_AREA),
         'View/HyperText[@name="h"]/b', "script"),
        (_inside('<HyperText name="h"><iframe/></HyperText>' + TEXT_AREA),
         'View/HyperText[@name="h"]/iframe', "script"),
    ],
)  # fmt: skip
def test_what_could_not_be_shown_is_told_where(config: str, path: str, rule: str) -> None:
    with pytest.raises(LabelConfigInvalid) as refused:
        reader.read(config)
    found = [(problem.path, problem.rule) for problem in refused.value.problems]
    assert (path, rule) in found, refused.value.problems
    assert len(found) == 1 or rule not in ("tag", "attribute", "label"), refused.value.problems
    assert refused.value.metadata["path"] == found[0][0]


@pytest.mark.parametrize("tag", sorted(NOT_TAKEN))
def test_tags_that_are_not_taken_are_refused_with_the_reason(tag: str) -> None:
    with pytest.raises(LabelConfigInvalid, match="is not taken: ") as refused:
        reader.read(_inside(f"<{tag}/>{TEXT_AREA}"))
    assert NOT_TAKEN[tag] in refused.value.problems[0].message


@pytest.mark.parametrize("config", ALL)
def test_what_the_editor_shows_is_read(config: str) -> None:
    reader.read(config)


def test_every_tag_is_read_somewhere() -> None:
    read = "".join((EVERYTHING, *ALL))
    assert [tag for tag in TAGS if f"<{tag}" not in read] == []
    config = reader.read(EVERYTHING)
    assert [(field.name, field.shown_as) for field in config.fields] == [
        ("title", "Text"),
        ("body.text", "Text"),
        ("facts", "Table"),
        ("sound", "Audio"),
        ("image", "Image"),
        ("title", "HyperText"),
    ]
    assert config.controls["c"].labels == ("a", "b")
    assert config.controls["p"].labels == ("y",)


def test_problems_are_bounded_and_so_is_what_they_show() -> None:
    many = "".join(f"<Nothing{n}/>" for n in range(100))
    long = f'<TextArea name="w" toName="t" rows="{"9" * 5_000}"/>'
    for config in (_inside(many), _inside(long)):
        with pytest.raises(LabelConfigInvalid) as refused:
            reader.read(config)
        assert len(refused.value.problems) <= PROBLEMS_MAX
        assert all(len(problem.message) < 300 for problem in refused.value.problems)


@given(st.text(max_size=200) | st.binary(max_size=50).map(lambda raw: raw.decode("latin-1")))
def test_what_cannot_be_read_is_no_config(text: str) -> None:
    config = reader.find(text)
    assert config is None or config.controls


_NAMES = st.sampled_from(["t", "c", "i", "x"])
_ELEMENTS = st.recursive(
    st.sampled_from(sorted(OBJECTS)).flatmap(
        lambda tag: _NAMES.map(lambda name: f'<{tag} name="{name}" value="${name}"/>')
    ),
    lambda inner: st.tuples(
        st.sampled_from(sorted(TAGS.keys() - OBJECTS.keys())), _NAMES, _NAMES, st.lists(inner)
    ).map(
        lambda parts: (
            f'<{parts[0]} name="{parts[1]}" toName="{parts[2]}" value="v">'
            f"{''.join(parts[3])}</{parts[0]}>"
        )
    ),
    max_leaves=6,
)


@given(st.lists(_ELEMENTS, max_size=5))
def test_any_nest_of_known_tags_is_judged(elements: list[str]) -> None:
    config = reader.find(f"<View>{''.join(elements)}</View>")
    if config is not None:
        assert meaning_of(config).kind in WorkKind
        for control in config.controls.values():
            assert {config.objects[name].tag for name in control.to_names} <= control.spec.objects


def test_the_kind_is_the_configs_unless_it_was_given_and_fits() -> None:
    assert settle_kind(kind=0, labels=(), label_config=CHOICE) == (WorkKind.CHOICE, ("Yes", "no"))
    # A preference by choices of any name, in the client's order; and left and right as choices.
    wanted = ("no", "Yes")
    assert settle_kind(kind=2, labels=wanted, label_config=CHOICE) == (WorkKind.PAIRWISE, wanted)
    assert settle_kind(kind=1, labels=(), label_config=PAIR_BY_CHOICES)[0] is WorkKind.CHOICE
    assert settle_kind(kind=3, labels=(), label_config="") == (WorkKind.TEXT, ())
    # A rating by choices, whose order counts; program text in the field of any text.
    rating = settle_kind(kind=5, labels=(), label_config=CHOICE)
    assert rating == (WorkKind.ORDINAL, ("Yes", "no"))
    assert settle_kind(kind=10, labels=(), label_config=WRITING) == (WorkKind.CODE, ())
    for kind, config in ((0, ""), (3, CHOICE), (1, PAIR), (1, MANY), (10, CHOICE), (5, WRITING)):
        with pytest.raises(KindInvalid):
            settle_kind(kind=kind, labels=(), label_config=config)
    for labels, config in ((("Yes", "Maybe"), CHOICE), (("a", "b"), WRITING)):
        with pytest.raises(LabelsInvalid):
            settle_kind(kind=0, labels=labels, label_config=config)


@pytest.mark.parametrize(
    ("html", "is_active"),
    [
        ("<p class='a'>x <b>y</b> &lt;script&gt;</p>", False),
        ("a < b and c > d", False),
        ("<pre>&lt;button onClick={go}&gt;</pre>", False),
        ('<p title="only = 3">only = 3</p>', False),
        ('<img src="data:image/png;base64,AAAA"><!-- remark -->', False),
        ("<script>a()</script>", True),
        ("<IMG SRC=x OnError=a()>", True),
        ("<svg/onload=a()>", True),
        ("<img src='x'onerror='a()'>", True),
        ('<a href="java\nscript:a()">', True),
        ('<a href="&#106;avascript:a()">', True),
        ('<a href=" javascript:a()">', True),
        ("<!--><img src=x onerror=a()>-->", True),
        ('<a title="<img onerror=a()>">', True),
        ("<iframe srcdoc=x>", True),
        ('<p style="width:expression(a())">', True),
        ("<b", True),
        ('<b title="', True),
    ],
)
def test_html_that_does_something_by_itself_is_told(html: str, is_active: bool) -> None:
    assert bool(active_html(html)) is is_active


@pytest.mark.parametrize(
    "piece", ["<!--", "<a ", '<a href="', "<", "</", "<!", "<a x=", "<a '", "&#", "<a  "]
)
def test_looking_for_it_is_done_in_one_pass(piece: str) -> None:
    # A parser that looks back at every step would be at it for hours.
    active_html(piece * (1_000_000 // len(piece)) + "<b>")
