"""`crewline tasks`, `crewline results`, `crewline media`: what goes in, and what comes out."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import typer
from rich.progress import Progress as Bar
from rich.progress import TaskID

from ..errors import FileInvalid
from ..operations import ExportFormat, RowError
from ..progress import OnProgress, Progress
from ..uploads import TableFormat
from .console import print_json, print_json_line, print_list, print_table, progress_bar, say, short
from .failures import EXIT_REFUSED, InputInvalid
from .project_commands import ProjectId
from .session import LIMIT, AsJson, Limit, client_of, taken

tasks = typer.Typer(no_args_is_help=True, help="Tasks into projects.")
results = typer.Typer(no_args_is_help=True, help="Results out of projects.")
media = typer.Typer(no_args_is_help=True, help="Files and photos that tasks show.")

_ERRORS_TOLD_MAX = 20
_FORMATS = ("jsonl", "csv", "parquet", "label_studio", "trl", "sft")
RowsPath = Annotated[
    Path, typer.Argument(metavar="FILE", help="Rows as .jsonl, .csv, .parquet or .json.")
]
RowsFormat = Annotated[
    str, typer.Option("--format", help="jsonl, csv, parquet or json; left out, by the name.")
]
ErrorsPath = Annotated[
    Path | None,
    typer.Option("--errors", metavar="FILE", help="Write the refused rows' errors as JSON lines."),
]


@tasks.command("import")
def import_tasks(
    context: typer.Context,
    project_id: ProjectId,
    file: RowsPath,
    *,
    format: RowsFormat = "",  # noqa: A002 (the option's name)
    errors: ErrorsPath = None,
    as_json: AsJson = False,
) -> None:
    """Posts the tasks of a file into a project.

    A row has `external_id`, `gold_label` (for control tasks), `assignee_ids`, and its data in
    `data` or in all other columns. Bad rows are told with line and field and cost the others
    nothing; then the exit code is 1. What broke off is resumed by the same command: what is in
    already is not posted twice.
    """
    with client_of(context) as client, progress_bar(quiet=as_json) as bar:
        summary = client.tasks.upload(
            project_id,
            file,
            format=cast("TableFormat | None", format or None),
            on_progress=bar_of(bar, f"importing {file.name}"),
        )
    counts = {"posted": summary["posted"], "duplicates": summary["duplicates"]}
    tell_upload(file, counts, cast("Mapping[str, Any]", summary), errors=errors, as_json=as_json)


def tell_upload(
    file: Path,
    counts: Mapping[str, int],
    summary: Mapping[str, Any],
    *,
    errors: Path | None,
    as_json: bool,
) -> None:
    """What became of a file of rows. Errors: typer.Exit where some were refused."""
    refused: Sequence[RowError] = summary["errors"]
    if errors is not None:
        try:
            lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in refused)
            errors.write_text(lines, encoding="utf-8")
        except OSError as err:
            raise FileInvalid(f"{errors}: {err.strerror}") from err
    if as_json:
        print_json(summary)
    else:
        told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        say(f"{told}, {summary['refused']:,} refused")
    for one in refused[:_ERRORS_TOLD_MAX]:
        field = f"{one['field']}: " if one["field"] else ""
        say(f"{file.name}:{one['line']}: {field}{one['message']} [{one['reason']}]")
    untold = summary["refused"] - min(len(refused), _ERRORS_TOLD_MAX)
    if untold:
        say(f"and {untold:,} more; --errors FILE writes the first thousand")
    if summary["refused"]:
        raise typer.Exit(EXIT_REFUSED)


def bar_of(bar: Bar, what: str) -> OnProgress:
    """Moves a bar, which appears with the first that is told."""
    task: list[TaskID] = []
    attempt = 1

    def tell(progress: Progress) -> None:
        nonlocal attempt
        if not task:
            task.append(bar.add_task(what, total=progress.bytes_total or None, said=""))
        if progress.attempt > attempt:
            attempt = progress.attempt
            say("the connection was lost; sending it again, what is in already is not posted twice")
        speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
        said = _size(progress.bytes_done) + (f", {_size(speed)}/s" if speed else "")
        if progress.rows:
            # All of it is sent; what is left is the platform's work.
            said = f"{progress.rows:,} rows read, being stored"
        bar.update(task[0], completed=progress.bytes_done, said=said)

    return tell


def _size(count: float) -> str:
    amount = float(count)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:,.0f} {unit}" if unit == "bytes" else f"{amount:,.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} GB"


@tasks.command("list")
def list_tasks(
    context: typer.Context, project_id: ProjectId, *, limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Lists a project's tasks in the order in which they were posted."""
    with client_of(context) as client:
        found = taken(client.tasks.list(project_id), limit=limit)
    print_list(
        found,
        [
            ("task", lambda one: one["task_id"]),
            ("external id", lambda one: one["external_id"]),
            ("state", lambda one: short(one["state"])),
            ("control", lambda one: "yes" if one["is_gold"] else ""),
            ("data", lambda one: json.dumps(one.get("data", {}), ensure_ascii=False)[:80]),
        ],
        empty=f"no tasks; next: crewline tasks import {project_id} FILE",
        as_json=as_json,
    )


