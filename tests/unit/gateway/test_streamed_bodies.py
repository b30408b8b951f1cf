"""Lines of any length in pieces of any length, and answers that wait on disk."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.rest.elements import split_lines
from services.gateway.rest.spool import AnswerTooLong, Spool


async def pieces(body: bytes, cuts: list[int]) -> AsyncIterator[bytes]:
    edges = sorted({min(cut, len(body)) for cut in cuts} | {0, len(body)})
    for start, end in itertools.pairwise(edges):
        yield body[start:end]


async def split(body: bytes, cuts: list[int], *, bytes_max: int) -> list[tuple[int, bytes | None]]:
    return [line async for line in split_lines(pieces(body, cuts), bytes_max=bytes_max)]


@given(
    st.lists(st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b".")), max_size=12),
    st.lists(st.integers(0, 160), max_size=12),
    st.booleans(),
)
def test_lines_are_the_same_however_they_come(
    lines: list[bytes], cuts: list[int], ends: bool
) -> None:
    body = b"\n".join(lines) + (b"\n" if ends else b"")
    found = asyncio.run(split(body, cuts, bytes_max=8))
    expected = [
        (number, raw if len(raw) <= 8 else None)
        for number, raw in enumerate(lines, start=1)
        if len(raw) > 8 or raw.strip()
    ]
    assert found == expected


async def test_what_was_written_is_read_in_order_from_memory_and_disk() -> None:
    spool = Spool()
    written = [bytes([number % 251]) * 50_000 for number in range(60)]
    read = bytearray()

    async def fetch() -> None:
        while data := await spool.read():
            read.extend(data)

    fetching = asyncio.create_task(fetch())
    for number, data in enumerate(written):
        spool.write(data)
        if number % 7 == 0:
            await asyncio.sleep(0)  # the reader has a turn now and then
    spool.end()
    await asyncio.wait_for(fetching, 10)
    assert bytes(read) == b"".join(written)
    spool.close()


async def test_the_reader_meets_the_error_after_the_bytes() -> None:
    with contextlib.closing(Spool()) as spool:
        spool.write(b"one")
        spool.end(RuntimeError("broken"))
        assert await spool.read() == b"one"
        with pytest.raises(RuntimeError, match="broken"):
            await spool.read()


def test_more_than_is_kept_is_refused() -> None:
    with contextlib.closing(Spool(bytes_max=10)) as spool:
        spool.write(b"0123456789")
        with pytest.raises(AnswerTooLong):
            spool.write(b"0")


def test_a_full_disk_is_a_refusal_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.closing(Spool()) as spool:

        def full(data: bytes) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(spool._file, "write", full)
        with pytest.raises(AnswerTooLong):
            spool.write(b"x")
