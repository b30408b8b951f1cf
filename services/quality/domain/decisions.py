"""Whether an answer is accepted, refused or looked at by a person: by which rule, on what evidence.

Disagreeing with the others is no ground for refusal: on real crowds it robs one honest answer in
ten. A machine refuses only a choice, only where the truth is very likely another, and only with
evidence about the contractor beside it. Preference, text and answers of any other form are never
refused by machine.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import blake2b

from services.quality.domain.accuracy import wilson
from services.quality.domain.errors import InvalidPolicy
from services.quality.domain.skills import Skills
from services.quality.domain.standings import Standing
from services.quality.domain.stopping import ERROR_COST_ANSWERS
from services.quality.domain.types import UNLABELLED, Answer, Kind, Scored

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
class Decision:
    """What a rule says about one answer."""

    verdict: Verdict
    reason: Reason
    evidence: Evidence = field(default_factory=dict)
    rule_version: str = RULE_VERSION


def decide_task(
    standing: Standing, *, skills: Skills, policy: QualityPolicy, decided: Container[str] = ()
) -> dict[str, Decision]:
    """A decision for each answer, by assignment, that is not in `decided`.

    None before the task has all its answers, unless its truth is known.
    """
    if not (standing.complete or standing.resolved or standing.task.gold is not None):
        return {}
    return {
        answer.assignment_id: decide(answer, standing=standing, skills=skills, policy=policy)
        for answer in standing.answers
        if answer.assignment_id not in decided
    }


def decide(
    answer: Answer, *, standing: Standing, skills: Skills, policy: QualityPolicy
) -> Decision:
    """By the kind of the task, for one of the answers that the standing was scored from."""
    if standing.task.kind in UNLABELLED:
        found = Decision(
            verdict=Verdict.ACCEPT,
            reason=_UNSAMPLED.get(standing.task.kind, Reason.STRUCTURED_UNSAMPLED),
            evidence={"confidence": standing.scored.confidence},
        )
    else:
        found = _decide_label(answer, standing, skills, policy)
    share = policy.review_share
    if found.verdict is not Verdict.ACCEPT or share == 0.0:
        return found
    found = replace(found, evidence={**found.evidence, "review_share": share})
    if sampled(answer.assignment_id, seed=policy.review_seed, share=share):
        return replace(found, verdict=Verdict.REVIEW, reason=Reason.SAMPLED)
    return found


def unscorable(error: str) -> Decision:
    """Of an answer that no scorer takes: a person looks."""
    return Decision(verdict=Verdict.REVIEW, reason=Reason.DISPUTED, evidence={"error": error})


def sampled(assignment_id: str, *, seed: str, share: float) -> bool:
    """Whether this one falls into a share, the same way every time."""
    digest = blake2b(f"{seed}|{assignment_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64


def _decide_label(
    answer: Answer, standing: Standing, skills: Skills, policy: QualityPolicy
) -> Decision:
    evidence = _where_it_stands(answer, standing.scored)
    if answer.label == standing.scored.label:
        known = standing.task.gold is not None
        reason = Reason.MATCHES_GOLD if known else Reason.AGREES
        return Decision(verdict=Verdict.ACCEPT, reason=reason, evidence=evidence)
    unlikely = standing.scored.posterior.get(answer.label, 0.0) < policy.reject_below
    if standing.task.kind is Kind.CHOICE and unlikely:
        against = _evidence_against(answer, standing.answers, skills, policy)
        if against is not None:
            reason, figures = against
            evidence = {**evidence, **figures, "reject_below": policy.reject_below}
            return Decision(verdict=Verdict.REJECT, reason=reason, evidence=evidence)
    verdict = Verdict.REVIEW if policy.disputed is Disputed.REVIEW else Verdict.ACCEPT
    return Decision(verdict=verdict, reason=Reason.DISPUTED, evidence=evidence)


def _where_it_stands(answer: Answer, scored: Scored) -> dict[str, str | int | float]:
    return {
        "consensus": scored.label or "",
        "confidence": scored.confidence,
        "posterior": scored.posterior.get(answer.label, 0.0),
    }


def _evidence_against(
    answer: Answer, answers: Sequence[Answer], skills: Skills, policy: QualityPolicy
) -> tuple[Reason, Evidence] | None:
    """What there is against the contractor themselves, apart from this disagreement."""
    skill = skills.tally(answer.contractor_id)
    failures = skill.gold_total - skill.gold_right
    _, upper = wilson(skill.gold_right, skill.gold_total)
    if failures >= policy.gold_failures_min and upper < policy.gold_accuracy_floor:
        return Reason.FAILED_GOLD, {
            "gold_right": skill.gold_right,
            "gold_total": skill.gold_total,
            "gold_accuracy_upper": upper,
            "gold_accuracy_floor": policy.gold_accuracy_floor,
        }
    if 0.0 < answer.active_seconds < policy.impossible_seconds:
        return Reason.IMPOSSIBLE_SPEED, {
            "active_seconds": answer.active_seconds,
            "impossible_seconds": policy.impossible_seconds,
        }
    for other in answers:
        if other.assignment_id == answer.assignment_id:
            return None
        if other.contractor_id == answer.contractor_id:
            return Reason.DUPLICATE, {"duplicate_of": other.assignment_id}
    return None
