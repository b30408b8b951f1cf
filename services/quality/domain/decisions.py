"""Whether an answer is accepted, refused or looked at by a person: by which rule, on what evidence.

Disagreeing with the others is no ground for refusal: on real crowds it robs one honest answer in
ten. A machine refuses only a choice, a rating or a number, only where the truth is very likely
another, and only with evidence about the contractor beside it. Preference, text and answers of any
other form are never refused by machine.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from services.quality.domain.accuracy import wilson
from services.quality.domain.calibration import UNCALIBRATED, Calibration
from services.quality.domain.clauses import clause_of
from services.quality.domain.confidence import believed
from services.quality.domain.errors import InvalidPolicy
from services.quality.domain.pace import Pace
from services.quality.domain.risk import MeanRisk, chance, risk_of, sampled
from services.quality.domain.similarity import measure_of_task
from services.quality.domain.skills import Skills
from services.quality.domain.standings import Standing
from services.quality.domain.stopping import ERROR_COST_ANSWERS
from services.quality.domain.types import LABELLED, Answer, Kind

RULE_VERSION = "quality-2"
DECISION_HOURS = 504
GOLD_SHARE_MAX = 0.1

Evidence = Mapping[str, str | int | float]
"""The figures behind a decision, as they were when it fell. May name the truth of a gold task."""


class Verdict(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    REVIEW = "review"


class Reason(StrEnum):
    MATCHES_GOLD = "matches_gold"
    AGREES = "agrees"
    TEXT_UNSAMPLED = "text_unsampled"
    STRUCTURED_UNSAMPLED = "structured_unsampled"
    DISPUTED = "disputed"
    SAMPLED = "sampled"
    FAILED_GOLD = "failed_gold"
    IMPOSSIBLE_SPEED = "impossible_speed"
    DUPLICATE = "duplicate"
    REVIEWED = "reviewed"
    OPINION = "opinion"
    """A second opinion that was asked for: it is paid whatever it says."""
    ADJUDICATED = "adjudicated"
    CHECKS_PASSED = "checks_passed"
    CHECKS_FAILED = "checks_failed"
    APPEALED = "appealed"
    APPEAL_UPHELD = "appeal_upheld"
    HELD = "held"
    """One of too many rejections at once: an operator looks first."""
    HELD_OVERRULED = "held_overruled"
    COLLUSION = "collusion"
    WATCHED = "watched"
    """A person looks at all that this contractor answers, for a while."""
    UNCHECKED = "unchecked"
    """Code that the client has not reported any checks of."""
    RESCORED = "rescored"
    """What was rejected turned out to be right, by all that is known since."""
    DEADLINE = "deadline"
    """Nobody decided in time: silence accepts."""


REJECTABLE = frozenset({Kind.CHOICE, Kind.ORDINAL, Kind.NUMERIC})
"""The kinds of which a machine may refuse an answer."""


_UNSAMPLED = {
    Kind.TEXT: Reason.TEXT_UNSAMPLED,
    Kind.STRUCTURED: Reason.STRUCTURED_UNSAMPLED,
}


class Disputed(StrEnum):
    """What becomes of an answer that the truth goes against while nothing else does."""

    ACCEPT = "accept"
    REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPolicy:
    """What a project lets machines decide. The defaults accept and pay whatever is in doubt."""

    reject_below: float = 0.05
    """The posterior of an answer's own label below which it may be refused, given evidence."""
    disputed: Disputed = Disputed.ACCEPT
    review_share: float = 0.0
    """Share of the answers that a person looks at before they are accepted, chosen by hash."""
    review_seed: str = ""
    gold_failures_min: int = 3
    gold_accuracy_floor: float = 0.6
    """Evidence: the upper bound of the contractor's accuracy on gold lies below this."""
    impossible_seconds: float = 0.3
    """Evidence: a measured active time below this."""
    error_cost_answers: float = ERROR_COST_ANSWERS
    """What a wrong label costs the client, in answers."""
    decision_hours: int = DECISION_HOURS
    """After so many an answer that nobody has decided is accepted."""
    gold_share_max: float = GOLD_SHARE_MAX
    clauses: Mapping[str, str] = field(default_factory=dict)
    """What each reason rests on in the project's instructions, by the reason's value."""
    hands_out_gold: bool = False
    """Control tasks are handed out at a rate of their own, which quality sets by contractor."""
    adjudicate: bool = False

    def __post_init__(self) -> None:
        shares = ("reject_below", "review_share", "gold_accuracy_floor")
        for name in shares:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InvalidPolicy("a share lies between 0 and 1", field=name)
        if self.gold_failures_min < 1:
            raise InvalidPolicy("at least one failure", field="gold_failures_min")
        if not 0.0 <= self.impossible_seconds < float("inf"):
            raise InvalidPolicy("seconds are finite and not negative", field="impossible_seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known beside the task and its contractors' skills when it is decided.

    `colluders` says of contractors what speaks for an agreement between them and others, `watched`
    whose answers a person looks at. `mean_risk` is that of the project's answers.
    """

    calibration: Calibration = UNCALIBRATED
    pace: Pace = field(default_factory=Pace)
    mean_risk: MeanRisk = field(default_factory=MeanRisk)
    colluders: Mapping[str, Evidence] = field(default_factory=dict)
    watched: Container[str] = ()


USUAL = Circumstances()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a rule says about one answer.

    `clause` is what it rests on in the project's instructions; `risk` is None where it was not
    asked for.
    """

    verdict: Verdict
    reason: Reason
    evidence: Evidence = field(default_factory=dict)
    rule_version: str = RULE_VERSION
    clause: str = ""
    risk: float | None = None


def decide_task(
    standing: Standing,
    *,
    skills: Skills,
    policy: QualityPolicy,
    decided: Container[str] = (),
    circumstances: Circumstances = USUAL,
) -> dict[str, Decision]:
    """A decision for each answer, by assignment, that is not in `decided`.

    None before the task has all its answers, unless its truth is known.
    """
    if not (standing.complete or standing.resolved or standing.task.gold is not None):
        return {}
    view = _View.of(standing, skills, policy, circumstances)
    return {
        answer.assignment_id: _decide(answer, view)
        for answer in standing.answers
        if answer.assignment_id not in decided
    }


def decide(
    answer: Answer,
    *,
    standing: Standing,
    skills: Skills,
    policy: QualityPolicy,
    circumstances: Circumstances = USUAL,
) -> Decision:
    """For one of the answers that the standing was scored from."""
    return _decide(answer, _View.of(standing, skills, policy, circumstances))


@dataclass(frozen=True, slots=True)
class _View:
    """A task as its answers are decided; `sure` is its label's part of the calibrated `likely`."""

    standing: Standing
    skills: Skills
    policy: QualityPolicy
    circumstances: Circumstances
    likely: Mapping[str, float]
    sure: float

    @classmethod
    def of(
        cls,
        standing: Standing,
        skills: Skills,
        policy: QualityPolicy,
        circumstances: Circumstances,
    ) -> _View:
        scored = standing.scored
        likely = believed(standing.task, scored, circumstances.calibration)
        sure = scored.confidence
        if standing.task.kind in LABELLED and scored.label is not None:
            sure = likely.get(scored.label, sure)
        return cls(standing, skills, policy, circumstances, likely, sure)


def _decide(answer: Answer, view: _View) -> Decision:
    likely, right = _chance(answer, view.standing, view.likely)
    found = _by_truth(answer, likely, right, view)
    if found.verdict is Verdict.ACCEPT:
        found = _looked_at(found, answer, likely, view)
    if found.verdict is Verdict.ACCEPT:
        return found
    return replace(found, clause=clause_of(found.reason, view.policy.clauses))


def chance_right(
    answer: Answer, standing: Standing, calibration: Calibration
) -> tuple[float, bool]:
    """The calibrated chance that an answer is right, and whether it agrees with what stands.

    Of a kind without labels, how near it comes to what stands, but no less than what is left of
    the doubt in that.
    """
    return _chance(answer, standing, believed(standing.task, standing.scored, calibration))


def _chance(
    answer: Answer, standing: Standing, posterior: Mapping[str, float]
) -> tuple[float, bool]:
    task, scored = standing.task, standing.scored
    if task.kind in LABELLED:
        return posterior.get(answer.label, 0.0), answer.label == scored.label
    if scored.label is None:
        return 0.5, False
    measure = measure_of_task(task)
    near = measure.agreement(answer.label, scored.label)
    return max(near, 1.0 - scored.confidence), measure.agrees(answer.label, scored.label)


def unscorable(error: str, clauses: Mapping[str, str] | None = None) -> Decision:
    """Of an answer that no scorer takes: a person looks."""
    return Decision(
        verdict=Verdict.REVIEW,
        reason=Reason.DISPUTED,
        evidence={"error": error},
        clause=clause_of(Reason.DISPUTED, clauses or {}),
    )


def _by_truth(answer: Answer, likely: float, right: bool, view: _View) -> Decision:  # noqa: FBT001
    task, policy = view.standing.task, view.policy
    disputed = Verdict.REVIEW if policy.disputed is Disputed.REVIEW else Verdict.ACCEPT
    if task.gold is None and task.kind not in LABELLED | REJECTABLE:
        if task.kind is Kind.CODE:
            return Decision(verdict=Verdict.REVIEW, reason=Reason.UNCHECKED)
        # Two good answers need not be alike: far from the others is no dispute by itself.
        if right or disputed is Verdict.ACCEPT:
            return Decision(
                verdict=Verdict.ACCEPT,
                reason=_UNSAMPLED.get(task.kind, Reason.STRUCTURED_UNSAMPLED),
                evidence={"confidence": view.sure},
            )
    evidence: Evidence = {
        "consensus": view.standing.scored.label or "",
        "confidence": view.sure,
        "posterior": likely,
    }
    if right:
        reason = Reason.MATCHES_GOLD if task.gold is not None else Reason.AGREES
        return Decision(verdict=Verdict.ACCEPT, reason=reason, evidence=evidence)
    if task.kind in REJECTABLE and likely < policy.reject_below:
        against = _evidence_against(answer, view)
        if against is not None:
            reason, figures = against
            evidence = {**evidence, **figures, "reject_below": policy.reject_below}
            return Decision(verdict=Verdict.REJECT, reason=reason, evidence=evidence)
    return Decision(verdict=disputed, reason=Reason.DISPUTED, evidence=evidence)


def _looked_at(found: Decision, answer: Answer, likely: float, view: _View) -> Decision:
    """What would be accepted, unless a person shall look at it first."""
    circumstances, policy = view.circumstances, view.policy
    if answer.contractor_id in circumstances.watched:
        return replace(found, verdict=Verdict.REVIEW, reason=Reason.WATCHED)
    share = policy.review_share
    if share == 0.0:
        return found
    risk = risk_of(likely, view.skills.tally(answer.contractor_id))
    part = chance(share, risk=risk, mean=circumstances.mean_risk.value)
    figures: Evidence = {**found.evidence, "review_share": share, "risk": risk}
    found = replace(found, evidence=figures, risk=risk)
    if sampled(answer.assignment_id, seed=policy.review_seed, share=part):
        return replace(found, verdict=Verdict.REVIEW, reason=Reason.SAMPLED)
    return found


def _evidence_against(answer: Answer, view: _View) -> tuple[Reason, Evidence] | None:
    """What there is against the contractor themselves, apart from this disagreement."""
    policy, circumstances = view.policy, view.circumstances
    skill = view.skills.tally(answer.contractor_id)
    failures = skill.gold_total - skill.gold_right
    _, upper = wilson(skill.gold_right, skill.gold_total)
    if failures >= policy.gold_failures_min and upper < policy.gold_accuracy_floor:
        return Reason.FAILED_GOLD, {
            "gold_right": skill.gold_right,
            "gold_total": skill.gold_total,
            "gold_accuracy_upper": upper,
            "gold_accuracy_floor": policy.gold_accuracy_floor,
        }
    least = max(policy.impossible_seconds, circumstances.pace.least_seconds())
    if 0.0 < answer.active_seconds < least:
        return Reason.IMPOSSIBLE_SPEED, {
            "active_seconds": answer.active_seconds,
            "impossible_seconds": least,
            "usual_seconds": circumstances.pace.usual_seconds,
        }
    agreed = circumstances.colluders.get(answer.contractor_id)
    if agreed is not None:
        return Reason.COLLUSION, agreed
    for other in view.standing.answers:
        if other.assignment_id == answer.assignment_id:
            return None
        if other.contractor_id == answer.contractor_id:
            return Reason.DUPLICATE, {"duplicate_of": other.assignment_id}
    return None
