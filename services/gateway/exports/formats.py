"""The formats: each makes bytes of results, some at a time, and holds nothing of what is written.

| name         | what reads it                                                        |
|--------------|----------------------------------------------------------------------|
| jsonl        | anything: one result a line, with its answers and its data           |
| csv          | crowd-kit: `task,worker,label`, one answer a line                    |
| parquet      | pandas, datasets, DuckDB: one answer a row                           |
| label_studio | Label Studio: tasks with annotations, the consensus as a prediction  |
| trl          | TRL: `prompt, chosen, rejected`, one compared pair a line            |
| sft          | TRL and others: `messages`, one conversation a line                  |
"""

from __future__ import annotations

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Protocol
from zlib import crc32

import orjson

from crewline.broker.v1 import types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from services.gateway.exports.parquet import ParquetFormat
from services.gateway.exports.subjects import (
    ExportUnsupported,
    Subject,
    data_of,
    json_or_none,
)

_STATE = types_pb2.AssignmentState.Name
_PREFIX = "ASSIGNMENT_STATE_"


class Format(Protocol):
    """One file on its way out."""

    media_type: str
    extension: str
    needs_data: bool

    def begin(self) -> bytes:
        """What stands before the first result."""

    def some(self, results: Sequence[types_pb2.Result]) -> bytes:
        """These results; they come in the order of their tasks' ids."""

    def end(self) -> bytes:
        """What stands after the last."""


class _Lines(ABC):
    media_type = "application/x-ndjson"
    extension = "jsonl"
    needs_data = True

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def begin(self) -> bytes:
        return b""

    def some(self, results: Sequence[types_pb2.Result]) -> bytes:
        rows = (row for result in results for row in self._rows(result))
        return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)

    def end(self) -> bytes:
        return b""

    @abstractmethod
    def _rows(self, result: types_pb2.Result) -> Iterator[Mapping[str, object]]:
        """What becomes of one result."""


class JsonLines(_Lines):
    """All there is of each result."""

    def _rows(self, result: types_pb2.Result) -> Iterator[Mapping[str, object]]:
        yield {
            "task_id": result.task_id,
            "external_id": result.external_id,
            "label": result.label,
            "confidence": result.confidence,
            "is_gold": result.is_gold,
            "resolve_time": result.resolve_time.ToJsonString(),
            "answers": [
                {
                    "assignment_id": answer.assignment_id,
                    "worker": answer.contractor_pseudonym,
                    "value": answer.value,
                    "result": json_or_none(answer.result_json),
                    "state": _STATE(answer.state).removeprefix(_PREFIX),
                    "decision_reason": answer.decision_reason,
                    "active_seconds": answer.active_seconds,
                    "submit_time": answer.submit_time.ToJsonString(),
                }
                for answer in self._subject.answers(result)
            ],
            "data": data_of(result),
        }


class Preferences(_Lines):
    """Pairs of which one was preferred; where neither was, there is nothing to learn from."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        _need_kind(subject, "trl", common_pb2.WORK_KIND_PAIRWISE)
        if len(subject.project.labels) < 2:
            raise ExportUnsupported("the project does not say which label is which side")
        self._prompt = subject.prompt
        self._sides = dict(zip(subject.project.labels[:2], subject.sides, strict=True))

    def _rows(self, result: types_pb2.Result) -> Iterator[Mapping[str, object]]:
        if result.label not in self._sides:
            return
        data = data_of(result)
        chosen = self._sides[result.label]
        (rejected,) = (side for side in self._sides.values() if side != chosen)
        yield {
            "prompt": data.get(self._prompt),
            "chosen": data.get(chosen),
            "rejected": data.get(rejected),
        }


class Conversations(_Lines):
    """What was asked and what was written."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        _need_kind(subject, "sft", common_pb2.WORK_KIND_TEXT)
        self._prompt = subject.prompt

    def _rows(self, result: types_pb2.Result) -> Iterator[Mapping[str, object]]:
        yield {
            "messages": [
                {"role": "user", "content": str(data_of(result).get(self._prompt, ""))},
                {"role": "assistant", "content": result.label},
            ]
        }


class CrowdKitCsv:
    """One answer a line."""

    media_type = "text/csv; charset=utf-8"
    extension = "csv"
    needs_data = False

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def begin(self) -> bytes:
        return b"task,worker,label\r\n"

    def some(self, results: Sequence[types_pb2.Result]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(
            (result.external_id, answer.contractor_pseudonym, answer.value)
            for result in results
            for answer in self._subject.answers(result)
        )
        return text.getvalue().encode()

    def end(self) -> bytes:
        return b""


class LabelStudio:
    """A JSON array of tasks, as Label Studio exports and imports them."""

    media_type = "application/json"
    extension = "json"
    needs_data = True

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._written = 0

    def begin(self) -> bytes:
        return b"["

    def some(self, results: Sequence[types_pb2.Result]) -> bytes:
        parts = []
        for result in results:
            self._written += 1
            parts.append(b",\n" if self._written > 1 else b"\n")
            parts.append(orjson.dumps(self._task(result)))
        return b"".join(parts)

    def end(self) -> bytes:
        return b"\n]\n"

    def _task(self, result: types_pb2.Result) -> dict[str, object]:
        annotations = [
            {
                "id": crc32(answer.assignment_id.encode()),
                "completed_by": {
                    "id": crc32(answer.contractor_pseudonym.encode()),
                    "email": answer.contractor_pseudonym,
                },
                "result": _regions(answer.result_json),
                "was_cancelled": False,
                "ground_truth": False,
                "lead_time": answer.active_seconds,
                "created_at": answer.submit_time.ToJsonString(),
            }
            for answer in self._subject.answers(result)
        ]
        # Of what was drawn, the consensus may be nobody's answer.
        same = (a.result_json for a in result.answers if a.value == result.label)
        consensus = next(same, "") or result.label_result_json
        predictions = []
        if consensus:
            predictions.append(
                {
                    "model_version": "crewline consensus",
                    "score": result.confidence,
                    "result": _regions(consensus),
                }
            )
        return {
            "id": self._written,
            "data": data_of(result),
            "meta": {"task_id": result.task_id, "external_id": result.external_id},
            "annotations": annotations,
            "predictions": predictions,
        }


def _regions(result_json: str) -> list[dict[str, object]]:
    return [
        {"id": f"{place}", **region} for place, region in enumerate(json_or_none(result_json) or ())
    ]


def _need_kind(subject: Subject, name: str, kind: common_pb2.WorkKind.ValueType) -> None:
    if subject.project.kind != kind:
        found = common_pb2.WorkKind.Name(subject.project.kind)
        raise ExportUnsupported(
            f"{name} has a place for {common_pb2.WorkKind.Name(kind)} alone; this is {found}",
            field="format",
            kind=found,
        )


FORMATS: Final[Mapping[str, Callable[[Subject], Format]]] = {
    "jsonl": JsonLines,
    "csv": CrowdKitCsv,
    "parquet": ParquetFormat,
    "label_studio": LabelStudio,
    "trl": Preferences,
    "sft": Conversations,
}
