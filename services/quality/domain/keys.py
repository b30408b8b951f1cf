"""Names of counters: any label survives in them, and any document store takes them as fields.

A name has a two-character family (`c:` cell, `p:` class, `g:` given, `a:` two answers to one task),
so it is never empty and never starts with a dollar; inside a label, the characters that a store or
the cell's own bar would read otherwise are percent-encoded.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import unquote

UNIT = 1_000_000
"""One answer's credit in integer units.

Credits are integers because integers add up exactly and in any order: what was added can be taken
back to the last digit, and increments from several writers commute. Floats do neither.
"""

CELL, CLASS, GIVEN, PAIR = "c:", "p:", "g:", "a:"
HIT, MISS = f"{CELL}=", f"{CELL}!"
ANSWERS, GOLD_RIGHT, GOLD_TOTAL = "answers", "gold_right", "gold_total"

_RESERVED = {ord(char): f"%{ord(char):02X}" for char in "%.$|\0"}
_EMPTY = "%"


@lru_cache(maxsize=65_536)
def encode(label: str) -> str:
    """The label as a field name, never empty; `decode` gives the label back."""
    return label.translate(_RESERVED) or _EMPTY


@lru_cache(maxsize=65_536)
def decode(name: str) -> str:
    return "" if name == _EMPTY else unquote(name, errors="strict")


def cell(*, true: str, given: str) -> str:
    """Counts the answers that said `given` where the truth was `true`."""
    return f"{CELL}{encode(true)}|{encode(given)}"


@lru_cache(maxsize=65_536)
def of_cell(name: str) -> tuple[str, str] | None:
    """The truth and the given label of a cell; None for every other counter, also HIT and MISS."""
    true, bar, given = name[len(CELL) :].partition("|")
    if not bar or not name.startswith(CELL):
        return None
    return decode(true), decode(given)


def pair(one: str, other: str) -> str:
    """Counts how often answers to the same task said `one` and `other`, in whichever order."""
    first, second = sorted((one, other))
    return f"{PAIR}{encode(first)}|{encode(second)}"


@lru_cache(maxsize=65_536)
def of_pair(name: str) -> tuple[str, str] | None:
    """The two labels of a pair; None for every other counter."""
    first, bar, second = name[len(PAIR) :].partition("|")
    if not bar or not name.startswith(PAIR):
        return None
    return decode(first), decode(second)


def of_class(label: str) -> str:
    """Counts the tasks whose truth was `label`."""
    return CLASS + encode(label)


def of_given(label: str) -> str:
    """Counts the answers that said `label`."""
    return GIVEN + encode(label)


def label_of(name: str) -> str:
    """The label of a class or given counter."""
    return decode(name[len(CLASS) :])
