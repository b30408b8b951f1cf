"""`crewline reviews`, `appeals` and `breakers`: what people decide about answers and rejections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, cast

import typer

from ..messages import (
    Appeal,
    AppealDecision,
    AppealState,
    Breaker,
    BreakerState,
    Decision,
    ReviewDecision,
)
from .console import print_facts, print_json, print_list, say, short, when
from .failures import EXIT_REFUSED, InputInvalid, told
from .session import LIMIT, AsJson, Limit, client_of, taken

reviews = typer.Typer(no_args_is_help=True, help="Answers that wait for a person.")
appeals = typer.Typer(no_args_is_help=True, help="Appeals of contractors against rejections.")
breakers = typer.Typer(no_args_is_help=True, help="Projects whose rejections wait for an operator.")

AssignmentIds = Annotated[
    list[str], typer.Argument(metavar="ASSIGNMENT...", help="Ids, as the list shows them.")
]
AppealIds = Annotated[list[str], typer.Argument(metavar="APPEAL...", help="Their ids.")]
AppealId = Annotated[str, typer.Argument(metavar="APPEAL", help="Its id.")]
BreakerId = Annotated[str, typer.Argument(metavar="BREAKER", help="Its id.")]
Words = Annotated[str, typer.Option("--note", help="Why, in words that the contractor reads.")]
_APPEAL_STATES = ("open", "upheld", "dismissed", "withdrawn")
_BREAKER_STATES = ("tripped", "released", "overruled")


@reviews.command("list")
def list_reviews(
    context: typer.Context,
    project_id: Annotated[str, typer.Argument(metavar="PROJECT", help="The project's id.")],
    *,
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Lists what waits for a person in a project, oldest first."""
    with client_of(context) as client:
        found = taken(client.reviews.list(project_id), limit=limit)
    print_list(
        found,
        [
            ("assignment", lambda one: one["assignment_id"]),
            ("task", lambda one: one["task_id"]),
            ("by", lambda one: one["contractor_pseudonym"]),
            ("answer", lambda one: one["value"]),
            ("why", lambda one: one["reason"]),
            ("since", lambda one: when(one.get("decide_time"))),
        ],
        empty="nothing waits",
        as_json=as_json,
    )


def _tell_results(results: Sequence[Any], *, identity: str, outcome: str, as_json: bool) -> None:
    """What came of each; those refused cost the others nothing, and are the exit code."""
    if as_json:
        print_json(results)
    refused = 0
    for one in results:
        error = one.get("error")
        refused += error is not None
        if not as_json:
            said = told(error) if error is not None else short(one[outcome])
            say(f"{one[identity]}: {said}")
    if refused:
        raise typer.Exit(EXIT_REFUSED)


def _review(name: str, summary: str, decision: str) -> None:
    def decide(
        context: typer.Context,
        assignment_ids: AssignmentIds,
        *,
        reason: Annotated[
            str, typer.Option("--reason", help="The clause it rests on; the contractor reads it.")
        ],
        as_json: AsJson = False,
    ) -> None:
        wanted = [
            ReviewDecision(
                assignment_id=one, decision=cast("Decision", f"DECISION_{decision}"), reason=reason
            )
            for one in assignment_ids
        ]
        with client_of(context) as client:
            results = client.reviews.decide(wanted)
        _tell_results(results, identity="assignment_id", outcome="decision", as_json=as_json)

    decide.__doc__ = summary
    reviews.command(name)(decide)


_review("accept", "Accepts answers that are in review: they are paid.", "ACCEPTED")
_review("reject", "Rejects answers that are in review; each can be appealed.", "REJECTED")


