"""Stretches of a text or a recording: those that most weight supports, with their middle bounds.

Two spans of one label are the same from half their union in common. An answer comes as close to
another as the F1 of its spans, each by how much it has in common with its match.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import fsum

from services.quality.domain.matching import (
    Match,
    closeness,
    clusters,
    heaviest,
    matches,
    weighted_median,
)
from services.quality.domain.overlap import iou_of_spans
from services.quality.domain.scorers.closeness import ClosenessPriors, ClosenessScorer
from services.quality.domain.scorers.measure import Measure, PlainMeasure
from services.quality.domain.skills import Skills
from services.quality.domain.types import Task
from services.quality.domain.values.spans import Span, read_spans, spans_text

MAX_SPANS = 100
"""An answer of more is compared by its longest."""


class SpansMeasure(PlainMeasure):
    """Spans by what they have in common."""

    right_from = 0.75

    def closeness(self, one: str, other: str) -> float:
        return closeness(one, other, read=_compared, matched=_matches)

    def merged(self, values: Sequence[str], weights: Sequence[float], *, salt: str) -> str | None:
        drawn = heaviest(values, weights, read=_compared)
        if not drawn:
            return None
        half = fsum(own.weight for own in drawn) / 2.0
        found = []
        for cluster in clusters(drawn, matched=_matches):
            if cluster.weight(drawn) > half:
                own = [drawn[who].weight for who in cluster.members]
                spans = list(cluster.members.values())
                start = weighted_median([span.start for span in spans], own)
                end = weighted_median([span.end for span in spans], own)
                found.append(Span(spans[0].label, start, max(start, end)))
        return spans_text(sorted(found, key=lambda span: (span.start, span.end, span.label)))


class SpansScorer(ClosenessScorer):
    """Scores a project whose answers mark stretches."""

    priors = ClosenessPriors(pool=0.6)

    def measure(self, task: Task, skills: Skills) -> Measure:
        return SpansMeasure()


@lru_cache(maxsize=2_048)
def _matches(one: str, other: str) -> tuple[Match, ...]:
    """Kept, for an answer meets the same others again with every further one."""
    return matches(_compared(one), _compared(other), most=_overlap, overlap=_overlap)


def _overlap(one: Span, other: Span) -> float:
    return iou_of_spans(one, other) if one.label == other.label else 0.0


def _compared(value: str) -> tuple[Span, ...]:
    spans = read_spans(value)
    if len(spans) <= MAX_SPANS:
        return spans
    return tuple(sorted(spans, key=lambda s: (s.start - s.end, s.start, s.label))[:MAX_SPANS])
