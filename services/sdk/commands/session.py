"""What every command has at hand: the profile that was asked for, and a client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, TypeVar

import typer

from ..client import Crewline
from ..paging import Pages

T = TypeVar("T")
AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON for programs instead of a table for people.")
]
Limit = Annotated[
    int, typer.Option("--limit", min=0, help="Show at most so many; 0 shows all.", metavar="N")
]
LIMIT = 100


@dataclass(slots=True, kw_only=True)
class Session:
    """The options before the command."""

    profile: str | None = None

    def client(self) -> Crewline:
        """Errors: CrewlineError where no address is known."""
        return Crewline(profile=self.profile)


@contextmanager
def client_of(context: typer.Context) -> Iterator[Crewline]:
    """A client for the length of a command. Errors: CrewlineError."""
    session = context.find_object(Session) or Session()
    with session.client() as client:
        yield client


def taken(pages: Pages[T], *, limit: int) -> list[T]:
    """The first `limit` of a list, or with 0 all of it. Errors: CrewlineError."""
    return pages.take(limit) if limit else pages.all()
