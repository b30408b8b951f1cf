"""A quality report as its page shows it: rows and charts, out of the JSON that quality keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CONFUSED_SHOWN_MAX = 15
CONTRACTORS_SHOWN_MAX = 100
_SHADES = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """How many answers are in a state for one reason; `share` of all that were ruled on."""

    state: str
    """ACCEPTED, REJECTED, IN_REVIEW."""
    reason: str
    answers: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusedRow:
    """What was given where one label was true; `shade` from 0 to 9 is its share of the row."""

    true: str
    cells: Sequence[tuple[float, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """See the fields of the report in services/quality/README.md."""

    report: Mapping[str, Any]

    @property
    def counts(self) -> Mapping[str, int]:
        found: Mapping[str, int] = self.report["counts"]
        return found

    @property
    def reasons(self) -> list[Reason]:
        """The most frequent first."""
        decisions = self.report["decisions"]
        total = max(1, decisions["answers"])
        found = [
            Reason(
                state=state.upper(), reason=reason.upper(), answers=answers, share=answers / total
            )
            for state, reasons in decisions["by_reason"].items()
            for reason, answers in reasons.items()
        ]
        return sorted(found, key=lambda one: (-one.answers, one.state, one.reason))

    @property
    def decisions_chart(self) -> dict[str, Any]:
        """Shares of accepted, in review and rejected answers, in percent."""
        shares = self.report["decisions"]["shares"]
        return {
            "values": [
                round(100 * shares.get(name, 0.0), 1)
                for name in ("accepted", "in_review", "rejected")
            ]
        }

    @property
    def calibration_chart(self) -> dict[str, Any]:
        """How right labels were, in percent, by how sure they were; beside what it should be."""
        curve = self.report["calibration"]["curve"]
        sure = [round(100 * point["confidence"]) for point in curve]
        return {
            "labels": [f"{value} %" for value in sure],
            "values": [[round(100 * point["accuracy"], 1) for point in curve], sure],
        }

    @property
    def confidence_chart(self) -> dict[str, Any]:
        """Resolved tasks by how sure their label is, in ten bins."""
        return {"values": [found["tasks"] for found in self.report["labels_by_confidence"]]}

    @property
    def confidence_labels(self) -> list[str]:
        """The bins of `confidence_chart`."""
        return [
            f"{round(100 * found['from'])}–{round(100 * found['to'])} %"
            for found in self.report["labels_by_confidence"]
        ]

    @property
    def confused_labels(self) -> list[str]:
        """What could be given: columns."""
        return list(self.report["confusion"]["labels"])[:CONFUSED_SHOWN_MAX]

    @property
    def labels_left_out(self) -> int:
        """Labels that are too rare for the page."""
        confusion = self.report["confusion"]
        beyond = max(0, len(confusion["labels"]) - CONFUSED_SHOWN_MAX)
        return int(confusion["labels_left_out"]) + beyond

    @property
    def confusion(self) -> list[ConfusedRow]:
        """One row a true label."""
        rows = []
        answers = self.report["confusion"]["answers"]
        shown = len(self.confused_labels)
        for true, row in zip(self.confused_labels, answers, strict=False):
            cells = row[:shown]
            total = sum(cells) or 1.0
            shaded = [(cell, min(_SHADES, round(_SHADES * cell / total))) for cell in cells]
            rows.append(ConfusedRow(true=true, cells=shaded))
        return rows

    @property
    def contractors(self) -> list[Mapping[str, Any]]:
        """Those with most answers first."""
        found = sorted(self.report["contractors"], key=lambda one: -one["answers"])
        return found[:CONTRACTORS_SHOWN_MAX]

    @property
    def contractors_left_out(self) -> int:
        return max(0, len(self.report["contractors"]) - CONTRACTORS_SHOWN_MAX)

    @property
    def saved_share(self) -> float | None:
        """Of the answers that tasks might have had, those that were not needed."""
        saved, scored = self.report["answers_saved"], self.counts.get("scored", 0)
        return saved / (saved + scored) if saved else None
