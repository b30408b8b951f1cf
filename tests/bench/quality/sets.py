"""The recorded crowds that the scorer is measured on: those of the repository, and any directory.

A set is a folder with `answers.csv` (task,worker,label) and `gold.csv` (task,gold).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.quality.domain.types import Kind
from tests.unit.quality.recorded import CROWDS, Crowd, Row

_KINDS = {"mtbench": Kind.PAIRWISE, "llmfao": Kind.PAIRWISE, "pandalm": Kind.PAIRWISE}
_KINDS |= {"n_emotion": Kind.NUMERIC}
GOLD_MIN = 30
"""Tasks with a known truth below which a set says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSet:
    """One crowd, by its name."""

    name: str
    kind: Kind
    crowd: Crowd
    pairs: Mapping[str, tuple[str, str]]
    """The two that each task compares, where it compares any."""

    @property
    def answers(self) -> int:
        return len(self.crowd.rows)

    @property
    def per_task(self) -> float:
        return self.answers / len({row.task for row in self.crowd.rows})


def kind_of(name: str) -> Kind:
    """What the answers of a set are."""
    return Kind.TEXT if name.startswith("crowdspeech") else _KINDS.get(name, Kind.CHOICE)


def recorded_sets(extra: Path | None, *, only: frozenset[str] = frozenset()) -> list[RecordedSet]:
    """The repository's, and those of the directory that it does not have; the smallest first."""
    folders: dict[str, Path] = {}
    for root in (CROWDS, extra):
        if root is not None:
            found = sorted(path.parent for path in root.glob("*/answers.csv"))
            folders = {**{path.name: path for path in found}, **folders}
    chosen = [path for name, path in folders.items() if not only or name in only]
    sets = [_load(path) for path in chosen]
    return sorted(sets, key=lambda found: (found.kind.value, found.answers))


def _load(folder: Path) -> RecordedSet:
    rows = tuple(
        Row(task=line["task"], worker=line["worker"], label=line["label"])
        for line in _lines(folder / "answers.csv")
    )
    tasks = {row.task for row in rows}
    gold = {line["task"]: line["gold"] for line in _lines(folder / "gold.csv")}
    pairs = {
        line["task"]: (line["model_a"], line["model_b"]) for line in _lines(folder / "pairs.csv")
    }
    return RecordedSet(
        name=folder.name,
        kind=kind_of(folder.name),
        crowd=Crowd(rows=rows, gold={task: la for task, la in gold.items() if task in tasks}),
        pairs=pairs,
    )


def _lines(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
