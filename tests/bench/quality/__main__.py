"""`make bench-quality`: measures, prints a line a set, writes .local/bench/quality.{json,md}."""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from services.quality.domain.types import Kind
from tests.bench.quality import attacks, ours, peers, speed
from tests.bench.quality.floors import floors_of
from tests.bench.quality.plots import draw
from tests.bench.quality.sets import RecordedSet, recorded_sets
from tests.bench.quality.summary import line_of, markdown
from tests.unit.quality.recorded import stream

SIZES = (1_000, 10_000, 100_000, 1_000_000)
FOLDER = Path(".local") / "bench"


def main() -> int:
    """0 where all floors hold."""
    arguments = _arguments()
    crowds = os.environ.get("CROWDS", "")
    sets = recorded_sets(Path(crowds) if crowds else None, only=frozenset(arguments.sets))
    seeds = (1,) if arguments.quick else (1, 2, 3)
    sizes = SIZES[:-1] if arguments.quick else SIZES
    console = Console(width=None if os.isatty(1) else 160)
    results: dict[str, Any] = {}
    curves: dict[str, Any] = {}
    savings: dict[str, Any] = {}
    speeds: dict[str, Any] = {}
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console
    ) as progress:
        doing = progress.add_task("starting", total=None)
        for found in sets:
            progress.update(doing, description=f"{found.name}: {found.answers:,} answers")
            one = _measure(found, seeds, slow=not arguments.quick, curves=curves, savings=savings)
            results[found.name] = one
            console.print(line_of(found.name, one))
        for size in sizes:
            progress.update(doing, description=f"speed: {size:,} synthetic answers")
            speeds[str(size)] = speed.of_stream(size)
    floors = floors_of(results, speeds)
    FOLDER.mkdir(parents=True, exist_ok=True)
    report = {
        "seeds": list(seeds),
        "sets": results,
        "speed": speeds,
        "floors": [floor.row() for floor in floors],
    }
    text = markdown(report)
    (FOLDER / "quality.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    (FOLDER / "quality.md").write_text(text)
    draw(FOLDER, sets=results, curves=curves, savings=savings, speeds=speeds)
    console.print(text, markup=False)
    console.print(f"written: {FOLDER}/quality.json, quality.md and plots")
    return 0 if all(floor.holds for floor in floors) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-quality", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one seed, no slow methods, no million"
    )
    parser.add_argument("sets", nargs="*", help="only these sets")
    return parser.parse_args()


def _measure(
    found: RecordedSet,
    seeds: tuple[int, ...],
    *,
    slow: bool,
    curves: dict[str, Any],
    savings: dict[str, Any],
) -> dict[str, Any]:
    began = time.perf_counter()
    one: dict[str, Any] = {
        "kind": found.kind.value,
        "answers": found.answers,
        "per_task": found.per_task,
        "ours": ours.standing(found, seeds),
        "peers": {},
    }
    if found.kind in {Kind.CHOICE, Kind.PAIRWISE}:
        one["peers"], one["peers_seconds"] = peers.labels_of(found, slow=slow)
    if found.kind is Kind.CHOICE:
        one["calibration"] = ours.calibration(found, seeds[0])
        curves[found.name] = ours.curve(found, seeds[0])
        one["adaptive"], savings[found.name] = ours.adaptive(found, seeds)
        one["adaptive_by_error_cost"] = savings[found.name]
        one["decisions"] = ours.decided(found, seeds[0])
        one["attacks"] = attacks.measured(found, seeds[0])
    elif found.kind is Kind.PAIRWISE and found.pairs:
        one["held_out_pairs"] = peers.rankings_of(found, seeds[0])
    elif found.kind is Kind.TEXT:
        run = stream(found.crowd, found.kind, seed=seeds[0])
        chosen = {task: where.scored.label or "" for task, where in run.standings.items()}
        one["peers"] = peers.text_of(found, chosen)
    elif found.kind is Kind.NUMERIC:
        one["peers"] = peers.numbers_of(found)
    one["seconds"] = time.perf_counter() - began
    return one


if __name__ == "__main__":
    raise SystemExit(main())
