"""What is wrong, where, and by which rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PROBLEMS_MAX = 20
"""More than anybody mends at once; the rest shows when these are mended."""

_SHOWN_MAX = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    `path` leads to it: `View/Choices[@name="bird"]/Choice[2]` in a config, `data.image` in a
    task's data, `result[2].value.choices[0]` in an answer. `rule` is stable and lower case.
    """

    path: str
    rule: str
    message: str


class Problems:
    """Collects problems up to the bound."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(self, path: str, rule: str, message: str) -> None:
        if len(self._found) < PROBLEMS_MAX:
            self._found.append(Problem(path, rule, message))

    def __bool__(self) -> bool:
        return bool(self._found)

    @property
    def full(self) -> bool:
        """Nothing more is kept: there is no use in looking on."""
        return len(self._found) >= PROBLEMS_MAX

    def all(self) -> list[Problem]:
        return list(self._found)


def shown(value: object) -> str:
    """A value as a message may show it: quoted, and short; of what is nested, only what it is."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    written = str(value)
    cut = written if len(written) <= _SHOWN_MAX else written[:_SHOWN_MAX] + "…"
    return f'"{cut}"'


def told(problems: Sequence[Problem]) -> str:
    """The first of them in a line, and how many there are more."""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{problems[0].path}: {problems[0].message}{more}"


def facts(problems: Sequence[Problem], *, field: str) -> dict[str, object]:
    """What an error says of them beside its message."""
    return {"field": field, "rule": problems[0].rule, "problems": len(problems)}
