"""Answers on their way in and out: the one value that each comes down to, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence

from services.broker.domain.answer_forms.forms import read_value, write_value
from services.broker.domain.answer_forms.wrong import FormWrong
from services.broker.domain.errors import ResultInvalid, ValueInvalid
from services.broker.domain.json_text import parse_json
from services.broker.domain.label_config import reader
from services.broker.domain.label_config.meaning import meaning_of
from services.broker.domain.label_config.model import LabelConfig
from services.broker.domain.label_config.problems import facts, told
from services.broker.domain.label_config.results import check_result
from services.broker.domain.label_config.sameness import canonical
from services.broker.domain.label_config.values import result_of, value_of
from services.broker.domain.projects import LABELLED, Project, WorkKind

_VALUE_BYTES_MAX = 65_536
_SHOWN_MAX = 100
_AS_WRITTEN = LABELLED | {WorkKind.TEXT, WorkKind.CODE}
"""Kinds whose value is what was chosen or written, as it is."""


def answer_value(
    project: Project,
    *,
    value: str,
    result_json: str,
    data_json: str = "",
    items: Sequence[str] = (),
) -> str:
    """The value that an answer comes down to, in the form of its kind.

    `data_json` is what the task showed, `items` what it ranks, where they are known.

    Errors:
        ValueInvalid: none of the labels, or not of the kind's form; ResultInvalid: not what the
            label config asks.
    """
    if not result_json:
        if not value:
            raise ValueInvalid("an answer has a value or a result", field="value", value="")
        return _of_value(project, value, data_json, items)
    found = _of_result(project, result_json, data_json)
    if value and value != found and _as_kept(project, value) != found:
        raise ValueInvalid(
            "value is not what the result says", field="value", value=value[:_SHOWN_MAX]
        )
    project.check_value(found)
    return found


def same_result(project: Project, one: str, other: str) -> bool:
    """Whether two submitted results say the same, whatever ids and order the editor gave them.

    Both fit the project's label config. One that was left out says nothing else.
    """
    if not one or not other or one == other:
        return True
    config = reader.find(project.label_config)
    if config is None:
        return False
    return canonical(config, parse_json(one)) == canonical(config, parse_json(other))


def answer_result(project: Project, *, value: str, result_json: str) -> str:
    """The answer as the editor makes it: as it came, or made from its value; "" if none can be."""
    if result_json:
        return result_json
    config = reader.find(project.label_config)
    if config is None or not value:
        return ""
    try:
        return json.dumps(result_of(config, value), ensure_ascii=False, separators=(",", ":"))
    except FormWrong:
        return ""


def _of_value(project: Project, value: str, data_json: str, items: Sequence[str]) -> str:
    config = reader.find(project.label_config)
    if project.kind in _AS_WRITTEN:
        project.check_value(value)
        if config is not None and not meaning_of(config).value_is_enough:
            raise _more_required()
        return value
    if config is None and project.kind is WorkKind.STRUCTURED:
        raise ResultInvalid("this kind of work is answered with a result", field="result")
    try:
        if config is None:
            return write_value(read_value(project.kind, value, items=items))
        return _by_config(config, value, data_json)
    except FormWrong as err:
        path = f"value{err.path}"
        raise ValueInvalid(
            f"{path}: {err.message}",
            field="value",
            path=path,
            rule=err.rule,
            value=value[:_SHOWN_MAX],
        ) from None


def _by_config(config: LabelConfig, value: str, data_json: str) -> str:
    """The value by way of the result that the editor would have made of it."""
    if not meaning_of(config).value_is_enough:
        raise _more_required()
    result = result_of(config, value)
    data = json.loads(data_json) if data_json else None
    problems = check_result(config, result, data=data)
    if problems:
        raise FormWrong("", problems[0].rule, problems[0].message)
    return value_of(config, result)


def _more_required() -> ResultInvalid:
    return ResultInvalid(
        "more is required than the value: send a result", field="result", rule="required"
    )


def _of_result(project: Project, result_json: str, data_json: str) -> str:
    config = reader.find(project.label_config)
    if config is None:
        raise ResultInvalid("the project has no label config: send a value", field="result")
    try:
        result = parse_json(result_json)
    except ValueError as err:
        raise ResultInvalid(f"the result is not JSON: {err}", field="result", rule="json") from None
    data = json.loads(data_json) if data_json else None
    problems = check_result(config, result, data=data)
    if problems:
        raise ResultInvalid(told(problems), **facts(problems, field=problems[0].path))
    try:
        value = value_of(config, result)
    except FormWrong as err:
        raise ResultInvalid(err.message, field="result", rule=err.rule) from None
    if not value:
        raise ResultInvalid("the answer is empty", field="result", rule="required")
    if len(value.encode()) > _VALUE_BYTES_MAX:
        raise ResultInvalid(
            f"the answer has more than {_VALUE_BYTES_MAX:,} bytes", field="result", rule="too_long"
        )
    return value


def _as_kept(project: Project, value: str) -> str:
    """A value beside its result, in the one way in which values are written."""
    config = reader.find(project.label_config)
    if config is None or project.kind in _AS_WRITTEN:
        return value
    try:
        return value_of(config, result_of(config, value))
    except FormWrong:
        return value
