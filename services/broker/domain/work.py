"""What a project asks for and what answers it takes, where a label config says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.broker.domain.errors import (
    DataInvalid,
    KindInvalid,
    LabelsInvalid,
)
from services.broker.domain.label_config import reader
from services.broker.domain.label_config.data import check_data
from services.broker.domain.label_config.meaning import Meaning, meaning_of
from services.broker.domain.label_config.problems import facts, told
from services.broker.domain.label_config.tags import Shape
from services.broker.domain.projects import AnswerField, Project, WorkKind

_ALIKE = (
    (Shape.CHOICES, frozenset({WorkKind.CHOICE, WorkKind.PAIRWISE, WorkKind.ORDINAL})),
    (Shape.TEXTS, frozenset({WorkKind.TEXT, WorkKind.CODE})),
)


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
    if wanted is not meaning.kind and not _may_be(meaning, wanted):
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


def _may_be(meaning: Meaning, wanted: WorkKind) -> bool:
    """Whether the same control can ask for another kind.

    A preference or a rating may be asked for by choices of any name, `left` and `right` may be no
    preference, and what is written may be program text.
    """
    if meaning.question is None:
        return False
    shape = meaning.question.control.shape
    return any(shape is each and wanted in kinds for each, kinds in _ALIKE)


def check_task_data(project: Project, data: Mapping[str, Any]) -> None:
    """Errors: DataInvalid, naming the first field that the config shows and the data lacks."""
    config = reader.find(project.label_config)
    problems = check_data(config, data) if config is not None else []
    if problems:
        raise DataInvalid(told(problems), **facts(problems, field=problems[0].path))


def fields_of(project: Project) -> tuple[AnswerField, ...]:
    """What a STRUCTURED answer is made of; nothing without a label config."""
    config = reader.find(project.label_config)
    if config is None or project.kind is not WorkKind.STRUCTURED:
        return ()
    return meaning_of(config).fields


def needs_data(project: Project) -> bool:
    """Answers can only be checked beside what the task showed."""
    config = reader.find(project.label_config)
    return config is not None and config.needs_data
