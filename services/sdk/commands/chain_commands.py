"""The journal's hash chain: its head to keep, the journal to keep, and the proof of both."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Annotated, TextIO

import typer

from ..chain import Group, Verification, grouped
from ..client import Crewline
from ..errors import FileInvalid
from ..journal_archive import read_archive, write_archive
from .console import print_facts, print_json, progress_bar, say, when
from .failures import EXIT_REFUSED, InputInvalid
from .ledger_commands import ledger
from .session import AsJson, client_of

_Head = Annotated[
    str,
    typer.Option(
        "--head",
        metavar="NUMBER:HASH",
        help="A block's hash that was kept: nothing up to it may have changed.",
    ),
]


@ledger.command("head")
def show_head(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Shows the newest block of the journal's chain. Keep its NUMBER:HASH, or publish it."""
    with client_of(context) as client:
        found = client.ledger.chain()
    if as_json:
        print_json(found)
        return
    head = found.get("head")
    if head is None:
        say("no entry is in a block yet")
        return
    print_facts(
        {
            "head": f"{head['number']}:{head['hash']}",
            "entries": f"{head['entries_total']:,}",
            "recorded before": when(head.get("until_time")),
            "looked through": when(found.get("verified_time")) or "not yet",
        }
    )


@ledger.command("verify")
def verify_chain(
    context: typer.Context,
    *,
    journal: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="An archive of the journal, instead of the platform."),
    ] = None,
    head: _Head = "",
    as_json: AsJson = False,
) -> None:
    """Computes the whole chain again from the entries; 1 where anything is not what it was.

    Nothing but the entries and blocks is asked of the platform: all hashes are computed here.
    """
    kept = _kept(head)
    if journal is not None:
        with _opened(journal) as lines:
            done, kept_hash = _verified(
                read_archive(lines, name=str(journal)), 0, kept=kept, quiet=as_json
            )
    else:
        with client_of(context) as client:
            groups, blocks = _groups(client)
            done, kept_hash = _verified(groups, blocks, kept=kept, quiet=as_json)
    if kept is not None and kept_hash != kept[1]:
        told = kept_hash or "not there"
        done.problems.append(f"block {kept[0]:,} is {told}, and not {kept[1]} as it was kept")
        done.problems_total += 1
    _tell(done, as_json=as_json)


@ledger.command("archive")
def archive_journal(
    context: typer.Context,
    output: Annotated[Path, typer.Argument(metavar="FILE", help="Replaced once it is whole.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Writes the journal with its blocks, for `ledger verify --journal`, and verifies it."""
    unfinished = output.with_name(f"{output.name}.unfinished")
    with (
        client_of(context) as client,
        unfinished.open("w", encoding="utf-8", newline="\n") as file,
    ):
        groups, blocks = _groups(client)
        done, _ = _verified(write_archive(groups, file), blocks, kept=None, quiet=as_json)
    unfinished.replace(output)
    _tell(done, as_json=as_json)


def _groups(client: Crewline) -> tuple[Iterator[Group], int]:
    """The blocks up to the present head, which all entries that are read from now on include."""
    head = client.ledger.chain().get("head")
    last = head["number"] if head is not None else 0
    blocks = takewhile(lambda block: block["number"] <= last, client.ledger.blocks(page_size=1000))
    return grouped(blocks, client.entries.list(account="", page_size=1000)), last


def _verified(
    groups: Iterator[Group], blocks: int, *, kept: tuple[int, str] | None, quiet: bool
) -> tuple[Verification, str]:
    """And the hash of the block that was kept; empty where there is none of that number."""
    done = Verification()
    kept_hash = ""
    with progress_bar(quiet=quiet) as bar:
        task = bar.add_task("chain", total=blocks or None, said="")
        for group in groups:
            done.add(group)
            if group.block is not None and kept is not None and group.block["number"] == kept[0]:
                kept_hash = group.block["hash"]
            bar.update(task, completed=done.blocks, said=f"{done.entries:,} entries")
    return done, kept_hash


def _tell(done: Verification, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "blocks": done.blocks,
                "entries": done.entries,
                "waiting": done.waiting,
                "head": f"{done.blocks}:{done.head_hash}",
                "problems": done.problems,
                "problems_total": done.problems_total,
            }
        )
    else:
        for problem in done.problems:
            say(problem)
        if done.problems_total > len(done.problems):
            say(f"and {done.problems_total - len(done.problems):,} more")
        say(
            f"{done.blocks:,} blocks, {done.entries:,} entries in them, {done.waiting:,} after them"
        )
        say(f"head {done.blocks}:{done.head_hash}")
        if not done.problems_total:
            say("everything is as it was recorded")
    if done.problems_total:
        raise typer.Exit(EXIT_REFUSED)


def _kept(head: str) -> tuple[int, str] | None:
    if not head:
        return None
    number, _, block_hash = head.partition(":")
    is_hash = len(block_hash) == 64 and set(block_hash) <= set("0123456789abcdef")
    if not (number.isascii() and number.isdecimal() and int(number) > 0 and is_hash):
        raise InputInvalid([f"--head: {head!r} is no NUMBER:HASH as `ledger head` shows it"])
    return int(number), block_hash


def _opened(journal: Path) -> TextIO:
    try:
        return journal.open(encoding="utf-8")
    except OSError as err:
        raise FileInvalid(f"{journal} cannot be read: {err.strerror}") from None


def add_to(_app: typer.Typer) -> None:
    """The commands have joined `ledger`."""
