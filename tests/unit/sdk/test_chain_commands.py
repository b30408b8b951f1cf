"""`crewline ledger verify` and `archive`: the chain is computed again by code of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crewline.payouts.v1 import service_pb2 as pb
from services.gateway.rest.encode import Encoder
from services.gateway.rest.fields import FieldNames
from services.payouts.domain.ledger.adjustment_flows import adjustment
from services.payouts.domain.ledger.adjustments import Wanted
from services.payouts.domain.ledger.chain import Block, Link, Position, debits_of, make_block
from services.payouts.domain.ledger.entries import Approval, Booking, Entry, Exchange
from services.payouts.domain.ledger.exchanges import fx_conversion
from services.payouts.domain.ledger.flows import (
    accrual,
    accrual_reversal,
    client_deposit,
    move,
    project_hold,
)
from services.payouts.domain.ledger.money import Money
from services.payouts.usecases.ledger.ledger import VisibleEntry
from services.payouts.wire import chain as chain_wire
from services.payouts.wire import ledger as wire
from tests.unit.sdk.commanding import run

pytestmark = pytest.mark.usefixtures("nobody")

NOON = datetime(2026, 11, 20, 12, 0, 0, 123_000, tzinfo=UTC)
Lines = list[dict[str, Any]]


def _journal() -> list[Entry]:
    def at(minute: int) -> Booking:
        return Booking(
            effective_at=NOON,
            recorded_at=NOON + timedelta(minutes=minute),
            period_id="pp_000001" if minute == 4 else "",
        )

    work: dict[str, Any] = {
        "revision": 1,
        "client_id": "org_c",
        "project_id": "prj_1",
        "contractor_id": "ctr_1",
        "vendor_id": "org_v",
        "currency": "USD",
        "pay_units": 130_001,
        "commission_bps": 1000,
        "fee_bps": 2000,
        "task_id": "tsk_1",
    }
    held: dict[str, Any] = {"client_id": "org_c", "currency": "USD"}
    accrued = accrual(assignment_id="a1", booking=at(2), **work)
    return [
        client_deposit(amount_minor=50_000, rail_id="tu_1", booking=at(0), **held),
        project_hold(
            hold_id="h:1", project_id="prj_1", amount_units=10_000_000, booking=at(1), **held
        ),
        accrued,
        accrual(assignment_id="a2", booking=at(2), **work),
        accrual_reversal(accrued=accrued, reason="Überprüft: “falsch”", booking=at(3)),
        accrual(assignment_id="a3", booking=at(4), **work),
        adjustment(
            Wanted(
                request_id="r1",
                reason="doppelt “bezahlt”",
                document="Brief 7",
                postings=move(
                    debit="platform:absorbed:USD",
                    credit="contractor:ctr_1:payable:USD",
                    amount_units=1_500,
                    currency="USD",
                ),
            ),
            approval=Approval(proposed_by="per_1", confirmed_by="per_2", document="Brief 7"),
            booking=at(4),
        ),
        fx_conversion(
            conversion_id="fxc_1",
            client_id="org_c",
            amount=Money(amount_minor=701, currency="USD"),
            target="KES",
            exchange=Exchange(
                base="USD", quote="KES", rate="129.35", source="Bank – “Kurs”", rated_at=NOON
            ),
            booking=at(4),
        ),
        client_deposit(amount_minor=7, rail_id="tu_2", booking=at(5), **held),
    ]


def _link(entry: Entry) -> Link:
    return Link(
        entry_id=entry.entry_id,
        body_hash=entry.body_hash,
        recorded_at=entry.booking.recorded_at,
        effective_at=entry.booking.effective_at,
        period_id=entry.booking.period_id,
        debits_units=debits_of((each.currency, each.amount_units) for each in entry.postings),
    )


def _blocks() -> list[Block]:
    """Two entries, one that ends at an entry; six up to a time; the last entry is in none."""
    links = [_link(entry) for entry in _journal()]
    first = make_block(None, links[:2], until=links[1].position)
    assert first is not None
    second = make_block(
        first, links[2:8], until=Position(recorded_at=NOON + timedelta(minutes=4, seconds=30))
    )
    assert second is not None
    return [first, second]


@pytest.fixture
def platform(answers: list[Any]) -> Callable[[], None]:
    """Queues what the platform answers to whoever reads the whole chain."""
    encoder = Encoder(names=FieldNames([]))

    def shown(message: Any) -> dict[str, Any]:
        plain: dict[str, Any] = encoder.of(message.DESCRIPTOR)(message)
        return plain

    def queue() -> None:
        blocks = [chain_wire.block_message(block) for block in _blocks()]
        entries = [
            wire.entry_message(VisibleEntry(entry=entry, postings=entry.postings, is_whole=True))
            for entry in _journal()
        ]
        answers.extend(
            shown(message)
            for message in (
                pb.GetChainResponse(head=blocks[-1]),
                pb.ListBlocksResponse(blocks=blocks),
                pb.ListEntriesResponse(entries=entries),
            )
        )

    return queue


@pytest.fixture
def archive(platform: Callable[[], None]) -> Path:
    platform()
    done = run("ledger", "archive", "journal.jsonl")
    assert done.exit_code == 0, done.output
    return Path("journal.jsonl")


def _head(block: Block) -> str:
    return f"{block.number}:{block.block_hash}"


def test_an_honest_journal_passes(platform: Callable[[], None]) -> None:
    """G7: two codes that know nothing of each other come to the same hashes."""
    platform()
    done = run("ledger", "verify", "--head", _head(_blocks()[0]))
    assert done.exit_code == 0, done.output
    assert f"head {_head(_blocks()[1])}" in done.output
    assert "2 blocks, 8 entries in them, 1 after them" in done.output


def test_the_head_is_shown_as_it_is_to_be_kept(platform: Callable[[], None]) -> None:
    platform()
    assert _head(_blocks()[1]) in run("ledger", "head").stdout


def test_an_archive_passes_without_the_platform(archive: Path) -> None:
    for block in _blocks():
        done = run("ledger", "verify", "--journal", str(archive), "--head", _head(block))
        assert done.exit_code == 0, done.output


def test_whoever_kept_a_head_sees_that_the_past_was_rewritten(archive: Path) -> None:
    """G7: a chain that is flawless in itself, and not the one of yesterday."""
    kept = f"2:{'ab' * 32}"
    done = run("ledger", "verify", "--journal", str(archive), "--head", kept, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["problems_total"] == 1
    lines = archive.read_text().splitlines()
    first = next(number for number, line in enumerate(lines) if '"block"' in line)
    archive.write_text("\n".join(lines[: first + 1]) + "\n")
    cut = run("ledger", "verify", "--journal", str(archive), "--head", _head(_blocks()[1]))
    assert cut.exit_code == 1
    assert "not there" in cut.output


def _place(lines: Lines, entry_id: str) -> int:
    return next(
        n for n, line in enumerate(lines) if line.get("entry", {}).get("entry_id") == entry_id
    )


def _amount(lines: Lines) -> None:
    postings = lines[_place(lines, "accrual:a2:1")]["entry"]["postings"]
    postings[0]["amount_units"] += 1
    postings[1]["amount_units"] -= 1


def _subject(lines: Lines) -> None:
    lines[_place(lines, "accrual:a2:1")]["entry"]["subject"]["contractor_id"] = "ctr_2"


def _time(lines: Lines) -> None:
    lines[_place(lines, "accrual:a2:1")]["entry"]["effective_time"] = "2026-11-19T12:00:00Z"


def _period(lines: Lines) -> None:
    lines[_place(lines, "accrual:a2:1")]["entry"]["pay_period_id"] = "pp_000002"


def _gone(lines: Lines) -> None:
    del lines[_place(lines, "accrual:a2:1")]


def _twice(lines: Lines) -> None:
    place = _place(lines, "accrual:a2:1")
    lines.insert(place, lines[place])


def _swapped(lines: Lines) -> None:
    place = _place(lines, "accrual:a2:1")
    lines[place], lines[place + 1] = lines[place + 1], lines[place]


def _late(lines: Lines) -> None:
    """One of the first block is in the second."""
    place = _place(lines, "hold:h:1")
    lines[place], lines[place + 1] = lines[place + 1], lines[place]


def _rate(lines: Lines) -> None:
    lines[_place(lines, "fx_conversion:fxc_1")]["entry"]["exchange"]["rate"] = "129.36"


def _block(lines: Lines) -> None:
    next(line for line in lines if "block" in line)["block"]["entries_total"] += 1


def _no_block(lines: Lines) -> None:
    lines.remove(next(line for line in lines if "block" in line))


def _unreadable(lines: Lines) -> None:
    lines[_place(lines, "accrual:a2:1")]["entry"]["postings"] = None


@pytest.mark.parametrize(
    "tamper",
    [
        _amount, _subject, _time, _period, _gone, _twice, _swapped, _late, _rate, _block, _no_block,
        _unreadable,
    ],
)  # fmt: skip
def test_whatever_is_done_to_an_archive_is_told(
    archive: Path, tamper: Callable[[Lines], None]
) -> None:
    """G7: without a kept head; with one, whoever computes all hashes anew is found out, too."""
    lines = [json.loads(line) for line in archive.read_text().splitlines()]
    tamper(lines)
    archive.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = run("ledger", "verify", "--journal", str(archive))
    assert done.exit_code == 1, done.output
    assert "block 1" in done.output or "block 2" in done.output
    assert "everything is as it was recorded" not in done.output


@pytest.mark.parametrize(
    "text", ["", "{", "[]\n", '{"crewline_journal":1}\n{"else":1}\n', '{"crewline_journal":2}\n']
)
def test_what_is_no_archive_is_told_with_its_line(text: str) -> None:
    Path("journal.jsonl").write_text(text)
    done = run("ledger", "verify", "--journal", "journal.jsonl")
    assert done.exit_code == 2
    assert "journal.jsonl" in done.output


@pytest.mark.parametrize("head", ["7", "x:y", f"0:{'a' * 64}", f"1:{'g' * 64}", f"1:{'a' * 63}"])
def test_a_head_that_is_none_is_refused(archive: Path, head: str) -> None:
    done = run("ledger", "verify", "--journal", str(archive), "--head", head)
    assert done.exit_code == 2
    assert "--head" in done.output
