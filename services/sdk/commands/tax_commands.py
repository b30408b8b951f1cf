"""Who a payee is to tax authorities: certified once, and shown without the number."""

from __future__ import annotations

import sys
from typing import Annotated, cast

import typer

from ..messages import TaxForm, TaxIdentity, TaxIdType
from ..money import parse_money
from .console import print_facts, print_json, say, short, when
from .failures import InputInvalid
from .session import AsJson, client_of

app = typer.Typer(no_args_is_help=True, help="Who you are to tax authorities. For payees.")

_FORMS = ("W9", "W8BEN", "W8BENE", "DAC7", "OTHER")
_ID_TYPES = ("SSN", "ITIN", "EIN", "TIN", "VAT")


@app.command("show")
def show(
    context: typer.Context,
    *,
    payee_id: Annotated[str, typer.Option("--payee", help="Whose; for operators.")] = "",
    as_json: AsJson = False,
) -> None:
    """Shows the tax form that is there, and until when it holds."""
    with client_of(context) as client:
        _tell(client.tax_identity.get(payee_id=payee_id or None), as_json=as_json)


@app.command("certify")
def certify(
    context: typer.Context,
    *,
    form: Annotated[str, typer.Option(help="W9, W8BEN, W8BENE, DAC7 or OTHER.")],
    country: Annotated[str, typer.Option(help="Two letters: whose number it is.")],
    id_type: Annotated[str, typer.Option(help="SSN, ITIN, EIN, TIN or VAT.")],
    legal_name: Annotated[str, typer.Option("--name", help="As the authority knows you.")],
    certified: Annotated[
        bool, typer.Option("--i-certify", help="All of it is true, where asked under penalties.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Gives or corrects the tax form; the number is asked for, or read from a pipe.

    It is no option, so that it stands in no shell's history and no list of processes.
    """
    if not certified:
        raise InputInvalid(["say --i-certify, that all of it is true"])
    said = {"TAX_FORM_": (form.upper(), _FORMS), "TAX_ID_TYPE_": (id_type.upper(), _ID_TYPES)}
    for value, known in said.values():
        if value not in known:
            raise InputInvalid([f"{value!r} is none of {', '.join(known)}"])
    number = (
        typer.prompt("Tax number", hide_input=True, err=True)
        if sys.stdin.isatty()
        else sys.stdin.readline().strip()
    )
    with client_of(context) as client:
        found = client.tax_identity.certify(
            form=cast("TaxForm", f"TAX_FORM_{form.upper()}"),
            country=country.upper(),
            id_type=cast("TaxIdType", f"TAX_ID_TYPE_{id_type.upper()}"),
            number=number,
            legal_name=legal_name,
            certified=True,
        )
    _tell(found, as_json=as_json)


def _tell(found: TaxIdentity, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    last, id_type = found["number_last_four"], found["id_type"].removeprefix("TAX_ID_TYPE_")
    print_facts(
        {
            "payee": found["payee_id"],
            "form": found["form"].removeprefix("TAX_FORM_"),
            "country": found["country"],
            "number": f"{id_type} ...{last}" if last else id_type,
            "name": found["legal_name"],
            "certified": when(found.get("certify_time")),
            "holds until": when(found.get("expire_time")),
            "state": short(found["state"]),
            "version": str(found["version"]),
        }
    )
    if found["same_number_payee_ids"]:
        say(f"the same number was given by {', '.join(found['same_number_payee_ids'])}")


@app.command("remitted")
def remitted(
    context: typer.Context,
    authority: Annotated[str, typer.Argument(metavar="AUTHORITY", help="As in tax:irs:withheld.")],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="As in '250.00 USD'.")],
    *,
    reference: Annotated[str, typer.Option(help="What the payment says; names it once.")],
    paid_from: Annotated[str, typer.Option(help="The rail whose balance it left.")] = "manual_csv",
    as_json: AsJson = False,
) -> None:
    """Writes down that withheld tax was sent to its authority. For operators."""
    money = parse_money(amount)
    with client_of(context) as client:
        done = client.tax_identity.record_remittance(
            authority=authority, amount=money, paid_from=paid_from, reference=reference
        )
    if as_json:
        print_json(done)
    else:
        say(f"booked as {done['entry_id']}")
