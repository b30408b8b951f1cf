"""Money: funds, deposits, earnings, statements, pay periods, payout accounts."""

from __future__ import annotations

from typing import Annotated

import typer

from ..messages import PayoutAccount, PayPeriod
from ..money import parse_money, show_amount, show_money, show_units
from .console import print_facts, print_json, print_list, print_table, say, short, when
from .session import LIMIT, AsJson, Limit, client_of, taken
from .unpaid_facts import show_unpaid

statements = typer.Typer(no_args_is_help=True, help="What a pay period came to, frozen.")
pay_periods = typer.Typer(no_args_is_help=True, help="Closing and paying. For operators.")
deposits = typer.Typer(no_args_is_help=True, help="Clients' money reaching the platform.")
payout_account = typer.Typer(no_args_is_help=True, help="Where a payee's money goes.")

PeriodId = Annotated[str, typer.Argument(metavar="PAY_PERIOD")]


def funds(
    context: typer.Context,
    *,
    client_id: Annotated[
        str, typer.Option("--client", help="Whose; for operators. Left out, your own.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Shows what a client may spend, and what is held for its projects."""
    with client_of(context) as client:
        found = client.funds.get(client_id=client_id or None)
    if as_json:
        print_json(found)
        return
    for money in found["available"]:
        say(f"available: {show_amount(money)}")
    print_table(
        found["holds"],
        [
            ("project", lambda one: one["project_id"]),
            ("held for answers", lambda one: show_amount(one["held"])),
            ("for fair pay", lambda one: show_amount(one["reserve"])),
        ],
        empty="nothing is held",
    )


@deposits.command("create")
def create_deposit(
    context: typer.Context,
    client_id: Annotated[str, typer.Argument(metavar="CLIENT", help="The organisation's id.")],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="As in '250.00 USD'.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Asks the payment provider for a top-up in a client's name. For operators."""
    money = parse_money(amount)
    with client_of(context) as client:
        made = client.deposits.create(client_id=client_id, amount=money)
    if as_json:
        print_json(made)
    else:
        say(f"deposit {made['deposit_id']} is {made['status']} ({made['topup_id']})")


def earnings(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Shows what you have earned as a contractor, whoever pays it out."""
    with client_of(context) as client:
        found = client.earnings.get()
    print_list(
        found,
        [
            ("answers", lambda one: f"{one['answers']:,}"),
            ("not yet stated", lambda one: show_units(one["accrued_units"], one["currency"])),
            ("stated", lambda one: show_units(one["stated_units"], one["currency"])),
            ("paid", lambda one: show_units(one["paid_units"], one["currency"])),
        ],
        empty="nothing is earned yet",
        as_json=as_json,
    )


@statements.command("list")
def list_statements(
    context: typer.Context,
    *,
    pay_period: Annotated[str, typer.Option(help="Only of this one.")] = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Lists statements; payees see their own, a vendor's contractors their part of it."""
    with client_of(context) as client:
        found = taken(client.statements.list(pay_period_id=pay_period or None), limit=limit)
    print_list(
        found,
        [
            ("statement", lambda one: one["statement_id"]),
            ("pay period", lambda one: one["pay_period_id"]),
            ("payee", lambda one: one["payee_id"]),
            ("total", lambda one: show_money(one["total_minor"], one["currency"])),
            ("state", lambda one: short(one["state"])),
            ("why", lambda one: one["reason"]),
        ],
        empty="no statements; there is one when a pay period is closed",
        as_json=as_json,
    )


@statements.command("show")
def show_statement(
    context: typer.Context,
    statement_id: Annotated[str, typer.Argument(metavar="STATEMENT")],
    *,
    as_json: AsJson = False,
) -> None:
    """Shows a statement line by line."""
    with client_of(context) as client:
        found = client.statements.get(statement_id)
    if as_json:
        print_json(found)
        return
    currency = found["currency"]
    print_facts(
        {
            "statement": found["statement_id"],
            "pay period": found["pay_period_id"],
            "payee": found["payee_id"],
            "total": show_money(found["total_minor"], currency),
            "state": short(found["state"]),
            **show_unpaid(found.get("unpaid")),
            **{
                f"withheld for {tax['authority']}": show_money(tax["amount_minor"], currency)
                for tax in found["withheld"]
            },
            "pay day": when(found.get("pay_time")),
            "hash": found["document_hash"] or found["hash"],
            "transfer": found["transfer_id"],
            "payout": found["payout_id"],
        }
    )
    print_table(
        found["lines"],
        [
            ("project", lambda line: line["project_id"]),
            ("contractor", lambda line: line["contractor_id"]),
            ("for", lambda line: line["kind"]),
            ("answers", lambda line: f"{line['answers']:,}"),
            ("amount", lambda line: show_units(line["amount_units"], currency)),
        ],
        empty="no lines",
    )
    if found["lines_left_out"]:
        say(
            f"{found['lines_left_out']:,} more lines are in its files:"
            f" crewline statements csv {statement_id}"
        )


@pay_periods.command("list")
def list_periods(context: typer.Context, *, limit: Limit = LIMIT, as_json: AsJson = False) -> None:
    """Lists pay periods, the newest first."""
    with client_of(context) as client:
        found = taken(client.pay_periods.list(), limit=limit)
    print_list(
        found,
        [
            ("pay period", lambda one: one["pay_period_id"]),
            ("state", lambda one: short(one["state"])),
            ("until", lambda one: when(one.get("end_time"))),
            ("statements", lambda one: f"{one['statements']:,}"),
            ("paid", lambda one: f"{one['statements_paid']:,}"),
            ("failed", lambda one: f"{one['statements_failed']:,}"),
        ],
        empty="no pay periods; crewline pay-periods close makes the first",
        as_json=as_json,
    )


@pay_periods.command("show")
def show_period(context: typer.Context, period_id: PeriodId, *, as_json: AsJson = False) -> None:
    """Shows a pay period."""
    with client_of(context) as client:
        _tell(client.pay_periods.get(period_id), as_json=as_json)


@pay_periods.command("close")
def close_period(
    context: typer.Context,
    *,
    end_time: Annotated[
        str, typer.Option(help="RFC 3339: entries before it are in. Left out: all up to now.")
    ] = "",
    minimum_minor: Annotated[
        int, typer.Option(min=0, help="Who earned less carries it over to the next period.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Seals what was earned and makes the statements."""
    with client_of(context) as client:
        period = client.pay_periods.close(
            end_time=end_time or None, minimum_minor=minimum_minor or None
        )
    _tell(period, as_json=as_json)


@pay_periods.command("pay")
def pay_period(context: typer.Context, period_id: PeriodId, *, as_json: AsJson = False) -> None:
    """Pays a closed period's statements; again, those whose cause of failure is gone."""
    with client_of(context) as client:
        done = client.pay_periods.pay(period_id)
        ordered = done["instructions"]
        while done["resume_after"]:
            if not as_json:
                say(f"{ordered:,} payments are on their way, {done['remaining']:,} statements left")
            done = client.pay_periods.pay(period_id, resume_after=done["resume_after"])
            ordered += done["instructions"]
    if as_json:
        print_json({**done, "instructions": ordered})
    else:
        say(f"{ordered:,} payments are on their way")
        say(f"next: crewline pay-periods show {period_id}")


def _tell(period: PayPeriod, *, as_json: bool) -> None:
    if as_json:
        print_json(period)
        return
    print_facts(
        {
            "pay period": period["pay_period_id"],
            "state": short(period["state"]),
            "from": when(period.get("start_time")),
            "until": when(period.get("end_time")),
            "statements": f"{period['statements']:,}",
            "paid": f"{period['statements_paid']:,}",
            "failed": f"{period['statements_failed']:,}",
            "set aside": ", ".join(period.get("clearing_set_aside", [])),
        }
    )
    seal = period.get("seal")
    if seal is not None:
        print_facts(
            {
                "sealed": when(seal.get("seal_time")),
                "chain": f"{seal['block_number']}:{seal['block_hash']}",
                "statements' root": seal["statements_root"],
            }
        )


@payout_account.command("create")
def create_account(
    context: typer.Context,
    *,
    email: Annotated[str, typer.Option(help="For the payment provider; may be left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Makes the account at the payment provider, or shows the one that is there."""
    with client_of(context) as client:
        _tell_account(client.payout_account.create(email=email or None), as_json=as_json)


@payout_account.command("show")
def show_account(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Shows what the account can do, and what the provider still wants to know."""
    with client_of(context) as client:
        _tell_account(client.payout_account.get(), as_json=as_json)


@payout_account.command("link")
def link_account(
    context: typer.Context,
    *,
    return_url: Annotated[str, typer.Option(help="Where the provider sends you after.")] = "",
    as_json: AsJson = False,
) -> None:
    """Prints a single-use address where you tell the provider who you are."""
    with client_of(context) as client:
        back = return_url or client.base_url
        made = client.payout_account.link(refresh_url=back, return_url=back)
    if as_json:
        print_json(made)
    else:
        print(made["url"])


def _tell_account(account: PayoutAccount, *, as_json: bool) -> None:
    if as_json:
        print_json(account)
        return
    print_facts(
        {
            "account": account["account_id"],
            "country": account["country"],
            "currency": account["currency"],
            "transfers": "yes" if account["transfers_enabled"] else "not yet",
            "payouts": "yes" if account["payouts_enabled"] else "not yet",
            "still wanted": ", ".join(account["requirements_due"]),
        }
    )
    if account["requirements_due"]:
        say("next: crewline payout-account link")


def add_to(app: typer.Typer) -> None:
    """Adds the commands and groups."""
    app.command()(funds)
    app.command()(earnings)
    app.add_typer(deposits, name="deposits")
    app.add_typer(statements, name="statements")
    app.add_typer(pay_periods, name="pay-periods")
    app.add_typer(payout_account, name="payout-account")
