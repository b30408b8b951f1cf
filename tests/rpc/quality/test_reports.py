"""Reports: what they say is what happened, and nobody is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crewline.quality.v1 import service_pb2 as pb
from tests.rpc.harness import refusal
from tests.rpc.quality.broker_events import TEXT, answers_submitted, submitted
from tests.rpc.quality.served import ACCEPTED, REJECTED, ServedQuality

REQUEST = pb.GetQualityReportRequest(project_id="prj_1")


async def _report(quality: ServedQuality) -> dict[str, Any]:
    response = await quality.send(quality.stub.GetQualityReport, REQUEST)
    found: dict[str, Any] = json.loads(response.report_json)
    return found


async def test_a_report_says_what_happened_and_names_nobody(quality: ServedQuality) -> None:
    await quality.create()
    known = [
        submitted(f"g{n:02}", who, "no" if who == "bad" else "yes", overlap=3, gold="yes")
        for n in range(30)
        # Not so many wrong ones that refusing them would be held.
        for who in ("anna", "bert", "cleo", *(["bad"] if n < 10 else []))
    ]
    open_tasks = [
        submitted(f"t{n:02}", who, ("yes", "no")[n % 2], overlap=3)
        for n in range(10)
        for who in ("anna", "bert", "cleo")
    ]
    await quality.submit(answers_submitted(*known))
    await quality.submit(answers_submitted(*open_tasks))
    report = await _report(quality)
    counts = await quality.counts()
    assert report["counts"]["scored"] == 130
    assert report["counts"]["contractors"] == 4
    assert (report["tasks_read"], report["tasks_read_are_all"]) == (40, True)
    decisions = report["decisions"]
    assert decisions["answers"] == 130
    rejected = decisions["by_reason"]["rejected"]
    assert rejected == {"failed_gold": counts.answers_rejected}
    assert decisions["shares"]["rejected"] == pytest.approx(counts.answers_rejected / 130)
    assert report["agreement"]["alpha"] == pytest.approx(counts.alpha)
    sample = report["agreement"]["of_sample"]
    assert sample["low"] <= sample["alpha"] <= sample["high"]
    assert sample["alpha"] == pytest.approx(counts.alpha, abs=1e-4)
    assert report["calibration"]["known_tasks"] == 30
    assert sum(point["tasks"] for point in report["calibration"]["curve"]) == 30
    assert sum(row["tasks"] for row in report["labels_by_confidence"]) == 10
    assert report["confusion"]["labels"] == ["no", "yes"]
    assert sum(map(sum, report["confusion"]["answers"])) == pytest.approx(130, abs=1e-3)
    people = {row["gold_accuracy"]["value"]: row for row in report["contractors"]}
    assert people.keys() == {0.0, 1.0}
    assert len(report["contractors"]) == 4
    assert people[0.0]["answers"] == 10
    text = json.dumps(report)
    assert not any(name in text for name in ("anna", "bert", "cleo", "org_vendor"))

    # Of a minute ago at most: the next moment has the same one.
    await quality.submit(answers_submitted(submitted("late", "anna", "yes", overlap=1)))
    assert await _report(quality) == report


async def test_text_and_nothing_at_all_have_reports_too(quality: ServedQuality) -> None:
    await quality.create(kind=TEXT)
    report = await _report(quality)
    assert (report["agreement"], report["contractors"]) == (None, [])
    assert report["calibration"]["error_raw"] is None
    assert report["latency"] == {
        "answers": 0, "p50_seconds": None, "p90_seconds": None, "p99_seconds": None,
    }  # fmt: skip
    found = await refusal(quality.stub.GetQualityReport, REQUEST, token=quality.stranger)
    assert found.reason == "PROJECT_NOT_FOUND"


async def test_who_reviews_is_measured_too(quality: ServedQuality) -> None:
    await quality.create()
    answers = [
        submitted(f"t{n:02}", who, "no" if who == "bad" else "yes", overlap=4 if n < 6 else 3)
        for n in range(30)
        # Not so many wrong ones that refusing them would be held.
        for who in ("anna", "bert", "cleo", *(["bad"] if n < 6 else []))
    ]
    await quality.submit(answers_submitted(*answers, review_disputed=True))
    waiting = [answer.assignment_id for answer in await quality.waiting()]
    assert len(waiting) == 6
    # Three are refused, as what stands says, and three accepted against it.
    careful = quality.rpc.mint.token("CLIENT", subject_id="per_careful")
    hasty = quality.rpc.mint.token("CLIENT", subject_id="per_hasty")
    await quality.decide(*((one, REJECTED) for one in waiting[:3]), token=careful)
    await quality.decide(*((one, ACCEPTED) for one in waiting[3:]), token=hasty)
    rows = {row["reviewer"]: row for row in (await _report(quality))["reviewers"]}
    assert rows["per_careful"]["agreement"]["value"] == 1.0
    assert rows["per_hasty"]["agreement"]["value"] == 0.0
    assert (rows["per_hasty"]["accepted"], rows["per_hasty"]["rejected"]) == (3, 0)
