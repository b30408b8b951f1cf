"""Errors of commands: a few clear lines on stderr and an exit code, never a traceback."""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from ..errors import (
    CrewlineError,
    FileInvalid,
    InvalidRequest,
    NotSignedIn,
    ProfileInvalid,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from ..messages import ItemError
from ..next_steps import next_step
from .console import say

EXIT_REFUSED = 1
EXIT_INPUT = 2
EXIT_NOT_SIGNED_IN = 3
EXIT_NO_ANSWER = 4
EXIT_INTERRUPTED = 130

_CODES: tuple[tuple[tuple[type[CrewlineError], ...], int], ...] = (
    ((NotSignedIn, Unauthenticated, ProfileInvalid), EXIT_NOT_SIGNED_IN),
    ((Unavailable, RateLimited), EXIT_NO_ANSWER),
    ((InvalidRequest, FileInvalid), EXIT_INPUT),
)


class InputInvalid(CrewlineError):
    """What the user gave cannot be used; every problem with its place, a line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems), reason="INPUT_INVALID")
        self.problems = problems

    def __str__(self) -> str:
        """Only the problems: the reason says nothing more."""
        return self.detail


def exit_code(error: CrewlineError) -> int:
    """What a program that calls us goes by."""
    if isinstance(error, InputInvalid):
        return EXIT_INPUT
    return next((code for kinds, code in _CODES if isinstance(error, kinds)), EXIT_REFUSED)


class Commands(TyperGroup):
    """The root of the commands: whatever one of them raises is told here."""

    def invoke(self, ctx: Any) -> Any:
        """Errors: typer.Exit instead of a CrewlineError."""
        try:
            return super().invoke(ctx)
        except CrewlineError as error:
            say(str(error))
            raise typer.Exit(exit_code(error)) from None
        except KeyboardInterrupt:
            raise typer.Exit(EXIT_INTERRUPTED) from None
        except BrokenPipeError:
            # Whoever read our output has enough of it.
            sys.stderr.close()
            raise typer.Exit(EXIT_REFUSED) from None


def told(error: ItemError) -> str:
    """One item of several that was refused, and what to do about it."""
    step = next_step(str(error["reason"]))
    return f"{error['message']} [{error['reason']}]" + (f"\n  {step}" if step else "")
