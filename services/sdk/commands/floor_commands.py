"""Fair pay: floors, exchange rates, prices tried against them, tests of pay periods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ..messages import PriceLine
from ..money import parse_price, show_amount, units_of
from .console import in_words, print_json, print_list, print_table, say
from .failures import EXIT_REFUSED
from .session import LIMIT, AsJson, Limit, client_of, taken
from .table_files import ROWS_PER_REQUEST, Table, read_table

app = typer.Typer(no_args_is_help=True, help="The least that an hour of work is paid, by place.")
rates = typer.Typer(no_args_is_help=True, help="Exchange rates that floors are converted by.")

_FLOORS = (
    "country",
    "region",
    "currency",
    "amount",
    "per",
    "hours_a_month",
    "basis",
    "source",
    "source_url",
    "source_date",
    "valid_from",
    "valid_to",
)
_FLOORS_REQUIRED = (
    "country",
    "currency",
    "amount",
    "basis",
    "source",
    "source_url",
    "source_date",
    "valid_from",
)
_RATES = ("base", "quote", "rate", "date", "source", "source_url")
_FILE = typer.Argument(metavar="FILE.csv", exists=True, dir_okay=False)


@app.command("import")
def import_floors(
    context: typer.Context, file: Annotated[Path, _FILE], *, as_json: AsJson = False
) -> None:
    """Loads a table of floors. For operators. Rows that are right are taken, whatever the others.

    Columns: country, region, currency, amount, per (hour or month), hours_a_month, basis, source,
    source_url, source_date, valid_from, valid_to. A region (ISO 3166-2, as US-CA) holds for the
    contractors who live in it, and the row without one for all others. What is known already is no
    new version.
    """
    table = read_table(file, columns=_FLOORS, required=_FLOORS_REQUIRED)
    with client_of(context) as client:
        _import(file, table, client.floors.post, as_json=as_json)


@rates.command("import")
def import_rates(
    context: typer.Context, file: Annotated[Path, _FILE], *, as_json: AsJson = False
) -> None:
    """Loads a table of exchange rates. For operators.

    Columns: base, quote, rate (units of quote for one of base), date, source, source_url.
    """
    table = read_table(file, columns=_RATES, required=_RATES)
    with client_of(context) as client:
        _import(file, table, client.floors.post_rates, as_json=as_json)


def _import(
    file: Path, table: Table, post: Callable[[Sequence[Any]], Any], *, as_json: bool
) -> None:
    added = known = 0
    problems = list(table.problems)
    for start in range(0, len(table.rows), ROWS_PER_REQUEST):
        answer = post(table.rows[start : start + ROWS_PER_REQUEST])
        added += answer["added"]
        known += answer["known"]
        problems += answer["problems"]
    problems.sort(key=lambda one: one["line"])
    if as_json:
        print_json({"added": added, "known": known, "problems": problems})
    else:
        for one in problems:
            where = f"line {one['line']}" + (f": {one['field']}" if one["field"] else "")
            say(f"{file}: {where}: {one['message']} ({one['rule']})")
        say(f"{added:,} added, {known:,} known already, {len(problems):,} refused")
    if problems:
        raise typer.Exit(EXIT_REFUSED)


@app.command("list")
def list_floors(
    context: typer.Context,
    *,
    country: Annotated[str, typer.Option(help="Only of this one, such as KE.")] = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Lists all versions of floors, by place and day, with their sources."""
    with client_of(context) as client:
        found = taken(client.floors.list(country=country or None), limit=limit)
    print_list(
        found,
        [
            ("floor", lambda one: one["floor_id"]),
            ("an hour", lambda one: show_amount(one["hourly"])),
            ("basis", lambda one: one["basis"]),
            ("from", lambda one: one["valid_from"]),
            ("to", lambda one: one["valid_to"] or "open"),
            ("source", lambda one: f"{one['source']}, {one['source_date']}"),
            ("fresh", lambda one: "yes" if one["is_fresh"] else "no"),
        ],
        empty="no floors; load yours with `crewline floors import`",
        as_json=as_json,
    )


@rates.command("list")
def list_rates(context: typer.Context, *, limit: Limit = LIMIT, as_json: AsJson = False) -> None:
    """Lists all versions of exchange rates, by pair and day."""
    with client_of(context) as client:
        found = taken(client.floors.rates(), limit=limit)
    print_list(
        found,
        [
            ("pair", lambda one: f"{one['base']}/{one['quote']}"),
            ("rate", lambda one: one["rate"]),
            ("day", lambda one: one["date"]),
            ("source", lambda one: one["source"]),
            ("fresh", lambda one: "yes" if one["is_fresh"] else "no"),
        ],
        empty="no rates; load yours with `crewline floors rates import`",
        as_json=as_json,
    )


