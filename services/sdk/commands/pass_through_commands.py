"""What vendors pass on of the pay that they were given for their contractors."""

from __future__ import annotations

from typing import Annotated

import typer

from ..days import parse_day
from ..money import parse_money, show_amount
from .console import in_words, print_json, print_list, say
from .session import LIMIT, AsJson, Limit, client_of, taken

app = typer.Typer(no_args_is_help=True, help="What vendors pass on to their contractors.")


@app.command("record")
def record_pass_through(
    context: typer.Context,
    contractor_id: Annotated[str, typer.Argument(metavar="CONTRACTOR")],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="As in '26.00 USD'.")],
    *,
    on: Annotated[str, typer.Option(metavar="DAY", help="Of the payment, as 2026-01-31.")],
    reference: Annotated[str, typer.Option(help="Of the payment, such as the bank's.")],
    as_json: AsJson = False,
) -> None:
    """Says that you have passed pay on to a contractor. For vendors."""
    with client_of(context) as client:
        made = client.pass_throughs.create(
            contractor_id=contractor_id,
            amount=parse_money(amount),
            pay_date=parse_day(on),
            reference=reference,
        )
    if as_json:
        print_json(made)
    else:
        say(f"recorded as {made['pass_through_id']}; the contractor may confirm or dispute it")


@app.command("answer")
def answer_pass_through(
    context: typer.Context,
    pass_through_id: Annotated[str, typer.Argument(metavar="RECORD")],
    *,
    received: Annotated[bool, typer.Option("--received/--disputed", help="Whether it came.")],
    reason: Annotated[str, typer.Option(help="What is wrong with it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Confirms that a vendor's payment has come, or disputes it. For contractors."""
    with client_of(context) as client:
        found = client.pass_throughs.answer(pass_through_id, received=received, reason=reason)
    if as_json:
        print_json(found)
    else:
        say(f"{pass_through_id} is {in_words(found['state'])}")


@app.command("withdraw")
def withdraw_pass_through(
    context: typer.Context,
    pass_through_id: Annotated[str, typer.Argument(metavar="RECORD")],
    *,
    reason: Annotated[str, typer.Option(help="What was wrong with the record.")],
    as_json: AsJson = False,
) -> None:
    """Takes a wrong record back, until the contractor has confirmed it. For vendors."""
    with client_of(context) as client:
        found = client.pass_throughs.withdraw(pass_through_id, reason=reason)
    if as_json:
        print_json(found)
    else:
        say(f"{pass_through_id} is withdrawn; its reference is free for the right record")


@app.command("list")
def list_pass_throughs(
    context: typer.Context, *, limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Lists what vendors have recorded as passed on."""
    with client_of(context) as client:
        found = taken(client.pass_throughs.list(), limit=limit)
    print_list(
        found,
        [
            ("record", lambda one: one["pass_through_id"]),
            ("contractor", lambda one: one["contractor_id"]),
            ("amount", lambda one: show_amount(one["amount"])),
            ("paid on", lambda one: one["pay_date"]),
            ("reference", lambda one: one["reference"]),
            ("state", lambda one: in_words(one["state"])),
            ("why", lambda one: one["dispute"] or one["withdrawn_because"]),
        ],
        empty="nothing is recorded",
        as_json=as_json,
    )


@app.command("balance")
def list_balances(
    context: typer.Context,
    *,
    vendor: Annotated[str, typer.Option(help="Whose; for operators.")] = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Lists what a vendor was paid for its contractors, and what of it is still to be passed on."""
    with client_of(context) as client:
        found = taken(client.pass_throughs.balances(vendor_id=vendor or None), limit=limit)
    print_list(
        found,
        [
            ("contractor", lambda one: one["contractor_id"]),
            ("paid to the vendor", lambda one: show_amount(one["owed"])),
            ("passed on", lambda one: show_amount(one["passed_on"])),
            ("confirmed", lambda one: show_amount(one["confirmed"])),
            ("disputed", lambda one: show_amount(one["disputed"])),
            ("open", lambda one: show_amount(one["open"])),
        ],
        empty="nobody has earned through this vendor",
        as_json=as_json,
    )
