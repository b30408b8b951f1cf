"""What quality refuses, and as what kind of mistake."""

from __future__ import annotations

from services.chassis.errors import DomainError, Kind


class UnknownLabel(DomainError):
    """The project's label config does not have this label."""

    kind = Kind.INVALID
    reason = "UNKNOWN_LABEL"


class ForeignAnswer(DomainError):
    """The answer belongs to another task than the one it was brought to."""

    kind = Kind.INVALID
    reason = "FOREIGN_ANSWER"


class InvalidPolicy(DomainError):
    """A bound of the quality policy is outside its range."""

    kind = Kind.INVALID
    reason = "INVALID_QUALITY_POLICY"


class WrongRulingState(DomainError):
    """The ruling on this answer does not admit the step from where it stands."""

    kind = Kind.PRECONDITION
    reason = "WRONG_RULING_STATE"


class ReasonMissing(DomainError):
    """A person who decides must say why."""

    kind = Kind.INVALID
    reason = "REASON_MISSING"


class OwnAnswer(DomainError):
    """Nobody decides on an answer of their own."""

    kind = Kind.FORBIDDEN
    reason = "OWN_ANSWER"


class UnknownTask(DomainError):
    """The project has no such task, or nobody has answered it yet."""

    kind = Kind.NOT_FOUND
    reason = "TASK_NOT_FOUND"


class OutweighedTruth(DomainError):
    """Somebody whose word weighs more has said what is true of this task."""

    kind = Kind.PRECONDITION
    reason = "TRUTH_OUTWEIGHED"


class SweepRunning(DomainError):
    """The project is being swept already."""

    kind = Kind.PRECONDITION
    reason = "SWEEP_RUNNING"
    retry_seconds = 5.0


class RuleInvalid(DomainError):
    """A rule that could not act, or would act without evidence."""

    kind = Kind.INVALID
    reason = "RULE_INVALID"


class RuleNotFound(DomainError):
    """The project has no such rule."""

    kind = Kind.NOT_FOUND
    reason = "RULE_NOT_FOUND"


class DryRunsBusy(DomainError):
    """So many dry runs wait already."""

    kind = Kind.EXHAUSTED
    reason = "DRY_RUNS_BUSY"


class TooManyRules(DomainError):
    """A project has room for so many rules."""

    kind = Kind.PRECONDITION
    reason = "TOO_MANY_RULES"
