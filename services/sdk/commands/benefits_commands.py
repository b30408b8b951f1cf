"""Benefits: what is there, taking it out, and the providers that it can go to."""

from __future__ import annotations

from typing import Annotated

import typer

from ..money import parse_money, show_amount, show_units
from .console import print_json, print_list, say, when
from .session import AsJson, client_of

app = typer.Typer(
    no_args_is_help=True, help="Benefits accounts of contractors, and the providers of benefits."
)


@app.command("show")
def show(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Shows what is in your benefits account. For contractors."""
    with client_of(context) as client:
        found = client.earnings.get()
    print_list(
        found,
        [("benefits", lambda one: show_units(one["benefits_units"], one["currency"]))],
        empty="nothing is earned yet",
        as_json=as_json,
    )


@app.command("withdraw")
def withdraw(
    context: typer.Context,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="As in '12.50 USD'.")],
    *,
    provider_id: Annotated[
        str, typer.Option("--to", help="A provider's id; left out, it is paid to you.")
    ] = "",
    member_reference: Annotated[
        str, typer.Option("--member", help="Your number at the provider.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Takes benefits out: to you with the next statement, or to a provider."""
    with client_of(context) as client:
        made = client.benefits.withdraw(
            amount=parse_money(amount),
            provider_id=provider_id or None,
            member_reference=member_reference or None,
        )
    if as_json:
        print_json(made)
        return
    where = made["provider_id"] or "you, with the next statement"
    say(f"{show_amount(made['amount'])} to {where}: {made['withdrawal_id']}")


@app.command("withdrawals")
def withdrawals(
    context: typer.Context,
    *,
    provider_id: Annotated[str, typer.Option("--to", help="Only those to this provider.")] = "",
    as_json: AsJson = False,
) -> None:
    """Lists what was taken out, newest first; operators see everybody's."""
    with client_of(context) as client:
        found = list(client.benefits.withdrawals(provider_id=provider_id or None))
    print_list(
        found,
        [
            ("when", lambda one: when(one.get("create_time"))),
            ("contractor", lambda one: one["contractor_id"]),
            ("amount", lambda one: show_amount(one["amount"])),
            ("to", lambda one: one["provider_id"] or "the person"),
            ("member", lambda one: one["member_reference"]),
        ],
        empty="nothing was taken out",
        as_json=as_json,
    )


@app.command("providers")
def providers(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Lists the providers that benefits can go to."""
    with client_of(context) as client:
        found = list(client.benefits.providers())
    print_list(
        found,
        [
            ("provider", lambda one: one["provider_id"]),
            ("name", lambda one: one["name"]),
            ("currency", lambda one: one["currency"]),
            ("takes money", lambda one: "no" if one["closed"] else "yes"),
        ],
        empty="no provider is known",
        as_json=as_json,
    )


@app.command("set-provider")
def set_provider(
    context: typer.Context,
    provider_id: Annotated[
        str, typer.Argument(metavar="PROVIDER", help="Small letters, digits, - and _.")
    ],
    *,
    name: Annotated[str, typer.Option(help="As people know it.")],
    currency: Annotated[str, typer.Option(help="The one that it takes.")],
    closed: Annotated[bool, typer.Option("--closed", help="It takes no more money.")] = False,
) -> None:
    """Adds or changes a provider. For operators."""
    with client_of(context) as client:
        client.benefits.set_provider(
            provider_id, name=name, currency=currency.upper(), closed=closed
        )
    say(f"{provider_id} is set")


@app.command("remit")
def remit(
    context: typer.Context,
    provider_id: Annotated[str, typer.Argument(metavar="PROVIDER", help="Who was paid.")],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="As in '12.50 USD'.")],
    *,
    bank_reference: Annotated[
        str, typer.Option("--reference", help="The bank's, of the transfer.")
    ],
) -> None:
    """Notes that a provider was paid from the bank what it is owed. For operators."""
    with client_of(context) as client:
        client.benefits.remit(
            provider_id, amount=parse_money(amount), bank_reference=bank_reference
        )
    say("noted")
