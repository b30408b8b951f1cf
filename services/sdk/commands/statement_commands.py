"""Statements as files, and when pay comes: by calendar, with what is carried over until then."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

from ..days import parse_day
from ..messages import PayCadence, PayCalendar
from ..money import show_amount, show_money
from ..operations import StatementFormat
from .console import print_facts, print_json, print_list, say, when
from .failures import InputInvalid
from .money_commands import statements
from .session import AsJson, client_of
from .unpaid_facts import show_unpaid

pay_calendars = typer.Typer(no_args_is_help=True, help="When pay is stated and paid.")

StatementId = Annotated[str, typer.Argument(metavar="STATEMENT")]
To = Annotated[
    Path | None, typer.Option("--to", help="The file; left out: named by the statement.")
]
InLanguage = Annotated[str, typer.Option(help="en or fr.")]
_CADENCES = ("WEEKLY", "BIWEEKLY", "SEMI_MONTHLY", "MONTHLY")


@statements.command("pdf")
def save_pdf(
    context: typer.Context, statement_id: StatementId, *, to: To = None, language: InLanguage = "en"
) -> None:
    """Saves a statement as PDF: the same bytes whenever it is asked for."""
    _save(context, statement_id, form="pdf", to=to, language=language)


@statements.command("html")
def save_html(
    context: typer.Context, statement_id: StatementId, *, to: To = None, language: InLanguage = "en"
) -> None:
    """Saves a statement as a page to be printed."""
    _save(context, statement_id, form="html", to=to, language=language)


@statements.command("csv")
def save_csv(context: typer.Context, statement_id: StatementId, *, to: To = None) -> None:
    """Saves a statement's lines as a table."""
    _save(context, statement_id, form="csv", to=to, language=None)


@statements.command("json")
def save_json(context: typer.Context, statement_id: StatementId, *, to: To = None) -> None:
    """Saves what was frozen, byte for byte: its SHA-256 is the statement's document_hash."""
    _save(context, statement_id, form="json", to=to, language=None)


def _save(
    context: typer.Context,
    statement_id: str,
    *,
    form: StatementFormat,
    to: Path | None,
    language: str | None,
) -> None:
    path = to or Path(f"{statement_id}.{form}")
    with client_of(context) as client:
        size = client.statements.save(statement_id, path, format=form, language=language)
    say(f"{path}: {size:,} bytes")


def pay_schedule(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Shows when your pay is stated and paid next, and what is carried over until then."""
    with client_of(context) as client:
        found = client.pay_schedule.get()
    if as_json:
        print_json(found)
        return
    print_facts(
        {
            "calendar": found["pay_calendar_id"] or "none: an operator says when",
            "next statement": when(found.get("next_statement_time")),
            "paid on": found["next_pay_date"],
        }
    )
    for carry in found["carried"]:
        amount = carry["amount"]
        least = show_money(carry["minimum_minor"], amount["currency"])
        print_facts(
            {
                "carried over": show_amount(amount),
                "least": least if carry["minimum_minor"] > 1 else "",
                **show_unpaid(carry.get("reason")),
            }
        )


@pay_calendars.command("list")
def list_calendars(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Lists the calendars."""
    with client_of(context) as client:
        found = client.pay_calendars.list().all()
    print_list(
        found,
        [
            ("calendar", lambda one: one["pay_calendar_id"]),
            ("spans", lambda one: one["cadence"].removeprefix("PAY_CADENCE_").lower()),
            ("from", lambda one: one["anchor_date"]),
            ("zone", lambda one: one["time_zone"]),
            ("paid after", lambda one: f"{one['pay_after_business_days']} working days"),
            ("holidays", lambda one: one["holidays_country"]),
            ("for", _for_whom),
            ("stated next", lambda one: when(one.get("next_statement_time"))),
            ("paid", lambda one: one.get("next_pay_date", "")),
        ],
        empty="no calendars: periods end when an operator closes them",
        as_json=as_json,
    )


@pay_calendars.command("put")
def put_calendar(
    context: typer.Context,
    calendar_id: Annotated[str, typer.Argument(metavar="CALENDAR", help="Its name.")],
    *,
    cadence: Annotated[str, typer.Option(help="weekly, biweekly, semi_monthly or monthly.")],
    anchor: Annotated[str, typer.Option(help="YYYY-MM-DD: the first day of any one span.")],
    zone: Annotated[str, typer.Option(help="Where its days begin: Africa/Nairobi.")] = "UTC",
    pay_after: Annotated[int, typer.Option(help="Working days from the end to pay day.")] = 2,
    holidays: Annotated[str, typer.Option(help="Whose holidays: two letters.")],
    country: Annotated[list[str] | None, typer.Option(help="For payees there; repeat it.")] = None,
    payee: Annotated[list[str] | None, typer.Option(help="For this payee; repeat it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Makes a calendar, or changes it. Without --country and --payee it is for all others."""
    if cadence.upper() not in _CADENCES:
        raise InputInvalid([f"{cadence!r} is none of {', '.join(_CADENCES).lower()}"])
    calendar: PayCalendar = {
        "pay_calendar_id": calendar_id,
        "cadence": cast("PayCadence", f"PAY_CADENCE_{cadence.upper()}"),
        "anchor_date": parse_day(anchor),
        "time_zone": zone,
        "pay_after_business_days": pay_after,
        "holidays_country": holidays.upper(),
        "countries": [one.upper() for one in country or ()],
        "payee_ids": list(payee or ()),
    }
    with client_of(context) as client:
        made = client.pay_calendars.put(pay_calendar=calendar)
    if as_json:
        print_json(made)
    else:
        say(f"{calendar_id} is for {_for_whom(made)}; periods end by themselves with its spans")


@pay_calendars.command("retire")
def retire_calendar(
    context: typer.Context,
    calendar_id: Annotated[str, typer.Argument(metavar="CALENDAR", help="Its name.")],
) -> None:
    """Takes a calendar away; its payees fall under another, or under none."""
    with client_of(context) as client:
        client.pay_calendars.retire(calendar_id)
    say(f"{calendar_id} is retired")


def _for_whom(calendar: PayCalendar) -> str:
    return ", ".join((*calendar["countries"], *calendar["payee_ids"])) or "all others"


def add_to(app: typer.Typer) -> None:
    """Adds the commands and the group."""
    app.command("pay-schedule")(pay_schedule)
    app.add_typer(pay_calendars, name="pay-calendars")
