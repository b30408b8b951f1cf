"""Rules: when they are met, what they limit, and what a dry run says of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.quality.domain.accuracy import Accuracy, estimate
from services.quality.domain.dry_runs import RecordedAnswer, dry_run
from services.quality.domain.errors import RuleInvalid
from services.quality.domain.limits import Limits
from services.quality.domain.rules import (
    ANSWERS_BETWEEN_HITS,
    MEASURED_MIN,
    Action,
    Comparison,
    Condition,
    Rule,
    RuleDraft,
    RuleHit,
    Statistic,
    judge,
    limited,
)
from services.quality.domain.statistics import ContractorStatistics
from services.quality.domain.types import Kind
from tests.bench.quality.attacks import with_spam
from tests.unit.quality.recorded import Crowd, arranged, load, stream

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
BELOW, ABOVE = Comparison.BELOW, Comparison.ABOVE


def _condition(statistic: Statistic, comparison: Comparison, threshold: float) -> Condition:
    return Condition(statistic=statistic, comparison=comparison, threshold=threshold)


def _draft(*conditions: Condition, action: Action = Action.PAUSE, hours: int = 24) -> RuleDraft:
    return RuleDraft(
        name="a rule",
        conditions=conditions or (_condition(Statistic.GOLD_ACCURACY, BELOW, 0.6),),
        action=action,
        action_hours=hours,
        explanation=f"because of {action.value}",
    )


def _person(*, right: int, total: int, answers: int = 100) -> ContractorStatistics:
    return ContractorStatistics(
        contractor_id="a",
        project_id="prj",
        answers=answers,
        accuracy=Accuracy(
            contractor_id="a", answers=answers, gold=estimate(right, total), consensus=None
        ),
        spammer_score=None,
        median_seconds=0.5,
        measured=answers,
        rejected=estimate(1, 4),
    )


def _judged(
    draft: RuleDraft,
    person: ContractorStatistics,
    *,
    last: RuleHit | None = None,
    now: datetime = NOW,
    is_active: bool = True,
) -> RuleHit | None:
    rule = Rule(
        rule_id="rul_1",
        project_id="prj",
        version=3,
        draft=draft,
        is_active=is_active,
        created_at=NOW,
    )
    return judge(rule, person, client_id="org_c", organisation_id="org_v", last=last, now=now)


@pytest.mark.parametrize(
    ("right", "total", "met"),
    [(0, 3, True), (1, 3, False), (2, 10, True), (5, 10, False), (50, 100, True), (0, 0, False)],
)
def test_an_accuracy_is_met_by_its_interval_and_never_by_its_value_alone(
    right: int, total: int, *, met: bool
) -> None:
    assert (_judged(_draft(), _person(right=right, total=total)) is not None) is met


@pytest.mark.parametrize(
    ("rejected", "decided", "met"), [(2, 3, False), (5, 10, False), (9, 10, True), (0, 0, False)]
)
def test_a_share_above_is_met_by_the_low_end_of_its_interval(
    rejected: int, decided: int, *, met: bool
) -> None:
    person = replace(_person(right=0, total=0), rejected=estimate(rejected, decided))
    rule = _draft(_condition(Statistic.REJECTED_SHARE, ABOVE, 0.4))
    assert (_judged(rule, person) is not None) is met


def test_a_time_counts_from_so_many_measured_answers_on() -> None:
    rule = _draft(_condition(Statistic.MEDIAN_SECONDS, BELOW, 1.0))
    person = _person(right=0, total=0)
    assert _judged(rule, replace(person, measured=MEASURED_MIN - 1)) is None
    assert _judged(rule, replace(person, measured=MEASURED_MIN)) is not None


def test_a_hit_says_on_what_evidence_until_when_and_by_which_version() -> None:
    both = _draft(
        _condition(Statistic.GOLD_ACCURACY, BELOW, 0.6),
        _condition(Statistic.MEDIAN_SECONDS, BELOW, 1.0),
        hours=5,
    )
    hit = _judged(both, _person(right=2, total=10))
    assert hit is not None
    assert hit.ends_at == NOW + timedelta(hours=5)
    assert (hit.rule_version, hit.answers, hit.client_id) == (3, 100, "org_c")
    assert hit.evidence == {"GOLD_ACCURACY": "0.5098 < 0.6", "MEDIAN_SECONDS": "0.5 < 1"}
    slow = replace(_person(right=2, total=10), median_seconds=9.0)
    assert _judged(both, slow) is None
    assert _judged(both, _person(right=2, total=10), is_active=False) is None


def test_the_same_evidence_hits_once_and_new_evidence_again_after_the_end() -> None:
    person = _person(right=2, total=10)
    first = _judged(_draft(), person)
    assert first is not None
    later = NOW + timedelta(hours=30)
    assert _judged(_draft(), person, last=first, now=later) is None
    busy = replace(person, answers=person.answers + ANSWERS_BETWEEN_HITS)
    assert _judged(_draft(), busy, last=first, now=NOW + timedelta(hours=1)) is None
    again = _judged(_draft(), busy, last=first, now=later)
    assert again is not None
    assert again.hit_id != first.hit_id
    # Two that look at once find the same.
    twice = _judged(_draft(), person)
    assert twice is not None
    assert twice.hit_id == first.hit_id


def test_a_rule_that_cannot_act_or_acts_without_evidence_is_refused_by_its_field() -> None:
    for condition, said in (
        (_condition(Statistic.GOLD_ACCURACY, BELOW, 60.0), "from 0 to 1"),
        (_condition(Statistic.MEDIAN_SECONDS, BELOW, -1.0), "not negative"),
        (_condition(Statistic.ANSWERS, BELOW, 0.0), "below 0"),
        (_condition(Statistic.SPAMMER_SCORE, ABOVE, 1.0), "above 1"),
    ):
        fine = _condition(Statistic.GOLD_ACCURACY, BELOW, 0.5)
        with pytest.raises(RuleInvalid, match=said) as refused:
            _draft(fine, condition).check(field_name="rule")
        assert refused.value.metadata["field"] == "rule.conditions[1].threshold"


@pytest.mark.parametrize(
    ("statistic", "comparison", "threshold"),
    [
        (Statistic.ANSWERS, ABOVE, 100.0),
        (Statistic.GOLD_ANSWERS, ABOVE, 0.0),
        (Statistic.SPAMMER_SCORE, ABOVE, 0.9),
        (Statistic.MEDIAN_SECONDS, ABOVE, 0.0),
        (Statistic.GOLD_ACCURACY, ABOVE, 0.0),
        (Statistic.CONSENSUS_ACCURACY, ABOVE, 0.1),
        (Statistic.REJECTED_SHARE, BELOW, 0.9),
    ],
)
def test_what_does_not_speak_against_somebody_takes_nothing_from_them(
    statistic: Statistic, comparison: Comparison, threshold: float
) -> None:
    condition = _condition(statistic, comparison, threshold)
    for action in (Action.REVIEW, Action.RESTRICT, Action.PAUSE):
        with pytest.raises(RuleInvalid, match="evidence against") as refused:
            _draft(condition, action=action).check(field_name="rule")
        assert refused.value.metadata["field"] == "rule.conditions"
    for action in (Action.NOTIFY, Action.EXTRA_GOLD):
        _draft(condition, action=action).check(field_name="rule")
    beside = _condition(Statistic.GOLD_ACCURACY, BELOW, 0.6)
    _draft(condition, beside, action=Action.PAUSE).check(field_name="rule")


def test_both_sides_of_a_band_are_told() -> None:
    band = _draft(
        _condition(Statistic.MEDIAN_SECONDS, ABOVE, 0.2),
        _condition(Statistic.MEDIAN_SECONDS, BELOW, 1.0),
    )
    hit = _judged(band, _person(right=0, total=0))
    assert hit is not None
    assert hit.evidence == {"MEDIAN_SECONDS": "0.5 > 0.2, 0.5 < 1"}


def test_a_version_that_does_something_else_waits_for_nothing() -> None:
    person = _person(right=2, total=10)
    told = _judged(_draft(action=Action.NOTIFY, hours=720), person)
    assert told is not None
    assert _judged(_draft(action=Action.NOTIFY), person, last=told) is None
    assert _judged(_draft(action=Action.PAUSE), person, last=told) is not None


def test_of_two_as_hard_the_longer_speaks() -> None:
    by_hand = Limits(
        project_id="prj",
        contractor_id="a",
        organisation_id="org_v",
        paused_until=NOW + timedelta(hours=700),
        reason="OPERATOR",
        explanation="Talk to us.",
    )
    hit = _judged(_draft(hours=1), _person(right=0, total=10))
    assert hit is not None
    assert limited(by_hand, [hit], now=NOW) == by_hand
    longer = _judged(_draft(hours=710), _person(right=0, total=10))
    assert longer is not None
    assert limited(by_hand, [longer], now=NOW).reason == "RULE_PAUSE"


def test_nothing_that_holds_longer_is_cut_and_the_hardest_speaks() -> None:
    def hit(action: Action, hours: int) -> RuleHit:
        found = _judged(_draft(action=action, hours=hours), _person(right=0, total=10))
        assert found is not None
        return found

    nothing = Limits(project_id="prj", contractor_id="a", organisation_id="org_v")
    told = limited(nothing, [hit(Action.NOTIFY, 50)], now=NOW)
    assert told == nothing
    both = limited(nothing, [hit(Action.PAUSE, 5), hit(Action.REVIEW, 20)], now=NOW)
    assert both.paused_until == NOW + timedelta(hours=5)
    assert both.review_until == NOW + timedelta(hours=20)
    assert (both.reason, both.explanation) == ("RULE_PAUSE", "because of PAUSE")
    more = limited(both, [hit(Action.PAUSE, 2), hit(Action.RESTRICT, 9)], now=NOW)
    assert more.paused_until == both.paused_until
    assert more.restricted_until == NOW + timedelta(hours=9)
    assert more.reason == "RULE_PAUSE"
    milder = limited(both, [hit(Action.EXTRA_GOLD, 9)], now=NOW)
    assert milder.extra_gold_until == NOW + timedelta(hours=9)
    assert milder.explanation == both.explanation
    after = limited(both, [hit(Action.EXTRA_GOLD, 9)], now=NOW + timedelta(hours=40))
    assert after.reason == "RULE_EXTRA_GOLD"


def _history(crowd: Crowd, *, seed: int) -> list[RecordedAnswer]:
    return [
        RecordedAnswer(task_id=row.task, contractor_id=row.worker, active_seconds=5.0)
        for row in arranged(crowd.rows, "random", seed=seed)
    ]


@pytest.mark.parametrize("name", ["dog", "rte"])
def test_a_dry_run_finds_who_guesses_and_says_that_they_deserved_it(name: str) -> None:
    crowd, guessers = with_spam(load(name), share=0.3, seed=1)
    run = stream(crowd, Kind.CHOICE, gold_share=0.1)
    credits_ = {task_id: standing.scored.credits for task_id, standing in run.standings.items()}
    guessing = _draft(_condition(Statistic.SPAMMER_SCORE, ABOVE, 0.9), action=Action.REVIEW)
    found = dry_run(guessing, _history(crowd, seed=0), tasks=credits_)
    assert found.answers_replayed == len(crowd.rows)
    assert found.contractors == len({row.worker for row in crowd.rows})
    hit = {one.contractor_id for one in found.hits}
    assert len(hit & guessers) >= 0.7 * len(guessers)
    deserving = [one.deserved for one in found.hits if one.contractor_id in guessers]
    assert deserving.count(False) <= 0.1 * len(deserving)
    assert sum(found.count(deserved=verdict) for verdict in (True, False, None)) == len(found.hits)
    # Whoever is surely below one of two on control tasks is so by what came after, too.
    strict = dry_run(
        _draft(_condition(Statistic.GOLD_ACCURACY, BELOW, 0.5)),
        _history(crowd, seed=0),
        tasks=credits_,
    )
    assert strict.count(deserved=True) > 3 * strict.count(deserved=False)


def test_a_dry_run_of_a_bad_rule_says_that_it_hits_the_good() -> None:
    """Taking much for bad: those who answer much are the practised ones."""
    crowd = load("dog")
    run = stream(crowd, Kind.CHOICE, gold_share=0.1)
    credits_ = {task_id: standing.scored.credits for task_id, standing in run.standings.items()}
    busy = _draft(_condition(Statistic.CONSENSUS_ACCURACY, ABOVE, 0.7), action=Action.REVIEW)
    found = dry_run(busy, _history(crowd, seed=0), tasks=credits_)
    assert found.count(deserved=False) > found.count(deserved=True)


def test_a_dry_run_knows_at_each_hit_only_what_was_known_then() -> None:
    """The first answers alone do not hit whoever turns bad later; the moment of the hit is told."""
    crowd = load("rte")
    run = stream(crowd, Kind.CHOICE, gold_share=0.2)
    credits_ = {task_id: standing.scored.credits for task_id, standing in run.standings.items()}
    rule = _draft(_condition(Statistic.GOLD_ACCURACY, BELOW, 0.9))
    history = _history(crowd, seed=0)
    whole = {one.contractor_id: one for one in dry_run(rule, history, tasks=credits_).hits}
    half = {
        one.contractor_id: one
        for one in dry_run(rule, history[: len(history) // 2], tasks=credits_).hits
    }
    given: dict[str, int] = {}
    for answer in history[: len(history) // 2]:
        given[answer.contractor_id] = given.get(answer.contractor_id, 0) + 1
    early = {who for who, one in whole.items() if one.answers <= given.get(who, 0)}
    assert early
    assert early <= set(half)
    assert all(half[who].evidence == whole[who].evidence for who in early)
