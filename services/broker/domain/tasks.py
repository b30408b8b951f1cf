"""Tasks: what a client may post, and what one costs at most."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass

from services.broker.domain.errors import DataInvalid, GoldInvalid
from services.broker.domain.json_text import parse_json
from services.broker.domain.projects import Project, WorkKind
from services.broker.domain.work import check_task_data
from services.chassis.natural_keys import derived_id


class TaskState(enum.StrEnum):
    """OPEN until the task has its result."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One item of a project."""

    task_id: str
    project_id: str
    external_id: str
    data_json: str
    gold_label: str
    """"" where the answer is not known."""
    assignee_ids: tuple[str, ...]
    """Who shall do it; empty: whoever may."""
    overlap: int
    digest: bytes
    """Of the content, so that the same row posted again is told from a changed one."""
    state: TaskState = TaskState.OPEN

    def cost_minor_max(self, project: Project) -> int:
        """What all its answers can cost."""
        return self.overlap * project.answer_price_minor_max


def new_task(
    project: Project,
    *,
    external_id: str,
    data_json: str,
    gold_label: str,
    assignee_ids: tuple[str, ...],
) -> Task:
    """A task whose id follows from its external_id: posting it twice is posting it once.

    Errors:
        DataInvalid: the data is not a JSON object, or lacks what the label config shows.
        GoldInvalid: the known answer is none of the project's labels.
    """
    if not data_json.lstrip().startswith("{"):
        raise DataInvalid("the data is not a JSON object", field="data_json")
    try:
        data = parse_json(data_json)
    except ValueError as err:
        raise DataInvalid(f"the data is not JSON: {err}", field="data_json") from None
    check_task_data(project, data)
    if gold_label and project.kind is WorkKind.STRUCTURED:
        raise GoldInvalid("this kind of work has no known answers yet", field="gold_label")
    if gold_label and project.labels and gold_label not in project.label_set:
        raise GoldInvalid(
            "gold_label is none of the project's labels",
            field="gold_label",
            value=gold_label[:100],
        )
    digest = hashlib.sha256()
    for part in (data_json, gold_label, *assignee_ids):
        digest.update(f"{len(part)}:{part}".encode())
    return Task(
        task_id=derived_id("tsk", project.project_id, external_id),
        project_id=project.project_id,
        external_id=external_id,
        data_json=data_json,
        gold_label=gold_label,
        assignee_ids=assignee_ids,
        overlap=len(assignee_ids) or project.overlap,
        digest=digest.digest()[:16],
    )
