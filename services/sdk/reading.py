"""A stream of items that goes on where it was when the connection was lost. Sans-IO."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from .answers import Reply
from .lines import LineReader
from .plans import NDJSON, Attempts, Lost, Planner
from .routes import Call

T = TypeVar("T")

_PROBLEM = "problem"


class Reading(Generic[T]):
    """Items in the order of their key; after a loss it starts anew and skips what was there."""

    def __init__(self, planner: Planner, call: Call[T], *, key: Callable[[Any], str]) -> None:
        self._planner = planner
        self._call = call
        self._key = key
        self._last = ""
        self._lines = LineReader()
        self._broken: Reply | None = None
        self._attempts: Attempts | None = None
        self.request = planner.request(call, accept=NDJSON)

    def begin(self) -> None:
        """A good answer begins."""
        self._lines = LineReader()
        self._broken = None

    def feed(self, chunk: bytes) -> Iterator[T]:
        """The items that are complete with it. Errors: AnswerMalformed."""
        yield from self._new(self._lines.feed(chunk))

    def end(self) -> Iterator[T]:
        """The answer ended as it should. Errors: CrewlineError where it told of a problem."""
        yield from self._new(self._lines.end())
        if self._broken is not None:
            raise self._planner.failure(self._broken)

    def pause_seconds(self, came: Reply | Lost) -> float:
        """Before the next attempt. Errors: CrewlineError where there is none."""
        # The problem in the last line says more than that the connection ended.
        why = came if isinstance(came, Reply) else self._broken or came
        if self._attempts is None:
            self._attempts = self._planner.attempts()
        pause = self._attempts.pause_seconds(why, self._call)
        if pause is None:
            raise self._planner.failure(why)
        return pause

    def _new(self, values: Iterator[Any]) -> Iterator[T]:
        for value in values:
            told = told_problem(value)
            if told is not None:
                self._broken = told
                continue
            key = self._key(value)
            if key > self._last:
                self._last = key
                # It moves: the attempts that are left are for the next standstill.
                self._attempts = None
                yield value


class ValueSink:
    """Takes the value of every line of an answer; a new attempt begins with none."""

    def __init__(self, on_value: Callable[[Any], None] = lambda _: None) -> None:
        self._on_value = on_value
        self._lines = LineReader()
        self.values: list[Any] = []
        self.broken: Reply | None = None

    def begin(self) -> None:
        """An answer begins: what an attempt before it brought is void."""
        self._lines = LineReader()
        self.values = []
        self.broken = None

    def write(self, chunk: bytes) -> None:
        """Errors: AnswerMalformed."""
        self._take(self._lines.feed(chunk))

    def end(self) -> None:
        """Errors: AnswerMalformed."""
        self._take(self._lines.end())

    def _take(self, values: Iterator[Any]) -> None:
        for value in values:
            told = told_problem(value)
            if told is not None:
                self.broken = told
            else:
                self.values.append(value)
                self._on_value(value)


def told_problem(value: Any) -> Reply | None:
    """The refusal that a line tells of instead of an item."""
    if not isinstance(value, dict) or _PROBLEM not in value:
        return None
    problem = value[_PROBLEM]
    status = problem.get("status", 500) if isinstance(problem, dict) else 500
    return Reply(status=int(status), body=json.dumps(problem).encode())
