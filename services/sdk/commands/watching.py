"""`crewline watch`: how far a project is, live."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ..client import Crewline
from ..errors import OutOfTime
from ..messages import GetProjectCostResponse, GetProjectProgressResponse, Project
from ..money import show_units
from .console import clean, out, print_json_line, short
from .project_commands import ProjectId
from .session import AsJson, client_of

_RATE_SECONDS = 30.0
_ENDED = ("COMPLETED", "CANCELLED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a project."""

    project: Project
    progress: GetProjectProgressResponse
    cost: GetProjectCostResponse
    at_seconds: float

    @property
    def state(self) -> str:
        """Without its prefix."""
        return short(self.project["state"])

    @property
    def is_done(self) -> bool:
        """Nothing more will happen, or every task has its result."""
        posted = self.progress["tasks_posted"]
        return self.state in _ENDED or 0 < posted == self.progress["tasks_resolved"]


@dataclass(slots=True)
class Pace:
    """Answers a second over the last half minute."""

    looks: deque[tuple[float, int]] = field(default_factory=deque)

    def add(self, look: Look) -> float:
        """With one more look; 0 after the first."""
        self.looks.append((look.at_seconds, look.progress["answers_submitted"]))
        while look.at_seconds - self.looks[0][0] > _RATE_SECONDS and len(self.looks) > 2:
            self.looks.popleft()
        seconds = look.at_seconds - self.looks[0][0]
        answers = look.progress["answers_submitted"] - self.looks[0][1]
        return answers / seconds if seconds > 0 else 0.0


def watch(
    context: typer.Context,
    project_id: ProjectId,
    *,
    every_seconds: Annotated[float, typer.Option(min=0.2, help="Between two looks.")] = 2.0,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on although every task has its result.")
    ] = False,
    timeout_seconds: Annotated[
        float, typer.Option(min=0.0, help="Give up after so long; 0 never does.")
    ] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Shows a project's progress, cost and pace until every task has its result, or Ctrl-C.

    With --json, one JSON object a look, one a line.
    """
    pace = Pace()
    ends = time.monotonic() + timeout_seconds if timeout_seconds else None
    console = out()
    with (
        client_of(context) as client,
        Live(console=console, auto_refresh=False, transient=False) as live,
    ):
        while True:
            seen = _look(client, project_id)
            rate = pace.add(seen)
            if as_json:
                print_json_line(_as_dict(seen, rate))
            else:
                live.update(_table(seen, rate), refresh=True)
            if seen.state in _ENDED or (seen.is_done and not follow):
                return
            if ends is not None and time.monotonic() + every_seconds > ends:
                raise OutOfTime(
                    f"project {project_id} is not done after {timeout_seconds:g} s",
                    reason="OUT_OF_TIME",
                )
            time.sleep(every_seconds)


def _look(client: Crewline, project_id: str) -> Look:
    return Look(
        project=client.projects.get(project_id),
        progress=client.projects.progress(project_id),
        cost=client.projects.cost(project_id),
        at_seconds=time.monotonic(),
    )


def _as_dict(seen: Look, rate: float) -> dict[str, Any]:
    return {
        "project_id": seen.project["project_id"],
        "state": seen.project["state"],
        "done": seen.is_done,
        "answers_per_second": round(rate, 2),
        "progress": seen.progress,
        "cost": seen.cost,
    }


def _table(seen: Look, rate: float) -> Table:
    progress, cost = seen.progress, seen.cost
    pay = seen.project.get("pay")
    currency = cost["currency"] or (pay["currency"] if pay else "")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    posted, resolved = progress["tasks_posted"], progress["tasks_resolved"]
    table.add_row("project", Text(f"{clean(seen.project['name'])}  {seen.state}"))
    table.add_row("", ProgressBar(total=max(posted, 1), completed=resolved, width=40))
    table.add_row("tasks", f"{resolved:,} of {posted:,} resolved")
    table.add_row(
        "answers",
        f"{progress['answers_submitted']:,} submitted, {progress['answers_accepted']:,} accepted, "
        f"{progress['answers_rejected']:,} rejected, {progress['answers_in_review']:,} in review",
    )
    table.add_row("at work", f"{progress['assignments_claimed']:,} claimed")
    table.add_row("pace", f"{rate:,.1f} answers/s")
    table.add_row(
        "cost",
        f"{show_units(cost['spent_units'], currency)} spent, "
        f"{show_units(cost['held_units'], currency)} still held",
    )
    if progress["assignments_released"]:
        table.add_row("given back", f"{progress['assignments_released']:,}")
    return table


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(watch)
