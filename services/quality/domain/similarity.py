"""How far two answers of any kind agree: one question for all who judge answers.

For decisions, second opinions, partial acceptance and the stopping of questions alike. The second
value may be another answer, what stands for all of them, or the truth: it makes no difference.
"""

from __future__ import annotations

from services.quality.domain.scorers.measure import Measure, PlainMeasure
from services.quality.domain.scorers.numeric import NumericMeasure
from services.quality.domain.scorers.ordinal import OrdinalMeasure
from services.quality.domain.scorers.ranked import RankedMeasure
from services.quality.domain.scorers.regions import RegionsMeasure
from services.quality.domain.scorers.spans import SpansMeasure
from services.quality.domain.scorers.structured import ChosenMeasure, StructuredMeasure
from services.quality.domain.scorers.text import TextMeasure
from services.quality.domain.types import FieldSpec, Kind, Task

_EQUALITY = PlainMeasure()
_PLAIN: dict[Kind, Measure] = {
    Kind.CHOICE: _EQUALITY,
    Kind.PAIRWISE: _EQUALITY,
    Kind.CODE: _EQUALITY,
    Kind.TEXT: TextMeasure(),
    Kind.RANKED: RankedMeasure(),
    Kind.REGIONS: RegionsMeasure(),
    Kind.SPANS: SpansMeasure(),
}


def measure_of(
    kind: Kind,
    *,
    labels: tuple[str, ...] = (),
    tolerance: float = 0.0,
    fields: tuple[FieldSpec, ...] = (),
) -> Measure:
    """By which values of this kind are compared; see `Task` for what it depends on."""
    if kind is Kind.NUMERIC:
        return NumericMeasure(tolerance)
    if kind is Kind.ORDINAL:
        return OrdinalMeasure(labels)
    if kind is Kind.STRUCTURED:
        if not fields:
            return _EQUALITY
        return StructuredMeasure(fields, lambda field: _measure_of_field(field, tolerance))
    return _PLAIN[kind]


def measure_of_task(task: Task) -> Measure:
    return measure_of(task.kind, labels=task.labels, tolerance=task.tolerance, fields=task.fields)


def agreement(
    kind: Kind,
    value: str,
    reference: str,
    *,
    labels: tuple[str, ...] = (),
    tolerance: float = 0.0,
    fields: tuple[FieldSpec, ...] = (),
) -> float:
    """From 0 to 1; symmetric, and 1 for equal values. Unreadable values agree where equal.

    Labels: 1 where they are the same; of a scale, less by their distance. Text: words that need no
    edit. Numbers: one half at the tolerance. Rankings: pairs ordered the same way. Shapes and
    spans: F1 by overlap. Several fields: the worst of them.
    """
    measure = measure_of(kind, labels=labels, tolerance=tolerance, fields=fields)
    return measure.agreement(value, reference)


def agrees(
    kind: Kind,
    value: str,
    reference: str,
    *,
    labels: tuple[str, ...] = (),
    tolerance: float = 0.0,
    fields: tuple[FieldSpec, ...] = (),
) -> bool:
    """Whether `value` counts as right where `reference` is true: as gold is judged."""
    measure = measure_of(kind, labels=labels, tolerance=tolerance, fields=fields)
    return measure.agrees(value, reference)


def _measure_of_field(field: FieldSpec, tolerance: float) -> Measure:
    if field.multiple:
        return ChosenMeasure()
    return measure_of(field.kind, labels=field.labels, tolerance=tolerance)
