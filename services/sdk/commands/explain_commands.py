"""`crewline explain`: an answer's money, or a contractor's, from its beginning to the bank."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..client import Crewline
from ..messages import GetContractorMoneyResponse
from ..money import show_amount, show_money, show_units, units_of
from .console import print_facts, print_json, print_table, say, short, when
from .failures import EXIT_REFUSED, InputInvalid
from .session import AsJson, client_of


def explain(
    context: typer.Context,
    assignment_id: Annotated[
        str, typer.Argument(metavar="[ASSIGNMENT]", help="The answer whose money is meant.")
    ] = "",
    *,
    contractor_id: Annotated[
        str, typer.Option("--contractor", metavar="CONTRACTOR", help="All that a person earned.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Follows money from accepted answers to the bank. For payees and operators.

    Of one answer, or with --contractor of all that a person has earned: sums that add up (1 where
    they do not), and each statement with its payment.
    """
    if bool(assignment_id) == bool(contractor_id):
        raise InputInvalid(["name an assignment, or a contractor by --contractor"])
    with client_of(context) as client:
        if contractor_id:
            _explain_contractor(client, contractor_id, as_json=as_json)
        else:
            _explain_answer(client, assignment_id, as_json=as_json)


def _explain_answer(client: Crewline, assignment_id: str, *, as_json: bool) -> None:
    found = client.earnings.of_answer(assignment_id)
    if as_json:
        print_json(found)
        return
    for entry in found["entries"]:
        say(f"{when(entry.get('record_time'))}  {entry['kind']}  {entry['reason']}".rstrip())
        for posting in entry["postings"]:
            amount = show_units(posting["amount_units"], posting["currency"])
            say(f"    {posting['account']}  {amount}")
    print_table(
        found["payments"],
        [
            ("entry", lambda one: one["entry_id"]),
            ("pay period", lambda one: one["pay_period_id"]),
            ("statement", lambda one: one["statement_id"] or "not yet"),
            ("state", lambda one: short(one["state"]) if one["statement_id"] else ""),
            ("why", lambda one: one["reason"]),
            ("transfer", lambda one: one["transfer_id"]),
            ("payout", lambda one: one["payout_id"]),
        ],
        empty="nothing was accepted",
    )


def _explain_contractor(client: Crewline, contractor_id: str, *, as_json: bool) -> None:
    found = client.contractors.money(contractor_id)
    statements = list(found["statements"])
    before = found["next_before_statement_id"]
    while before:
        older = client.contractors.money(contractor_id, before_statement_id=before)
        statements += older["statements"]
        before = older["next_before_statement_id"]
    if as_json:
        print_json({"sums": found["sums"], "statements": statements})
    else:
        _print_sums(found)
        _print_statements(statements)
    if any(units_of(one["unexplained"]) for one in found["sums"]):
        raise typer.Exit(EXIT_REFUSED)


def _print_sums(found: GetContractorMoneyResponse) -> None:
    for one in found["sums"]:
        why = one["why_not_stated"].lower().replace("_", " ")
        if one["minimum_minor"]:
            why += f" of {show_money(one['minimum_minor'], one['earned']['currency'])}"
        facts = {"through": one["vendor_id"] or "directly"}
        facts |= {kind["kind"]: show_amount(kind["amount"]) for kind in one["earnings"]}
        facts |= {
            "earned": show_amount(one["earned"]),
            "not stated": f"{show_amount(one['not_stated'])}  {why}".rstrip(),
            "stated, not paid": show_amount(one["stated"]),
            "paid": show_amount(one["paid"]),
        }
        if units_of(one["unexplained"]):
            facts["unexplained"] = show_amount(one["unexplained"])
        print_facts(facts)


def _print_statements(statements: list[Any]) -> None:
    print_table(
        statements,
        [
            ("statement", lambda one: one["statement"]["statement_id"]),
            ("of it", lambda one: show_amount(one["amount"])),
            ("state", lambda one: short(one["statement"]["state"])),
            ("why", lambda one: one["statement"]["reason"]),
            ("transfer", lambda one: one["statement"]["transfer_id"]),
            ("payout", lambda one: one["statement"]["payout_id"]),
            ("at the bank", lambda one: one.get("bank_line", {}).get("arrival_day", "")),
            ("trace", lambda one: one.get("bank_line", {}).get("trace_id", "")),
            ("movements", lambda one: " ".join(
                movement["balance_transaction_id"] for movement in one["movements"]
            )),
        ],
        empty="on no statement yet",
    )  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("explain")(explain)
