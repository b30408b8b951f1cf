"""Label configs for the broker's tests, and regions as the editor submits them."""

from __future__ import annotations

from typing import Any

CHOICE = (
    '<View><Image name="image" value="$image"/><Choices name="bird" toName="image">'
    '<Choice value="Yes"/><Choice value="No" alias="no"/></Choices></View>'
)
MANY = CHOICE.replace('name="bird"', 'name="bird" choice="multiple" required="true"')
BOXES = (
    '<View><Image name="image" value="$image"/><RectangleLabels name="box" toName="image">'
    '<Label value="Car"/><Label value="Dog"/></RectangleLabels></View>'
)
# As BOXES, and of every box whether all of it is seen.
BOXES_ASKED = BOXES.replace(
    "</View>",
    '<Choices name="seen" toName="image" perRegion="true" required="true" whenLabelValue="Car">'
    '<Choice value="all"/><Choice value="part"/></Choices></View>',
)
RANKING = (
    '<View><Text name="q" value="$q"/><List name="answers" value="$answers"/>'
    '<Ranker name="rank" toName="answers"/></View>'
)
PAIR = (
    '<View><Text name="a" value="$a"/><Text name="b" value="$b"/>'
    '<Pairwise name="better" toName="a,b"/></View>'
)
PAIR_BY_CHOICES = (
    '<View><Text name="a" value="$a"/><Text name="b" value="$b"/>'
    '<Choices name="better" toName="a" required="true"><Choice value="A is better" alias="left"/>'
    '<Choice value="B is better" alias="right"/><Choice value="Neither" alias="tie"/></Choices>'
    '<TextArea name="why" toName="a"/></View>'
)
WRITING = '<View><Text name="q" value="$q"/><TextArea name="text" toName="q"/></View>'
# Why is asked only of those who say No.
ASKED_WHEN = (
    '<View><Text name="q" value="$q"/><Choices name="ok" toName="q" required="true">'
    '<Choice value="Yes"/><Choice value="No"/></Choices>'
    '<View visibleWhen="choice-selected" whenTagName="ok" whenChoiceValue="No">'
    '<TextArea name="why" toName="q" required="true"/></View></View>'
)
MEASURED = (
    '<View><Text name="q" value="$q"/><Number name="count" toName="q" min="0" max="9"/>'
    '<Rating name="stars" toName="q" maxRating="3"/>'
    '<Taxonomy name="kind" toName="q" leafsOnly="true" maxUsages="2"><Choice value="animal">'
    '<Choice value="bird"/><Choice value="fish"/></Choice><Choice value="plant"/></Taxonomy>'
    '<TextArea name="note" toName="q" maxSubmissions="1"/></View>'
)
SPANS = (
    '<View><Text name="q" value="$q"/><Labels name="part" toName="q" choice="multiple">'
    '<Label value="Name" maxUsages="1"/><Label value="Place"/></Labels>'
    '<HyperText name="h" value="$h"/><HyperTextLabels name="mark" toName="h"><Label value="M"/>'
    '</HyperTextLabels><Paragraphs name="talk" value="$talk"/><ParagraphLabels name="said" '
    'toName="talk"><Label value="S"/></ParagraphLabels><AudioPlus name="sound" value="$sound"/>'
    '<Labels name="heard" toName="sound"><Label value="H"/></Labels></View>'
)
SHAPES = (
    '<View><Image name="image" value="$image"/><Polygon name="area" toName="image"/>'
    '<EllipseLabels name="round" toName="image"><Label value="E"/></EllipseLabels>'
    '<KeyPointLabels name="point" toName="image"><Label value="K"/></KeyPointLabels>'
    '<Labels name="what" toName="image" allowEmpty="true"><Label value="W"/></Labels></View>'
)
RATED = '<View><Text name="q" value="$q"/><Rating name="stars" toName="q" maxRating="3"/></View>'
COUNTED = '<View><Text name="q" value="$q"/><Number name="count" toName="q" min="0"/></View>'
NAMED = (
    '<View><Text name="q" value="$q"/><Labels name="part" toName="q"><Label value="Name"/>'
    '<Label value="Place"/></Labels></View>'
)
# Boxes by their own labels, polygons by labels beside them.
TWO_SHAPES = (
    '<View><Image name="image" value="$image"/><RectangleLabels name="box" toName="image">'
    '<Label value="Car"/></RectangleLabels><Polygon name="area" toName="image"/>'
    '<Labels name="what" toName="image"><Label value="Road"/><Label value="Lawn"/></Labels></View>'
)
# What the others have none of.
EVERYTHING = (
    '<View className="a" style="color: red"><Style>.a { color: #123; }</Style>'
    '<Header value="Title: $title" size="3"/><!-- a remark -->'
    '<Collapse><Panel value="More"><Text name="t" value="Read: $body.text"/></Panel></Collapse>'
    '<Filter name="f" toName="c"/><Choices name="c" toName="t" layout="select">'
    '<View><Choice value="a" hotkey="1"/></View><Choice value="b"/></Choices>'
    '<Table name="table" value="$facts"/><Audio name="audio" value="$sound"/>'
    '<Video name="video" value="https://example.com/a.mp4"/>'
    '<TextArea name="w" toName="t"><Shortcut value="x" hotkey="ctrl+1"/></TextArea>'
    '<Rectangle name="r" toName="i"/><Ellipse name="e" toName="i"/>'
    '<KeyPoint name="k" toName="i"/><Image name="i" value="$image"/>'
    '<PolygonLabels name="p" toName="i"><Label value="x" alias="y"/></PolygonLabels>'
    '<HyperText name="html"><p class="a">Read <b>this</b> of $title</p></HyperText></View>'
)
ALL = (
    CHOICE, MANY, BOXES, BOXES_ASKED, RANKING, PAIR, PAIR_BY_CHOICES, WRITING, ASKED_WHEN,
    MEASURED, SPANS, SHAPES, RATED, COUNTED, NAMED, TWO_SHAPES,
)  # fmt: skip


def region(
    name: str, kind: str, value: Any, to_name: str = "image", region_id: str | None = "x1"
) -> dict[str, Any]:
    """One item of a result."""
    made: dict[str, Any] = {
        "id": region_id, "from_name": name, "to_name": to_name, "type": kind, "value": value,
        "origin": "manual",
    }  # fmt: skip
    return {key: part for key, part in made.items() if part is not None}


def box(region_id: str | None = "x1", **changes: Any) -> dict[str, Any]:
    """A car, but for the changes."""
    value = {"x": 10.0, "y": 20, "width": 30, "height": 40, "rectanglelabels": ["Car"]}
    return region("box", "rectanglelabels", value | changes, region_id=region_id)


def seen(choice: str, region_id: str = "x1") -> dict[str, Any]:
    """How much of a box is seen, as the editor writes it: with the box's place."""
    value = {"x": 10.0, "y": 20, "width": 30, "height": 40, "choices": [choice]}
    return region("seen", "choices", value, region_id=region_id)


def chosen(name: str, *choices: str, to_name: str = "q", region_id: str = "c1") -> dict[str, Any]:
    """Choices of the whole task."""
    return region(name, "choices", {"choices": list(choices)}, to_name, region_id)


def written(name: str, *texts: str, region_id: str = "t1") -> dict[str, Any]:
    """Texts of the whole task."""
    return region(name, "textarea", {"text": list(texts)}, "q", region_id)


def ranked(*ids: str) -> dict[str, Any]:
    """An order, the best first."""
    return region("rank", "ranker", {"ranker": {"rank": list(ids)}}, "answers", "r1")