@app.command("check")
def check_floors(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Tells which countries of contractors lack a floor, or soon will; 1 where any does."""
    with client_of(context) as client:
        found = client.floors.check()
    if as_json:
        print_json(found)
    else:
        print_table(
            found,
            [
                ("place", lambda one: one["place"]),
                ("its floor is", lambda one: in_words(one["kind"])),
                ("floor", lambda one: one["floor_id"]),
                ("until", lambda one: one["end_date"]),
            ],
            empty="every country of contractors has a fresh floor",
        )
    if found:
        raise typer.Exit(EXIT_REFUSED)


@app.command("price")
def try_price(
    context: typer.Context,
    pay: Annotated[str, typer.Argument(metavar="PAY", help="For one answer, as in '0.05 USD'.")],
    seconds: Annotated[float, typer.Argument(metavar="SECONDS", min=0, help="That one takes.")],
    *,
    country: Annotated[
        list[str] | None, typer.Option(help="Left out, all where contractors are.")
    ] = None,
    region: Annotated[
        list[str] | None, typer.Option(help="Of a country only these, such as US-CA.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tries a price against the floors; 1 where a project of that price would not be funded."""
    price = parse_price(pay)
    with client_of(context) as client:
        found = client.floors.of_price(
            pay_units=units_of(price),
            currency=price["currency"],
            expected_seconds=seconds,
            countries=[one.upper() for one in country or []],
            regions=[one.upper() for one in region or []],
        )
    if as_json:
        print_json(found)
    else:
        _print_lines(found["lines"])
    if not found["passes"]:
        raise typer.Exit(EXIT_REFUSED)


@app.command("project")
def show_project_pay(
    context: typer.Context,
    project_id: Annotated[str, typer.Argument(metavar="PROJECT")],
    *,
    as_json: AsJson = False,
) -> None:
    """Shows what a project pays an hour, by the time that its answers take."""
    with client_of(context) as client:
        found = client.floors.of_project(project_id)
    if as_json:
        print_json(found)
        return
    hourly = found.get("median_hourly")
    if hourly is not None:
        say(
            f"{show_amount(hourly)} an hour at the median of {found['median_seconds']:g} s,"
            f" by {found['answers']:,} measured answers"
        )
    by = "measured" if found["is_measured"] else "as its client expects"
    if found["judged_seconds"]:
        say(f"judged by {found['judged_seconds']:g} s an answer, {by}")
    else:
        say("nobody has said yet how long an answer takes")
    _print_lines(found["lines"])


@app.command("tests")
def list_tests(
    context: typer.Context,
    *,
    pay_period: Annotated[str, typer.Option(help="Only of this one.")] = "",
    contractor: Annotated[str, typer.Option(help="Only of this one.")] = "",
    all_of_them: Annotated[
        bool, typer.Option("--all", help="Also those who earned the floor by themselves.")
    ] = False,
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Lists who was topped up to the floor in closed pay periods, by what and on what grounds."""
    with client_of(context) as client:
        found = taken(
            client.floors.tests(
                pay_period_id=pay_period or None,
                contractor_id=contractor or None,
                shortfalls_only=not all_of_them,
            ),
            limit=limit,
        )
    print_list(
        found,
        [
            ("pay period", lambda one: one["pay_period_id"]),
            ("contractor", lambda one: one["contractor_id"]),
            ("outcome", lambda one: in_words(one["outcome"])),
            ("hours", lambda one: f"{one['counted_seconds'] / 3600:.2f}"),
            ("earned", lambda one: show_amount(one["earned"])),
            ("floor an hour", lambda one: show_amount(one["floor_hourly"])),
            ("topped up", lambda one: show_amount(one["topped_up"])),
            ("floor", lambda one: one["floor_id"] or one["reason"] or "fallback"),
            ("as that of", lambda one: in_words(one["floor_scope"])),
        ],
        empty="nothing was tested yet" if all_of_them else "nobody was found below a floor",
        as_json=as_json,
    )


def _print_lines(lines: Sequence[PriceLine]) -> None:
    print_table(
        lines,
        [
            ("country", lambda one: one["country"]),
            ("verdict", lambda one: in_words(one["verdict"])),
            ("an hour", lambda one: _timed(one, "effective_hourly")),
            ("floor", lambda one: _amount(one, "floor_hourly")),
            ("floor of", lambda one: one["place"]),
            ("least pay", lambda one: _timed(one, "least_pay")),
            ("source", lambda one: one["source"] or ("fallback" if _has_floor(one) else "")),
        ],
        empty="no contractors anywhere yet",
    )


def _amount(line: PriceLine, name: str) -> str:
    money = line.get(name)
    return show_amount(money) if money else ""  # type: ignore[arg-type]


def _timed(line: PriceLine, name: str) -> str:
    """Nothing is known by the hour where nobody knows how long an answer takes."""
    return "" if line["verdict"] == "FLOOR_VERDICT_TIME_UNKNOWN" else _amount(line, name)


def _has_floor(line: PriceLine) -> bool:
    return line.get("floor_hourly") is not None


def add_to(root: typer.Typer) -> None:
    """Adds the groups."""
    app.add_typer(rates, name="rates")
    root.add_typer(app, name="floors")
