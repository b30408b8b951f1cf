"""Parts of a file as players ask for them."""

from __future__ import annotations

import pytest

from services.gateway.media.ranges import RangeNotSatisfiable, Span, requested_span


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("", None),
        ("bytes=0-", Span(0, 100)),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=10-19", Span(10, 20)),
        ("bytes=90-200", Span(90, 100)),
        ("bytes=99-", Span(99, 100)),
        ("bytes=-1", Span(99, 100)),
        ("bytes=-500", Span(0, 100)),
        # Not understood, or more than one: all of it is a right answer too.
        ("bytes=5-2", None),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=" + "9" * 30 + "-", None),
    ],
)
def test_span(header: str, span: Span | None) -> None:
    assert requested_span(header, size_bytes=100) == span


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_nothing_of_the_file(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        requested_span(header, size_bytes=100)
