"""Labelled stretches of a text (in characters) or a recording (in seconds)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from services.quality.domain.values.numbers import number_text
from services.quality.domain.values.reading import canonical, finite, malformed, read_list

MAX_SPANS = 1_000


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to `end`, which is not before it."""

    label: str
    start: float
    end: float


@lru_cache(maxsize=1_024)
def read_spans(text: str) -> tuple[Span, ...]:
    """By their place.

    Errors:
        MalformedValue.
    """
    found = read_list(text)
    if len(found) > MAX_SPANS:
        raise malformed(f"more than {MAX_SPANS:,} spans", rule="spans")
    spans = [_span(one) for one in found]
    return tuple(sorted(spans, key=lambda span: (span.start, span.end, span.label)))


def spans_text(spans: Iterable[Span]) -> str:
    return canonical(
        [{"label": s.label, "start": _plain(s.start), "end": _plain(s.end)} for s in spans]
    )


def _span(found: Any) -> Span:
    if not isinstance(found, dict) or not isinstance(found.get("label"), str):
        raise malformed("a span has a label, a start and an end", rule="span")
    start = finite(found.get("start"), what="the start of a span")
    end = finite(found.get("end"), what="the end of a span")
    if start > end:
        raise malformed("a span does not end before it starts", rule="order")
    return Span(found["label"], start, end)


def _plain(number: float) -> float | int:
    text = number_text(number)
    return float(text) if "." in text else int(text)
