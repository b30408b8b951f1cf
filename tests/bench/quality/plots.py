"""Plots of a run, in PNG and SVG."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def draw(
    folder: Path,
    *,
    sets: Mapping[str, Mapping[str, Any]],
    curves: Mapping[str, Sequence[tuple[float, float, int]]],
    savings: Mapping[str, Sequence[tuple[float, float, float]]],
    speeds: Mapping[str, Mapping[str, float]],
) -> list[Path]:
    """Accuracy beside the others', reliability, answers saved, growth."""
    importlib.import_module("matplotlib").use("Agg")
    plt = importlib.import_module("matplotlib.pyplot")
    written: list[Path] = []

    def save(figure: Any, name: str) -> None:
        figure.tight_layout()
        for ending in ("png", "svg"):
            path = folder / f"quality-{name}.{ending}"
            figure.savefig(path, dpi=120)
            written.append(path)
        plt.close(figure)

    choices = {name: one for name, one in sets.items() if one["kind"] == "choice"}
    if choices:
        figure, axes = plt.subplots(figsize=(9, 4.5))
        shown = ("MajorityVote, fair ties", "DawidSkene", "OneCoinDawidSkene")
        for at, name in enumerate(shown):
            axes.plot([one["peers"].get(name) for one in choices.values()], "os^"[at], label=name)
        axes.plot([one["ours"]["standing/random"] for one in choices.values()], "k*", ms=11,
                  label="ours, standing")  # fmt: skip
        axes.set_xticks(range(len(choices)), list(choices), rotation=20)
        axes.set_ylabel("accuracy")
        axes.legend()
        save(figure, "accuracy")
    figure, axes = plt.subplots(figsize=(5, 5))
    axes.plot([0, 1], [0, 1], "k:", lw=1)
    for name, points in curves.items():
        axes.plot([p[0] for p in points], [p[1] for p in points], ".-", label=name)
    axes.set_xlabel("confidence before calibration")
    axes.set_ylabel("share of right labels")
    axes.legend()
    save(figure, "reliability")
    figure, axes = plt.subplots(figsize=(6, 4.5))
    for name, lost in savings.items():
        axes.plot([100 * p[1] for p in lost], [100 * p[2] for p in lost], ".-", label=name)
    axes.axhline(0.5, color="k", lw=0.5, ls="--")
    axes.set_xlabel("answers saved, %")
    axes.set_ylabel("accuracy lost, points")
    axes.legend()
    save(figure, "saved")
    figure, axes = plt.subplots(figsize=(6, 4))
    sizes = sorted(speeds, key=int)
    for name in ("micros_mean", "micros_p50", "micros_p99"):
        axes.plot([int(s) for s in sizes], [speeds[s][name] for s in sizes], ".-",
                  label=name.removeprefix("micros_"))  # fmt: skip
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("answers before")
    axes.set_ylabel("µs CPU an answer")
    axes.legend()
    save(figure, "speed")
    return written
