"""`crewline projects`: what there is of them, and their states."""

from __future__ import annotations

from typing import Annotated

import typer

from ..messages import GetProjectProgressResponse, Project
from ..money import parse_money, show_amount, show_units
from .console import print_facts, print_json, print_list, say, short, when
from .session import LIMIT, AsJson, Limit, client_of, taken

app = typer.Typer(no_args_is_help=True, help="Projects: what there is of them, and their states.")

ProjectId = Annotated[str, typer.Argument(metavar="PROJECT", help="The project's id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in the history.")]


@app.command("list")
def list_projects(context: typer.Context, *, limit: Limit = LIMIT, as_json: AsJson = False) -> None:
    """Lists the organisation's projects."""
    with client_of(context) as client:
        found = taken(client.projects.list(), limit=limit)
    print_list(
        found,
        [
            ("project", lambda project: project["project_id"]),
            ("name", lambda project: project["name"]),
            ("kind", lambda project: short(project["kind"])),
            ("state", lambda project: short(project["state"])),
            ("tasks", lambda project: f"{project['tasks_posted']:,}"),
            ("pay", _pay),
            ("created", lambda project: when(project.get("create_time"))),
        ],
        empty="no projects; crewline init writes a file to create one from",
        as_json=as_json,
    )


@app.command()
def show(context: typer.Context, project_id: ProjectId, *, as_json: AsJson = False) -> None:
    """Shows a project: state, progress, cost and quality."""
    with client_of(context) as client:
        project = client.projects.get(project_id)
        progress = client.projects.progress(project_id)
        cost = client.projects.cost(project_id)
    if as_json:
        print_json({"project": project, "progress": progress, "cost": cost})
        return
    currency = cost["currency"] or _currency(project)
    print_facts(
        {
            "project": project["project_id"],
            "name": project["name"],
            "kind": short(project["kind"]),
            "state": short(project["state"]),
            "pay": f"{_pay(project)} an accepted answer",
            "costs at most": _price(project),
            "overlap": project["overlap"],
            "held": show_units(project["held_units"], currency),
            "spent": show_units(cost["spent_units"], currency),
            "tasks": f"{progress['tasks_resolved']:,} of {progress['tasks_posted']:,} resolved",
            "answers": f"{progress['answers_submitted']:,} submitted, "
            f"{progress['answers_accepted']:,} accepted, "
            f"{progress['answers_rejected']:,} rejected, "
            f"{progress['answers_in_review']:,} in review",
            "given back": _given_back(progress),
            "created": when(project.get("create_time")),
        }
    )


@app.command()
def report(context: typer.Context, project_id: ProjectId) -> None:
    """Prints a project's quality report as JSON: decisions, agreement, calibration, confusion."""
    with client_of(context) as client:
        print_json(client.projects.quality_report(project_id).get("report", {}))


@app.command()
def signals(
    context: typer.Context, project_id: ProjectId, *, limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Lists what looks wrong about contractors, newest first. For operators."""
    with client_of(context) as client:
        found = taken(client.projects.signals(project_id), limit=limit)
    print_list(
        found,
        [
            ("found", lambda one: when(one.get("find_time"))),
            ("signal", lambda one: one["name"]),
            ("contractors", lambda one: ", ".join(one["contractor_ids"])),
            ("task", lambda one: one["task_id"]),
            ("evidence", lambda one: ", ".join(f"{k} {v}" for k, v in one["evidence"].items())),
        ],
        empty="nothing looks wrong",
        as_json=as_json,
    )


def _given_back(progress: GetProjectProgressResponse) -> str:
    if not progress["assignments_released"]:
        return ""
    reasons = progress["release_reasons"][:5]
    told = ", ".join(f"{one['count']:,} times: {one['reason']}" for one in reasons)
    return f"{progress['assignments_released']:,} ({told})"


@app.command()
def fund(
    context: typer.Context,
    project_id: ProjectId,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="As in '250.00 USD'.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Holds money for a project, on top of what is held already."""
    money = parse_money(amount)
    with client_of(context) as client:
        held = client.projects.fund(project_id, amount=money)
        # The broker hears of it a moment later; who funds wants to activate next.
        project = client.projects.get(project_id)
        if short(project["state"]) == "DRAFT":
            project = client.projects.wait(project_id, "PROJECT_STATE_FUNDED", timeout_seconds=60)
    if as_json:
        print_json({"held": held, "project": project})
        return
    say(f"{show_amount(held)} held; {_state(project)}")
    if short(project["state"]) == "FUNDED":
        say(f"next: crewline projects activate {project_id}")


@app.command()
def activate(context: typer.Context, project_id: ProjectId, *, as_json: AsJson = False) -> None:
    """Hands the project's work out: FUNDED becomes LIVE."""
    with client_of(context) as client:
        _tell(client.projects.activate(project_id), as_json=as_json)


@app.command()
def pause(
    context: typer.Context, project_id: ProjectId, *, reason: Reason = "", as_json: AsJson = False
) -> None:
    """Hands no more work out; what is claimed can be submitted. LIVE becomes PAUSED."""
    with client_of(context) as client:
        _tell(client.projects.pause(project_id, reason=reason), as_json=as_json)


@app.command()
def resume(context: typer.Context, project_id: ProjectId, *, as_json: AsJson = False) -> None:
    """Hands work out again: PAUSED becomes LIVE."""
    with client_of(context) as client:
        _tell(client.projects.resume(project_id), as_json=as_json)


@app.command()
def complete(context: typer.Context, project_id: ProjectId, *, as_json: AsJson = False) -> None:
    """Ends a project whose tasks are all resolved; what is left of its money is released."""
    with client_of(context) as client:
        _tell(client.projects.complete(project_id), as_json=as_json)


@app.command()
def cancel(
    context: typer.Context,
    project_id: ProjectId,
    *,
    reason: Reason = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ends a project for good; what was begun can be submitted, and is paid."""
    if not yes:
        typer.confirm(f"End project {project_id} for good?", abort=True, err=True)
    with client_of(context) as client:
        _tell(client.projects.cancel(project_id, reason=reason), as_json=as_json)


def _tell(project: Project, *, as_json: bool) -> None:
    if as_json:
        print_json(project)
    else:
        say(_state(project))


def _state(project: Project) -> str:
    return f"project {project['project_id']} is {short(project['state'])}"


def _pay(project: Project) -> str:
    pay = project.get("pay")
    return show_amount(pay) if pay else ""


def _currency(project: Project) -> str:
    pay = project.get("pay")
    return pay["currency"] if pay else ""


def _price(project: Project) -> str:
    units = project["answer_price_units_max"]
    return f"{show_units(units, _currency(project))} an answer" if units else ""
