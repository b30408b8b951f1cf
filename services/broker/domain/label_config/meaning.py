"""What an answer to a label config comes down to: one value that can be compared and scored.

One control decides. That is the only comparison (Pairwise), whatever is asked beside it; else the
only control that everybody must answer; else, where nothing is required, the only one there is.
A control that is asked for each region, or that is not always on the screen, decides nothing.

* Pairwise: PAIRWISE, with the labels `left` and `right`.
* Choices of which one is chosen: CHOICE, with its labels. Where these are `left`, `right` and
  perhaps `tie`, and two objects or more are shown: PAIRWISE.
* TextArea: TEXT.

Whatever else is asked, or where no control decides: STRUCTURED, and the answer as a whole is the
value, in the canonical form of `values`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from services.broker.domain.label_config.model import Control, LabelConfig
from services.broker.domain.label_config.tags import Shape
from services.broker.domain.projects import WorkKind

_PREFERENCE = frozenset({"left", "right"})
_TIE = "tie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The kind of work that a config is, and the labels its answers may have."""

    kind: WorkKind
    labels: tuple[str, ...] = ()
    control: Control | None = None
    """The one that decides; None where the whole answer counts."""
    value_is_enough: bool = False
    """An answer may come as a value alone: nothing else is ever required."""


@lru_cache(maxsize=256)
def meaning_of(config: LabelConfig) -> Meaning:
    """See the module."""
    control = _deciding(config)
    kind = _kind(config, control) if control is not None else WorkKind.STRUCTURED
    if control is None or kind is WorkKind.STRUCTURED:
        return Meaning(kind=WorkKind.STRUCTURED)
    others = (other for other in config.controls.values() if other is not control)
    return Meaning(
        kind=kind,
        labels=control.labels,
        control=control,
        value_is_enough=not any(other.required for other in others),
    )


def _deciding(config: LabelConfig) -> Control | None:
    controls = list(config.controls.values())
    compared = [c for c in controls if c.shape in (Shape.PAIRWISE, Shape.RANKING)]
    if len(compared) == 1 and compared[0].shape is Shape.PAIRWISE and not compared[0].conditions:
        return compared[0]
    always = [control for control in controls if control.decides]
    if len(always) == 1:
        return always[0]
    if len(controls) == 1 and not controls[0].per_region and not controls[0].conditions:
        return controls[0]
    return None


def _kind(config: LabelConfig, control: Control) -> WorkKind:
    if control.shape is Shape.PAIRWISE:
        return WorkKind.PAIRWISE
    if control.shape is Shape.TEXTS:
        return WorkKind.TEXT
    if control.shape is not Shape.CHOICES or control.multiple or len(control.labels) < 2:
        return WorkKind.STRUCTURED
    own = set(control.labels)
    is_preference = _PREFERENCE <= own <= _PREFERENCE | {_TIE}
    return WorkKind.PAIRWISE if is_preference and len(config.objects) >= 2 else WorkKind.CHOICE
