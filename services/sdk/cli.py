"""The `crewline` command."""

from __future__ import annotations

from typing import Annotated

import typer

from .commands import (
    adjustment_commands,
    benefits_commands,
    billing_commands,
    chain_commands,
    client_money_commands,
    erasure_commands,
    explain_commands,
    fairness_commands,
    floor_commands,
    funding_commands,
    ledger_commands,
    money_commands,
    paper_commands,
    pass_through_commands,
    payout_commands,
    people_commands,
    project_commands,
    project_files,
    reconcile_commands,
    replaying,
    rule_commands,
    signing_in,
    statement_commands,
    task_commands,
    tax_commands,
    vendor_commands,
    watching,
    webhook_commands,
)
from .commands.failures import Commands
from .commands.session import Session
from .version import VERSION

EPILOG = """
Exit codes: **0** done; **1** refused, or a part of it was; **2** the input or its usage is wrong;
**3** not signed in; **4** the platform did not answer, try again; **130** interrupted.

Variables: **CREWLINE_API_KEY**, **CREWLINE_BASE_URL** and **CREWLINE_PROFILE** come before the
profile, **CREWLINE_CONFIG_DIR** is where profiles are kept.
"""

app = typer.Typer(
    name="crewline",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)


def _version(said: bool) -> None:  # noqa: FBT001 (as typer calls it)
    if said:
        print(f"crewline {VERSION}")
        raise typer.Exit


@app.callback()
def crewline(
    context: typer.Context,
    *,
    profile: Annotated[
        str,
        typer.Option(
            "--profile", metavar="NAME", envvar="CREWLINE_PROFILE", help="Act with this profile."
        ),
    ] = "",
    version: Annotated[  # noqa: ARG001 (it ends the program before this runs)
        bool, typer.Option("--version", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Crewline: post data-enrichment work, have it done, get results, pay people.

    `crewline login` first. `--json` on any command prints JSON for programs.
    """
    context.obj = Session(profile=profile or None)


signing_in.add_to(app)
project_files.add_to(app)
app.add_typer(project_commands.app, name="projects")
app.add_typer(task_commands.tasks, name="tasks")
watching.add_to(app)
app.add_typer(task_commands.results, name="results")
app.add_typer(task_commands.media, name="media")
app.add_typer(fairness_commands.reviews, name="reviews")
app.add_typer(fairness_commands.appeals, name="appeals")
app.add_typer(fairness_commands.breakers, name="breakers")
app.add_typer(rule_commands.app, name="rules")
app.add_typer(vendor_commands.app, name="vendors")
app.add_typer(people_commands.contractors, name="contractors")
erasure_commands.add_to(people_commands.contractors)
app.add_typer(people_commands.keys, name="keys")
money_commands.add_to(app)
statement_commands.add_to(app)
funding_commands.add_to(app)
floor_commands.add_to(app)
app.add_typer(pass_through_commands.app, name="pass-throughs")
paper_commands.add_to(app)
app.add_typer(billing_commands.app, name="billing")
explain_commands.add_to(app)
ledger_commands.add_to(app)
app.add_typer(benefits_commands.app, name="benefits")
app.add_typer(adjustment_commands.app, name="adjustments")
chain_commands.add_to(app)
client_money_commands.add_to(app)
app.add_typer(tax_commands.app, name="tax-identity")
app.add_typer(payout_commands.app, name="payouts")
reconcile_commands.add_to(app)
webhook_commands.add_to(app)
replaying.add_to(app)


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
