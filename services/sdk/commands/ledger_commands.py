"""The books: balances, what is wrong with them, and the journal for other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer

from ..journal_text import write_beancount, write_csv
from ..messages import BookFinding, Entry
from ..money import show_amount, show_units
from .console import print_json, print_table, progress_bar, say
from .failures import EXIT_REFUSED, InputInvalid
from .session import AsJson, client_of

ledger = typer.Typer(no_args_is_help=True, help="The books. For operators.")

_FORMATS: dict[str, Callable[[Iterable[Entry], TextIO], int]] = {
    "beancount": write_beancount,
    "csv": write_csv,
}


@ledger.command("balance")
def trial_balance(
    context: typer.Context,
    *,
    at: Annotated[
        datetime | None,
        typer.Option("--at", metavar="TIME", help="As it stood then, in UTC; left out: now."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Shows every purpose's balance; the totals are zero, or something is wrong."""
    moment = at.replace(tzinfo=UTC) if at is not None else None
    with client_of(context) as client:
        found = client.ledger.trial_balance(as_of_time=moment)
    if as_json:
        print_json(found)
        return
    print_table(
        found["lines"],
        [
            ("purpose", lambda line: line["purpose"]),
            ("amount", lambda line: show_units(line["amount_units"], line["currency"])),
            ("accounts", lambda line: f"{line['accounts']:,}"),
        ],
        empty="the ledger is empty",
    )
    for total in found["totals"]:
        say(f"total: {show_amount(total)}")


@ledger.command("check")
def check_books(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Says what is wrong with the books; 1 where anything is, and then no pay period closes."""
    with client_of(context) as client:
        found = client.ledger.check()
    if as_json:
        print_json(found)
    else:
        print_table(
            found,
            [
                ("fault", lambda one: one["fault"].removeprefix("BOOK_FAULT_")),
                ("where", _where),
                ("is", lambda one: _amount_or_number(one, one["found_units"])),
                ("should be", lambda one: _amount_or_number(one, one["expected_units"])),
            ],
            empty="nothing is wrong",
        )
    if found:
        raise typer.Exit(EXIT_REFUSED)


@ledger.command("export")
def export_journal(
    context: typer.Context,
    output: Annotated[Path, typer.Argument(metavar="FILE", help="Replaced once it is whole.")],
    *,
    format: Annotated[  # noqa: A002 (the option's name)
        str, typer.Option("--format", "-f", metavar="|".join(_FORMATS), help="What it is for.")
    ] = "beancount",
    as_json: AsJson = False,
) -> None:
    """Writes the whole journal: for beancount, which adds it up by itself, or as CSV."""
    if format not in _FORMATS:
        raise InputInvalid([f"--format: {format!r} is none of {', '.join(_FORMATS)}"])
    unfinished = output.with_name(f"{output.name}.unfinished")
    with client_of(context) as client, progress_bar(quiet=as_json) as bar:
        total = client.ledger.trial_balance()["entries"]
        task = bar.add_task("journal", total=total, said="")

        def entries() -> Iterator[Entry]:
            for count, entry in enumerate(client.entries.list(account="", page_size=1000), 1):
                bar.update(task, completed=count, said=f"{count:,} entries")
                yield entry

        with unfinished.open("w", encoding="utf-8", newline="") as file:
            count = _FORMATS[format](entries(), file)
    unfinished.replace(output)
    if as_json:
        print_json({"file": str(output), "format": format, "entries": count})
    else:
        say(f"wrote {output}, {count:,} entries")


def _where(finding: BookFinding) -> str:
    if finding["block_number"]:
        return " ".join((f"block {finding['block_number']:,}", finding["entry_id"])).strip()
    return finding["account"] or "all"


def _amount_or_number(finding: BookFinding, value: int) -> str:
    # What is wrong with the chain is told in numbers of entries.
    return show_units(value, finding["currency"]) if finding["currency"] else f"{value:,}"


def add_to(app: typer.Typer) -> None:
    """Adds the group."""
    app.add_typer(ledger, name="ledger")
