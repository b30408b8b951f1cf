"""Known answers of control tasks: values of the project's kind, or results as the editor's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.broker.domain.answer_forms.forms import read_value, write_value
from services.broker.domain.answer_forms.wrong import FormWrong
from services.broker.domain.errors import GoldInvalid
from services.broker.domain.json_text import parse_json
from services.broker.domain.label_config import reader
from services.broker.domain.label_config.meaning import Meaning, meaning_of
from services.broker.domain.label_config.model import LabelConfig
from services.broker.domain.label_config.results import check_result
from services.broker.domain.label_config.values import as_result, result_of, value_of
from services.broker.domain.projects import LABELLED, Project, WorkKind

_SHOWN_MAX = 100


def known_answer(
    project: Project, text: str, *, data: Mapping[str, Any], items: Sequence[str] = ()
) -> str:
    """The value that a known answer comes down to; "" of none.

    `data` is what the task shows; `items` are what it ranks, where that is known.

    Errors:
        GoldInvalid: the kind has no known answers, or this is none of its answers.
    """
    if not text:
        return ""
    if project.kind is WorkKind.CODE:
        raise _wrong("program text has no known answer: its checks judge it", rule="kind")
    config = reader.find(project.label_config)
    try:
        value = _by_config(config, text, data) if config else _plain(project, text, items)
    except FormWrong as err:
        raise _wrong(err.message, rule=err.rule, path=err.path, text=text) from None
    if project.kind in LABELLED and value not in project.label_set:
        raise _wrong("none of the project's labels", rule="label", text=text)
    return value


def _plain(project: Project, text: str, items: Sequence[str]) -> str:
    if project.kind is WorkKind.STRUCTURED:
        raise FormWrong("", "kind", "known answers of several fields need a label config")
    return write_value(read_value(project.kind, text, items=items))


def _by_config(config: LabelConfig, text: str, data: Mapping[str, Any]) -> str:
    meaning = meaning_of(config)
    given = None if text in meaning.labels else as_result(text)
    result = given if given is not None else result_of(config, text)
    only_value = _only_value(config, meaning)
    beside = config.controls.keys() - only_value.controls.keys()
    result = [item for item in result if item.get("from_name") not in beside]
    problems = check_result(only_value, result, data=data)
    if problems:
        path = problems[0].path if given is not None else ""
        raise FormWrong(f".{path}" if path else "", problems[0].rule, problems[0].message)
    value = value_of(config, result)
    if meaning.fields and given is None:
        # What it leaves out is not known: that it is nothing would have to be said.
        said = parse_json(text)
        value = write_value({k: v for k, v in parse_json(value).items() if k in said})
    if not value:
        raise FormWrong("", "required", "it does not answer what is asked")
    return value


def _only_value(config: LabelConfig, meaning: Meaning) -> LabelConfig:
    """The config with what makes the value alone: nothing else has to be known."""
    asking = {control.name for question in meaning.questions for control in question.controls}
    of_each = {control.name for question in meaning.questions for control in question.of_each}
    controls = {
        name: replace(control, required=control.required and name in asking)
        for name, control in config.controls.items()
        if name in asking | of_each
    }
    return LabelConfig(objects=config.objects, controls=controls, fields=config.fields)


def _wrong(message: str, *, rule: str, path: str = "", text: str = "") -> GoldInvalid:
    field = f"gold_label{path}"
    return GoldInvalid(
        f"{field}: {message}", field="gold_label", path=field, rule=rule, value=text[:_SHOWN_MAX]
    )
