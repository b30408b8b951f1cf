"""Which of several people's things are the same, and how much of that is looked at."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quality.domain.matching import (
    MATCHED_FROM,
    MAX_LOOKS,
    Drawn,
    Match,
    clusters,
    f1,
    matches,
)
from services.quality.domain.overlap import Outline, iou_of_outlines, most_in_common, outline
from services.quality.domain.similarity import agreement
from services.quality.domain.types import Kind
from services.quality.domain.values.shapes import Shape, read_shapes
from tests.unit.quality.values import regions

SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))


def _near(one: float, other: float) -> float:
    return max(0.0, 1.0 - abs(one - other))


def _area(*points: tuple[float, float]) -> Outline:
    return outline(Shape("cat", polygon=points))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (_area(*SQUARE), 1.0),
        (_area(*SQUARE[:3]), 0.5),
        (_area(*((x + 5.0, y) for x, y in SQUARE)), 1 / 3),
        (_area((5.0, -5.0), (15.0, 5.0), (5.0, 15.0), (-5.0, 5.0)), 0.5),
        # Even-odd: of a bow tie both halves are inside, a quarter of the square each.
        (_area((0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0)), 0.5),
        (outline(Shape("cat", box=(0.0, 0.0, 10.0, 10.0))), 1.0),
        (outline(Shape("cat", box=(2.0, 2.0, 10.0, 10.0))), 0.64),
        (outline(Shape("cat", other='{"shape":"brush"}')), 0.0),
    ],
)
def test_what_two_areas_have_in_common(other: Outline, expected: float) -> None:
    for one in (_area(*SQUARE), outline(Shape("cat", box=(0.0, 0.0, 10.0, 10.0)))):
        assert iou_of_outlines(one, other) == pytest.approx(expected, abs=0.02)
        assert iou_of_outlines(other, one) == iou_of_outlines(one, other)


@given(regions, regions)
def test_nothing_has_more_in_common_than_it_promises(one: str, other: str) -> None:
    for ours in map(outline, read_shapes(one)):
        for theirs in map(outline, read_shapes(other)):
            assert iou_of_outlines(ours, theirs) <= most_in_common(ours, theirs) + 1e-9


def test_of_many_that_might_match_only_the_most_promising_are_looked_at() -> None:
    looked_at = []

    def overlap(one: float, other: float) -> float:
        looked_at.append((one, other))
        return _near(one, other)

    ours = [i * 0.001 for i in range(100)]
    theirs = [own + 0.0001 for own in ours]
    found = matches(ours, theirs, most=_near, overlap=overlap)
    assert len(looked_at) == MAX_LOOKS
    assert f1(200, found) == pytest.approx(1.0, abs=0.001)


@pytest.mark.parametrize("count", [3, 100])
def test_it_is_the_same_from_either_side(count: int) -> None:
    chance = random.Random(count)
    ours = [round(chance.random() / 5, 2) for _ in range(count)]
    theirs = [round(chance.random() / 5, 2) for _ in range(count)]
    there = matches(ours, theirs, most=_near, overlap=_near)
    back = matches(theirs, ours, most=_near, overlap=_near)
    assert len(there) == min(count * count, MAX_LOOKS)
    assert f1(2 * count, there) == f1(2 * count, back)


def test_a_hundred_areas_on_top_of_each_other_agree_with_themselves_in_any_order() -> None:
    chance = random.Random(5)
    drawn = [
        {"label": "cat", "polygon": [[i / 10 + x, y] for x, y in SQUARE[:3]]} for i in range(100)
    ]
    one = json.dumps(drawn)
    chance.shuffle(drawn)
    assert agreement(Kind.REGIONS, one, json.dumps(drawn)) == pytest.approx(1.0)


def test_nobody_is_twice_in_one_cluster_and_the_closest_come_first() -> None:
    people = {"a": [1.0, 1.3], "b": [1.1], "c": [1.25, 9.0]}
    drawn = [Drawn(value, things, 1.0) for value, things in people.items()]

    def matched(one: str, other: str) -> tuple[Match, ...]:
        assert one <= other
        return matches(people[one], people[other], most=_near, overlap=_near)

    found = clusters(drawn, matched=matched)
    assert sorted(tuple(sorted(own.members.items())) for own in found) == [
        ((0, 1.0), (1, 1.1)),
        ((0, 1.3), (2, 1.25)),
        ((2, 9.0),),
    ]
    for own in found:
        for (one, other), overlap in own.overlaps.items():
            assert overlap == _near(own.members[one], own.members[other]) >= MATCHED_FROM
            assert own.overlaps[other, one] == overlap


@given(st.permutations([0, 1, 2, 3]))
def test_what_stands_for_all_is_the_same_in_any_order(order: list[int]) -> None:
    values = ["d", "a", "c", "b"]
    things = {"a": [1.0, 2.0], "b": [1.2, 2.1], "c": [0.9], "d": [2.2, 1.15]}

    def matched(one: str, other: str) -> tuple[Match, ...]:
        return matches(things[one], things[other], most=_near, overlap=_near)

    drawn = [Drawn(values[i], things[values[i]], 1.0) for i in order]
    found = clusters(drawn, matched=matched)
    assert sorted(tuple(sorted(own.members.values())) for own in found) == [
        (0.9, 1.0, 1.15, 1.2),
        (2.0, 2.1, 2.2),
    ]
