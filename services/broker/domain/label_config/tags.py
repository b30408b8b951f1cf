"""The tags that the workbench shows, and what their attributes may hold.

All but List and Ranker are the editor's (1.4.0): it reports an attribute of the wrong type instead
of showing the task, so they are checked here; attributes that it does not know it passes over, and
so do we. Its own List and Ranker submit nothing: the workbench draws these two itself, in the form
that Label Studio has now.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class Role(enum.Enum):
    """What a tag does."""

    LAYOUT = "layout"
    OBJECT = "object"
    CONTROL = "control"
    LABEL = "label"
    """A label or choice within a control."""


class Shape(enum.Enum):
    """What an answer to a control looks like."""

    CHOICES = "choices"
    PAIRWISE = "pairwise"
    TEXTS = "texts"
    NUMBER = "number"
    RATING = "rating"
    TAXONOMY = "taxonomy"
    RANKING = "ranking"
    REGION = "region"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One tag. Attribute names are in lower case."""

    role: Role
    booleans: frozenset[str] = frozenset()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    counts: frozenset[str] = frozenset()
    """Whole numbers from 1 on."""
    numbers: frozenset[str] = frozenset()
    colours: frozenset[str] = frozenset()
    shares: frozenset[str] = frozenset()
    """From 0 to 1."""
    shape: Shape = Shape.REGION
    """Of a control."""
    result_type: str = ""
    """`type` of a control's results."""
    value_key: str = ""
    """Under which a result's `value` has the answer; "" where only the region itself is it."""
    objects: frozenset[str] = frozenset()
    """The object tags that a control works on."""
    holds: str = ""
    """The tag of the labels within a control."""
    parents: frozenset[str] = frozenset()
    """Tags inside one of which it must stand."""


_VISIBILITY = ("region-selected", "choice-selected", "no-region-selected")
_PER_REGION = ("tag", "region-list")
_TEXT_WORDS = {
    "valuetype": ("text", "url"),
    "savetextresult": ("none", "no", "yes"),
    "encoding": ("none", "base64", "base64unicode"),
    "granularity": ("symbol", "word", "sentence", "paragraph"),
}
_LABELS_BOOLEANS = frozenset({"showinline", "allowempty", "required", "smart", "smartonly"})
_LABELS_WORDS = {"choice": ("single", "multiple")}
_COLOURS = frozenset({"fillcolor", "strokecolor"})
_SHARES = frozenset({"opacity", "fillopacity"})

OBJECTS: Mapping[str, Tag] = {
    "Text": Tag(
        role=Role.OBJECT,
        booleans=frozenset({"inline", "selectionenabled", "clickablelinks", "showlabels"}),
        words=_TEXT_WORDS,
        colours=frozenset({"highlightcolor"}),
    ),
    "HyperText": Tag(
        role=Role.OBJECT,
        booleans=frozenset({"inline", "selectionenabled", "clickablelinks", "showlabels"}),
        words=_TEXT_WORDS,
        colours=frozenset({"highlightcolor"}),
    ),
    "Image": Tag(
        role=Role.OBJECT,
        booleans=frozenset(
            {
                "grid",
                "zoom",
                "negativezoom",
                "showlabels",
                "zoomcontrol",
                "brightnesscontrol",
                "contrastcontrol",
                "rotatecontrol",
                "crosshair",
                "selectioncontrol",
            }
        ),
        colours=frozenset({"gridcolor"}),
    ),
    "Audio": Tag(role=Role.OBJECT, booleans=frozenset({"zoom", "volume", "speed"})),
    "AudioPlus": Tag(
        role=Role.OBJECT,
        booleans=frozenset({"zoom", "volume", "speed", "showlabels", "showscores"}),
    ),
    "Video": Tag(role=Role.OBJECT, booleans=frozenset({"muted"})),
    "Paragraphs": Tag(
        role=Role.OBJECT,
        booleans=frozenset({"showplayer", "showlabels"}),
        words={
            "valuetype": ("json", "url"),
            "layout": ("none", "dialogue"),
            "savetextresult": ("none", "no", "yes"),
        },
    ),
    "Table": Tag(role=Role.OBJECT),
    "List": Tag(role=Role.OBJECT),
}
# A list is drawn beside the editor: only a ranking can be about it.
_ANY_OBJECT = frozenset(OBJECTS) - {"List"}
_IMAGE = frozenset({"Image"})


def _labels(kind: str, *objects: str) -> Tag:
    return Tag(
        role=Role.CONTROL,
        booleans=_LABELS_BOOLEANS | {"canrotate"},
        words=_LABELS_WORDS,
        counts=frozenset({"maxusages"}),
        colours=_COLOURS,
        shares=_SHARES,
        shape=Shape.REGION,
        result_type=kind,
        value_key=kind,
        objects=frozenset(objects),
        holds="Label",
    )


def _drawing(kind: str) -> Tag:
    return Tag(
        role=Role.CONTROL,
        booleans=frozenset({"canrotate", "required", "smart", "smartonly"}),
        colours=_COLOURS,
        shares=_SHARES,
        shape=Shape.REGION,
        result_type=kind,
        objects=_IMAGE,
    )


