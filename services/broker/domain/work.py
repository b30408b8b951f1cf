"""What a project asks for and what answers it takes, where a label config says it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from services.broker.domain.errors import (
    DataInvalid,
    KindInvalid,
    LabelsInvalid,
    ResultInvalid,
    ValueInvalid,
)
from services.broker.domain.json_text import parse_json
from services.broker.domain.label_config import reader
from services.broker.domain.label_config.data import check_data
from services.broker.domain.label_config.meaning import Meaning, meaning_of
from services.broker.domain.label_config.problems import Problem
from services.broker.domain.label_config.results import check_result
from services.broker.domain.label_config.tags import Shape
from services.broker.domain.label_config.values import canonical, result_of, value_of
from services.broker.domain.projects import Project, WorkKind

_VALUE_BYTES_MAX = 65_536


def settle_kind(
    *, kind: int, labels: tuple[str, ...], label_config: str
) -> tuple[WorkKind, tuple[str, ...]]:
    """The kind and the labels of a new project: as they were given, or as its config says.

    `kind` is a number of WorkKind, or 0 where it was left out.

    Errors:
        LabelConfigInvalid, KindInvalid, LabelsInvalid.
    """
    if not label_config:
        if not kind:
            raise KindInvalid("say the kind of work, or give a label config", field="kind")
        return WorkKind(kind), labels
    meaning = meaning_of(reader.read(label_config))
    wanted = WorkKind(kind) if kind else meaning.kind
    if wanted is not meaning.kind and not _by_choices(meaning, wanted):
        raise KindInvalid(
            f"the label config asks for {meaning.kind.name}",
            field="kind",
            kind=wanted.name,
            label_config_kind=meaning.kind.name,
        )
    if labels and set(labels) != set(meaning.labels):
        raise LabelsInvalid(
            "the labels are not those of the label config", field="labels", kind=wanted.name
        )
    return wanted, labels or meaning.labels


def _by_choices(meaning: Meaning, wanted: WorkKind) -> bool:
    """A preference may be asked for by choices of any name, and `left` and `right` may be none."""
    control = meaning.control
    is_choice = control is not None and control.shape is Shape.CHOICES
    return is_choice and {wanted, meaning.kind} == {WorkKind.CHOICE, WorkKind.PAIRWISE}


def check_task_data(project: Project, data: Mapping[str, Any]) -> None:
    """Errors: DataInvalid, naming the first field that the config shows and the data lacks."""
    config = reader.find(project.label_config)
    problems = check_data(config, data) if config is not None else []
    if problems:
        raise DataInvalid(_told(problems), **_facts(problems, field=problems[0].path))


def answer_value(project: Project, *, value: str, result_json: str, data_json: str = "") -> str:
    """The value that an answer comes down to; `data_json` is what the task showed, where known.

    Errors:
        ValueInvalid: none of the labels; ResultInvalid: not what the label config asks.
    """
    if not result_json:
        if not value:
            raise ValueInvalid("an answer has a value or a result", field="value", value="")
        if project.kind is WorkKind.STRUCTURED:
            raise ResultInvalid("this kind of work is answered with a result", field="result")
        project.check_value(value)
        _check_enough(project)
        return value
    found = _value_of_result(project, result_json, data_json)
    if value and value != found:
        raise ValueInvalid("value is not what the result says", field="value", value=value[:100])
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
    except (KeyError, ValueError):
        return ""


def needs_data(project: Project) -> bool:
    """Answers can only be checked beside what the task showed."""
    config = reader.find(project.label_config)
    return config is not None and config.needs_data


def _check_enough(project: Project) -> None:
    config = reader.find(project.label_config)
    if config is not None and not meaning_of(config).value_is_enough:
        raise ResultInvalid(
            "more is required than the value: send a result", field="result", rule="required"
        )


def _value_of_result(project: Project, result_json: str, data_json: str) -> str:
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
        raise ResultInvalid(_told(problems), **_facts(problems, field=problems[0].path))
    value = value_of(config, result)
    if not value:
        raise ResultInvalid("the answer is empty", field="result", rule="required")
    if len(value.encode()) > _VALUE_BYTES_MAX:
        raise ResultInvalid(
            f"the answer has more than {_VALUE_BYTES_MAX:,} bytes", field="result", rule="too_long"
        )
    return value


def _told(problems: Sequence[Problem]) -> str:
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{problems[0].path}: {problems[0].message}{more}"


def _facts(problems: Sequence[Problem], *, field: str) -> dict[str, object]:
    return {"field": field, "rule": problems[0].rule, "problems": len(problems)}
