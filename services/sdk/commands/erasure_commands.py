"""`crewline contractors erase` and `erasure`: a person goes for good, once nothing is owed."""

from __future__ import annotations

from typing import Annotated

import typer

from ..messages import Contractor, ErasureProgress
from ..money import show_amount
from .console import in_words, print_facts, print_json, print_table, say, when
from .session import AsJson, client_of

ContractorId = Annotated[str, typer.Argument(metavar="CONTRACTOR", help="The contractor's id.")]


def add_to(contractors: typer.Typer) -> None:
    """Adds the commands."""
    contractors.command()(erase)
    contractors.command()(erasure)


def erase(
    context: typer.Context,
    contractor_id: ContractorId,
    *,
    reason: Annotated[
        str,
        typer.Option(
            "--reason", help="Who wanted it and on what ground; it is kept. No name in it."
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erases a person who was offboarded, for good. For operators.

    Name, e-mail and everything else that says who it was go, and their sign-in and keys end: at
    once where nothing is owed to them, else as soon as it is paid. What books and taxes need is
    kept under the id alone. There is no way back.
    """
    with client_of(context) as client:
        if not yes:
            known = client.contractors.get(contractor_id)
            who = f"{known['name'] or contractor_id} ({known['organisation_id']})"
            typer.confirm(f"Erase {who} for good?", abort=True, err=True)
        found = client.contractors.erase(contractor_id, reason=reason)
    if as_json:
        print_json(found)
        return
    _tell(found)


def erasure(
    context: typer.Context, contractor_id: ContractorId, *, as_json: AsJson = False
) -> None:
    """Says how far an erasure is, and what it waits for. For operators."""
    with client_of(context) as client:
        found = client.contractors.get(contractor_id)
        progress = client.contractors.erasure(contractor_id)
    if as_json:
        print_json({"erasure": found.get("erasure"), "progress": progress})
        return
    facts = {"contractor": contractor_id, "asked": when(progress.get("ask_time"))}
    asked = found.get("erasure")
    if asked is not None:
        facts |= {"by": asked["actor"], "reason": asked["reason"]}
        facts["erased"] = when(asked.get("erase_time"))
    print_facts(facts | {"nothing owed since": when(progress.get("erase_time"))})
    if not progress.get("erase_time"):
        _print_hurdles(progress)


def _print_hurdles(progress: ErasureProgress) -> None:
    print_table(
        progress["hurdles"],
        [
            ("waits for", lambda one: in_words(one["hurdle"])),
            ("amount", lambda one: show_amount(one["amount"]) if one.get("amount") else ""),
            ("through", lambda one: one["vendor_id"]),
            ("of", lambda one: one["of_id"]),
            ("why", lambda one: one["reason"]),
        ],
        empty="nothing is open; it is carried out within minutes",
    )


def _tell(found: Contractor) -> None:
    contractor_id = found["contractor_id"]
    asked = found.get("erasure")
    if asked is not None and asked.get("erase_time"):
        say(f"contractor {contractor_id} was erased at {when(asked['erase_time'])}")
        return
    say(
        f"contractor {contractor_id} is erased as soon as nothing is owed;"
        f" crewline contractors erasure {contractor_id} says how far it is"
    )
