"""The figures of a run as text: a line a set, and a page in Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OURS = (
    "standing/random",
    "standing/task",
    "standing/worker",
    "swept/random",
    "gold_5%",
    "gold_10%",
)


def line_of(name: str, one: Mapping[str, Any]) -> str:
    """One set, on one line."""
    figures = one["ours"]
    best = sorted(one["peers"].items(), key=lambda item: item[1])
    if one["kind"] in {"choice", "pairwise"}:
        best.reverse()
    beside = ", ".join(f"{peer} {value:.4f}" for peer, value in best[:2])
    orders = f"by task {figures['standing/task']:.4f}, by worker {figures['standing/worker']:.4f}"
    return (
        f"{name}: standing {figures['standing/random']:.4f} ({orders}), "
        f"swept {figures['swept/random']:.4f}, 5 % gold {figures['gold_5%']:.4f}; "
        f"{beside}; {figures['micros_mean']:.0f} µs an answer"
    )


def markdown(report: Mapping[str, Any]) -> str:
    """The whole report."""
    sets: Mapping[str, Any] = report["sets"]
    lines = ["# How right, how sure and how fast the scorer is", ""]
    lines += _table(
        ["set", "kind", "answers", *_OURS, "µs"],
        [
            [name, one["kind"], f"{one['answers']:,}",
             *(f"{one['ours'][figure]:.4f}" for figure in _OURS),
             f"{one['ours']['micros_mean']:.0f}"]
            for name, one in sets.items()
        ],
    )  # fmt: skip
    lines += ["Accuracy; of text the word error rate, of numbers the mean absolute error.", ""]
    for name, one in sets.items():
        found = "; ".join(f"{peer} {value:.4f}" for peer, value in one["peers"].items())
        lines.append(f"- {name}: {found}")
        if "held_out_pairs" in one:
            held = "; ".join(f"{fit} {v:.3f}" for fit, v in one["held_out_pairs"].items())
            lines.append(f"  - held-out comparisons said beforehand: {held}")
    lines += ["", "## How sure", ""]
    lines += _table(
        ["set", "ECE", "calibrated", "temperature", "saved at ≤ 0.5 pp", "saved at default",
         "lost at default", "honest refused", "wrong accepted", "to people", "spam AUC",
         "lost to 30 % collusion"],
        [
            [name, f"{one['calibration']['ece_raw']:.3f}",
             f"{one['calibration']['ece_calibrated']:.3f}",
             f"{one['calibration']['temperature']:.2f}",
             f"{one['adaptive']['saved_at_half_a_point']:.0%}",
             f"{one['adaptive']['saved_at_default']:.0%}",
             f"{100 * one['adaptive']['lost_at_default']:.2f} pp",
             f"{one['decisions']['honest_refused']:.2%}",
             f"{one['decisions']['wrong_accepted']:.1%}",
             f"{one['decisions']['to_people']:.1%}",
             f"{one['attacks']['spam_auc']:.3f}",
             f"{100 * one['attacks']['collusion_30%_loss']:.2f} pp"]
            for name, one in sets.items() if "calibration" in one
        ],
    )  # fmt: skip
    lines += ["## How fast", ""]
    lines += _table(
        ["answers", "mean µs", "p50 µs", "p99 µs", "accuracy"],
        [
            [f"{int(size):,}", f"{one['micros_mean']:.1f}", f"{one['micros_p50']:.1f}",
             f"{one['micros_p99']:.1f}", f"{one['accuracy']:.4f}"]
            for size, one in report["speed"].items()
        ],
    )  # fmt: skip
    lines += ["## Floors", ""]
    lines += _table(
        ["holds", "what", "figure", "floor", "over"],
        [
            ["yes" if floor["holds"] else "**no**", floor["name"], f"{floor['figure']:.4f}",
             f"{'≤' if floor['at_most'] else '≥'} {floor['floor']:.4f}", floor["over"]]
            for floor in report["floors"]
        ],
    )  # fmt: skip
    return "\n".join(lines)


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    if not rows:
        return []
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]
