"""Rules: if all conditions hold of a contractor, then an action, for a limited time, explained.

Shares are held against a threshold by the bound of their 95 % interval that must clear it: the
upper one where they shall lie below, the lower one where they shall lie above. What takes work or
pay from somebody needs such evidence, or a time, and on the side that speaks against them: a rule
acts on evidence and not on bad luck, whatever its threshold is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.chassis.natural_keys import derived_id
from services.quality.domain.accuracy import Estimate
from services.quality.domain.errors import RuleInvalid
from services.quality.domain.limits import Limits
from services.quality.domain.statistics import ContractorStatistics

MEASURED_MIN = 5
"""Measured answers below which a median of seconds says nothing."""

ANSWERS_BETWEEN_HITS = 10
"""So much must have been answered since, before the same rule hits the same person again."""

RULES_MAX = 50
"""In one project."""


class Statistic(StrEnum):
    ANSWERS = "ANSWERS"
    GOLD_ANSWERS = "GOLD_ANSWERS"
    GOLD_ACCURACY = "GOLD_ACCURACY"
    CONSENSUS_ACCURACY = "CONSENSUS_ACCURACY"
    SPAMMER_SCORE = "SPAMMER_SCORE"
    MEDIAN_SECONDS = "MEDIAN_SECONDS"
    REJECTED_SHARE = "REJECTED_SHARE"


_SHARES = frozenset(
    {
        Statistic.GOLD_ACCURACY,
        Statistic.CONSENSUS_ACCURACY,
        Statistic.SPAMMER_SCORE,
        Statistic.REJECTED_SHARE,
    }
)


class Comparison(StrEnum):
    BELOW = "BELOW"
    ABOVE = "ABOVE"


_EVIDENCE = frozenset(
    {
        (Statistic.GOLD_ACCURACY, Comparison.BELOW),
        (Statistic.CONSENSUS_ACCURACY, Comparison.BELOW),
        (Statistic.REJECTED_SHARE, Comparison.ABOVE),
        (Statistic.MEDIAN_SECONDS, Comparison.BELOW),
    }
)
"""What speaks against somebody. How much they have done says nothing of how well; the spammer score
has no interval and after few answers is often high by chance: both only add to what does."""


class Action(StrEnum):
    """From the mildest to the hardest."""

    NOTIFY = "NOTIFY"
    EXTRA_GOLD = "EXTRA_GOLD"
    REVIEW = "REVIEW"
    RESTRICT = "RESTRICT"
    PAUSE = "PAUSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A figure on one side of a threshold. Shares are from 0 to 1, times in seconds."""

    statistic: Statistic
    comparison: Comparison
    threshold: float

    def met_by(self, person: ContractorStatistics) -> float | None:
        """The figure that meets it; None where it is not met or not known."""
        below = self.comparison is Comparison.BELOW
        value = _figure(self.statistic, person, below=below)
        if value is None:
            return None
        return value if (value < self.threshold if below else value > self.threshold) else None

    def fault(self) -> str:
        """Why nobody could ever meet it, or everybody would; "" where it makes sense."""
        if self.statistic in _SHARES:
            if not 0.0 <= self.threshold <= 1.0:
                return "a share is from 0 to 1"
        elif self.threshold < 0.0:
            return "counts and seconds are not negative"
        if self.comparison is Comparison.BELOW and self.threshold == 0.0:
            return "nothing lies below 0"
        if self.statistic in _SHARES and self.comparison is Comparison.ABOVE:
            return "no share lies above 1" if self.threshold == 1.0 else ""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDraft:
    """What a rule says. `explanation` is for the contractor whom it hits."""

    name: str
    conditions: tuple[Condition, ...]
    action: Action
    action_hours: int
    explanation: str

    def check(self, *, field_name: str) -> None:
        """Errors: RuleInvalid, naming the field of the first condition that makes no sense."""
        for position, condition in enumerate(self.conditions):
            fault = condition.fault()
            if fault:
                raise RuleInvalid(fault, field=f"{field_name}.conditions[{position}].threshold")
        mild = self.action in (Action.NOTIFY, Action.EXTRA_GOLD)
        if not mild and not any((c.statistic, c.comparison) in _EVIDENCE for c in self.conditions):
            raise RuleInvalid(
                "none of it is evidence against somebody, as a low accuracy, many rejections or"
                " too little time are: such a rule may only notify or measure more",
                field=f"{field_name}.conditions",
            )

    def met_by(self, person: ContractorStatistics) -> dict[str, str] | None:
        """The figures that meet all conditions; None where one of them is not met."""
        evidence: dict[str, str] = {}
        for condition in self.conditions:
            value = condition.met_by(person)
            if value is None:
                return None
            sign = "<" if condition.comparison is Comparison.BELOW else ">"
            said = f"{value:.4g} {sign} {condition.threshold:g}"
            name = condition.statistic.value
            evidence[name] = f"{evidence[name]}, {said}" if name in evidence else said
        return evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A draft in force, or that was; `version` grows by one with every change."""

    rule_id: str
    project_id: str
    version: int
    draft: RuleDraft
    is_active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHit:
    """What a rule has done to one contractor, until when and on what evidence.

    `answers` is how many they had given then.
    """

    hit_id: str
    rule_id: str
    rule_version: int
    rule_name: str
    project_id: str
    client_id: str
    contractor_id: str
    organisation_id: str
    action: Action
    hit_at: datetime
    ends_at: datetime
    explanation: str
    evidence: Mapping[str, str] = field(default_factory=dict)
    answers: int = 0


def judge(
    rule: Rule,
    person: ContractorStatistics,
    *,
    client_id: str,
    organisation_id: str,
    last: RuleHit | None,
    now: datetime,
) -> RuleHit | None:
    """A hit, where the rule is met and did not hit the same person on the same evidence before.

    A version that does something else is another rule to them. The answers that they had given are
    its window: whoever looks at the same evidence twice finds the same hit.
    """
    if not rule.is_active:
        return None
    if (
        last is not None
        and last.action is rule.draft.action
        and (last.ends_at > now or person.answers < last.answers + ANSWERS_BETWEEN_HITS)
    ):
        return None
    evidence = rule.draft.met_by(person)
    if evidence is None:
        return None
    window = str(person.answers // ANSWERS_BETWEEN_HITS)
    return RuleHit(
        hit_id=derived_id("hit", rule.rule_id, str(rule.version), person.contractor_id, window),
        rule_id=rule.rule_id,
        rule_version=rule.version,
        rule_name=rule.draft.name,
        project_id=rule.project_id,
        client_id=client_id,
        contractor_id=person.contractor_id,
        organisation_id=organisation_id,
        action=rule.draft.action,
        hit_at=now,
        ends_at=now + timedelta(hours=rule.draft.action_hours),
        explanation=rule.draft.explanation,
        evidence=evidence,
        answers=person.answers,
    )


def limited(before: Limits, hits: Sequence[RuleHit], *, now: datetime) -> Limits:
    """What holds of a contractor once these rules have hit: nothing that holds longer is cut.

    They read the words of the hardest; where something harder holds already, or as hard for longer,
    its words stay. What only notifies limits nothing.
    """
    ends: dict[Action, datetime] = {}
    for hit in hits:
        ends[hit.action] = max(hit.ends_at, ends.get(hit.action, hit.ends_at))
    after = replace(
        before,
        extra_gold_until=_later(before.extra_gold_until, ends.get(Action.EXTRA_GOLD)),
        review_until=_later(before.review_until, ends.get(Action.REVIEW)),
        restricted_until=_later(before.restricted_until, ends.get(Action.RESTRICT)),
        paused_until=_later(before.paused_until, ends.get(Action.PAUSE)),
    )
    order = list(Action)
    limiting = [hit for hit in hits if hit.action is not Action.NOTIFY]
    told = max(limiting, key=lambda hit: order.index(hit.action), default=None)
    hardest, until = _hardest(before, now)
    if told is None or order.index(told.action) < order.index(hardest):
        return after
    if told.action is hardest and until is not None and until >= ends[hardest]:
        return after
    return replace(after, reason=f"RULE_{told.action.value}", explanation=told.explanation)


def _hardest(limits: Limits, now: datetime) -> tuple[Action, datetime | None]:
    """What holds now, and until when."""
    until = {
        Action.PAUSE: limits.paused_until,
        Action.RESTRICT: limits.restricted_until,
        Action.REVIEW: limits.review_until,
        Action.EXTRA_GOLD: limits.extra_gold_until,
    }
    holding = ((a, end) for a, end in until.items() if end is not None and now < end)
    return next(holding, (Action.NOTIFY, None))


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)


def _figure(statistic: Statistic, person: ContractorStatistics, *, below: bool) -> float | None:
    gold = person.accuracy.gold
    figures: dict[Statistic, float | None] = {
        Statistic.ANSWERS: float(person.answers),
        Statistic.GOLD_ANSWERS: gold.weight if gold is not None else 0.0,
        Statistic.GOLD_ACCURACY: _bound(gold, below=below),
        Statistic.CONSENSUS_ACCURACY: _bound(person.accuracy.consensus, below=below),
        Statistic.REJECTED_SHARE: _bound(person.rejected, below=below),
        Statistic.SPAMMER_SCORE: person.spammer_score,
        Statistic.MEDIAN_SECONDS: (
            person.median_seconds if person.measured >= MEASURED_MIN else None
        ),
    }
    return figures[statistic]


def _bound(found: Estimate | None, *, below: bool) -> float | None:
    if found is None:
        return None
    return found.high if below else found.low