@appeals.command("list")
def list_appeals(
    context: typer.Context,
    *,
    state: Annotated[str, typer.Option(metavar="|".join(_APPEAL_STATES), help="Only these.")] = "",
    project: Annotated[str, typer.Option(help="Only of this project.")] = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Lists appeals, newest first: one's own, one's pool's, one's projects', or all."""
    _check(state, _APPEAL_STATES)
    wanted = cast("AppealState", f"APPEAL_STATE_{state.upper()}") if state else None
    with client_of(context) as client:
        found = taken(client.appeals.list(state=wanted, project_id=project or None), limit=limit)
    print_list(
        found,
        [
            ("appeal", lambda one: one["appeal_id"]),
            ("assignment", lambda one: one["assignment_id"]),
            ("by", lambda one: one["contractor_id"] or one["contractor_pseudonym"]),
            ("state", lambda one: short(one["state"])),
            ("filed", lambda one: when(one.get("file_time"))),
            (
                "decided by",
                lambda one: one["decided_by"] or f"due {when(one.get('decide_by_time'))}",
            ),
        ],
        empty="no appeals",
        as_json=as_json,
    )


@appeals.command("show")
def show_appeal(context: typer.Context, appeal_id: AppealId, *, as_json: AsJson = False) -> None:
    """Shows an appeal: what was rejected on what grounds, and what was said since."""
    with client_of(context) as client:
        appeal = client.appeals.get(appeal_id)
    _tell_appeal(appeal, as_json=as_json)


@appeals.command("file")
def file_appeal(
    context: typer.Context,
    assignment_id: Annotated[str, typer.Argument(metavar="ASSIGNMENT", help="What was rejected.")],
    *,
    statement: Annotated[str, typer.Option(help="Why the rejection is wrong.")],
    as_json: AsJson = False,
) -> None:
    """Appeals against a rejection, within seven days of it. For contractors and their vendors."""
    with client_of(context) as client:
        appeal = client.appeals.create(assignment_id=assignment_id, statement=statement)
    _tell_appeal(appeal, as_json=as_json)


@appeals.command("withdraw")
def withdraw_appeal(
    context: typer.Context, appeal_id: AppealId, *, as_json: AsJson = False
) -> None:
    """Lets the rejection stand after all."""
    with client_of(context) as client:
        appeal = client.appeals.withdraw(appeal_id)
    _tell_appeal(appeal, as_json=as_json)


def _appeal_decision(name: str, summary: str, state: str) -> None:
    def decide(
        context: typer.Context, appeal_ids: AppealIds, *, note: Words, as_json: AsJson = False
    ) -> None:
        wanted = [
            AppealDecision(
                appeal_id=one, state=cast("AppealState", f"APPEAL_STATE_{state}"), note=note
            )
            for one in appeal_ids
        ]
        with client_of(context) as client:
            results = client.appeals.decide(wanted)
        _tell_results(results, identity="appeal_id", outcome="state", as_json=as_json)

    decide.__doc__ = summary
    appeals.command(name)(decide)


_appeal_decision("uphold", "The answer was right after all: it is paid. For operators.", "UPHELD")
_appeal_decision("dismiss", "The rejection stands. For operators.", "DISMISSED")


@breakers.command("list")
def list_breakers(
    context: typer.Context,
    *,
    state: Annotated[str, typer.Option(metavar="|".join(_BREAKER_STATES), help="Only these.")] = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Lists projects whose rejections are or were held, newest first. For operators."""
    _check(state, _BREAKER_STATES)
    wanted = cast("BreakerState", f"BREAKER_STATE_{state.upper()}") if state else None
    with client_of(context) as client:
        found = taken(client.breakers.list(state=wanted), limit=limit)
    print_list(
        found,
        [
            ("breaker", lambda one: one["breaker_id"]),
            ("project", lambda one: one["project_id"]),
            ("state", lambda one: short(one["state"])),
            ("held", lambda one: f"{one['answers_held']:,}"),
            ("rejected", lambda one: f"{one['rejected_share']:.0%} of {one['limit_share']:.0%}"),
            ("since", lambda one: when(one.get("trip_time"))),
        ],
        empty="nothing is held",
        as_json=as_json,
    )


def _closing(name: str, summary: str, state: str) -> None:
    def close(
        context: typer.Context, breaker_id: BreakerId, *, note: Words, as_json: AsJson = False
    ) -> None:
        wanted = cast("BreakerState", f"BREAKER_STATE_{state}")
        with client_of(context) as client:
            breaker: Breaker = client.breakers.close(breaker_id, state=wanted, note=note)
        if as_json:
            print_json(breaker)
        else:
            say(f"{breaker['answers_held']:,} held answers: {short(breaker['state'])}")

    close.__doc__ = summary
    breakers.command(name)(close)


_closing("release", "Lets the held rejections through. For operators.", "RELEASED")
_closing("overrule", "Accepts and pays the held answers instead. For operators.", "OVERRULED")


def _check(state: str, states: tuple[str, ...]) -> None:
    if state and state not in states:
        raise InputInvalid([f"--state: {state!r} is none of {', '.join(states)}"])


def _tell_appeal(appeal: Appeal, *, as_json: bool) -> None:
    if as_json:
        print_json(appeal)
        return
    print_facts(
        {
            "appeal": appeal["appeal_id"],
            "state": short(appeal["state"]),
            "project": appeal["project_id"],
            "assignment": appeal["assignment_id"],
            "by": appeal["contractor_id"] or appeal["contractor_pseudonym"],
            "answer": appeal["value"],
            "rejected because of": appeal["rejection_reason"],
            "clause": appeal["rejection_clause"],
            "evidence": ", ".join(
                f"{name} {value}" for name, value in appeal["rejection_evidence"].items()
            ),
            "statement": appeal["statement"],
            "second opinion": appeal["opinion_value"],
            "filed": when(appeal.get("file_time")),
            "decided by then": when(appeal.get("decide_by_time")),
            "decided": when(appeal.get("decide_time")),
            "decided by": appeal["decided_by"],
            "note": appeal["decision_note"],
        }
    )
