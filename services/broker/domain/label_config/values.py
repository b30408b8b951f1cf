"""A result as the one text that is scored, compared and paid for, and such a text as a result.

`answer_forms` has what the texts look like. Nothing of ids, names of people or sizes of screens is
in them, and no order but a ranking's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from services.broker.domain.answer_forms.forms import IN_JSON, read_value, write_value
from services.broker.domain.json_text import parse_json
from services.broker.domain.label_config.marking import Item, items_of, marks_of
from services.broker.domain.label_config.meaning import meaning_of
from services.broker.domain.label_config.model import Control, LabelConfig
from services.broker.domain.label_config.questions import Question
from services.broker.domain.label_config.single import is_answered, single_answer, single_value
from services.broker.domain.label_config.tags import Shape


def value_of(config: LabelConfig, result: Sequence[Item]) -> str:
    """The value of a result that check_result has found nothing wrong with.

    "" where the question that decides was left out.

    Errors:
        FormWrong: a number that is too long to write out.
    """
    meaning = meaning_of(config)
    if meaning.question is not None:
        answer = _answer(meaning.question, result)
        return "" if answer is None else write_value(answer)
    answers = {q.field.name: _answer(q, result) for q in meaning.questions}
    return write_value({name: answer for name, answer in answers.items() if answer is not None})


def _answer(question: Question, result: Sequence[Item]) -> Any:
    """None where it was left out."""
    asking = {control.name: control for control in (*question.controls, *question.of_each)}
    items = [(asking[item["from_name"]], item) for item in result if item["from_name"] in asking]
    if question.marks:
        return marks_of(question, items) if items or question.may_be_none else None
    for control, item in items:
        if is_answered(control, item["value"]):
            return single_answer(control, item["value"])
    return [] if question.may_be_none else None


def result_of(config: LabelConfig, value: str) -> list[dict[str, Any]]:
    """The result that the editor would have made of a value: `value_of` of it is the value.

    A result as text is taken as it is.

    Errors:
        FormWrong: not a value of the config's kind, or one that the editor could not make.
    """
    meaning = meaning_of(config)
    if meaning.kind in IN_JSON:
        given = as_result(value)
        if given is not None:
            return given
    answer = read_value(meaning.kind, value, fields=meaning.fields)
    ids = count(1)
    if meaning.question is not None:
        return list(_made(meaning.question, answer, ids, ""))
    return [
        item
        for question in meaning.questions
        if question.field.name in answer
        for item in _made(question, answer[question.field.name], ids, f".{question.field.name}")
    ]


def as_result(text: str) -> list[dict[str, Any]] | None:
    """The text as a result, where it is one that is not empty, or None."""
    try:
        items = parse_json(text)
    except ValueError:
        return None
    if not isinstance(items, list) or not items:
        return None
    is_result = all(isinstance(item, dict) and "from_name" in item for item in items)
    return items if is_result else None


def _made(
    question: Question, answer: Any, ids: Iterator[int], path: str
) -> Iterator[dict[str, Any]]:
    if question.marks:
        yield from items_of(question, answer, new_id=lambda: str(next(ids)), path=path)
    elif answer != []:
        control = question.control
        yield {
            "id": control.name,
            "from_name": control.name,
            "to_name": _target(control),
            "type": control.spec.result_type,
            "value": single_value(control, answer, path=path),
        }


def _target(control: Control) -> str:
    """A comparison is about itself: so the editor writes it."""
    return control.name if control.shape is Shape.PAIRWISE else control.to_names[0]
