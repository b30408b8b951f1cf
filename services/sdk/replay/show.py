"""What a replay tells while it runs: steps, and a progress bar of the answers, on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text


class Show:
    """Quiet where nobody reads along: then there is no bar, and with `quiet` no line either."""

    def __init__(self, *, quiet: bool) -> None:
        self._console = Console(stderr=True, quiet=quiet)
        self._with_bar = self._console.is_terminal and not quiet

    def step(self, text: str) -> None:
        """One line: what is done now."""
        self._console.print(text, highlight=False, markup=False)

    @contextmanager
    def answers(self, total: int) -> Iterator[Callable[[int], None]]:
        """A bar for so many answers; what it yields is told how many more there are."""
        if not self._with_bar:
            yield _ignore
            return
        progress = Progress(
            TextColumn("answers"),
            BarColumn(),
            MofNCompleteColumn(),
            _RateColumn(),
            TimeElapsedColumn(),
            console=self._console,
            refresh_per_second=5,
        )
        bar = progress.add_task("answers", total=total)
        with progress:
            yield partial(progress.advance, bar)


class _RateColumn(ProgressColumn):
    """Answers a second since the bar began."""

    def render(self, task: Task) -> Text:
        """See ProgressColumn."""
        return Text(f"{task.completed / task.elapsed:,.0f}/s" if task.elapsed else "")


def _ignore(_count: int) -> None:
    """Nobody looks."""
