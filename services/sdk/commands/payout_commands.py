"""How money leaves: each payee's rail, bank details, and files that operators take to a bank."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, cast

import typer

from ..messages import PayoutRail, PayoutRails
from ..money import parse_money, show_money
from .console import print_facts, print_json, print_table, say, when
from .failures import EXIT_REFUSED, InputInvalid
from .session import LIMIT, AsJson, Limit, client_of, taken

app = typer.Typer(no_args_is_help=True, help="How money leaves: rails, and files for banks.")

_PREFIX = "PAYOUT_RAIL_"
_RAILS = ("stripe_connect", "stripe_global_payouts", "manual_csv")
# Money may come from where no payee is paid.
_SOURCES = (*_RAILS, "bank")
_OUTCOME_BYTES_MAX = 1_000_000

Payee = Annotated[str, typer.Option("--payee", help="Whose; for operators.")]


@app.command("rails")
def show_rails(context: typer.Context, *, payee_id: Payee = "", as_json: AsJson = False) -> None:
    """Shows on what a payee is paid, what else there is, and who chose what."""
    with client_of(context) as client:
        found = client.payouts.rails(payee_id=payee_id or None)
    _tell(found, as_json=as_json)


@app.command("choose")
def choose_rail(
    context: typer.Context,
    rail: Annotated[str, typer.Argument(metavar="RAIL", help=f"{', '.join(_RAILS)}.")],
    *,
    payee_id: Payee = "",
    reason: Annotated[str, typer.Option(help="Kept with the choice.")] = "",
    as_json: AsJson = False,
) -> None:
    """Chooses the rail of payments to come, and of those that have come back."""
    with client_of(context) as client:
        found = client.payouts.choose_rail(
            rail=_rail(rail), payee_id=payee_id or None, reason=reason or None
        )
    _tell(found, as_json=as_json)


@app.command("bank")
def set_bank_details(
    context: typer.Context,
    *,
    holder: Annotated[str, typer.Option(help="As the bank knows you.")],
    bank_code: Annotated[str, typer.Option("--code", help="A BIC or routing code.")],
    bank_name: Annotated[str, typer.Option("--bank", help="The bank's name.")],
    bank_country: Annotated[str, typer.Option("--country", help="Two letters.")],
    as_json: AsJson = False,
) -> None:
    """Tells where you bank; the account number is asked for, or read from a pipe.

    It is no option, so that it stands in no shell's history and no list of processes.
    """
    number = (
        typer.prompt("Account number or IBAN", hide_input=True, err=True)
        if sys.stdin.isatty()
        else sys.stdin.readline().strip()
    )
    with client_of(context) as client:
        found = client.payouts.set_bank_details(
            account_holder=holder,
            account_number=number,
            bank_code=bank_code,
            bank_name=bank_name,
            bank_country=bank_country.upper(),
        )
    _tell(found, as_json=as_json)


@app.command("export")
def export(
    context: typer.Context,
    *,
    file: Annotated[Path, typer.Option("--to", metavar="FILE", help="Must not exist yet.")],
    currency: Annotated[str, typer.Option(help="Three letters.")] = "USD",
    limit: Annotated[int, typer.Option(min=0, max=1000, help="At most; 0: 1,000.")] = 0,
    batch_id: Annotated[str, typer.Option("--batch", help="An earlier one again.")] = "",
    as_json: AsJson = False,
) -> None:
    """Freezes the payments that wait into a file for a bank. For operators.

    The file holds bank details: only its owner may read it.
    """
    if file.exists():
        raise InputInvalid([f"{file} exists already"])
    with client_of(context) as client:
        batch = (
            client.payouts.batch(batch_id=batch_id)
            if batch_id
            else client.payouts.export(currency=currency.upper(), limit=limit)
        )
    file.touch(mode=0o600, exist_ok=False)
    file.write_bytes(batch["csv"].encode())
    if as_json:
        print_json({name: value for name, value in batch.items() if name != "csv"})
        return
    total = show_money(batch["total_minor"], batch["currency"])
    say(f"{batch['batch_id']}: {batch['payments']} payments, {total}, in {file}")
    say(f"sha256 {batch['sha256']}")


@app.command("import")
def import_outcomes(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="CSV: reference, outcome, value_date, bank_reference, code.",
        ),
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Tells what the bank said: paid, failed or returned, row by row. For operators.

    Good rows count whatever the others are; 1 where any was refused.
    """
    if file.stat().st_size > _OUTCOME_BYTES_MAX:
        raise InputInvalid([f"{file} has more than {_OUTCOME_BYTES_MAX} bytes: split it"])
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as err:
        raise InputInvalid([f"{file} is not UTF-8: {err}"]) from err
    with client_of(context) as client:
        found = client.payouts.import_outcomes(csv=text)
    if as_json:
        print_json(found)
    else:
        for row in found["rows"]:
            if row["problem"]:
                say(f"{file.name}:{row['line']}: {row['reference']} {row['problem']}".rstrip())
        say(
            f"{found['recorded']} recorded, {found['repeated_rows']} known already,"
            f" {found['refused']} refused"
        )
    if found["refused"]:
        raise typer.Exit(EXIT_REFUSED)


