"""What an answer to a label config comes down to: one value that can be compared and scored.

One question decides. That is the only comparison (Pairwise), whatever is asked beside it; else the
only one that everybody must answer; else, where nothing is required, the only one there is. What
is asked for each region, or is not always on the screen, decides nothing.

| what decides                          | kind                                                     |
|---------------------------------------|----------------------------------------------------------|
| Pairwise                              | PAIRWISE, with the labels `left` and `right`             |
| Choices, of which one is chosen       | CHOICE, with its labels; PAIRWISE where these are `left`,|
|                                       | `right` and perhaps `tie`, and two objects are shown     |
| Rating                                | ORDINAL, with the labels `1` to its `maxRating`          |
| Number                                | NUMERIC                                                  |
| Ranker                                | RANKED                                                   |
| TextArea                              | TEXT                                                     |
| boxes, polygons and such on an Image  | REGIONS                                                  |
| labels of a text, a recording and such| SPANS                                                    |

Several choices out of a list, Taxonomy, and several questions of which none decides are STRUCTURED:
each question is a field of the answer, scored by its own kind. A text that may be left out is no
field where something else must be answered: it is a remark.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from services.broker.domain.label_config.model import LabelConfig
from services.broker.domain.label_config.questions import Question, questions_of
from services.broker.domain.label_config.tags import Shape
from services.broker.domain.projects import LABELLED, AnswerField, WorkKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The kind of work that a config is, and the labels its answers may have."""

    kind: WorkKind
    labels: tuple[str, ...] = ()
    questions: tuple[Question, ...]
    """What the value is made of: the one that decides, or those that are its fields."""
    value_is_enough: bool = False
    """An answer may come as a value alone: nothing else is ever required."""

    @property
    def question(self) -> Question | None:
        """The one that decides; None where the value has fields."""
        return None if self.kind is WorkKind.STRUCTURED else self.questions[0]

    @property
    def fields(self) -> tuple[AnswerField, ...]:
        """Of a STRUCTURED value."""
        if self.kind is not WorkKind.STRUCTURED:
            return ()
        return tuple(question.field for question in self.questions)


@lru_cache(maxsize=256)
def meaning_of(config: LabelConfig) -> Meaning:
    """See the module."""
    questions = questions_of(config)
    deciding = _deciding(questions)
    made_of = _fields(questions) if deciding is None else (deciding,)
    kind = WorkKind.STRUCTURED
    labels: tuple[str, ...] = ()
    if deciding is not None and _stands_alone(deciding):
        kind = deciding.field.kind
        labels = deciding.field.labels if kind in LABELLED else ()
    said = {control.name for q in made_of for control in (*q.controls, *q.of_each)}
    others = [control for control in config.controls.values() if control.name not in said]
    return Meaning(
        kind=kind,
        labels=labels,
        questions=made_of,
        value_is_enough=not any(other.required for other in others),
    )


def _deciding(questions: tuple[Question, ...]) -> Question | None:
    compared = [q for q in questions if q.control.shape in (Shape.PAIRWISE, Shape.RANKING)]
    preferred = [q for q in compared if q.control.shape is Shape.PAIRWISE and q.always_shown]
    if len(compared) == 1 and preferred:
        return preferred[0]
    always = [question for question in questions if question.decides]
    if len(always) == 1:
        return always[0]
    if len(questions) == 1 and questions[0].always_shown:
        return questions[0]
    return None


def _stands_alone(question: Question) -> bool:
    """Its value can be the whole value."""
    field = question.field
    if field.multiple or question.control.shape is Shape.TAXONOMY:
        return False
    return field.kind not in LABELLED or len(field.labels) >= 2


def _fields(questions: tuple[Question, ...]) -> tuple[Question, ...]:
    if not any(question.required for question in questions):
        return questions
    return tuple(q for q in questions if q.required or q.control.shape is not Shape.TEXTS)