@results.command("export")
def export(
    context: typer.Context,
    project_id: ProjectId,
    *,
    format: Annotated[  # noqa: A002 (the option's name)
        str, typer.Option("--format", "-f", help=", ".join(_FORMATS) + ".")
    ] = "jsonl",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Left out, to standard output."),
    ] = None,
    answers: Annotated[str, typer.Option(metavar="all|accepted", help="Which answers.")] = "all",
    prompt_field: Annotated[str, typer.Option(help="For trl and sft, where unclear.")] = "",
    left_field: Annotated[str, typer.Option(help="For trl, where unclear.")] = "",
    right_field: Annotated[str, typer.Option(help="For trl, where unclear.")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Say as JSON what was written; needs --output.")
    ] = False,
) -> None:
    """Writes a project's results to a file, which is there when it is whole and not before."""
    if format not in _FORMATS:
        raise InputInvalid([f"--format: {format!r} is none of {', '.join(_FORMATS)}"])
    if answers not in ("all", "accepted"):
        raise InputInvalid([f"--answers: {answers!r} is neither all nor accepted"])
    if as_json and output is None:
        raise InputInvalid(["--json: goes with --output; the results are on stdout already"])
    with client_of(context) as client, progress_bar(quiet=as_json or output is None) as bar:
        size = client.results.export(
            project_id,
            output if output is not None else sys.stdout.buffer,
            format=cast("ExportFormat", format),
            answers=cast("Literal['all', 'accepted']", answers),
            prompt_field=prompt_field or None,
            left_field=left_field or None,
            right_field=right_field or None,
            on_progress=bar_of(bar, "exporting"),
        )
    if as_json:
        print_json({"file": str(output), "format": format, "bytes": size})
    elif output is not None:
        say(f"wrote {output}, {_size(size)}")


@results.command("list")
def list_results(
    context: typer.Context, project_id: ProjectId, *, limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Lists resolved tasks with what their answers come to; --json prints one a line."""
    with client_of(context) as client:
        if as_json:
            for count, result in enumerate(client.results.stream(project_id), start=1):
                print_json_line(result)
                if count == limit:
                    break
            return
        found = taken(client.results.list(project_id), limit=limit)
    print_table(
        found,
        [
            ("external id", lambda one: one["external_id"]),
            ("label", lambda one: one["label"][:60]),
            ("confidence", lambda one: f"{one['confidence']:.3f}"),
            ("answers", lambda one: len(one["answers"])),
            ("control", lambda one: "yes" if one["is_gold"] else ""),
        ],
        empty="no task is resolved yet",
    )


@media.command("upload")
def upload_media(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    *,
    as_json: AsJson = False,
) -> None:
    """Uploads files; their uris go into tasks' data."""
    with client_of(context) as client:
        done = [client.media.upload(file) for file in files]
    if as_json:
        print_json(done)
        return
    print_table(
        done,
        [
            ("file", lambda one: one["filename"]),
            ("uri", lambda one: one["uri"]),
            ("type", lambda one: one["content_type"]),
            ("size", lambda one: _size(one["size_bytes"])),
        ],
        empty="",
    )
