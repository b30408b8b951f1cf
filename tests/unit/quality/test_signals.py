"""Signals on recorded crowds, as they were and with people in them who do not work."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.quality.domain.accuracy import Accuracy, Estimate, accuracy_of, estimate
from services.quality.domain.collusion import Judged, groups, same_wrong_answers
from services.quality.domain.collusion import Pair as LinkedPair
from services.quality.domain.signals import SPEED_CONTRACTORS, spammers, too_fast
from services.quality.domain.statistics import ContractorStatistics, spammer_score
from services.quality.domain.types import Kind, Skill
from tests.bench.quality.attacks import with_collusion, with_spam
from tests.unit.quality.recorded import Streamed, load, stream

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def _judged(run: Streamed) -> list[Judged]:
    return [
        Judged(
            task_id=task_id,
            truth=standing.scored.label or "",
            given={answer.contractor_id: answer.label for answer in standing.answers},
        )
        for task_id, standing in run.standings.items()
    ]


def _flagged(run: Streamed) -> set[str]:
    found = same_wrong_answers("prj", _judged(run), now=NOW)
    return {who for signal in found for who in signal.contractor_ids}


@pytest.mark.parametrize("name", ["dog", "rte", "bluebird"])
def test_nobody_of_a_recorded_crowd_is_taken_for_a_ring(name: str) -> None:
    assert _flagged(stream(load(name), Kind.CHOICE, gold_share=0.05)) == set()


@pytest.mark.parametrize(("share", "least"), [(0.2, 4), (0.3, 6)])
def test_accounts_that_lie_alike_are_found_and_nobody_else(share: float, least: int) -> None:
    spoilt = with_collusion(load("dog"), share=share, seed=1)
    flagged = _flagged(stream(spoilt, Kind.CHOICE, gold_share=0.05))
    assert len({who for who in flagged if who.startswith("sybil")}) >= least
    assert {who for who in flagged if not who.startswith("sybil")} == set()


def test_links_make_groups() -> None:
    def pair(one: str, other: str) -> LinkedPair:
        return LinkedPair(
            contractor_ids=(one, other), shared=9, same_wrong=5, expected=0.1, log_chance=-30.0
        )

    found = groups([pair("a", "b"), pair("c", "d"), pair("b", "c"), pair("x", "y")])
    assert sorted(map(sorted, found)) == [["a", "b", "c", "d"], ["x", "y"]]


def test_guessers_are_told_from_workers() -> None:
    spoilt, junk = with_spam(load("dog"), share=0.3, seed=1)
    run = stream(spoilt, Kind.CHOICE)
    skills = run.store.load(set(run.store.skills))
    people = [
        ContractorStatistics(
            contractor_id=who,
            project_id="prj",
            answers=skills.skill(who).answers,
            accuracy=(accuracy := accuracy_of(skills.skill(who))),
            spammer_score=spammer_score(accuracy.confusion),
            median_seconds=None,
            measured=0,
            rejected=None,
        )
        for who in run.store.skills
    ]
    pool = accuracy_of(Skill(contractor_id="", counters=dict(run.store.pool))).consensus
    assert pool is not None
    told = {signal.contractor_ids[0] for signal in spammers(people, pool=pool, now=NOW)}
    assert len(told & junk) >= 0.75 * len(junk)
    assert len(told - junk) <= 1


def test_a_spammer_answers_the_same_whatever_is_true() -> None:
    constant = {("a", "a"): 10.0, ("b", "a"): 10.0}
    perfect = {("a", "a"): 10.0, ("b", "b"): 10.0}
    assert spammer_score(constant) == pytest.approx(1.0)
    knows = spammer_score(perfect)
    assert knows is not None
    assert knows < 0.1
    assert spammer_score({("a", "a"): 9.0}) is None
    assert spammer_score({("a", "a"): 20.0}) is None, "only one truth was met"


def _timed(seconds: dict[str, float]) -> list[ContractorStatistics]:
    return [
        ContractorStatistics(
            contractor_id=who,
            project_id="prj",
            answers=100,
            accuracy=Accuracy(contractor_id=who, answers=100, gold=None, consensus=None),
            spammer_score=None,
            median_seconds=median_seconds,
            measured=100,
            rejected=None,
        )
        for who, median_seconds in seconds.items()
    ]


def test_quick_people_are_not_too_fast_and_impossible_ones_are() -> None:
    usual = {f"p{n}": 12.0 + 4 * n for n in range(6)}

    def told(seconds: dict[str, float]) -> list[str]:
        return [one.contractor_ids[0] for one in too_fast(_timed(seconds), now=NOW)]

    assert told(usual) == []
    assert told(usual | {"quick": 8.0}) == []
    assert told(usual | {"bot": 0.5}) == ["bot"]
    few = dict(list(usual.items())[: SPEED_CONTRACTORS - 2])
    assert told(few | {"bot": 0.5}) == [], "so few say nothing of what is usual"


def test_who_is_right_as_often_as_most_is_no_spammer() -> None:
    """Where nearly all tasks have one truth, one who always says it looks like one who knows."""
    [person] = _timed({"constant": 5.0})
    pool = estimate(900.0, 1000.0)
    assert pool is not None

    def told(right: float, usual: Estimate = pool) -> int:
        seen = replace(
            person,
            spammer_score=1.0,
            accuracy=replace(person.accuracy, consensus=estimate(right, 100.0)),
        )
        return len(spammers([seen], pool=usual, now=NOW))

    assert (told(88.0), told(50.0)) == (0, 1)
