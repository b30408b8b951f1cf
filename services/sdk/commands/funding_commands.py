"""Clients' money coming in: payments by card or bank, and transfers to the platform's account."""

from __future__ import annotations

from typing import Annotated

import typer

from ..days import parse_day
from ..messages import BankTransfer, Payment
from ..money import parse_money, show_amount
from .console import print_facts, print_json, print_list, say, short, when
from .session import LIMIT, AsJson, Limit, client_of, taken

payments = typer.Typer(no_args_is_help=True, help="Payments of clients by card or bank.")
bank_transfers = typer.Typer(
    no_args_is_help=True, help="Transfers of clients to the platform's own bank account."
)

# The console's page for those who come back.
_CONSOLE = "/client/money/returned"

Amount = Annotated[str, typer.Argument(metavar="AMOUNT", help="As in '250.00 USD'.")]
PaymentId = Annotated[str, typer.Argument(metavar="PAYMENT")]
TransferId = Annotated[str, typer.Argument(metavar="BANK_TRANSFER")]
Whose = Annotated[str, typer.Option("--client", help="Whose; for operators. Left out, your own.")]
Sender = Annotated[str, typer.Option(help="Who sends it, as the bank names them.")]


@payments.command("create")
def create_payment(
    context: typer.Context,
    amount: Amount,
    *,
    description: Annotated[str, typer.Option(help="Shown where the payment is.")] = "",
    as_json: AsJson = False,
) -> None:
    """Begins a payment; it is confirmed at the provider's form with the secret that is shown."""
    with client_of(context) as client:
        made = client.payments.create(parse_money(amount), description=description or None)
    if as_json:
        print_json(made)
        return
    _tell_payment(made["payment"], publishable_key=made["publishable_key"])


