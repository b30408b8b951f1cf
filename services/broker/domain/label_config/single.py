"""What one control was answered with: out of an item's `value`, and back into one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.broker.domain.answer_forms.decimals import decimal_text
from services.broker.domain.answer_forms.wrong import FormWrong
from services.broker.domain.label_config.model import Control
from services.broker.domain.label_config.numbers import plain
from services.broker.domain.label_config.questions import branch_names
from services.broker.domain.label_config.tags import Shape


def answer_to(control: Control, value: Mapping[str, Any]) -> Any:
    """The answer that an item's checked value carries: a label, texts, a number; None: none."""
    answer = value.get(control.spec.value_key)
    if control.shape is Shape.RANKING:
        return answer.get(control.name) if isinstance(answer, dict) else None
    if control.shape is Shape.TEXTS:
        return [answer] if isinstance(answer, str) else answer
    if control.shape in (Shape.NUMBER, Shape.RATING) and answer is not None:
        return plain(answer)
    return answer


def is_answered(control: Control, value: Mapping[str, Any]) -> bool:
    """Something was chosen, written or drawn; blank texts are nothing."""
    if control.shape is Shape.REGION:
        return True
    answer = answer_to(control, value)
    if control.shape is Shape.TEXTS:
        return any(text.strip() for text in answer or ())
    return answer is not None and answer != []


def single_answer(control: Control, value: Mapping[str, Any]) -> str | list[str]:
    """The answer of an item that has one, in the form of its kind.

    Errors:
        FormWrong: a number that is too long to write out.
    """
    answer = answer_to(control, value)
    if control.shape is Shape.CHOICES:
        return sorted(answer) if control.multiple else str(answer[0])
    if control.shape is Shape.TAXONOMY:
        names = {branch: name for name, branch in branch_names(control.branches).items()}
        chosen = sorted(names[tuple(steps)] for steps in answer)
        return chosen[0] if control.count_max == 1 else chosen
    if control.shape is Shape.TEXTS:
        return "\n".join(answer)
    if control.shape in (Shape.NUMBER, Shape.RATING):
        return decimal_text(str(answer))
    return list(answer) if control.shape is Shape.RANKING else str(answer)


def single_value(control: Control, answer: Any, *, path: str) -> dict[str, Any]:
    """The `value` of the item that the editor would have made: `single_answer` of it is `answer`.

    Errors:
        FormWrong: not what the control can be answered with.
    """
    key = control.spec.value_key
    if control.shape is Shape.PAIRWISE:
        return {key: answer}
    if control.shape is Shape.RANKING:
        return {key: {control.name: answer}}
    if control.shape is Shape.TAXONOMY:
        named = branch_names(control.branches)
        chosen = answer if isinstance(answer, list) else [answer]
        for name in chosen:
            if name not in named:
                raise FormWrong(path, "label", "no path that may be chosen")
        return {key: [list(named[name]) for name in chosen]}
    if control.shape in (Shape.NUMBER, Shape.RATING):
        return {key: plain(float(decimal_text(answer, path=path)))}
    return {key: answer if isinstance(answer, list) else [answer]}
