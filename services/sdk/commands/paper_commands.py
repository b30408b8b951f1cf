"""Papers: receipts of what came in, invoices of what it was spent on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..messages import Paper
from ..money import parse_money, show_amount
from .console import print_json, print_table, say, short, when
from .session import LIMIT, AsJson, Limit, client_of, taken

invoices = typer.Typer(no_args_is_help=True, help="What projects cost, frozen, by month.")
receipts = typer.Typer(no_args_is_help=True, help="What came in, frozen.")

PaperId = Annotated[str, typer.Argument(metavar="PAPER")]
To = Annotated[Path | None, typer.Option("--to", help="The file; left out, its number.")]
Whose = Annotated[str, typer.Option("--client", help="Whose; for operators. Left out, your own.")]


@invoices.command("list")
def list_invoices(
    context: typer.Context, *, client_id: Whose = "", limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Lists invoices and credit notes, the newest first."""
    with client_of(context) as client:
        found = taken(client.invoices.list(client_id=client_id or None), limit=limit)
    _tell_all(found, as_json=as_json, empty="no invoices; a month that is over makes one")


@invoices.command("get")
def get_invoice(context: typer.Context, paper_id: PaperId) -> None:
    """Prints the frozen JSON of an invoice or credit note, byte for byte."""
    with client_of(context) as client:
        print(client.invoices.get(paper_id)["content"])


@invoices.command("pdf")
def invoice_pdf(context: typer.Context, paper_id: PaperId, *, to: To = None) -> None:
    """Writes an invoice or credit note as PDF."""
    with client_of(context) as client:
        path = to or Path(f"{client.invoices.get(paper_id)['number']}.pdf")
        size = client.invoices.pdf(paper_id, path)
    say(f"{path}: {size:,} bytes")


@invoices.command("create")
def create_invoice(
    context: typer.Context,
    client_id: Annotated[str, typer.Argument(metavar="CLIENT")],
    currency: Annotated[str, typer.Argument(metavar="CURRENCY")],
    *,
    end_time: Annotated[str, typer.Option(help="RFC 3339; left out, as late as may be.")] = "",
    as_json: AsJson = False,
) -> None:
    """Invoices what is not invoiced yet, before the month is over. For operators."""
    with client_of(context) as client:
        made = client.invoices.create(
            client_id=client_id, currency=currency.upper(), end_time=end_time or None
        )
    _tell_all([made], as_json=as_json, empty="")


@invoices.command("credit")
def credit_invoice(
    context: typer.Context,
    paper_id: PaperId,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="As in '250.00 USD'.")],
    *,
    reason: Annotated[str, typer.Option(help="Stands on the credit note.")],
    as_json: AsJson = False,
) -> None:
    """Takes back an invoice, or part of it, by a credit note. For operators."""
    with client_of(context) as client:
        made = client.invoices.credit(paper_id, amount=parse_money(amount), reason=reason)
    _tell_all([made], as_json=as_json, empty="")


@receipts.command("list")
def list_receipts(
    context: typer.Context, *, client_id: Whose = "", limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Lists receipts, the newest first."""
    with client_of(context) as client:
        found = taken(client.receipts.list(client_id=client_id or None), limit=limit)
    _tell_all(found, as_json=as_json, empty="nothing came in yet")


@receipts.command("get")
def get_receipt(context: typer.Context, paper_id: PaperId) -> None:
    """Prints the frozen JSON of a receipt, byte for byte."""
    with client_of(context) as client:
        print(client.receipts.get(paper_id)["content"])


@receipts.command("pdf")
def receipt_pdf(context: typer.Context, paper_id: PaperId, *, to: To = None) -> None:
    """Writes a receipt as PDF."""
    with client_of(context) as client:
        path = to or Path(f"{client.receipts.get(paper_id)['number']}.pdf")
        size = client.receipts.pdf(paper_id, path)
    say(f"{path}: {size:,} bytes")


def _tell_all(papers: list[Paper], *, as_json: bool, empty: str) -> None:
    if as_json:
        print_json(papers)
        return
    print_table(
        papers,
        [
            ("paper", lambda one: one["paper_id"]),
            ("number", lambda one: one["number"]),
            ("kind", lambda one: short(one["kind"])),
            ("total", lambda one: show_amount(one["total"])),
            ("from", lambda one: when(one.get("start_time"))),
            ("until", lambda one: when(one.get("end_time"))),
            ("of", lambda one: one["source_id"]),
        ],
        empty=empty,
    )


def add_to(app: typer.Typer) -> None:
    """Adds the groups."""
    app.add_typer(invoices, name="invoices")
    app.add_typer(receipts, name="receipts")
