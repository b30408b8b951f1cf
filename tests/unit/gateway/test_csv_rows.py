"""CSV in pieces is CSV: whatever is cut where, the records are those of the standard reader."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.rest.rows import RowProblem
from services.gateway.uploads.csv_rows import read_csv, split_records

CELL = st.text(alphabet=st.sampled_from('ab,"\n; é'), max_size=6)


async def _pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


@given(
    st.lists(st.tuples(CELL, CELL).filter(lambda row: "".join(row).strip()), max_size=6),
    st.integers(min_value=1, max_value=9),
)
async def test_records_survive_any_cut(rows: list[tuple[str, str]], size: int) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([("one", "two"), *rows])
    read = [row async for _, row in read_csv(_pieces(text.getvalue().encode(), size))]
    assert read == [{"one": one, "two": two} for one, two in rows]


async def test_lines_are_counted_as_an_editor_counts_them() -> None:
    content = b'a,b\n\n"1\n\n",2\n3,4\n"5,6\n'
    found = [line async for line, _ in split_records(_pieces(content, 4))]
    assert found == [1, 3, 6, 7]


async def test_a_record_without_end_is_told_and_not_kept() -> None:
    content = b"a\n" + b"x" * 50 + b"\n1\n" + b'"' + b"y" * 50
    found = [row async for row in split_records(_pieces(content, 7), bytes_max=20)]
    assert found == [(1, b"a\n"), (2, None), (3, b"1\n"), (4, None)]


async def test_a_file_without_a_header_has_one_problem() -> None:
    for content in (b",b\n1,2\n", b"a,a\n1,2\n", b"\xff,b\n1,2\n"):
        [(line, problem)] = [row async for row in read_csv(_pieces(content, 5))]
        assert line == 1
        assert isinstance(problem, RowProblem)
