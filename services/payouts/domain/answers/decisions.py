"""From decisions about answers to accruals: what a decision changes, given what stands already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.answers.costs import Cost
from services.payouts.domain.answers.efforts import Effort
from services.payouts.domain.answers.parties import ENDED_STATES
from services.payouts.domain.ledger.money import BPS_IN_WHOLE


class DecisionInvalid(DomainError):
    """News of a decision that cannot be one."""

    kind = Kind.INVALID
    reason = "DECISION_INVALID"


class Verdict(StrEnum):
    """How an answer was decided. In review, it waits for a person: no money moves."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_REVIEW = "in_review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision about one answer; of two, the one with the higher revision holds."""

    assignment_id: str
    revision: int
    verdict: Verdict
    project_id: str
    task_id: str
    contractor_id: str
    vendor_id: str
    """Who is paid for the contractor's work; empty where that is the contractor."""
    reason: str
    decided_at: datetime
    pay_bps: int = BPS_IN_WHOLE
    """Share of the pay that is accepted, in hundredths of a percent."""
    effort: Effort | None = None
    """None where nobody measured the time."""

    def __post_init__(self) -> None:
        if self.revision < 1:
            raise DecisionInvalid(
                "revisions count from 1", assignment_id=self.assignment_id, revision=self.revision
            )
        if not 1 <= self.pay_bps <= BPS_IN_WHOLE:
            raise DecisionInvalid(
                f"pay_bps is 1 to {BPS_IN_WHOLE}",
                assignment_id=self.assignment_id,
                pay_bps=self.pay_bps,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The latest decision that was applied, and the revision whose accrual stands (0: none)."""

    revision: int
    verdict: Verdict
    accrued_revision: int
    accrued_bps: int = 0
    """The share of the pay that this accrual is of; 0 where there is none."""
    borne_bps: int = 0
    """The share that the payee keeps of an answer rejected after it was paid, at our cost.

    Accepted after all, such an answer is paid already: what is accrued then is what the client
    pays us back.
    """
    borne_revision: int = 0
    """Of whose accrual we bear the whole or, where no pay is kept, benefits (0: of none)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a decision leads to."""

    decision: Decision
    before: Standing | None
    after: Standing
    accrues: bool
    reverses_revision: int
    """0: nothing is taken back."""

    @property
    def repays(self) -> bool:
        """What accrues is no pay: it was paid before, and the client pays us back."""
        return self.accrues and self.after.borne_bps > 0

    @property
    def undoes_repaid(self) -> bool:
        """What is taken back is no pay: the client has back what it had paid us."""
        return self.before is not None and self.before.borne_bps > 0

    @property
    def recovers_revision(self) -> int:
        """Of whose accrual we bore benefits, which come again; 0: of none."""
        if self.before is None or not self.accrues or self.before.borne_bps:
            return 0
        return self.before.borne_revision

    @property
    def reprices(self) -> bool:
        """One accrual goes and another, of another share, comes for it."""
        return self.accrues and self.reverses_revision > 0

    def with_loss_borne(self) -> Step:
        """The same decision, where who was paid keeps the pay of what was overturned."""
        if self.before is None:
            raise ValueError("nothing stood before")
        after = replace(
            self.after,
            borne_bps=self.before.accrued_bps,
            borne_revision=self.before.accrued_revision,
        )
        return replace(self, after=after)

    def with_benefits_borne(self) -> Step:
        """The same decision, where benefits of what was overturned had been taken out."""
        if self.before is None:
            raise ValueError("nothing stood before")
        after = replace(self.after, borne_revision=self.before.accrued_revision)
        return replace(self, after=after)

    def with_pay_kept(self) -> Step:
        """The same decision, but the accrual that stood before stands on."""
        if self.before is None:
            raise ValueError("nothing stood before")
        after = replace(
            self.after,
            accrued_revision=self.before.accrued_revision,
            accrued_bps=self.before.accrued_bps,
        )
        return replace(self, after=after, accrues=False, reverses_revision=0)


def step_of(decision: Decision, standing: Standing | None) -> Step | None:
    """Judge a decision; None where a later one, or itself, was applied before.

    An accepted answer that goes into review keeps its accrual until a person has decided. One that
    is accepted again, for another share of the pay, changes the one accrual for another. For one
    whose pay was kept when it was overturned, the client pays us back: for no more than was kept.
    """
    if standing is not None and standing.revision >= decision.revision:
        return None
    accrued = standing.accrued_revision if standing is not None else 0
    bps = standing.accrued_bps if standing is not None else 0
    borne = standing.borne_bps if standing is not None else 0
    borne_revision = standing.borne_revision if standing is not None else 0
    share = min(decision.pay_bps, borne) if borne else decision.pay_bps
    can_be_paid_for = not borne or borne_revision > 0
    accrues = decision.verdict is Verdict.ACCEPTED and bps != share and can_be_paid_for
    reverses = accrued if accrues or decision.verdict is Verdict.REJECTED else 0
    if accrues:
        accrued, bps = decision.revision, share
    elif reverses:
        accrued, bps = 0, 0
    return Step(
        decision=decision,
        before=standing,
        after=Standing(
            revision=decision.revision,
            verdict=decision.verdict,
            accrued_revision=accrued,
            accrued_bps=bps,
            borne_bps=borne,
            borne_revision=borne_revision if borne or not accrues else 0,
        ),
        accrues=accrues,
        reverses_revision=reverses,
    )


def newest(decisions: Iterable[Decision]) -> list[Decision]:
    """Keep the latest decision about each answer."""
    found: dict[str, Decision] = {}
    for decision in decisions:
        known = found.get(decision.assignment_id)
        if known is None or known.revision < decision.revision:
            found[decision.assignment_id] = decision
    return list(found.values())


def counts_of(steps: Iterable[Step]) -> dict[str, dict[Verdict, int]]:
    """Add up, by project, how many answers more or less stand under each verdict."""
    counts: dict[str, dict[Verdict, int]] = {}
    for step in steps:
        project = counts.setdefault(step.decision.project_id, {})
        if step.before is not None:
            project[step.before.verdict] = project.get(step.before.verdict, 0) - 1
        project[step.after.verdict] = project.get(step.after.verdict, 0) + 1
    return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectState:
    """News of a project's state."""

    project_id: str
    state: str
    version: int
    settled: bool
    answers_submitted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectBook:
    """What was held for a project in all, how its answers stand, and whether more can come."""

    project_id: str
    held_units: int = 0
    """The sum of all holds ever made: what accruals took and releases gave back included."""
    cost: Cost = field(default_factory=Cost)
    """Of the answers that stand accepted."""
    top_up_units: int = 0
    """What was paid out of the reserve to reach floors."""
    version: int = 0
    """Grows by one with every hold."""
    releases: int = 0
    accepted: int = 0
    rejected: int = 0
    in_review: int = 0
    state: str = ""
    settled: bool = False
    answers_submitted: int = 0

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED_STATES

    @property
    def is_decided(self) -> bool:
        """Nothing can be submitted any more, and all that was is accepted or rejected."""
        return self.settled and self.accepted + self.rejected >= self.answers_submitted
