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
            if isinstance(value, dict) and value.keys() == {_PROBLEM}:
                self._broken = _told(value[_PROBLEM])
                continue
            key = self._key(value)
            if key > self._last:
                self._last = key
                # It moves: the attempts that are left are for the next standstill.
                self._attempts = None
                yield value


def _told(problem: Any) -> Reply:
    status = problem.get("status", 500) if isinstance(problem, dict) else 500
    return Reply(status=int(status), body=json.dumps(problem).encode())
