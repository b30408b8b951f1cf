"""Generated values of every kind of answer, as their kind has them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from services.quality.domain.types import FieldSpec, Kind

labels = st.text(max_size=12)
names = st.sampled_from(("cat", "dog", "tree"))
sides = st.integers(0, 20).map(lambda n: n * 2.5)
numbers = st.integers(-1_000, 1_000).map(lambda n: str(n / 4))

FIELDS = (
    FieldSpec(name="animal", kind=Kind.CHOICE, labels=("cat", "dog")),
    FieldSpec(name="stars", kind=Kind.ORDINAL, labels=("1", "2", "3")),
    FieldSpec(name="tags", kind=Kind.CHOICE, labels=("a", "b", "c"), multiple=True),
    FieldSpec(name="note", kind=Kind.TEXT),
    FieldSpec(name="count", kind=Kind.NUMERIC),
    FieldSpec(name="boxes", kind=Kind.REGIONS),
)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


@st.composite
def _shapes(draw: st.DrawFn) -> dict[str, Any]:
    label = draw(names)
    form = draw(st.sampled_from(("box", "turned", "polygon", "other")))
    if form in {"box", "turned"}:
        box = [draw(sides), draw(sides), draw(sides), draw(sides)]
        turn = {"rotation": draw(st.integers(-90, 90))} if form == "turned" else {}
        return {"label": label, "box": box, **turn}
    if form == "polygon":
        points = draw(st.lists(st.tuples(sides, sides), min_size=3, max_size=6))
        return {"label": label, "polygon": [list(point) for point in points]}
    return {"label": label, "shape": "brush", "rle": draw(st.lists(st.integers(0, 3), max_size=2))}


@st.composite
def _spans(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(sides)
    return {"label": draw(names), "start": start, "end": start + draw(sides)}


regions = st.lists(_shapes(), max_size=4).map(_json)
spans = st.lists(_spans(), max_size=4).map(_json)
rankings = st.permutations("abcde").flatmap(
    lambda items: st.integers(1, 5).map(lambda n: _json(items[:n]))
)
objects = st.fixed_dictionaries(
    {},
    optional={
        "animal": st.sampled_from(("cat", "dog")),
        "stars": st.sampled_from(("1", "2", "3")),
        "tags": st.lists(st.sampled_from("abc"), unique=True),
        "note": labels,
        "count": numbers.map(float),
        "boxes": st.lists(_shapes(), max_size=3),
    },
).map(_json)

VALUES: dict[Kind, st.SearchStrategy[str]] = {
    Kind.NUMERIC: numbers,
    Kind.RANKED: rankings,
    Kind.REGIONS: regions,
    Kind.SPANS: spans,
    Kind.STRUCTURED: objects,
}
"""Of kinds whose answers are not any text."""


def values_of(kind: Kind) -> st.SearchStrategy[str]:
    """Any text, where the kind takes any."""
    return VALUES.get(kind, labels)
