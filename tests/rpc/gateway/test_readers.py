"""Exports as their users' own tools read them: datasets, crowd-kit, Label Studio's converter.

The tools live in an environment of their own, which `make readers` makes; without it these tests
fail and say so.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from services.broker.domain.templates import TEMPLATES
from tests.rpc.gateway.served_files import Files

ENVIRONMENT = Path(".local") / "readers-venv"
SCRIPT = Path(__file__).with_name("read_exports.py")
CONFIGS = {template.name: template.label_config for template in TEMPLATES}
FORMATS = {
    "jsonl": "jsonl",
    "csv": "csv",
    "parquet": "parquet",
    "label_studio": "label_studio.json",
}

PHOTOS = [{"external_id": f"photo {n}", "image": f'https://x/{n},"a".jpg'} for n in range(4)]
SEEN = ["Bird", "No animal", "Other animal", "Bird"]
# Two who see it right, and one who sees birds everywhere.
VOTES = [SEEN, SEEN, ["Bird"] * 4]
PAIRS = [
    {"external_id": "1", "prompt": "Why?", "answer_a": "Because.", "answer_b": "No."},
    {
        "external_id": "2",
        "prompt": "How,\nthen?",
        "answer_a": "So.",
        "answer_b": "\u201cThus\u201d.",
    },
]
ORDERS = [{"external_id": "a", "prompt": "Write."}, {"external_id": "b", "prompt": "Grüße?"}]
TEXTS = ["Written,\nin lines.", "世界"]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def reader(repository: Path) -> Path:
    """The Python of the tools."""
    python = repository / ENVIRONMENT / "bin" / "python"
    stamp, lock = repository / ENVIRONMENT / ".locked", repository / "requirements-readers.lock"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        pytest.fail(f"{ENVIRONMENT} is not there or older than {lock.name}: run `make readers`")
    return python


async def _write(files: Files, project_id: str, folder: Path, config: str, *more: str) -> None:
    exported = {"config.xml": config.encode()}
    for name, ending in [*FORMATS.items(), *((name, f"{name}.jsonl") for name in more)]:
        response = await files.export(project_id, format=name)
        assert response.status_code == 200, response.text
        exported[f"results.{ending}"] = response.content
    await asyncio.to_thread(_save, folder, exported)


def _save(folder: Path, exported: dict[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, content in exported.items():
        (folder / name).write_bytes(content)


async def _read(python: Path, folder: Path) -> dict[str, Any]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder.parent),
        "HF_HOME": str(folder.parent / "hf"),
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "TQDM_DISABLE": "1",
    }
    process = await asyncio.create_subprocess_exec(
        python, "-I", SCRIPT, folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment,
        cwd=folder,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-5000:]
    found: dict[str, Any] = json.loads(out.decode().splitlines()[-1])
    return found


async def test_what_comes_out_is_read_by_the_tools_that_people_have(
    files: Files, reader: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "exports"
    config = CONFIGS["photo-classification"]
    choices = await files.resolved(config, PHOTOS, VOTES)
    await _write(files, choices, folder / "choices", config)
    config = CONFIGS["pairwise-preference"]
    pairs = await files.resolved(config, PAIRS, [["right", "left"]] * 2)
    await _write(files, pairs, folder / "pairs", config, "trl")
    config = CONFIGS["free-writing"]
    texts = await files.resolved(config, ORDERS, [TEXTS])
    await _write(files, texts, folder / "texts", config, "sft")

    found = await _read(reader, folder)

    assert found.keys() == {"choices", "pairs", "texts"}
    _check_choices(found["choices"])
    _check_pairs(found["pairs"])
    _check_texts(found["texts"])


def _check_choices(found: dict[str, Any]) -> None:
    truth = {row["external_id"]: label for row, label in zip(PHOTOS, SEEN, strict=True)}
    crowd = found["crowdkit"]
    assert crowd["columns"] == ["task", "worker", "label"]
    assert crowd["majority"] == crowd["dawid_skene"] == truth

    assert found["datasets:results.csv"]["rows"] == 12
    assert found["datasets:results.csv"]["columns"] == ["task", "worker", "label"]
    lines = found["datasets:results.jsonl"]
    assert lines["rows"] == 4
    by_photo = {row["external_id"]: row for row in PHOTOS}
    assert lines["first"]["data"] == {"image": by_photo[lines["first"]["external_id"]]["image"]}
    assert len(lines["first"]["answers"]) == 3
    table = found["datasets:results.parquet"]
    assert table["rows"] == 12
    first = table["first"]
    assert first["consensus"] == truth[first["external_id"]]
    assert found["datasets:results.label_studio.json"]["rows"] == 4

    # Label Studio's own converter, with the project's own config.
    rows = found["label_studio"]
    votes = {(row["image"], row["label"]) for row in rows}
    images = {row["external_id"]: row["image"] for row in PHOTOS}
    assert len(rows) == 12
    assert {(images[name], label) for name, label in truth.items()} <= votes


def _check_pairs(found: dict[str, Any]) -> None:
    trl = found["datasets:results.trl.jsonl"]
    assert trl["columns"] == ["prompt", "chosen", "rejected"]
    assert trl["rows"] == 2
    expected = [
        {"prompt": "Why?", "chosen": "No.", "rejected": "Because."},
        {"prompt": "How,\nthen?", "chosen": "So.", "rejected": "“Thus”."},
    ]
    assert trl["first"] in expected
    chosen = {(row["prompt"], row["better"]) for row in found["label_studio"]}
    assert chosen == {("Why?", '[{"selected":"right"}]'), ("How,\nthen?", '[{"selected":"left"}]')}


def _check_texts(found: dict[str, Any]) -> None:
    sft = found["datasets:results.sft.jsonl"]
    assert (sft["columns"], sft["rows"]) == (["messages"], 2)
    written = dict(zip((row["prompt"] for row in ORDERS), TEXTS, strict=True))
    asked, answered = sft["first"]["messages"]
    assert (asked["role"], answered["role"]) == ("user", "assistant")
    assert answered["content"] == written[asked["content"]]
    rows = {row["prompt"]: row["text"] for row in found["label_studio"]}
    assert rows == written
    # Cells with line breaks and quotes survive the table.
    assert found["datasets:results.csv"]["rows"] == 2
    assert found["datasets:results.csv"]["first"]["label"] in TEXTS
