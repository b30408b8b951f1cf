"""From a file to a project: init, validate, create, and the templates to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..client import Crewline
from ..errors import FileInvalid, InvalidRequest, NotSignedIn, ProfileInvalid
from ..messages import Template
from ..project_file import ProjectFile, ProjectFileInvalid, read_project_file
from ..project_template import BUILT_IN, project_text
from ..task_rows import sample_rows
from .console import print_json, print_list, say, short
from .failures import InputInvalid
from .session import AsJson, client_of

_SAMPLE_ROWS = 100
ProjectPath = Annotated[Path, typer.Argument(metavar="FILE", help="A project as YAML.")]


def templates(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Lists the kinds of work that `crewline init --template` can begin with."""
    with client_of(context) as client:
        found = client.templates.list().all()
    print_list(
        found,
        [
            ("template", lambda one: one["name"]),
            ("kind", lambda one: short(one["kind"])),
            ("what it is", lambda one: one["description"]),
        ],
        empty="the platform has no templates",
        as_json=as_json,
    )


def init(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")] = Path("project.yaml"),
    *,
    template: Annotated[
        str, typer.Option(help="One of `crewline templates`; left out, one label for a text.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Writes a project file with comments, to be made one's own."""
    chosen = BUILT_IN
    if template:
        with client_of(context) as client:
            chosen = _template(client, template)
    try:
        with file.open("w" if force else "x", encoding="utf-8") as out:
            out.write(project_text(chosen, file=file.name))
    except FileExistsError as err:
        raise FileInvalid(f"{file} is there already; --force overwrites it") from err
    except OSError as err:
        raise FileInvalid(f"{file}: {err.strerror}") from err
    say(f"wrote {file}; next: edit it, then crewline validate {file}")


def validate(
    context: typer.Context,
    file: ProjectPath,
    *,
    tasks: Annotated[
        Path | None,
        typer.Option(metavar="TASKS", help="Check the first hundred rows of this file with it."),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Only what can be checked without the platform.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Checks a project file, and tasks with it; nothing is created.

    Without being signed in, only what can be known here is checked, and it says so.
    """
    project = _read(file)
    told: dict[str, Any] = {"kind": project.arguments.get("kind", "")}
    rows = sample_rows(tasks, _SAMPLE_ROWS) if tasks is not None else []
    checked = "here and with the platform"
    if offline:
        checked = "here alone"
    elif "label_config" in project.arguments:
        try:
            with client_of(context) as client:
                told = _check(client, project, rows=rows, tasks=tasks)
        except (NotSignedIn, ProfileInvalid) as err:
            checked = f"here alone: {err.detail}"
    if as_json:
        print_json({"valid": True, "checked": checked, "rows_checked": len(rows), **told})
        return
    found = f", {short(told['kind'])}" if told["kind"] else ""
    also = f" with {len(rows)} rows of {tasks}" if tasks is not None else ""
    say(f"{file} is sound{found}{also} (checked {checked}); next: crewline create {file}")


def create(context: typer.Context, file: ProjectPath, *, as_json: AsJson = False) -> None:
    """Creates a project from a file, in DRAFT: it costs nothing and nobody sees it yet."""
    project = _read(file)
    with client_of(context) as client:
        try:
            made = client.projects.create(**project.arguments)
        except InvalidRequest as err:
            if not err.errors:
                raise
            told = [project.problem(one.field, one.detail) for one in err.errors]
            raise InputInvalid([str(problem) for problem in told]) from err
    if as_json:
        print_json(made)
        return
    project_id = made["project_id"]
    say(f"project {project_id} is DRAFT")
    say(f"next: crewline projects fund {project_id} '250.00 {made['pay']['currency']}'")
    say(f"      crewline tasks import {project_id} tasks.jsonl")
    say(f"      crewline projects activate {project_id}")


def _read(file: Path) -> ProjectFile:
    try:
        return read_project_file(file)
    except ProjectFileInvalid as err:
        raise InputInvalid([str(problem) for problem in err.problems]) from err


def _template(client: Crewline, name: str) -> Template:
    known = client.templates.list().all()
    for one in known:
        if one["name"] == name:
            return one
    names = ", ".join(one["name"] for one in known)
    raise InputInvalid([f"--template: there is no {name!r}; there are {names}"])


def _check(
    client: Crewline,
    project: ProjectFile,
    *,
    rows: list[tuple[int, dict[str, Any]]],
    tasks: Path | None,
) -> dict[str, Any]:
    checked = client.label_configs.check(
        project.arguments["label_config"], data=[data for _, data in rows] or None
    )
    problems = [
        _placed(project, rows, tasks, str(one["field"]), str(one["message"]))
        for one in checked["problems"]
    ]
    if problems:
        raise InputInvalid(problems)
    return {
        "kind": checked["kind"],
        "labels": checked["labels"],
        "data_fields": checked["data_fields"],
    }


def _placed(
    project: ProjectFile,
    rows: list[tuple[int, dict[str, Any]]],
    tasks: Path | None,
    field: str,
    message: str,
) -> str:
    """The problem at its place: a line of the tasks' file, or of the project's."""
    if tasks is not None and field.startswith("data["):
        number, _, rest = field.removeprefix("data[").partition("]")
        if number.isdecimal() and int(number) < len(rows):
            path = f"data{rest}"
            return f"{tasks.name}:{rows[int(number)][0]}: {path}: {message}"
    place = project.problem("label_config", message)
    return f"{place.file}:{place.line}: {field or 'label_config'}: {message}"


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (templates, init, validate, create):
        app.command()(command)
