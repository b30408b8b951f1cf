"""`crewline replay` through the running system gives the posteriors of the pure scorer, to 1e-9.

Whatever batches the bus made of the answers, and though the scorer was killed while they came: what
it recorded, in the order in which it recorded it, is scored anew without any of that, and compared
with what the platform says.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pymongo
import pytest

from services.quality.domain.skills import Skills
from services.quality.domain.stream import Stream
from services.quality.domain.types import Answer, Kind, PoolSkill, Task
from tests.system.conftest import Running
from tests.system.tenants import World, bearer
from tests.waiting import until

REPLAY_SECONDS = 150


@pytest.fixture
def recorded(running: Running) -> Iterator[Any]:
    """What quality has in its database."""
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
        str(running.stack.target()["mongo_uri"]), serverSelectionTimeoutMS=5_000
    )
    yield client["crewline_quality"]
    client.close()


@pytest.mark.slow
@pytest.mark.timeout(REPLAY_SECONDS + 60)
@pytest.mark.parametrize(
    ("name", "kind", "limit", "crash"),
    [
        ("bluebird", "choice", 1_200, True),
        ("ms", "choice", 600, False),
        ("mtbench", "pairwise", 500, False),
        ("crowdspeech_dev_clean", "text", 300, False),
    ],
)
def test_the_system_says_what_the_pure_scorer_says(
    running: Running,
    repository: Path,
    recorded: Any,
    name: str,
    kind: str,
    limit: int,
    *,
    crash: bool,
) -> None:
    before = recorded["answers"].count_documents({})
    replaying = _start(running, repository, name, kind, limit)
    if crash:
        until(lambda: recorded["answers"].count_documents({}) > before + limit // 4, "some answers")
        running.crash("quality")
        running.revive("quality")
    printed, complaints = replaying.communicate(timeout=REPLAY_SECONDS)
    assert replaying.returncode == 0, f"{printed}\n{complaints}"
    report = json.loads(printed)
    assert report["answers_in"] == report["answers_scored"]
    project = recorded["projects"].find_one({"_id": report["project_id"]})
    assert project is not None
    stream = _scored(recorded, project)
    told = _consensus(running, report["project_id"])
    moves = stream.moves()
    assert len(moves) == len(told) == report["tasks"]
    for move in moves:
        found = told[move.after.task.task_id]
        scored = move.after.scored
        assert found["label"] == (scored.label or "")
        assert found["raw_confidence"] == pytest.approx(scored.confidence, abs=1e-9)
        posterior = {one["label"]: one["probability"] for one in found["posterior"]}
        expected = {label: scored.posterior.get(label, 0.0) for label in posterior}
        assert posterior == pytest.approx(expected, abs=1e-9)


def _start(
    running: Running, repository: Path, name: str, kind: str, limit: int
) -> subprocess.Popen[str]:
    crowd = repository / "tests" / "data" / "crowds" / name
    path = os.pathsep.join((str(repository), str(repository / "protos" / "gen")))
    return subprocess.Popen(
        [
            sys.executable, "-m", "services.sdk.cli", "replay", str(crowd / "answers.csv"),
            "--gold", str(crowd / "gold.csv"), "--kind", kind, "--limit", str(limit),
            "--skip-malformed", "--json",
        ],
        cwd=repository,
        env={
            **os.environ,
            "PYTHONPATH": path,
            "CREWLINE_TARGET": json.dumps(running.stack.target()),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def _scored(recorded: Any, project: dict[str, Any]) -> Stream:
    """All of the project's answers, one after the other in the order of their recording."""
    project_id = project["_id"]
    tasks = {
        row["_id"]: Task(
            task_id=row["_id"],
            project_id=project_id,
            kind=Kind(project["kind"]),
            overlap=row["overlap"],
            labels=tuple(project["labels"]),
            gold=row.get("gold") or None,
        )
        for row in recorded["standings"].find({"project_id": project_id})
    }
    stream = Stream(skills=Skills(pool=PoolSkill(project_id=project_id)))
    for row in recorded["answers"].find({"project_id": project_id}).sort("seq", 1):
        answer = Answer(
            assignment_id=row["_id"],
            task_id=row["task_id"],
            contractor_id=row["contractor_id"],
            label=row["label"],
            vendor_id=row["organisation_id"],
            items=tuple(row.get("items", ())),
        )
        stream.arrive(tasks[row["task_id"]], answer)
    return stream


def _consensus(running: Running, project_id: str) -> dict[str, dict[str, Any]]:
    """Through the public door, by task."""
    world = World(base_url=running.base_url, operator_key=running.operator_key)
    found: dict[str, dict[str, Any]] = {}
    page = ""
    while True:
        answer: httpx.Response = world.http.get(
            f"/v1/projects/{project_id}/consensus",
            params={"page_size": 500, "page_token": page},
            headers=bearer(world.operator),
        )
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found |= {one["task_id"]: one for one in body["consensus"]}
        page = body["next_page_token"]
        if not page:
            world.close()
            return found
