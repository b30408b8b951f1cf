"""Kinds of work ready to use, and label configs looked over before a project is made of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.broker.domain.errors import LabelConfigInvalid
from services.broker.domain.json_text import parse_json
from services.broker.domain.label_config import reader
from services.broker.domain.label_config.data import check_data
from services.broker.domain.label_config.meaning import meaning_of
from services.broker.domain.label_config.model import DataField
from services.broker.domain.label_config.problems import Problem
from services.broker.domain.projects import AnswerField, WorkKind
from services.broker.domain.templates import TEMPLATES, Template

_PROBLEMS_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a label config asks, and what is wrong with it or with the tasks beside it."""

    kind: WorkKind | None
    labels: tuple[str, ...] = ()
    fields: tuple[AnswerField, ...] = ()
    shown: tuple[DataField, ...] = ()
    problems: list[Problem] = field(default_factory=list)


def templates(*, after: str, limit: int) -> list[Template]:
    """In the order of their names."""
    found = sorted(TEMPLATES, key=lambda template: template.name)
    return [template for template in found if template.name > after][:limit]


def kind_of(template: Template) -> WorkKind:
    """What a project of it is."""
    return template.kind or meaning_of(reader.read(template.label_config)).kind


def look_over(label_config: str, rows: Sequence[str]) -> Looked:
    """The config with the data of some tasks, each a JSON object as text. Nothing is raised."""
    try:
        config = reader.read(label_config)
    except LabelConfigInvalid as err:
        return Looked(kind=None, problems=err.problems)
    meaning = meaning_of(config)
    looked = Looked(
        kind=meaning.kind, labels=meaning.labels, fields=meaning.fields, shown=config.fields
    )
    for position, text in enumerate(rows):
        try:
            data = parse_json(text)
        except ValueError as err:
            found = [Problem(path="data", rule="json", message=f"this is not JSON: {err}")]
        else:
            found = (
                check_data(config, data)
                if isinstance(data, dict)
                else [Problem(path="data", rule="type", message="a JSON object")]
            )
        for problem in found[: _PROBLEMS_MAX - len(looked.problems)]:
            path = f"data[{position}]{problem.path.removeprefix('data')}"
            looked.problems.append(Problem(path=path, rule=problem.rule, message=problem.message))
    return looked
