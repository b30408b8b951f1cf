"""Tasks: what a client may post, and what one costs at most."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass

from services.broker.domain.compared import compared_items
from services.broker.domain.errors import DataInvalid
from services.broker.domain.json_text import parse_json
from services.broker.domain.known_answers import known_answer
from services.broker.domain.projects import Project
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
    """Answers that it gets in any case."""
    digest: bytes
    """Of the content, so that the same row posted again is told from a changed one."""
    state: TaskState = TaskState.OPEN
    items: tuple[str, ...] = ()
    """The names of what is compared or ranked, where the data has them."""
    overlap_asked: int = 0
    """Answers that were asked for so far, where they are more; 0: `overlap`."""
    answers_max: int = 0
    """Answers that money is held for, where they are more than `overlap`; 0: `overlap`."""
    is_control: bool = False
    """Handed out to measure contractors, and not as it stands in the queue."""

    @property
    def answers_asked(self) -> int:
        """So many contractors may have it by now."""
        return max(self.overlap, self.overlap_asked)

    @property
    def slots(self) -> int:
        """Answers that are handed out: a control task's beyond its result, as far as it is paid."""
        return self.answers_held_for if self.is_control else self.answers_asked

    @property
    def answers_held_for(self) -> int:
        """So many answers are paid for out of what the project holds."""
        return self.answers_max or self.overlap

    def cost_units_max(self, project: Project) -> int:
        """What all its answers can cost."""
        return self.answers_held_for * project.answer_price_units_max


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
        GoldInvalid: the known answer is none of the kind's answers.
    """
    if not data_json.lstrip().startswith("{"):
        raise DataInvalid("the data is not a JSON object", field="data_json")
    try:
        data = parse_json(data_json)
    except ValueError as err:
        raise DataInvalid(f"the data is not JSON: {err}", field="data_json") from None
    check_task_data(project, data)
    items = compared_items(project, data)
    known = known_answer(project, gold_label, data=data, items=items)
    digest = hashlib.sha256()
    for part in (data_json, known, *assignee_ids):
        digest.update(f"{len(part)}:{part}".encode())
    is_control = bool(known) and not assignee_ids and project.quality_policy.hands_out_gold
    overlap = len(assignee_ids) or project.overlap
    answers_max = 0 if assignee_ids else project.overlap_max
    if is_control:
        answers_max = project.control_answers_max
        overlap = min(overlap, answers_max)
    return Task(
        task_id=derived_id("tsk", project.project_id, external_id),
        project_id=project.project_id,
        external_id=external_id,
        data_json=data_json,
        gold_label=known,
        items=items,
        assignee_ids=assignee_ids,
        overlap=overlap,
        digest=digest.digest()[:16],
        answers_max=answers_max if answers_max > overlap else 0,
        is_control=is_control,
    )
