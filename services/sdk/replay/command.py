"""`crewline replay`: over gRPC, with the whole repository at hand."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.sdk.replay.crowd_file import Crowd, CrowdKind, CrowdMalformed, read_crowd

if TYPE_CHECKING:
    from services.sdk.replay.connection import Target
    from services.sdk.replay.report import Report
    from services.sdk.replay.run import Options
    from services.sdk.replay.show import Show

EXIT_WRONG = 1
EXIT_INPUT = 2


def replay(
    answers: Annotated[
        Path, typer.Argument(metavar="ANSWERS.csv", help="Columns `task,worker,label`.")
    ],
    *,
    kind: Annotated[CrowdKind, typer.Option(help="What the labels are.")],
    gold: Annotated[
        Path | None,
        typer.Option(metavar="GOLD.csv", help="Columns `task,gold`: the known answers."),
    ] = None,
    gold_share: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Share of the known answers that are posted as control tasks; accuracy is "
            "measured on the others.",
        ),
    ] = 0.1,
    batch: Annotated[
        int, typer.Option(min=1, max=50, help="Tasks that a contractor claims at once.")
    ] = 10,
    seed: Annotated[
        int, typer.Option(help="Picks the control tasks and who works for which vendor.")
    ] = 1,
    limit: Annotated[
        int, typer.Option(min=0, help="Replay only the first N answers; 0 takes all.")
    ] = 0,
    concurrency: Annotated[
        int, typer.Option(min=1, max=1024, help="Contractors who work at the same time.")
    ] = 64,
    skip_malformed: Annotated[
        bool,
        typer.Option(
            "--skip-malformed", help="Leave malformed rows out and count them, instead of refusing."
        ),
    ] = False,
    stack: Annotated[
        bool,
        typer.Option("--stack", help="Start a stack of its own on free ports, and stop it after."),
    ] = False,
    invite: Annotated[
        bool,
        typer.Option(
            "--invite",
            help="Report invitations too, with which one may sign in to the console as the "
            "client, as a vendor and as two of the contractors, each once, within two weeks.",
        ),
    ] = False,
    timeout_seconds: Annotated[
        float, typer.Option(min=1.0, help="Give up after so long.")
    ] = 1800.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
) -> None:
    """Replays a recorded crowd through the whole chain, from a client's post to people's pay.

    A client organisation is registered for the run and posts the recorded tasks, each assigned to
    the contractors who answered it; every recorded worker is enrolled as a contractor of one of
    four vendors, or directly (one in five); each claims and submits exactly the recorded answers,
    many at once. Then the pay period is closed and paid, and the replay waits until the money is
    at the payees' banks (at the Stripe sandbox) and reports.

    Exit code: **0** if every recorded answer is accounted for, all sums agree to the cent, the
    trial balance is zero and the ledger has the money that the provider has; **1** if anything of
    that is wrong, or the stack refuses or does not answer; **2** if an input is malformed: the
    message names the row (the header is row 1) and the column.

    `seconds` and `answers_per_second` are about the chain: from the first claim until the last
    accepted answer is in the ledger. For text, accuracy is 1 less the word error rate, without
    regard to case and punctuation, and in the majority's place stands the first recorded text; a
    tied majority counts what random tie-breaking would give. Of numbers, `mean_error` is how far
    the consensus is from the known ones, and there is no accuracy. `trial_balance_units`,
    `ledger_stripe_minor`, `sandbox_stripe_minor`, `events_published` and `dead_letters` are about
    the whole stack, everything else about this replay alone.

    It talks gRPC to the stack that **CREWLINE_TARGET** names (a path to a target.json, its text, or
    `accounts=host:port,vendors=...` for all five services); without it, to the one that `make run`
    started. **CREWLINE_OPERATOR_KEY** replaces the operator's API key of the target.
    """
    from services.sdk.replay.run import Options
    from services.sdk.replay.show import Show

    crowd = _read(
        answers,
        kind=kind,
        gold_file=gold,
        limit=limit,
        skip_malformed=skip_malformed,
    )
    options = Options(
        gold_share=gold_share,
        batch=batch,
        seed=seed,
        at_once=concurrency,
        timeout_seconds=timeout_seconds,
        invite=invite,
    )
    # A program reads stdout; whoever watches the terminal sees the bar all the same.
    show = Show(quiet=as_json and not sys.stderr.isatty())
    report = _run(crowd, options=options, show=show, stack=stack)
    _print(report, as_json=as_json)
    if report.problems:
        raise typer.Exit(EXIT_WRONG)


def _read(
    answers: Path, *, kind: CrowdKind, gold_file: Path | None, limit: int, skip_malformed: bool
) -> Crowd:
    try:
        return read_crowd(
            answers, kind=kind, gold_file=gold_file, limit=limit, skip_malformed=skip_malformed
        )
    except CrowdMalformed as err:
        for problem in err.problems:
            print(problem, file=sys.stderr)
        if err.count > len(err.problems):
            print(f"and {err.count - len(err.problems):,} more", file=sys.stderr)
        raise typer.Exit(EXIT_INPUT) from None


def _run(crowd: Crowd, *, options: Options, show: Show, stack: bool) -> Report:
    import uvloop

    from services.chassis.grpc_errors import RemoteError
    from services.sdk.replay.connection import TargetInvalid
    from services.sdk.replay.errors import ReplayFailed
    from services.sdk.replay.patience import OutOfTime
    from services.sdk.replay.run import replay as run_replay
    from services.sdk.replay.sandbox import SandboxFailed
    from services.sdk.replay.stack import EXIT_TERMINATED, StackFailed

    try:
        with _target(stack=stack, show=show) as target:
            work = run_replay(crowd, target=target, options=options, show=show)
            return uvloop.run(_until_terminated(work))
    except RemoteError as err:
        problem = f"{err.reason}: {err.message}"
    except (OutOfTime, ReplayFailed, SandboxFailed, StackFailed, TargetInvalid) as err:
        problem = str(err)
    except asyncio.CancelledError:
        raise typer.Exit(EXIT_TERMINATED) from None
    print(f"the replay did not come to its end: {problem}", file=sys.stderr)
    raise typer.Exit(EXIT_WRONG)


async def _until_terminated(work: Coroutine[Any, Any, Report]) -> Report:
    """Cancelled by SIGTERM, so that whatever was started for it is stopped in order."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


@contextmanager
def _target(*, stack: bool, show: Show) -> Iterator[Target]:
    from services.sdk.replay.connection import find_target
    from services.sdk.replay.stack import own_stack

    if not stack:
        yield find_target(os.environ, folder=Path.cwd())
        return
    show.step("starting a stack on free ports")
    with own_stack() as target:
        yield target


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report.as_dict(), indent=2))
    else:
        from rich.console import Console

        from services.sdk.replay.report import as_table

        Console().print(as_table(report))
    for problem in report.problems:
        print(f"WRONG: {problem}", file=sys.stderr)
