"""The `crewline` command."""

from __future__ import annotations

import typer

from services.sdk.replay.command import replay

app = typer.Typer(
    name="crewline",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def crewline() -> None:
    """Crewline runs the outsourced staffing chain behind AI training data."""


app.command()(replay)


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
