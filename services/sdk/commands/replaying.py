"""`crewline replay` where the package is installed alone: what it needs instead."""

from __future__ import annotations

import typer

from .console import say
from .failures import EXIT_INPUT

IN_REPOSITORY = (__package__ or "").startswith("services.")


def replay(context: typer.Context) -> None:  # noqa: ARG001 (what it is given is ignored)
    """Replays a recorded crowd through a whole stack; needs a checkout of Crewline."""
    say("crewline replay talks gRPC to the services themselves, which this package has not got.")
    say("Get a checkout of Crewline, run `make setup` in it, and use its .venv/bin/crewline.")
    raise typer.Exit(EXIT_INPUT)


def add_to(app: typer.Typer) -> None:
    """Adds the command: the real one in the repository, elsewhere a word about it."""
    if IN_REPOSITORY:
        from ..replay.command import replay as real

        app.command()(real)
    else:
        lenient = {"allow_extra_args": True, "ignore_unknown_options": True}
        app.command(context_settings=lenient, add_help_option=True)(replay)
