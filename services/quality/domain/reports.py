"""A project's quality report: how sure its labels are, and what was decided on which grounds.

Plain data for JSON; every field is described in services/quality/README.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from services.quality.domain import keys
from services.quality.domain.accuracy import Accuracy, Estimate, estimate
from services.quality.domain.calibration import (
    UNCALIBRATED,
    Calibration,
    Sample,
    calibrated,
    calibration_error,
)
from services.quality.domain.decisions import Reason
from services.quality.domain.opinions import ReviewerRecord
from services.quality.domain.records import StoredAnswer, StoredRuling, StoredStanding
from services.quality.domain.rulings import MACHINE, RulingState
from services.quality.domain.types import Counters

BINS = 10
CONFUSED_LABELS_MAX = 50


def decisions_of(rulings: Iterable[StoredRuling]) -> dict[str, Any]:
    """Answers by state and reason, and what share of those ruled on is in each state."""
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for stored in rulings:
        reason = stored.ruling.reason
        reasons[stored.ruling.state.value][reason.value if reason is not None else ""] += 1
    total = sum(found.total() for found in reasons.values())
    return {
        "answers": total,
        "by_reason": {state: dict(found) for state, found in sorted(reasons.items())},
        "shares": {state: found.total() / total for state, found in sorted(reasons.items())},
    }


def calibration_of(samples: Sequence[Sample], fitted: Calibration) -> dict[str, Any]:
    """On known tasks as they would stand without their truth, before and after calibration."""
    judged = {
        name: [_judged(sample, used) for sample in samples if sample.posterior]
        for name, used in (("raw", UNCALIBRATED), ("calibrated", fitted))
    }
    return {
        "temperature": fitted.temperature,
        "known_tasks": len(judged["raw"]),
        "error_raw": calibration_error(judged["raw"]) if judged["raw"] else None,
        "error_calibrated": calibration_error(judged["calibrated"]) if judged["raw"] else None,
        "curve": [
            {
                "confidence": fmean(confidence for confidence, _ in held),
                "accuracy": fmean(right for _, right in held),
                "tasks": len(held),
            }
            for held in _binned(judged["calibrated"])
            if held
        ],
    }


def confidences_of(standings: Iterable[StoredStanding]) -> list[dict[str, Any]]:
    """How many resolved labels are how sure: those that are known not among them."""
    held = _binned(
        (s.confidence, True) for s in standings if s.resolved_at is not None and not s.gold
    )
    return [
        {"from": at / BINS, "to": (at + 1) / BINS, "tasks": len(found)}
        for at, found in enumerate(held)
    ]


def confusion_of(pool: Counters) -> dict[str, Any]:
    """What was given (columns) where what was true (rows), in answers; the most frequent labels."""
    cells = {
        cell: units / keys.UNIT
        for name, units in pool.items()
        if units and name.startswith(keys.CELL) and (cell := keys.of_cell(name)) is not None
    }
    weights: dict[str, float] = defaultdict(float)
    for (true, given), answers in cells.items():
        weights[true] += answers
        weights[given] += answers
    kept = sorted(sorted(weights, key=lambda la: -weights[la])[:CONFUSED_LABELS_MAX])
    return {
        "labels": kept,
        "answers": [[cells.get((true, given), 0.0) for given in kept] for true in kept],
        "labels_left_out": len(weights) - len(kept),
    }


def contractors_of(accuracies: Mapping[str, Accuracy]) -> list[dict[str, Any]]:
    """By pseudonym: nobody is named."""
    return [
        {
            "contractor": pseudonym,
            "answers": found.answers,
            "gold_accuracy": _estimate(found.gold),
            "consensus_accuracy": _estimate(found.consensus),
        }
        for pseudonym, found in sorted(accuracies.items())
    ]


def reviewers_of(
    rulings: Iterable[StoredRuling],
    *,
    fits: Mapping[str, bool],
    records: Mapping[str, ReviewerRecord],
) -> list[dict[str, Any]]:
    """How the people who decided do, those with most decisions first; by their ids, not by names.

    `fits` says of answers whether they fit what stands now without the reviewer's word for it. An
    acceptance of one that fits, or a rejection of one that does not, agrees with that.
    """
    decided: dict[str, Counter[str]] = defaultdict(Counter)
    for stored in rulings:
        ruling = stored.ruling
        if ruling.reason is not Reason.REVIEWED or ruling.ruled_by == MACHINE:
            continue
        counts = decided[ruling.ruled_by]
        counts[ruling.state.value] += 1
        fit = fits.get(ruling.assignment_id)
        if fit is not None:
            counts["compared"] += 1
            counts["agreeing"] += fit == (ruling.state is RulingState.ACCEPTED)
    found = []
    for reviewer_id, counts in decided.items():
        record = records.get(reviewer_id, ReviewerRecord(reviewer_id=reviewer_id))
        found.append(
            {
                "reviewer": reviewer_id,
                "accepted": counts[RulingState.ACCEPTED.value],
                "rejected": counts[RulingState.REJECTED.value],
                "agreement": _estimate(estimate(counts["agreeing"], counts["compared"])),
                "appeals_dismissed": record.upheld,
                "appeals_upheld": record.overturned,
            }
        )
    return sorted(found, key=lambda one: (-one["accepted"] - one["rejected"], one["reviewer"]))


def latencies_of(
    answers: Mapping[str, StoredAnswer], rulings: Iterable[StoredRuling]
) -> dict[str, Any]:
    """Seconds from an answer to its only ruling so far."""
    seconds = sorted(
        (stored.ruling.ruled_at - submitted).total_seconds()
        for stored in rulings
        if stored.ruling.revision == 1 and stored.ruling.ruled_at is not None
        if (kept := answers.get(stored.ruling.assignment_id)) is not None
        if (submitted := kept.answer.submitted_at) is not None
    )
    return {
        "answers": len(seconds),
        **{f"p{share}_seconds": _quantile(seconds, share / 100) for share in (50, 90, 99)},
    }


def _judged(sample: Sample, used: Calibration) -> tuple[float, bool]:
    named, _ = calibrated(sample.posterior, sample.unsaid, sample.labels_count, used)
    label = max(named, key=lambda each: (named[each], each))
    return named[label], label == sample.gold


def _binned(judged: Iterable[tuple[float, bool]]) -> list[list[tuple[float, bool]]]:
    held: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, right in judged:
        held[min(int(confidence * BINS), BINS - 1)].append((confidence, right))
    return held


def _estimate(found: Estimate | None) -> dict[str, float] | None:
    if found is None:
        return None
    return {
        "value": found.value, "low": found.low, "high": found.high, "answers": found.weight,
    }  # fmt: skip


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else None
