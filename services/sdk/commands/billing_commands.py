"""How receipts and invoices name a client: stated once, corrected for papers from then on."""

from __future__ import annotations

from typing import Annotated

import typer

from ..messages import BillingParticulars, ClientTax
from .console import print_facts, print_json, say, when
from .failures import InputInvalid
from .session import AsJson, client_of

app = typer.Typer(no_args_is_help=True, help="How receipts and invoices name you. For clients.")


@app.command("show")
def show(
    context: typer.Context,
    *,
    client_id: Annotated[str, typer.Option("--client", help="Whose; for operators.")] = "",
    as_json: AsJson = False,
) -> None:
    """Shows the details that stand on papers from now on."""
    with client_of(context) as client:
        found = client.invoices.particulars(client_id=client_id or None)
    _tell(found, as_json=as_json)


@app.command("set")
def set_details(
    context: typer.Context,
    *,
    name: Annotated[str | None, typer.Option(help="The legal name.")] = None,
    lines: Annotated[
        list[str] | None, typer.Option("--line", help="Of the address; again for each line.")
    ] = None,
    postal_code: Annotated[str | None, typer.Option(help="Of the address.")] = None,
    city: Annotated[str | None, typer.Option(help="Of the address.")] = None,
    country: Annotated[str | None, typer.Option(help="Two letters, such as KE.")] = None,
    tax_number: Annotated[str | None, typer.Option(help="Such as a VAT id.")] = None,
    registration: Annotated[str | None, typer.Option(help="In a register of companies.")] = None,
    email: Annotated[str | None, typer.Option(help="Where invoices are to be sent.")] = None,
    purchase_order: Annotated[
        str | None, typer.Option(help="Your own reference, on each invoice.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """States them, or corrects some: what is left out stays, '' takes it away.

    Papers that were issued stay as they are.
    """
    texts = {
        "name": name,
        "postal_code": postal_code,
        "city": city,
        "country": None if country is None else country.upper(),
        "tax_number": tax_number,
        "registration": registration,
        "email": email,
        "purchase_order": purchase_order,
    }
    changes: dict[str, object] = {key: text for key, text in texts.items() if text is not None}
    if lines is not None:
        changes["lines"] = [line for line in lines if line]
    if not changes:
        raise InputInvalid(["say what is to be stated, such as --name"])
    with client_of(context) as client:
        # The version goes back with them: what somebody else corrects meanwhile is not lost.
        said = client.invoices.particulars()
        said.pop("state_time", None)
        said.pop("tax", None)
        said.update(changes)  # type: ignore[typeddict-item]  # of its own keys
        found = client.invoices.set_particulars(said)
    _tell(found, as_json=as_json)


@app.command("tax")
def set_tax(
    context: typer.Context,
    client_id: Annotated[str, typer.Argument(metavar="CLIENT")],
    *,
    rate_bps: Annotated[
        int | None,
        typer.Option("--bps", help="Hundredths of a percent; left out, the platform's own rate."),
    ] = None,
    note: Annotated[str, typer.Option(help="Stands on the invoices: such as why it is 0.")] = "",
    as_json: AsJson = False,
) -> None:
    """Sets the tax on a client's invoices from now on. For operators."""
    with client_of(context) as client:
        client.invoices.set_tax(client_id=client_id, rate_bps=rate_bps, note=note or None)
        found = client.invoices.particulars(client_id=client_id)
    _tell(found, as_json=as_json)


def _told_tax(tax: ClientTax | None) -> str:
    if tax is None:
        return ""
    rate_bps = tax.get("rate_bps")
    rate = "the platform's own" if rate_bps is None else f"{rate_bps / 100:g} %"
    return f"{rate}: {tax['note']}" if tax["note"] else rate


def _tell(found: BillingParticulars, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    print_facts(
        {
            "name": found["name"],
            "address": ", ".join(found.get("lines", [])),
            "postal code": found.get("postal_code", ""),
            "city": found.get("city", ""),
            "country": found.get("country", ""),
            "tax number": found.get("tax_number", ""),
            "registration": found.get("registration", ""),
            "invoices to": found.get("email", ""),
            "purchase order": found.get("purchase_order", ""),
            "tax": _told_tax(found.get("tax")),
            "stated": when(found.get("state_time")),
        }
    )
    if not found.get("version"):
        say("nothing was stated yet: papers have the name only; crewline billing set states more")
