"""Row groups of exported Parquet are bounded in rows and in bytes, and go out as they are full."""

from __future__ import annotations

import io

import pyarrow.parquet as pq

from crewline.broker.v1 import types_pb2
from services.gateway.exports.parquet import ParquetFormat
from services.gateway.exports.subjects import Subject


def _result(name: str, *, answers: int, data_bytes: int) -> types_pb2.Result:
    return types_pb2.Result(
        task_id=name,
        external_id=name,
        label="yes",
        data_json='{"x":"' + "x" * data_bytes + '"}',
        answers=[types_pb2.ResultAnswer(assignment_id=f"{name}.{n}") for n in range(answers)],
    )


def _groups(results: list[types_pb2.Result]) -> list[int]:
    form = ParquetFormat(Subject(project=types_pb2.Project(), shown_fields=()))
    pieces = [form.begin(), *(form.some([result]) for result in results), form.end()]
    read = pq.ParquetFile(io.BytesIO(b"".join(pieces)))
    assert read.metadata.num_rows == sum(len(result.answers) for result in results)
    return [read.metadata.row_group(n).num_rows for n in range(read.num_row_groups)]


def test_many_small_answers_make_groups_of_ten_thousand() -> None:
    results = [_result(f"t{n}", answers=5, data_bytes=10) for n in range(5_000)]
    assert _groups(results) == [10_000, 10_000, 5_000]


def test_large_tasks_make_short_groups_even_within_one_result() -> None:
    # A thousand answers to one task of 64 kB would be 64 MB of text in one group.
    groups = _groups([_result("t", answers=1_000, data_bytes=64_000)])
    assert sum(groups) == 1_000
    assert max(groups) * 64_000 <= 17_000_000


def test_no_results_are_a_table_without_rows() -> None:
    assert _groups([]) == []
