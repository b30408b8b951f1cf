"""What the broker refuses, by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.chassis.errors import DomainError, Kind

if TYPE_CHECKING:
    from services.broker.domain.label_config.problems import Problem


class ProjectNotFound(DomainError):
    """No such project, or another organisation's."""

    kind, reason = Kind.NOT_FOUND, "PROJECT_NOT_FOUND"


class ProjectStateWrong(DomainError):
    """The project is in a state from which this does not lead on."""

    kind, reason = Kind.PRECONDITION, "PROJECT_STATE_WRONG"


class TasksUnresolved(DomainError):
    """Some tasks have no result yet."""

    kind, reason = Kind.PRECONDITION, "TASKS_UNRESOLVED"


class LabelsInvalid(DomainError):
    """The labels do not fit the kind of work."""

    kind, reason = Kind.INVALID, "LABELS_INVALID"


class PayInvalid(DomainError):
    """The pay is not an amount that can be paid."""

    kind, reason = Kind.INVALID, "PAY_INVALID"


class LeaseInvalid(DomainError):
    """The lease is too short to do any work in."""

    kind, reason = Kind.INVALID, "LEASE_INVALID"


class OverlapInvalid(DomainError):
    """The most answers that a task may get are fewer than it gets in any case."""

    kind, reason = Kind.INVALID, "OVERLAP_INVALID"


class PolicyInvalid(DomainError):
    """The quality policy asks for what cannot be."""

    kind, reason = Kind.INVALID, "POLICY_INVALID"


class EligibilityInvalid(DomainError):
    """It names a region of a country that it does not name."""

    kind, reason = Kind.INVALID, "ELIGIBILITY_INVALID"


class LabelConfigInvalid(DomainError):
    """The label config is not one that the editor can show; `problems` says all that is wrong."""

    kind, reason = Kind.INVALID, "LABEL_CONFIG_INVALID"

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(
            f"{first.path}: {first.message}",
            field="label_config",
            path=first.path,
            rule=first.rule,
            problems=len(problems),
        )
        self.problems = list(problems)


class KindInvalid(DomainError):
    """The kind of work is not named, or is not what the label config asks."""

    kind, reason = Kind.INVALID, "KIND_INVALID"


class ResultInvalid(DomainError):
    """The answer does not fit the project's label config."""

    kind, reason = Kind.INVALID, "RESULT_INVALID"


class DataInvalid(DomainError):
    """A task's data is not a JSON object, or not what the label config shows."""

    kind, reason = Kind.INVALID, "DATA_INVALID"


class GoldInvalid(DomainError):
    """A known answer is none that the project allows."""

    kind, reason = Kind.INVALID, "GOLD_INVALID"


class TaskChanged(DomainError):
    """A task of that external_id is there, with other content."""

    kind, reason = Kind.EXISTS, "TASK_CHANGED"


class FundsShort(DomainError):
    """The money held for the project does not cover this task."""

    kind, reason = Kind.PRECONDITION, "FUNDS_SHORT"


class TaskNotFound(DomainError):
    """No such task, or another organisation's."""

    kind, reason = Kind.NOT_FOUND, "TASK_NOT_FOUND"


class ContractorNotFound(DomainError):
    """The contractor has not been enrolled, or the news has not arrived yet."""

    kind, reason = Kind.NOT_FOUND, "CONTRACTOR_NOT_FOUND"


class ContractorNotActive(DomainError):
    """The contractor, or the vendor, is suspended or gone. What was earned stays payable."""

    kind, reason = Kind.PRECONDITION, "CONTRACTOR_NOT_ACTIVE"


class WorkPaused(DomainError):
    """The contractor gets no tasks of the project until a time; the metadata says why."""

    kind, reason = Kind.PRECONDITION, "WORK_PAUSED"


class ClaimsExhausted(DomainError):
    """The contractor holds as many leases as one may at a time."""

    kind, reason = Kind.EXHAUSTED, "CLAIMS_EXHAUSTED"


class AssignmentNotFound(DomainError):
    """No such assignment, or another contractor's."""

    kind, reason = Kind.NOT_FOUND, "ASSIGNMENT_NOT_FOUND"


class LeaseLost(DomainError):
    """The lease ended, or the token is not the one that it was given."""

    kind, reason = Kind.PRECONDITION, "LEASE_LOST"


class AlreadySubmitted(DomainError):
    """The assignment has its answer, and it is another one."""

    kind, reason = Kind.PRECONDITION, "ALREADY_SUBMITTED"


class ValueInvalid(DomainError):
    """The answer is none that the project allows."""

    kind, reason = Kind.INVALID, "VALUE_INVALID"
