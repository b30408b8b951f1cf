"""What the commands print: tables for people, JSON for programs, errors in a few lines."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

_WIDTH_WITHOUT_TERMINAL = 200
Column = tuple[str, Callable[[Any], object]]


def _width(*, is_terminal: bool) -> int | None:
    """A terminal's own; what goes into a file or a pipe is not to be cut for a narrow one."""
    return None if is_terminal or os.environ.get("COLUMNS") else _WIDTH_WITHOUT_TERMINAL


def out() -> Console:
    """For results."""
    return Console(highlight=False, width=_width(is_terminal=sys.stdout.isatty()))


def err() -> Console:
    """For everything that is no result."""
    return Console(
        stderr=True, highlight=False, soft_wrap=True, width=_width(is_terminal=sys.stderr.isatty())
    )


def clean(value: object) -> str:
    """Text that a terminal only shows: what others wrote must not move its cursor."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        letter if letter in "\n\t" or unicodedata.category(letter)[0] != "C" else "�"
        for letter in text
    )


def say(text: str) -> None:
    """A sentence for people, beside the results."""
    err().print(Text(clean(text)))


def print_json(value: object) -> None:
    """For programs: one JSON value on stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_json_line(value: object) -> None:
    """For programs that read along: one JSON value a line."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def print_table(rows: Iterable[Any], columns: Sequence[Column], *, empty: str) -> None:
    """One row an item; `empty` is said where there is none."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, _ in columns:
        table.add_column(heading, overflow="fold", justify="left")
    for row in rows:
        table.add_row(*(Text(clean(read(row))) for _, read in columns))
    if not table.row_count:
        say(empty)
        return
    out().print(table)


def print_list(
    found: Sequence[Any], columns: Sequence[Column], *, empty: str, as_json: bool
) -> None:
    """What a list command found: a table for people, or all of it as JSON for programs."""
    if as_json:
        print_json(found)
    else:
        print_table(found, columns, empty=empty)


def print_facts(facts: Mapping[str, object]) -> None:
    """One line a fact; those without a value are left out."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value not in ("", None):
            table.add_row(name, Text(clean(value)))
    out().print(table)


def short(state: str) -> str:
    """An enum's value without its prefix: PROJECT_STATE_LIVE is LIVE."""
    for word in ("_STATE_", "_KIND_", "_METHOD_", "_OUTCOME_", "_VERDICT_", "_SCOPE_", "_HURDLE_"):
        if word in state:
            return state.partition(word)[2]
    for prefix in ("ROLE_", "ENGAGEMENT_", "DECISION_"):
        if state.startswith(prefix):
            return state.removeprefix(prefix)
    return state


def in_words(state: str) -> str:
    """The same as people write it: FLOOR_VERDICT_NO_FLOOR is no floor."""
    return short(state).lower().replace("_", " ")


def when(moment: str | None) -> str:
    """A time to the second, in UTC as the platform says it."""
    return (moment or "")[:19].replace("T", " ")


def progress_bar(*, quiet: bool) -> Progress:
    """On stderr, where somebody watches."""
    console = err()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=quiet or not console.is_terminal,
        transient=False,
    )
