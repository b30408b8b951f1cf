"""Corrections by two persons: one operator proposes, another confirms or declines."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from ..days import parse_day
from ..errors import InvalidRequest
from ..messages import Adjustment, AdjustmentState, ProposedPosting
from ..money import parse_price, show_units, units_of
from .console import in_words, print_facts, print_json, print_list, print_table, say, when
from .failures import InputInvalid
from .session import LIMIT, AsJson, Limit, client_of, taken

app = typer.Typer(
    no_args_is_help=True, help="Corrections of the books by two persons. For operators."
)

Legs = Annotated[
    list[str],
    typer.Option(
        metavar="ACCOUNT=AMOUNT", help="As in platform:absorbed:USD=2.00; may be several."
    ),
]
Reason = Annotated[str, typer.Option(help="In words; whose money it touches reads it.")]
Document = Annotated[str, typer.Option(help="What it rests on, such as the number of a letter.")]
Since = Annotated[
    str, typer.Option("--from", metavar="DAY", help="From when it counts; else from confirmation.")
]
ProposalId = Annotated[str, typer.Argument(metavar="ADJUSTMENT")]
_STATES = ("proposed", "confirmed", "declined", "expired")


@app.command("propose")
def propose_adjustment(
    context: typer.Context,
    *,
    debit: Legs,
    credit: Legs,
    reason: Reason,
    document: Document = "",
    since: Since = "",
    as_json: AsJson = False,
) -> None:
    """Proposes postings; debits and credits come to the same. Another operator confirms them."""
    postings = [*_legs(debit, sign=1), *_legs(credit, sign=-1)]
    _propose(context, reason, document, since, postings=postings, as_json=as_json)


@app.command("reverse")
def reverse_entry(
    context: typer.Context,
    entry_id: Annotated[str, typer.Argument(metavar="ENTRY", help="Its key in the journal.")],
    *,
    reason: Reason,
    document: Document = "",
    since: Since = "",
    as_json: AsJson = False,
) -> None:
    """Proposes to undo an entry, posting by posting; each can be undone once."""
    _propose(context, reason, document, since, reverses_entry_id=entry_id, as_json=as_json)


@app.command("confirm")
def confirm_adjustment(
    context: typer.Context, adjustment_id: ProposalId, *, as_json: AsJson = False
) -> None:
    """Books what another operator has proposed, once."""
    with client_of(context) as client:
        _tell(client.adjustments.confirm(adjustment_id), as_json=as_json)


@app.command("decline")
def decline_adjustment(
    context: typer.Context,
    adjustment_id: ProposalId,
    *,
    reason: Annotated[str, typer.Option(help="For whoever proposed it.")],
    as_json: AsJson = False,
) -> None:
    """Says that a proposal is not booked; whoever made it may, too."""
    with client_of(context) as client:
        _tell(client.adjustments.decline(adjustment_id, reason=reason), as_json=as_json)


@app.command("show")
def show_adjustment(
    context: typer.Context, adjustment_id: ProposalId, *, as_json: AsJson = False
) -> None:
    """Shows a proposal: what it posts, why, and what became of it."""
    with client_of(context) as client:
        _tell(client.adjustments.get(adjustment_id), as_json=as_json)


@app.command("list")
def list_adjustments(
    context: typer.Context,
    *,
    state: Annotated[str, typer.Option(help=f"One of {', '.join(_STATES)}; else all.")] = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Lists proposals, the newest first."""
    if state and state not in _STATES:
        raise InputInvalid([f"--state: {state!r} is none of {', '.join(_STATES)}"])
    wanted = cast("AdjustmentState", f"ADJUSTMENT_STATE_{state.upper()}") if state else None
    with client_of(context) as client:
        found = taken(client.adjustments.list(state=wanted), limit=limit)
    print_list(
        found,
        [
            ("adjustment", lambda one: one["adjustment_id"]),
            ("state", lambda one: in_words(one["state"])),
            ("proposed by", lambda one: one["proposed_by"]),
            ("at", lambda one: when(one.get("propose_time"))),
            ("moves", _moved),
            ("reverses", lambda one: one["reverses_entry_id"]),
            ("reason", lambda one: one["reason"]),
        ],
        empty="nothing was proposed; crewline adjustments propose begins",
        as_json=as_json,
    )


def _legs(given: list[str], *, sign: int) -> list[ProposedPosting]:
    """Errors: InvalidRequest."""
    legs = []
    for one in given:
        account, equals, amount = one.partition("=")
        currency = account.rpartition(":")[2]
        if not equals:
            raise InvalidRequest(
                f"{one!r} is no posting: write it as platform:absorbed:USD=2.00",
                reason="POSTING_INVALID",
            )
        units = units_of(parse_price(f"{amount.strip()} {currency}"))
        legs.append(ProposedPosting(account=account.strip(), amount_units=sign * units))
    return legs


def _start_of(day: str) -> str | None:
    return f"{parse_day(day)}T00:00:00Z" if day else None


def _moved(one: Adjustment) -> str:
    """What is debited in all."""
    debits = [each for each in one["postings"] if each["amount_units"] > 0]
    if not debits:
        return ""
    return show_units(sum(each["amount_units"] for each in debits), debits[0]["currency"])


def _propose(
    context: typer.Context,
    reason: str,
    document: str,
    since: str,
    *,
    postings: list[ProposedPosting] | None = None,
    reverses_entry_id: str | None = None,
    as_json: bool,
) -> None:
    with client_of(context) as client:
        made = client.adjustments.propose(
            reason,
            postings=postings,
            reverses_entry_id=reverses_entry_id,
            document=document or None,
            effective_time=_start_of(since),
        )
    _tell(made, as_json=as_json)
    if not as_json:
        say(f"next, by another operator: crewline adjustments confirm {made['adjustment_id']}")


def _tell(one: Adjustment, *, as_json: bool) -> None:
    if as_json:
        print_json(one)
        return
    print_facts(
        {
            "adjustment": one["adjustment_id"],
            "state": in_words(one["state"]),
            "reason": one["reason"],
            "document": one["document"],
            "reverses": one["reverses_entry_id"],
            "counts from": when(one.get("effective_time")),
            "proposed by": one["proposed_by"],
            "resolved by": one["resolved_by"],
            "declined because": one["declined_because"],
            "expires": "" if one["resolved_by"] else when(one.get("expire_time")),
            "entry": one["entry_id"],
        }
    )
    print_table(
        one["postings"],
        [
            ("account", lambda each: each["account"]),
            ("debit", lambda each: _side(each["amount_units"], each["currency"])),
            ("credit", lambda each: _side(-each["amount_units"], each["currency"])),
        ],
        empty="",
    )


def _side(amount_units: int, currency: str) -> str:
    return show_units(amount_units, currency) if amount_units > 0 else ""
