"""CSV in pieces is CSV: whatever is cut where, the records are those of the standard reader."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.gateway.rest.rows import RowProblem
from services.gateway.uploads.csv_rows import read_csv
from services.gateway.uploads.records import RECORD_LINES_MAX, delimiter_of, split_records

CELL = st.text(alphabet=st.sampled_from('ab,"\n; é'), max_size=6)
# Cells as hand-made files have them: quotes inside, none around.
BARE = st.text(alphabet=st.sampled_from('ab"'), max_size=4).filter(lambda c: not c.startswith('"'))


async def _pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def _read(content: bytes, size: int = 4) -> list[tuple[int, object]]:
    return [
        (line, row.reason if isinstance(row, RowProblem) else tuple(row.values()))
        async for line, row in read_csv(_pieces(content, size))
    ]


@given(
    st.lists(st.tuples(CELL, CELL).filter(lambda row: "".join(row).strip()), max_size=6),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(min_value=1, max_value=9),
)
async def test_records_survive_any_cut(
    rows: list[tuple[str, str]], quoting: int, terminator: str, size: int
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=terminator, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([("one", "two"), *rows])
    read = [row async for _, row in read_csv(_pieces(text.getvalue().encode(), size))]
    assert read == [{"one": one, "two": two} for one, two in rows]


@given(
    st.lists(st.tuples(BARE, BARE).filter(any), min_size=1, max_size=6),
    st.integers(min_value=1, max_value=9),
)
@example([('5"', "x"), ('6"', "y")], 3)
async def test_a_quote_inside_a_cell_is_a_letter(rows: list[tuple[str, str]], size: int) -> None:
    content = "one,two\n" + "".join(f"{one},{two}\n" for one, two in rows)
    expected = list(csv.reader(io.StringIO(content)))[1:]
    assert [list(row) for row in rows] == expected
    assert await _read(content.encode(), size) == [
        (place, row) for place, row in enumerate(rows, start=2)
    ]


async def test_lines_are_counted_as_an_editor_counts_them() -> None:
    content = b'a,b\n\n"1\n\n",2\n3,4\n"5\n",6\n7,8'
    found = [line async for line, _ in split_records(_pieces(content, 4))]
    assert found == [1, 3, 6, 7, 9]


@pytest.mark.parametrize("size", [1, 5, 10_000])
async def test_a_cell_that_nobody_closes_costs_its_own_line_alone(size: int) -> None:
    content = b'a,b\n1,2\n"3,4\n' + b"5,6\n" * 30 + b"7,\xff\n8,9"
    found = await _read(content, size)
    assert found[0] == (2, ("1", "2"))
    assert found[1] == (3, "CSV_MALFORMED")
    assert found[2:-2] == [(line, ("5", "6")) for line in range(4, 34)]
    assert found[-2:] == [(34, "NOT_UTF8"), (35, ("8", "9"))]


async def test_so_it_is_in_the_middle_of_a_long_file() -> None:
    rows = RECORD_LINES_MAX * 2 + 500
    content = b'a,b\n"1,2\n' + b"5,6\n" * rows
    found = await _read(content, 65536)
    assert found[0] == (2, "CSV_MALFORMED")
    assert found[1:] == [(line, ("5", "6")) for line in range(3, rows + 3)]


async def test_a_file_of_nothing_but_open_quotes_is_read_in_bounded_time() -> None:
    # Each line opens a cell, and closes and opens one where one is open already.
    content = b'a,b\n1,2\n"x\n' + b'x","a\n' * (RECORD_LINES_MAX * 25)
    found = await _read(content, 65536)
    assert found[0] == (2, ("1", "2"))
    assert {reason for _, reason in found[1:]} == {"CSV_MALFORMED"}
    assert len(found) < 100


async def test_a_record_that_is_too_long_is_told_and_not_kept() -> None:
    content = b"a\n" + b"x" * 50 + b'\n1\n"' + b"y\n" * 8 + b'"\n2\n"' + b"z" * 50 + b'"\n3\n'
    found = [row async for row in split_records(_pieces(content, 7), bytes_max=20)]
    told = [(line, row.reason if isinstance(row, RowProblem) else row) for line, row in found]
    assert told == [
        (1, b"a\n"),
        (2, "LINE_TOO_LONG"),
        (3, b"1\n"),
        (4, b'"' + b"y\n" * 8 + b'"\n'),
        (13, b"2\n"),
        (14, "LINE_TOO_LONG"),
        (15, b"3\n"),
    ]


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [(b"a,b", b","), (b"a;b", b";"), (b"a\tb", b"\t"), (b'"a,b,c";d', b";"), (b"one", b",")],
)
def test_the_header_says_what_stands_between_cells(header: bytes, delimiter: bytes) -> None:
    assert delimiter_of(header) == delimiter


async def test_a_file_without_a_header_has_one_problem() -> None:
    for content in (b",b\n1,2\n", b"a,a\n1,2\n", b"\xff,b\n1,2\n"):
        [(line, problem)] = [row async for row in read_csv(_pieces(content, 5))]
        assert line == 1
        assert isinstance(problem, RowProblem)


async def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    content = b'\xef\xbb\xbf"a",b\n1,2\n'
    for size in (1, 2, 50):
        read = [row async for _, row in read_csv(_pieces(content, size))]
        assert read == [{"a": "1", "b": "2"}]
