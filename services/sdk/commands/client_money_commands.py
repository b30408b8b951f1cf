"""Clients' unspent money: sent back, or turned into another currency."""

from __future__ import annotations

from typing import Annotated

import typer

from ..messages import Refund
from ..money import parse_money, show_amount
from .console import print_facts, print_json, print_list, say, short, when
from .session import LIMIT, AsJson, Limit, client_of, taken

refunds = typer.Typer(no_args_is_help=True, help="Unspent money on its way back to clients.")
conversions = typer.Typer(
    no_args_is_help=True, help="Clients' money in another currency. For operators."
)

_RefundId = Annotated[str, typer.Argument(metavar="REFUND")]
_Amount = Annotated[str, typer.Argument(metavar="AMOUNT", help="Such as '12.50 USD'.")]
_Source = Annotated[str, typer.Option("--source", help="Where the rate is from.")]
_Time = Annotated[str, typer.Option("--at", help="Of when the rate is, RFC 3339.")]


@refunds.command("request")
def request_refund(
    context: typer.Context,
    amount: _Amount,
    *,
    note: Annotated[str, typer.Option(help="What the operator should know.")] = "",
    as_json: AsJson = False,
) -> None:
    """Asks for unspent money back: it is held until it is sent, declined, or its time is over."""
    with client_of(context) as client:
        found = client.refunds.request(amount=parse_money(amount), note=note or None)
    _tell(found, as_json=as_json)


@refunds.command("list")
def list_refunds(context: typer.Context, *, limit: Limit = LIMIT, as_json: AsJson = False) -> None:
    """Lists refunds, the newest first: one's own, or everybody's for operators."""
    with client_of(context) as client:
        found = taken(client.refunds.list(), limit=limit)
    print_list(
        found,
        [
            ("refund", lambda one: one["refund_id"]),
            ("client", lambda one: one["client_id"]),
            ("amount", lambda one: show_amount(one["amount"])),
            ("state", lambda one: short(one["state"])),
            ("asked", lambda one: when(one.get("request_time"))),
            ("held until", lambda one: when(one.get("expire_time"))),
        ],
        empty="no refunds",
        as_json=as_json,
    )


@refunds.command("pay")
def pay_refund(
    context: typer.Context,
    refund_id: _RefundId,
    *,
    reference: Annotated[str, typer.Option("--reference", help="The bank's.")],
    paid: Annotated[
        str, typer.Option("--paid", help="If only a part was sent, such as '12.50 USD'.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Notes that the money was sent from the platform's bank account. For operators."""
    with client_of(context) as client:
        found = client.refunds.pay(
            refund_id, bank_reference=reference, paid=parse_money(paid) if paid else None
        )
    _tell(found, as_json=as_json)


@refunds.command("decline")
def decline_refund(
    context: typer.Context,
    refund_id: _RefundId,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why it is not sent.")],
    as_json: AsJson = False,
) -> None:
    """Gives the held money back to what the client may spend."""
    with client_of(context) as client:
        found = client.refunds.decline(refund_id, reason=reason)
    _tell(found, as_json=as_json)


@conversions.command("create")
def convert(
    context: typer.Context,
    client_id: Annotated[str, typer.Argument(metavar="CLIENT")],
    amount: _Amount,
    currency: Annotated[str, typer.Argument(metavar="CURRENCY", help="Into which.")],
    *,
    rate: Annotated[
        str, typer.Option("--rate", help="So much of it for one; left out: as imported.")
    ] = "",
    source: _Source = "",
    at: _Time = "",
    as_json: AsJson = False,
) -> None:
    """Turns a client's available money into another currency."""
    with client_of(context) as client:
        found = client.conversions.create(
            client_id=client_id,
            amount=parse_money(amount),
            currency=currency,
            rate=rate or None,
            rate_source=source or None,
            rate_time=at or None,
        )
    if as_json:
        print_json(found)
        return
    exchange = found.get("exchange")
    print_facts(
        {
            "conversion": found["conversion_id"],
            "taken": show_amount(found["taken"]) if "taken" in found else "",
            "given": show_amount(found["given"]) if "given" in found else "",
            "rate": f"{exchange['rate']} ({exchange['source']})" if exchange else "",
        }
    )
    say(f"next, once the bank has changed it: crewline conversions settle {found['conversion_id']}")


@conversions.command("list")
def list_conversions(
    context: typer.Context, *, limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Lists conversions, the newest first, and which are still open."""
    with client_of(context) as client:
        found = taken(client.conversions.list(), limit=limit)
    print_list(
        found,
        [
            ("conversion", lambda one: one["conversion_id"]),
            ("client", lambda one: one["client_id"]),
            ("taken", lambda one: show_amount(one["taken"])),
            ("given", lambda one: show_amount(one["given"])),
            ("rate", lambda one: one["exchange"]["rate"]),
            ("source", lambda one: one["exchange"]["source"]),
            ("of", lambda one: when(one["exchange"].get("rate_time"))),
            ("booked", lambda one: when(one.get("create_time"))),
            ("settled at", lambda one: one["settlement"]["rate"] if "settlement" in one else ""),
        ],
        empty="nothing was converted",
        as_json=as_json,
    )


@conversions.command("settle")
def settle(
    context: typer.Context,
    conversion_id: Annotated[str, typer.Argument(metavar="CONVERSION")],
    *,
    paid: Annotated[str, typer.Option("--paid", help="What left, such as '100.00 USD'.")],
    received: Annotated[str, typer.Option("--received", help="What came in the other currency.")],
    rate: Annotated[str, typer.Option("--rate", help="The bank's.")],
    source: _Source,
    at: _Time,
    as_json: AsJson = False,
) -> None:
    """Closes the open position with what the bank has made of it."""
    with client_of(context) as client:
        found = client.conversions.settle(
            conversion_id,
            paid=parse_money(paid),
            received=parse_money(received),
            rate=rate,
            rate_source=source,
            rate_time=at,
        )
    if as_json:
        print_json(found)
    else:
        say(f"booked as {found['entry_id']}")


def _tell(refund: Refund, *, as_json: bool) -> None:
    if as_json:
        print_json(refund)
        return
    print_facts(
        {
            "refund": refund["refund_id"],
            "amount": show_amount(refund["amount"]) if "amount" in refund else "",
            "state": short(refund["state"]),
            "paid": show_amount(refund["paid"]) if "paid" in refund else "",
            "why": refund["reason"],
            "held until": when(refund.get("expire_time")),
        }
    )


def add_to(app: typer.Typer) -> None:
    """Adds both groups."""
    app.add_typer(refunds, name="refunds")
    app.add_typer(conversions, name="conversions")
