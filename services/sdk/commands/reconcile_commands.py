"""The provider's money beside ours: days, what has no other side, and what is on its way."""

from __future__ import annotations

from typing import Annotated

import typer

from ..days import parse_day
from ..messages import ClearingItem, ListReconciliationDaysResponse, UnmatchedMovement
from ..money import show_amount, units_of
from .console import print_json, print_table, say, short, when
from .failures import EXIT_REFUSED
from .ledger_commands import ledger
from .session import LIMIT, AsJson, Limit, client_of, taken

_Day = Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="In UTC; left out: today.")]


@ledger.command("reconcile")
def reconcile(
    context: typer.Context,
    *,
    day: _Day = "",
    until: Annotated[
        str, typer.Option(metavar="YYYY-MM-DD", help="The last day, where more than one is meant.")
    ] = "",
    currency: Annotated[str, typer.Option(help="Only this one.")] = "",
    unmatched: Annotated[
        bool, typer.Option("--unmatched", help="List what has no other side, of all days.")
    ] = False,
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Compares the payment provider's movements with the ledger's; 1 where any is unexplained."""
    with client_of(context) as client:
        found = client.ledger.reconciliation_days(
            first_day=parse_day(day) if day else None,
            last_day=parse_day(until) if until else None,
            currency=currency or None,
        )
        listed: list[UnmatchedMovement] = []
        if unmatched:
            listed = taken(client.ledger.unmatched(currency=currency or None), limit=limit)
    if as_json:
        print_json({**found, "unmatched": listed} if unmatched else found)
    else:
        _print_days(found)
        if unmatched:
            _print_unmatched(listed)
    if listed or any(units_of(one["unexplained"]) for one in found["days"]):
        raise typer.Exit(EXIT_REFUSED)


@ledger.command("clearing")
def clearing(context: typer.Context, *, limit: Limit = LIMIT, as_json: AsJson = False) -> None:
    """Shows what is on its way in the clearing accounts, by age, and the oldest of it."""
    with client_of(context) as client:
        ages = client.ledger.clearing_ages()
        items = taken(client.ledger.clearing_items(), limit=limit)
    if as_json:
        print_json({"ages": ages, "items": items})
        return
    print_table(
        ages,
        [
            ("account", lambda one: one["account"]),
            ("younger than", lambda one: one["age"]),
            ("amount", lambda one: show_amount(one["amount"])),
            ("items", lambda one: f"{one['items']:,}"),
        ],
        empty="nothing is on its way",
    )
    if items:
        print_table(
            items,
            [
                ("since", lambda one: when(one.get("open_time"))),
                ("account", lambda one: one["account"]),
                ("of", lambda one: one["group"]),
                ("statement", lambda one: one["statement_id"]),
                ("amount", lambda one: show_amount(one["amount"])),
                ("known until", _known_until),
            ],
            empty="",
        )


@ledger.command("acknowledge")
def acknowledge(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="The clearing account, as `clearing` shows it.")],
    group: Annotated[str, typer.Argument(help="What it is of, as `clearing` shows it.")],
    *,
    reason: Annotated[str, typer.Option(help="Why it still is on its way, for good.")],
    days: Annotated[int, typer.Option(min=1, max=14, help="For so long it stops no closing.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Lets pay periods close although this money has been on its way for too long."""
    with client_of(context) as client:
        item = client.ledger.acknowledge_clearing(
            account=account, group=group, reason=reason, days=days
        )
    if as_json:
        print_json(item)
    else:
        say(f"{show_amount(item['amount'])} of {group} stop nothing until {_known_until(item)}")


def _known_until(item: ClearingItem) -> str:
    known = item.get("acknowledgement")
    return f"{when(known.get('until_time'))}: {known['reason']}" if known else ""


def _print_days(found: ListReconciliationDaysResponse) -> None:
    print_table(
        found["days"],
        [
            ("day", lambda one: one["day"]),
            ("account", lambda one: one["account"]),
            ("provider", lambda one: show_amount(one["provider"])),
            ("ledger", lambda one: show_amount(one["ledger"])),
            ("timing", lambda one: show_amount(one["timing"])),
            ("pending", lambda one: show_amount(one["pending"])),
            ("unexplained", lambda one: show_amount(one["unexplained"])),
        ],
        empty="nothing moved",
    )
    read = found.get("read_time")
    say(f"read until {when(read)}" if read else "the first reading is still under way")


def _print_unmatched(listed: list[UnmatchedMovement]) -> None:
    print_table(
        listed,
        [
            ("time", lambda one: when(one.get("time"))),
            ("only at", lambda one: one["side"]),
            ("account", lambda one: one["account"]),
            ("type", lambda one: short(one["type"])),
            ("amount", lambda one: show_amount(one["amount"])),
            ("source", lambda one: one["source"]),
            ("movement", lambda one: one["movement_id"]),
        ],
        empty="nothing is unmatched; what is pending may still find its other side",
    )


def add_to(_app: typer.Typer) -> None:
    """They are in the group `ledger`, which is added by itself."""
