"""A project's entries are summed by party, and what is not as agreed is named."""

from __future__ import annotations

import pytest

from crewline.payouts.v1.types_pb2 import Entry, Posting
from services.sdk.replay.books import ProjectBooks

HELD = "client:org_1:project:prj_1:held:USD"


def books() -> ProjectBooks:
    return ProjectBooks(held_account=HELD, currency="USD", pay_units=100)


def entry(entry_id: str, kind: str, *postings: tuple[str, int], currency: str = "USD") -> Entry:
    return Entry(
        entry_id=entry_id,
        kind=kind,
        postings=[
            Posting(account=account, amount_units=amount, currency=currency)
            for account, amount in postings
        ],
    )


AVAILABLE = "client:org_1:available:USD"
HOLD = entry("hold:1", "project_hold", (AVAILABLE, 1000), (HELD, -1000))
DIRECT = entry(
    "accrual:1", "accrual", (HELD, 120), ("contractor:c1:payable:USD", -100),
    ("platform:fees:USD", -20),
)  # fmt: skip
VENDOR = entry(
    "accrual:2", "accrual", (HELD, 130), ("contractor:c2:via:v1:payable:USD", -100),
    ("vendor:v1:commission:USD", -10), ("platform:fees:USD", -20),
)  # fmt: skip
RELEASE = entry("release:1", "hold_release", (HELD, 750), (AVAILABLE, -750))


def test_every_cent_has_its_place() -> None:
    sums = books()
    sums.add([HOLD, DIRECT, VENDOR])
    assert (sums.held_units, sums.spent_units, sums.still_held_units) == (1000, 250, 750)
    sums.add([RELEASE])
    assert (sums.released_units, sums.still_held_units) == (750, 0)
    assert sums.by_party == {"contractor": 200, "vendor": 10, "platform": 40, "benefits": 0}
    assert (sums.earned_units, sums.accruals, sums.problems) == (210, 2, [])


def test_a_reversal_takes_back_every_part() -> None:
    sums = books()
    back = entry(
        "reversal:accrual:2",
        "accrual_reversal",
        *((posting.account, -posting.amount_units) for posting in VENDOR.postings),
    )
    sums.add([HOLD, DIRECT, VENDOR, back])
    assert sums.by_party == {"contractor": 100, "vendor": 0, "platform": 20, "benefits": 0}
    assert (sums.accruals - sums.reversals, sums.problems) == (1, [])


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (DIRECT, "twice"),
        (entry("accrual:3", "accrual", (HELD, 121), ("contractor:c:payable:USD", -100)), "balance"),
        (entry("accrual:3", "accrual", (HELD, 90), ("contractor:c:payable:USD", -90)), "agreed"),
        (entry("accrual:3", "accrual", (HELD, 100), ("somebody:else:USD", -100)), "somebody"),
        (
            entry(
                "accrual:3", "accrual", (HELD, 100), ("contractor:c:payable:USD", -100),
                currency="EUR",
            ),
            "not in USD",
        ),
    ],
)  # fmt: skip
def test_what_is_not_as_agreed_is_named(wrong: Entry, what: str) -> None:
    sums = books()
    sums.add([HOLD, DIRECT])
    assert not sums.problems
    sums.add([wrong])
    assert len(sums.problems) == 1
    assert what in sums.problems[0]


def test_fresh_books_are_empty() -> None:
    sums = books()
    sums.add([HOLD, DIRECT])
    again = sums.fresh()
    again.add([HOLD, DIRECT])
    assert (again.held_units, again.accruals, again.problems) == (1000, 1, [])
