"""Rankings of what a pairwise project compares."""

from __future__ import annotations

import random

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.quality.v1 import service_pb2 as pb
from tests.rpc.harness import refusal
from tests.rpc.quality.broker_events import PAIRWISE, answers_submitted, submitted
from tests.rpc.quality.served import ServedQuality

ORDER = ("best", "good", "fair", "poor")


def _votes(count: int, *, seed: int) -> list[broker_pb2.SubmittedAnswer]:
    """Of two items the better one is preferred four times of five."""
    draw = random.Random(seed)
    votes = []
    for number in range(count):
        items = draw.sample(ORDER, 2)
        better_is_first = ORDER.index(items[0]) < ORDER.index(items[1])
        first_wins = better_is_first == (draw.random() < 0.8)
        label = "model_a" if first_wins else "model_b"
        vote = submitted(f"v{seed}-{number}", f"c{number % 7}", label, overlap=1)
        vote.items.extend(items)
        votes.append(vote)
    return votes


async def _ranking(quality: ServedQuality) -> pb.GetRankingResponse:
    found: pb.GetRankingResponse = await quality.send(
        quality.stub.GetRanking, pb.GetRankingRequest(project_id="prj_1")
    )
    return found


async def test_items_are_ranked_and_the_fit_is_moved_on_and_made_anew(
    quality: ServedQuality,
) -> None:
    await quality.create(kind=PAIRWISE)
    assert list((await _ranking(quality)).items) == []
    await quality.submit(answers_submitted(*_votes(400, seed=1), kind=PAIRWISE))
    first = await _ranking(quality)
    assert [one.item for one in first.items] == list(ORDER)
    assert sum(one.comparisons for one in first.items) == 800
    assert all(one.rating_low < one.rating < one.rating_high for one in first.items)
    # A few more move it on, on the same fit; many have it fitted again.
    await quality.submit(answers_submitted(*_votes(50, seed=2), kind=PAIRWISE))
    moved = await _ranking(quality)
    assert moved.fit_time == first.fit_time
    assert sum(one.comparisons for one in moved.items) == 900
    await quality.submit(answers_submitted(*_votes(200, seed=3), kind=PAIRWISE))
    fitted = await _ranking(quality)
    assert fitted.fit_time.ToDatetime() > first.fit_time.ToDatetime()
    assert sum(one.comparisons for one in fitted.items) == 1_300


async def test_choices_are_not_ranked_and_others_projects_are_not_there(
    quality: ServedQuality,
) -> None:
    await quality.create()
    await quality.submit(answers_submitted(submitted("t", "a", "yes", overlap=1)))
    assert list((await _ranking(quality)).items) == []
    refused = await refusal(
        quality.stub.GetRanking,
        pb.GetRankingRequest(project_id="prj_1"),
        token=quality.stranger,
    )
    assert refused.reason == "PROJECT_NOT_FOUND"