@app.command("batches")
def list_batches(context: typer.Context, *, limit: Limit = LIMIT, as_json: AsJson = False) -> None:
    """Lists the files that were exported, and what waits. For operators."""
    with client_of(context) as client:
        batches = taken(client.payouts.batches(), limit=limit)
    if as_json:
        print_json(batches)
        return
    print_table(
        batches,
        [
            ("batch", lambda one: one["batch_id"]),
            ("payments", lambda one: str(one["payments"])),
            ("total", lambda one: show_money(one["total_minor"], one["currency"])),
            ("made", lambda one: when(one.get("create_time"))),
            ("by", lambda one: one["created_by"]),
            ("sha256", lambda one: one["sha256"][:16]),
        ],
        empty="nothing was exported yet",
    )


@app.command("fund")
def record_funding(
    context: typer.Context,
    rail: Annotated[str, typer.Argument(metavar="RAIL", help=f"{', '.join(_SOURCES)}.")],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="As in '250.00 USD'.")],
    *,
    reference: Annotated[str, typer.Option(help="What the bank calls the movement.")],
    from_rail: Annotated[str, typer.Option("--from", help="From where.")] = "stripe_connect",
) -> None:
    """Records that our own money went to where a rail pays from. For operators."""
    with client_of(context) as client:
        made = client.payouts.record_funding(
            from_rail=_rail(from_rail, of=_SOURCES),
            to_rail=_rail(rail, of=_SOURCES),
            amount=parse_money(amount),
            reference=reference,
        )
    say(made["entry_id"])


@app.command("take-back")
def take_back(
    context: typer.Context,
    statement_id: Annotated[str, typer.Argument(metavar="STATEMENT")],
    *,
    reason: Annotated[str, typer.Option(help="Kept in the log.")],
) -> None:
    """Takes back what lies with a payee and cannot go on; it is owed again. For operators."""
    with client_of(context) as client:
        found = client.payouts.take_back(statement_id=statement_id, reason=reason)
    say(f"{found['state'].removeprefix('STATEMENT_STATE_')} {found['reason']}".rstrip())


@app.command()
def resume(
    context: typer.Context,
    statement_id: Annotated[str, typer.Argument(metavar="STATEMENT")],
    *,
    reason: Annotated[str, typer.Option(help="Kept in the log.")],
) -> None:
    """Lets a payment go on that stands still until somebody has looked. For operators."""
    with client_of(context) as client:
        found = client.payouts.resume(statement_id=statement_id, reason=reason)
    say(f"{found['state'].removeprefix('STATEMENT_STATE_')} {found['reason']}".rstrip())


def _rail(name: str, *, of: tuple[str, ...] = _RAILS) -> PayoutRail:
    if name not in of:
        raise InputInvalid([f"{name!r} is none of {', '.join(of)}"])
    return cast("PayoutRail", f"{_PREFIX}{name.upper()}")


def _name(rail: str) -> str:
    return rail.removeprefix(_PREFIX).lower()


def _tell(found: PayoutRails, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    last = found["bank_last_four"]
    print_facts(
        {
            "payee": found["payee_id"],
            "country": found["country"],
            "rail": _name(found["rail"]),
            "may be": ", ".join(map(_name, found["allowed"])) or "none",
            "bank account": f"...{last}" if last else "",
        }
    )
    for choice in found["choices"]:
        by, rail = choice["chosen_by"], _name(choice["rail"])
        say(f"{when(choice.get('choose_time'))}: {rail}, by {by} {choice['reason']}".rstrip())
