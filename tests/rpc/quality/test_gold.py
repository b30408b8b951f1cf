"""Truths that are made known after posting: what they move, and how control tasks come and go."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.quality.v1 import events_pb2, types_pb2
from crewline.quality.v1 import service_pb2 as pb
from services.quality.domain.truths import GoldSource
from services.quality.store.collections import POOLS, RULINGS, SIGNALS, SKILLS
from services.quality.usecases.truths import FoundTruth
from tests.rpc.harness import refusal
from tests.rpc.quality.broker_events import PAIRWISE, answers_submitted, submitted
from tests.rpc.quality.served import ServedQuality

CLIENT, CONSENSUS = types_pb2.GOLD_SOURCE_CLIENT, types_pb2.GOLD_SOURCE_CONSENSUS


async def _set(
    quality: ServedQuality, *labels: tuple[str, str, bool], token: str = ""
) -> list[pb.SetGoldResult]:
    request = pb.SetGoldRequest(
        project_id="prj_1",
        labels=[pb.GoldLabel(task_id=t, label=la, is_control=c) for t, la, c in labels],
    )
    response = await quality.send(quality.stub.SetGold, request, token=token)
    return list(response.results)


async def _gold(quality: ServedQuality, **fields: Any) -> dict[str, types_pb2.Gold]:
    request = pb.ListGoldRequest(project_id="prj_1", **fields)
    response = await quality.send(quality.stub.ListGold, request)
    return {gold.task_id: gold for gold in response.gold}


async def _changes(quality: ServedQuality) -> list[events_pb2.KnownTask]:
    events = await quality.rpc.events(events_pb2.GoldChanged)
    return [task for event in events for task in event.tasks]


async def _counters(quality: ServedQuality) -> tuple[dict[str, Any], dict[str, Any]]:
    skills = quality.rpc.database.collection(SKILLS)
    pool = await quality.rpc.database.collection(POOLS).find_one({"_id": "prj_1"})
    assert pool is not None
    by_person = {
        row["contractor_id"]: {name: n for name, n in row["counters"].items() if n}
        async for row in skills.find()
    }
    return by_person, {name: n for name, n in pool["counters"].items() if n}


def _careless(gold_tasks: int) -> list[broker_pb2.SubmittedAnswer]:
    return [
        submitted(f"g{n}", who, "no" if who == "bad" else "yes", overlap=12, gold="yes")
        for n in range(gold_tasks)
        # So many that the one who is refused is not too many at once.
        for who in (*"abcdefghijk", "bad")
    ]


async def test_a_truth_that_is_set_later_overturns_what_was_rejected_and_is_told(
    quality: ServedQuality,
) -> None:
    await quality.create()
    await quality.submit(answers_submitted(*_careless(12)))
    said = {"a": "yes", "b": "yes", "c": "yes", "d": "yes", "bad": "no"}
    answers = [submitted("t", who, label, overlap=5) for who, label in said.items()]
    await quality.submit(answers_submitted(*answers))
    before = await _counters(quality)
    rejected = await quality.counts()
    assert rejected.answers_rejected == 12 + 1

    assert [result.error.reason for result in await _set(quality, ("t", "no", True))] == [""]
    ruling = await quality.rpc.database.collection(RULINGS).find_one({"_id": "t:bad"})
    assert ruling is not None
    assert (ruling["state"], ruling["reason"], ruling["revision"]) == ("accepted", "rescored", 2)
    told = [
        answer
        for event in await quality.rpc.events(events_pb2.AnswersDecided)
        for answer in event.answers
        if answer.assignment_id == "t:bad"
    ]
    assert [(answer.reason, answer.revision) for answer in told] == [
        ("FAILED_GOLD", 1),
        ("RESCORED", 2),
    ]
    assert told[0].clause
    resolved = [
        task
        for event in await quality.rpc.events(events_pb2.TasksResolved)
        for task in event.tasks
        if task.task_id == "t"
    ]
    assert [task.label for task in resolved] == ["yes", "no"]
    assert resolved[1].resolve_time.ToDatetime() >= resolved[0].resolve_time.ToDatetime()
    assert resolved[1].gold_source == CLIENT
    (change,) = await _changes(quality)
    assert (change.task_id, change.label, change.source, change.is_control, change.version) == (
        "t",
        "no",
        CLIENT,
        True,
        1,
    )
    counts = await quality.counts()
    assert counts.answers_rejected == rejected.answers_rejected - 1
    assert counts.answers_accepted == rejected.answers_accepted + 1
    skills, _ = await _counters(quality)
    assert skills["a"]["gold_right"] == 12
    assert skills["a"]["gold_total"] == 13

    # A repeat changes nothing; taking it back leaves exactly what was there.
    contents = await quality.rpc.contents()
    await _set(quality, ("t", "no", True))
    assert await quality.rpc.contents() == contents
    await _set(quality, ("t", "", False))
    assert await _counters(quality) == before
    assert [(c.label, c.version) for c in await _changes(quality)] == [("no", 1), ("", 2)]
    assert "t" not in await _gold(quality)

    # The broker may still tell of what was posted.
    await quality.submit(answers_submitted(submitted("t", "late", "yes", overlap=5, gold="no")))
    found = await quality.send(quality.stub.GetConsensus, pb.GetConsensusRequest(task_id="t"))
    assert (found.consensus.label, found.consensus.gold_source) == ("yes", 0)


async def test_what_cannot_be_known_is_refused_alone(quality: ServedQuality) -> None:
    await quality.create()
    await quality.create("prj_2", client_id="org_stranger")
    await quality.submit(
        answers_submitted(submitted("t1", "a", "yes"), submitted("t2", "a", "yes")),
        answers_submitted(submitted("foreign", "a", "yes"), project_id="prj_2"),
    )
    results = await _set(
        quality,
        ("t1", "nonsense", False),
        ("nowhere", "yes", False),
        ("foreign", "yes", False),
        ("t2", "no", False),
    )
    assert [result.error.reason for result in results] == [
        "UNKNOWN_LABEL",
        "TASK_NOT_FOUND",
        "TASK_NOT_FOUND",
        "",
    ]
    gold = await _gold(quality)
    assert gold.keys() == {"t2"}
    assert (gold["t2"].label, gold["t2"].is_control) == ("no", False)
    assert (gold["t2"].answers, gold["t2"].right) == (1, 0)
    # Only a control task tells who answered it what was true.
    told = [a for e in await quality.rpc.events(events_pb2.AnswersDecided) for a in e.answers]
    assert [(answer.assignment_id, answer.gold_label) for answer in told] == [("t2:a", "")]
    request = pb.SetGoldRequest(
        project_id="prj_1", labels=[pb.GoldLabel(task_id="t1", label="yes")]
    )
    found = await refusal(quality.stub.SetGold, request, token=quality.stranger)
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "PROJECT_NOT_FOUND")


async def test_gold_is_listed_by_task_with_how_it_does(quality: ServedQuality) -> None:
    await quality.create()
    await quality.submit(answers_submitted(*_careless(3), submitted("t", "a", "yes")))
    seen, token = [], ""
    for _ in range(5):
        page = await quality.send(
            quality.stub.ListGold,
            pb.ListGoldRequest(project_id="prj_1", page_size=2, page_token=token),
        )
        seen += list(page.gold)
        token = page.next_page_token
        if not token:
            break
    assert [gold.task_id for gold in seen] == ["g0", "g1", "g2"]
    assert {(g.label, g.source, g.is_control, g.answers, g.right) for g in seen} == {
        ("yes", CLIENT, True, 12, 11)
    }


async def test_of_two_who_know_the_one_whose_word_weighs_more_is_believed(
    quality: ServedQuality,
) -> None:
    await quality.create()
    await quality.submit(answers_submitted(submitted("t", "a", "yes", overlap=1)))
    project = await quality.quality.reading.project(_Operator(), "prj_1")  # type: ignore[arg-type]

    async def learn(label: str, source: GoldSource) -> str:
        errors = await quality.quality.gold.set(
            project, [FoundTruth(task_id="t", label=label, source=source)]
        )
        return errors[0].reason if errors[0] is not None else ""

    assert await learn("yes", GoldSource.ADJUDICATION) == ""
    assert await learn("no", GoldSource.REVIEW) == ""
    assert await learn("yes", GoldSource.ADJUDICATION) == "TRUTH_OUTWEIGHED"
    assert (await _gold(quality))["t"].label == "no"
    await _set(quality, ("t", "yes", False))
    assert await learn("no", GoldSource.REVIEW) == "TRUTH_OUTWEIGHED"
    assert [change.version for change in await _changes(quality)] == [1, 2, 3]


class _Operator:
    roles = frozenset({"OPERATOR"})
    organisation_id = ""


@pytest.mark.parametrize("kind", [1, PAIRWISE], ids=["choice", "pairwise"])
async def test_sure_consensus_becomes_a_control_task_where_the_project_hands_them_out(
    quality: ServedQuality, kind: Any
) -> None:
    labels = {1: ("yes", "no"), PAIRWISE: ("model_a", "model_b")}[kind]
    await quality.create(kind=kind)

    async def submit(*answers: broker_pb2.SubmittedAnswer, share: float) -> None:
        message = answers_submitted(*answers, kind=kind)
        message.quality_policy.gold_share_max = share
        await quality.submit(message)

    teach = [
        submitted(f"g{n}", f"c{who}", labels[n % 2], overlap=6, gold=labels[n % 2])
        for n in range(12)
        for who in range(6)
    ]
    await submit(*teach, share=0.2)
    alike = [submitted("sure", f"c{who}", labels[0], overlap=6) for who in range(6)]
    split = [submitted("split", f"c{who}", labels[who == 0], overlap=6) for who in range(6)]
    few = [submitted("few", f"c{who}", labels[0], overlap=4) for who in range(4)]
    other = [submitted("other", f"c{who}", labels[0], overlap=6) for who in range(6)]
    await submit(*alike, *split, *few, share=0.2)
    await submit(*other, share=0.0)
    gold = {id_: found for id_, found in (await _gold(quality)).items() if id_[0] != "g"}
    if kind == PAIRWISE:
        assert gold == {}
        return
    assert gold.keys() == {"sure"}
    assert (gold["sure"].source, gold["sure"].is_control) == (CONSENSUS, True)
    (change,) = await _changes(quality)
    assert (change.task_id, change.label, change.is_control) == ("sure", "yes", True)

    # It measures, but what so many agreed on is no evidence against anybody.
    before, _ = await _counters(quality)
    await submit(submitted("sure", "new", "no", overlap=6, gold="yes"), share=0.2)
    after, _ = await _counters(quality)
    assert "gold_total" not in after["new"]
    assert after["c0"]["gold_total"] == before["c0"]["gold_total"]
    assert (await _gold(quality))["sure"].answers == 7
    assert (await _gold(quality))["sure"].right == 6
    told = [a for e in await quality.rpc.events(events_pb2.AnswersDecided) for a in e.answers]
    (answer,) = [a for a in told if a.assignment_id == "sure:new"]
    assert (answer.gold_label, answer.reason) == ("yes", "DISPUTED")


async def test_a_control_task_that_is_suddenly_easy_is_withdrawn_and_signalled(
    quality: ServedQuality,
) -> None:
    await quality.create()
    hard = [
        submitted("leaky", f"a{n}", "yes" if n % 3 == 0 else "no", overlap=99, gold="yes")
        for n in range(24)
    ]
    easy = [submitted("leaky", f"b{n}", "yes", overlap=99, gold="yes") for n in range(19)]
    steady = [
        submitted("steady", f"a{n}", "yes" if n % 8 else "no", overlap=99, gold="yes")
        for n in range(60)
    ]
    await quality.submit(answers_submitted(*hard, *steady))
    await quality.submit(answers_submitted(*easy[:15]))
    assert (await _gold(quality))["leaky"].is_control
    await quality.submit(answers_submitted(*easy[15:]))
    gold = await _gold(quality)
    assert (gold["leaky"].is_control, gold["leaky"].suspect) == (False, True)
    assert (gold["steady"].is_control, gold["steady"].suspect) == (True, False)
    (change,) = await _changes(quality)
    assert (change.task_id, change.label, change.is_control) == ("leaky", "yes", False)
    (signal,) = [row async for row in quality.rpc.database.collection(SIGNALS).find()]
    assert (signal["name"], signal["task_id"]) == ("LEAKED_GOLD", "leaky")
    assert "b18" in signal["contractor_ids"]
    assert int(signal["evidence"]["recent_right"]) >= 19
    # It stays known, and is not found again.
    await quality.submit(answers_submitted(submitted("leaky", "late", "yes", overlap=99)))
    assert len(await _changes(quality)) == 1


async def test_whoever_becomes_known_gets_fewer_control_tasks_and_the_broker_hears_of_each_step(
    quality: ServedQuality,
) -> None:
    await quality.create()
    for start in range(0, 240, 10):
        message = answers_submitted(
            *(
                submitted(f"g{n}", "a", "yes", overlap=1, gold="yes")
                for n in range(start, start + 10)
            ),
            submitted(f"n{start}", f"new{start}", "yes", overlap=1, gold="yes"),
        )
        message.quality_policy.gold_share_max = 0.2
        await quality.submit(message)
    events = await quality.rpc.events(events_pb2.ContractorLimitsSet)
    limits = [one for event in events for one in event.limits]
    assert {one.contractor_id for one in limits} == {"a"}
    shares = [one.gold_share for one in limits]
    assert shares == sorted(shares, reverse=True)
    assert (shares[0], shares[-1]) == (0.1, 0.02)
    assert [one.version for one in limits] == list(range(1, len(limits) + 1))
    assert 2 <= len(limits) <= 3
