"""The worked example of services/payouts/README.md is what the service really books."""

from __future__ import annotations

import re
from pathlib import Path

from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.payouts.domain.ledger.money import decimal_text
from tests.rpc.payouts.funding.test_payments import paid
from tests.rpc.payouts.served_rail import ServedRail

ANSWERS = 77
_README = "services/payouts/README.md"
# What is made anew in every run, by what it begins with.
_IDS = re.compile(r"\b(acct|pi|py|ch|txn|tr|po)_[A-Za-z0-9]+")


async def test_the_worked_example_is_what_is_booked(rail: ServedRail, repository: Path) -> None:
    """From the client's card to the contractor's bank, every posting, in the order of booking."""
    await paid(rail, 10_000)
    await rail.vendors("acme")
    await rail.contractors("wanjiku", vendor_id="acme")
    await rail.project(
        "birds", hold_minor=2_000, benefits_bps=300, pay_units=13_000, floor_reserve_bps=1_000
    )
    await rail.accept("wanjiku", ANSWERS, vendor_id="acme", project_id="birds")
    await rail.open_account("acme")
    period = await rail.close()
    await rail.pay(period.pay_period_id)
    [statement] = await rail.until_all("PAID")
    assert (statement.total_minor, statement.rest_units) == (110, 1_100)
    await rail.check_books()
    said = example(await journal(rail))
    text = (repository / _README).read_text(encoding="utf-8")
    [told] = re.findall(r"<!-- worked example -->\n```\n(.*?)```", text, flags=re.DOTALL)
    assert told == said


async def journal(rail: ServedRail) -> list[types_pb2.Entry]:
    """All entries, in the order they were recorded."""
    answer = await rail.send(rail.stub.ListEntries, pb.ListEntriesRequest(page_size=1_000))
    assert not answer.next_page_token
    return list(answer.entries)


def example(entries: list[types_pb2.Entry]) -> str:
    """Each entry with its postings; of the accruals, which are all alike, the first."""
    lines: list[str] = []
    accruals = [entry for entry in entries if entry.kind == "accrual"]
    for entry in entries:
        if entry.kind == "accrual" and entry is not accruals[0]:
            continue
        times = f", {len(accruals)} times" if entry.kind == "accrual" else ""
        lines.append(f"{entry.kind}{times}")
        for posting in entry.postings:
            account = _IDS.sub(r"\1_1", posting.account).removesuffix(":USD")
            amount = decimal_text(posting.amount_units, posting.currency)
            lines.append(f"    {account:<52} {amount:>12}")
    return "\n".join(lines) + "\n"