@payments.command("checkout")
def check_out(
    context: typer.Context,
    amount: Amount,
    *,
    description: Annotated[str, typer.Option(help="What the payer reads beside the amount.")] = "",
    return_to: Annotated[
        str, typer.Option(help="Where the page leads afterwards. Left out, to your console.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Prints the address of the provider's page on which the amount is paid by card."""
    with client_of(context) as client:
        made = client.payments.checkout(
            amount=parse_money(amount),
            description=description or None,
            return_url=return_to or f"{client.base_url}{_CONSOLE}",
        )
    if as_json:
        print_json(made)
        return
    if made["checkout_url"]:
        print(made["checkout_url"])
    else:
        say("the provider has not answered yet; it is asked again")
    say(f"how far it is: crewline payments show {made['payment_id']}")


@payments.command("show")
def show_payment(context: typer.Context, payment_id: PaymentId, *, as_json: AsJson = False) -> None:
    """Shows a payment, or a deposit, as it is now."""
    with client_of(context) as client:
        found = client.payments.get(payment_id)
    if as_json:
        print_json(found)
        return
    _tell_payment(found["payment"], publishable_key=found["publishable_key"])


@payments.command("list")
def list_payments(
    context: typer.Context, *, client_id: Whose = "", limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Lists payments and deposits, the newest first."""
    with client_of(context) as client:
        found = taken(client.payments.list(client_id=client_id or None), limit=limit)
    print_list(
        found,
        [
            ("payment", lambda one: one["payment_id"]),
            ("made", lambda one: when(one.get("create_time"))),
            ("amount", lambda one: show_amount(one["amount"])),
            ("how", lambda one: short(one["method"])),
            ("state", lambda one: short(one["state"])),
            ("why", lambda one: one["reason"]),
        ],
        empty="nothing was paid in; crewline payments checkout begins",
        as_json=as_json,
    )


@bank_transfers.command("reference")
def transfer_reference(
    context: typer.Context, *, client_id: Whose = "", as_json: AsJson = False
) -> None:
    """Prints the code to write on transfers, so that they are known as this client's."""
    with client_of(context) as client:
        found = client.bank_transfers.reference(client_id=client_id or None)
    if as_json:
        print_json(found)
    else:
        print(found["code"])


@bank_transfers.command("announce")
def announce_transfer(
    context: typer.Context, amount: Amount, *, sender: Sender, as_json: AsJson = False
) -> None:
    """Says that a transfer is on its way. For clients."""
    with client_of(context) as client:
        made = client.bank_transfers.announce(amount=parse_money(amount), sender=sender)
    _tell_transfer(made, as_json=as_json)


@bank_transfers.command("record")
def record_transfer(
    context: typer.Context,
    amount: Amount,
    *,
    value_date: Annotated[str, typer.Option(help="YYYY-MM-DD, as the bank counts it.")],
    bank_reference: Annotated[str, typer.Option(help="The bank's own id of the movement.")],
    sender: Sender,
    client_id: Annotated[str, typer.Option("--client", help="Whose it is.")] = "",
    code: Annotated[str, typer.Option(help="The code on it, instead of --client.")] = "",
    announced: Annotated[str, typer.Option(help="The transfer that was announced.")] = "",
    as_json: AsJson = False,
) -> None:
    """Writes down what the bank states; it is booked when it is confirmed. For operators."""
    with client_of(context) as client:
        made = client.bank_transfers.record(
            amount=parse_money(amount),
            value_date=parse_day(value_date),
            bank_reference=bank_reference,
            sender=sender,
            client_id=client_id or None,
            transfer_reference=code or None,
            bank_transfer_id=announced or None,
        )
    _tell_transfer(made, as_json=as_json)
    if not as_json:
        again = f"crewline bank-transfers confirm {made['bank_transfer_id']}"
        say(f"next, by another operator: {again}")


@bank_transfers.command("confirm")
def confirm_transfer(
    context: typer.Context, transfer_id: TransferId, *, as_json: AsJson = False
) -> None:
    """Says that it is so: the client's funds grow, once. For operators."""
    with client_of(context) as client:
        _tell_transfer(client.bank_transfers.confirm(transfer_id), as_json=as_json)


@bank_transfers.command("reject")
def reject_transfer(
    context: typer.Context,
    transfer_id: TransferId,
    *,
    reason: Annotated[str, typer.Option(help="For the client, too.")],
    as_json: AsJson = False,
) -> None:
    """Says that it is none. For operators."""
    with client_of(context) as client:
        _tell_transfer(client.bank_transfers.reject(transfer_id, reason=reason), as_json=as_json)


@bank_transfers.command("list")
def list_transfers(
    context: typer.Context, *, client_id: Whose = "", limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Lists transfers, the newest first."""
    with client_of(context) as client:
        found = taken(client.bank_transfers.list(client_id=client_id or None), limit=limit)
    print_list(
        found,
        [
            ("transfer", lambda one: one["bank_transfer_id"]),
            ("client", lambda one: one["client_id"]),
            ("amount", lambda one: show_amount(one["amount"])),
            ("from", lambda one: one["sender"]),
            ("value date", lambda one: one["value_date"]),
            ("reference", lambda one: one["bank_reference"]),
            ("state", lambda one: short(one["state"])),
            ("why", lambda one: one["reason"]),
        ],
        empty="no bank transfers",
        as_json=as_json,
    )


def _tell_payment(payment: Payment, *, publishable_key: str) -> None:
    fee = payment.get("fee")
    print_facts(
        {
            "payment": payment["payment_id"],
            "amount": show_amount(payment["amount"]),
            "state": short(payment["state"]),
            "why": payment["reason"],
            "provider's id": payment["provider_id"],
            "page to pay on": payment["checkout_url"],
            "client secret": payment["client_secret"],
            "publishable key": publishable_key if payment["client_secret"] else "",
            "provider's price": show_amount(fee) if fee else "",
            "can be paid out from": when(payment.get("available_time")),
        }
    )


def _tell_transfer(transfer: BankTransfer, *, as_json: bool) -> None:
    if as_json:
        print_json(transfer)
        return
    print_facts(
        {
            "transfer": transfer["bank_transfer_id"],
            "client": transfer["client_id"],
            "amount": show_amount(transfer["amount"]),
            "from": transfer["sender"],
            "value date": transfer["value_date"],
            "reference": transfer["bank_reference"],
            "state": short(transfer["state"]),
            "why": transfer["reason"],
        }
    )


def add_to(app: typer.Typer) -> None:
    """Adds the groups."""
    app.add_typer(payments, name="payments")
    app.add_typer(bank_transfers, name="bank-transfers")
