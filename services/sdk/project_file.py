"""Project files: a project as YAML, every problem told with its line."""

from __future__ import annotations

import difflib
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .errors import CrewlineError
from .kinds import KINDS
from .money import parse_price

_FILE_BYTES_MAX = 1024 * 1024
# Fields of the file that have another name in the platform's contract.
RENAMED = {"quality": "quality_policy"}
_FROM_FILES = {"label_config_file": "label_config", "instructions_file": "instructions"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, and where; line 0 is the file as a whole."""

    file: str
    line: int
    path: str
    what: str

    def __str__(self) -> str:
        """As it is told to the user."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.path}: {self.what}" if self.path else f"{place}: {self.what}"


class ProjectFileInvalid(Exception):
    """The file is no project; `problems` are all that was found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFile:
    """A sound project file: what `projects.create` takes, and where each field stands."""

    path: Path
    arguments: dict[str, Any]
    lines: Mapping[str, int]

    def problem(self, path: str, what: str) -> Problem:
        """One that the platform found, at the place in the file that it is about."""
        line, known = 0, path
        while known and not line:
            line = self.lines.get(known, 0)
            known = known.rpartition(".")[0]
        return Problem(file=self.path.name, line=line, path=path, what=what)


def read_project_file(path: Path) -> ProjectFile:
    """Reads and checks; all that can be known without the platform.

    Errors:
        ProjectFileInvalid: with every problem that was found.
    """
    return _Reading(path).read()


class _Reading:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._problems: list[Problem] = []
        self._lines: dict[str, int] = {}

    def read(self) -> ProjectFile:
        said = self._parsed()
        arguments: dict[str, Any] = {}
        for name, value in said.items():
            check = _CHECKS.get(name)
            if check is None:
                self._refuse(name, _unknown(name, _CHECKS))
            elif value is not None:
                self._take(name, value, check, arguments)
        self._check_whole(arguments, said)
        if self._problems:
            raise ProjectFileInvalid(sorted(self._problems, key=lambda problem: problem.line))
        return ProjectFile(path=self._path, arguments=arguments, lines=self._lines)

    def _take(
        self, name: str, value: Any, check: Callable[[Any], Any], arguments: dict[str, Any]
    ) -> None:
        target = _FROM_FILES.get(name, RENAMED.get(name, name))
        if target in arguments:
            self._refuse(name, f"is said twice: {target} is there already")
            return
        try:
            taken = check(value)
            if name in _FROM_FILES:
                taken = self._beside(name, taken)
        except _Wrong as err:
            self._refuse(f"{name}.{err.path}" if err.path else name, err.what)
            return
        if target != name:
            for known in [path for path in self._lines if f"{path}.".startswith(f"{name}.")]:
                self._lines[target + known.removeprefix(name)] = self._lines[known]
        arguments[target] = taken

    def _parsed(self) -> dict[str, Any]:
        try:
            with self._path.open("rb") as file:
                text = file.read(_FILE_BYTES_MAX + 1)
            if len(text) > _FILE_BYTES_MAX:
                raise self._fatal(0, f"is longer than {_FILE_BYTES_MAX:,} bytes")
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            said = yaml.safe_load(text)
        except OSError as err:
            raise self._fatal(0, f"cannot be read: {err.strerror}") from err
        except yaml.YAMLError as err:
            mark = getattr(err, "problem_mark", None)
            what = getattr(err, "problem", None) or str(err)
            raise self._fatal(mark.line + 1 if mark else 0, f"is no YAML: {what}") from err
        if not isinstance(said, dict):
            raise self._fatal(0, "is no project: fields such as name: and pay: are expected")
        for path, line in _note_lines(node, "", self._lines):
            what = f"is said twice: first in line {self._lines[path]}"
            self._problems.append(Problem(file=self._path.name, line=line, path=path, what=what))
        wrong = [name for name in said if not isinstance(name, str)]
        if wrong:
            raise self._fatal(0, f"{wrong[0]!r} is no name of a field")
        return said

    def _beside(self, name: str, file: str) -> str:
        path = self._path.parent / file
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as err:
            what = err.strerror if isinstance(err, OSError) else "is not UTF-8"
            raise _Wrong("", f"{name} {path}: {what}") from err

    def _check_whole(self, arguments: Mapping[str, Any], said: Mapping[str, Any]) -> None:
        given = {_FROM_FILES.get(name, RENAMED.get(name, name)) for name in said}
        for name in ("name", "instructions", "pay"):
            if name not in given or (said.get(name, "") is None):
                self._refuse(name, "is missing")
        if "kind" not in given and "label_config" not in given:
            self._refuse("kind", "is missing: say the kind, or a label_config that tells it")
        overlap, overlap_max = arguments.get("overlap", 0), arguments.get("overlap_max", 0)
        if overlap_max and overlap_max < overlap:
            self._refuse("overlap_max", f"is below overlap, which is {overlap}")
        config = arguments.get("label_config")
        if config is not None:
            problem = _xml_problem(config)
            if problem:
                place = "label_config" if "label_config" in said else "label_config_file"
                self._refuse(place, problem)

    def _refuse(self, path: str, what: str) -> None:
        line = self._lines.get(path) or self._lines.get(path.partition(".")[0], 0)
        self._problems.append(Problem(file=self._path.name, line=line, path=path, what=what))

    def _fatal(self, line: int, what: str) -> ProjectFileInvalid:
        return ProjectFileInvalid([Problem(file=self._path.name, line=line, path="", what=what)])


class _Wrong(Exception):
    def __init__(self, path: str, what: str) -> None:
        super().__init__(what)
        self.path = path
        self.what = what


def _note_lines(node: Any, path: str, lines: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Notes where everything stands; what stands there a second time comes back."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{path}.{key.value}" if path else str(key.value)
            line = key.start_mark.line + 1
            if name in lines:
                yield name, line
                continue
            lines[name] = line
            yield from _note_lines(value, name, lines)
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            lines[f"{path}[{i}]"] = value.start_mark.line + 1


def _unknown(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"is no field of a project{f'; is it {near[0]}?' if near else ''}"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Wrong("", f"is text, not {value!r}")
    if not value.strip():
        raise _Wrong("", "is empty")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _Wrong("", f"is a whole number from 0, not {value!r}")
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _Wrong("", f"is a number, not {value!r}")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("", f"is true or false, not {value!r}")
    return value


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise _Wrong("", f"is a list, not {value!r}")
    for i, one in enumerate(value):
        if not isinstance(one, str):
            # YAML reads no as false and NO, for Norway, too.
            raise _Wrong("", f"number {i + 1} of the list is {one!r}, not text: put it in quotes")
    return list(value)


def _clauses(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _Wrong("", f"has a clause of the instructions for each reason, and is not {value!r}")
    for reason, clause in value.items():
        if not isinstance(reason, str) or not isinstance(clause, str) or not clause.strip():
            raise _Wrong(str(reason), f"is text, not {clause!r}")
    return dict(value)


def _kind(value: Any) -> str:
    if value not in KINDS:
        raise _Wrong("", f"is one of {', '.join(KINDS)}, not {value!r}")
    return f"WORK_KIND_{str(value).upper()}"


def _money(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return _fields(value, {"amount_minor": _whole, "fraction": _whole, "currency": _text})
    if not isinstance(value, str):
        raise _Wrong("", f"is an amount with its currency, as 0.05 USD, not {value!r}")
    try:
        return dict(parse_price(value))
    except CrewlineError as err:
        raise _Wrong("", err.detail) from err


def _fields(value: Any, checks: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong("", f"has fields ({', '.join(checks)}), and is not {value!r}")
    taken: dict[str, Any] = {}
    for name, one in value.items():
        check = checks.get(name)
        if check is None:
            near = difflib.get_close_matches(str(name), checks, n=1)
            hint = f"; is it {near[0]}?" if near else f": {', '.join(checks)} are known"
            raise _Wrong(str(name), f"is no field{hint}")
        if one is None:
            continue
        try:
            taken[name] = check(one)
        except _Wrong as err:
            raise _Wrong(str(name), err.what) from err
    return taken


_ELIGIBILITY = {
    "countries": _texts,
    "languages": _texts,
    "skills": _texts,
    "vendor_ids": _texts,
    "exclude_direct": _flag,
    "regions": _texts,
}
_QUALITY = {
    "reject_below": _number,
    "review_share": _number,
    "review_disputed": _flag,
    "adjudicate": _flag,
    "error_cost_answers": _number,
    "decision_hours": _whole,
    "clauses": _clauses,
    "gold_share_max": _number,
    "gold_answers_max": _whole,
    "tolerance": _number,
}
_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": _text,
    "kind": _kind,
    "instructions": _text,
    "instructions_file": _text,
    "label_config": _text,
    "label_config_file": _text,
    "labels": _texts,
    "pay": _money,
    "commission_bps_max": _whole,
    "overlap": _whole,
    "overlap_max": _whole,
    "lease_seconds": _whole,
    "expected_seconds": _number,
    "eligibility": lambda value: _fields(value, _ELIGIBILITY),
    "quality": lambda value: _fields(value, _QUALITY),
}


def _xml_problem(config: str) -> str:
    if "<!DOCTYPE" in config or "<!ENTITY" in config:
        return "has a document type, which label configs do not have"
    try:
        ET.fromstring(config)  # noqa: S314 (without a document type there is nothing to expand)
    except ET.ParseError as err:
        line, column = err.position
        return f"is no XML: {err.msg.partition(':')[0]} (its line {line}, column {column + 1})"
    return ""