CONTROLS: Mapping[str, Tag] = {
    "Choices": Tag(
        role=Role.CONTROL,
        booleans=frozenset({"showinline", "required", "perregion", "readonly"}),
        words={
            "choice": ("single", "single-radio", "multiple"),
            "layout": ("select", "inline", "vertical"),
            "visiblewhen": _VISIBILITY,
            "displaymode": _PER_REGION,
        },
        shape=Shape.CHOICES,
        result_type="choices",
        value_key="choices",
        objects=_ANY_OBJECT,
        holds="Choice",
    ),
    "Taxonomy": Tag(
        role=Role.CONTROL,
        booleans=frozenset({"leafsonly", "showfullpath", "required", "perregion", "readonly"}),
        words={"visiblewhen": _VISIBILITY, "displaymode": _PER_REGION},
        counts=frozenset({"maxusages"}),
        shape=Shape.TAXONOMY,
        result_type="taxonomy",
        value_key="taxonomy",
        objects=_ANY_OBJECT,
        holds="Choice",
    ),
    "Pairwise": Tag(
        role=Role.CONTROL,
        booleans=frozenset({"required"}),
        shape=Shape.PAIRWISE,
        result_type="pairwise",
        value_key="selected",
        objects=_ANY_OBJECT,
    ),
    "Ranker": Tag(
        role=Role.CONTROL,
        booleans=frozenset({"required"}),
        shape=Shape.RANKING,
        result_type="ranker",
        value_key="ranker",
        objects=frozenset({"List"}),
    ),
    "TextArea": Tag(
        role=Role.CONTROL,
        booleans=frozenset(
            {
                "allowsubmit",
                "showsubmitbutton",
                "editable",
                "transcription",
                "required",
                "perregion",
            }
        ),
        words={"displaymode": _PER_REGION},
        counts=frozenset({"rows", "maxsubmissions"}),
        shape=Shape.TEXTS,
        result_type="textarea",
        value_key="text",
        objects=_ANY_OBJECT,
    ),
    "Number": Tag(
        role=Role.CONTROL,
        booleans=frozenset({"required", "perregion"}),
        words={"displaymode": _PER_REGION},
        numbers=frozenset({"min", "max", "step", "defaultvalue"}),
        shape=Shape.NUMBER,
        result_type="number",
        value_key="number",
        objects=_ANY_OBJECT,
    ),
    "Rating": Tag(
        role=Role.CONTROL,
        booleans=frozenset({"required", "perregion"}),
        words={"displaymode": _PER_REGION, "size": ("small", "medium", "large")},
        counts=frozenset({"maxrating"}),
        numbers=frozenset({"defaultvalue"}),
        shape=Shape.RATING,
        result_type="rating",
        value_key="rating",
        objects=_ANY_OBJECT,
    ),
    "Labels": _labels("labels", "Text", "HyperText", "AudioPlus", "Image"),
    "HyperTextLabels": _labels("hypertextlabels", "HyperText"),
    "ParagraphLabels": _labels("paragraphlabels", "Paragraphs"),
    "RectangleLabels": _labels("rectanglelabels", "Image"),
    "PolygonLabels": _labels("polygonlabels", "Image"),
    "EllipseLabels": _labels("ellipselabels", "Image"),
    "KeyPointLabels": _labels("keypointlabels", "Image"),
    "Rectangle": _drawing("rectangle"),
    "Polygon": _drawing("polygon"),
    "Ellipse": _drawing("ellipse"),
    "KeyPoint": _drawing("keypoint"),
}
DRAWINGS = frozenset({"Rectangle", "Polygon", "Ellipse", "KeyPoint"})
"""They draw what `Labels` on an image then names."""
_WITH_LABELS = frozenset(name for name, tag in CONTROLS.items() if tag.holds == "Label")
_WITH_CHOICES = frozenset({"Choices", "Taxonomy"})

LAYOUT: Mapping[str, Tag] = {
    "View": Tag(role=Role.LAYOUT, words={"visiblewhen": _VISIBILITY}),
    "Header": Tag(role=Role.LAYOUT, booleans=frozenset({"underline"})),
    "Style": Tag(role=Role.LAYOUT),
    "Collapse": Tag(role=Role.LAYOUT, booleans=frozenset({"bordered", "accordion"})),
    "Panel": Tag(role=Role.LAYOUT, parents=frozenset({"Collapse"})),
    "Filter": Tag(role=Role.LAYOUT, booleans=frozenset({"casesensetive", "cleanup"})),
    "Shortcut": Tag(role=Role.LAYOUT, parents=frozenset({"TextArea"})),
}

LABELS: Mapping[str, Tag] = {
    "Choice": Tag(role=Role.LABEL, booleans=frozenset({"selected"}), parents=_WITH_CHOICES),
    "Label": Tag(
        role=Role.LABEL,
        booleans=frozenset({"selected", "showalias"}),
        words={"granularity": ("symbol", "word", "sentence", "paragraph")},
        counts=frozenset({"maxusages"}),
        colours=frozenset({"background", "selectedcolor"}),
        parents=_WITH_LABELS,
    ),
}

TAGS: Mapping[str, Tag] = {**LAYOUT, **OBJECTS, **CONTROLS, **LABELS}

NOT_TAKEN: Mapping[str, str] = {
    "Bucket": "a ranking has one order; leave the buckets out",
    "Brush": "a painted mask is larger than an answer may be; use Polygon",
    "BrushLabels": "a painted mask is larger than an answer may be; use PolygonLabels",
    "Relations": "relations between regions are not taken",
    "Relation": "relations between regions are not taken",
    "Dialog": "use Paragraphs",
    "Repeater": "what is asked would change from task to task",
    "DateTime": "the editor does not have it; use TextArea",
    "TimeSeries": "time series are not taken",
    "TimeSeriesLabels": "time series are not taken",
    "Channel": "time series are not taken",
    "RichText": "use Text or HyperText",
}
"""Tags that Label Studio has, and why they are refused."""
