"""The journal written for beancount and as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from services.sdk.journal_text import CSV_COLUMNS, beancount_account, write_beancount, write_csv
from services.sdk.messages import Entry


def _entry(**changes: Any) -> Entry:
    found = {
        "entry_id": "accrual:asn_1:1",
        "kind": "accrual",
        "postings": [
            {
                "account": "client:org_1:project:prj_2:held:USD",
                "amount_units": 120_000,
                "currency": "USD",
            },
            {
                "account": "contractor:ctr_3:payable:USD",
                "amount_units": -100_000,
                "currency": "USD",
            },
            {"account": "platform:fees:USD", "amount_units": -20_000, "currency": "USD"},
        ],
        "effective_time": "2026-11-20T12:00:00Z",
        "record_time": "2026-11-21T00:00:01.250Z",
        "reverses_entry_id": "",
        "reason": "",
    }
    return cast("Entry", found | changes)


def test_an_entry_is_a_transaction_with_its_accounts_opened_once() -> None:
    file = io.StringIO()
    again = _entry(entry_id="reversal:accrual:asn_1:1", reverses_entry_id="accrual:asn_1:1",
                   reason='was "wrong"\nafter all')  # fmt: skip
    assert write_beancount([_entry(), again], file) == 2
    text = file.getvalue()
    assert text.count("open Liabilities:Contractor:Ctr-3:Payable\n") == 1
    assert '2026-11-20 * "accrual" ""\n  entry_id: "accrual:asn_1:1"\n' in text
    assert "  Liabilities:Client:Org-1:Project:Prj-2:Held  0.12 USD\n" in text
    assert "  Income:Platform:Fees  -0.02 USD\n" in text
    assert '"was \\"wrong\\" after all"' in text
    assert '  reverses: "accrual:asn_1:1"\n' in text


def test_currencies_without_minor_units_have_no_point() -> None:
    file = io.StringIO()
    postings = [
        {"account": "rail:stripe:platform:JPY", "amount_units": 5_000_000, "currency": "JPY"},
        {"account": "client:org_1:available:JPY", "amount_units": -5_000_000, "currency": "JPY"},
    ]
    write_beancount([_entry(postings=postings)], file)
    assert "  Assets:Rail:Stripe:Platform  500 JPY\n" in file.getvalue()


def test_a_csv_has_one_row_a_posting() -> None:
    file = io.StringIO()
    assert write_csv([_entry(reason='a, "b"')], file) == 1
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [int(row["amount_units"]) for row in rows] == [120_000, -100_000, -20_000]
    assert {row["reason"] for row in rows} == {'a, "b"'}


_IDS = st.from_regex(r"[a-z][a-z0-9_.\-]{0,12}", fullmatch=True)


@given(_IDS, _IDS)
def test_two_accounts_are_never_written_as_one(one: str, other: str) -> None:
    same = beancount_account(f"contractor:{one}:payable:USD") == beancount_account(
        f"contractor:{other}:payable:USD"
    )
    assert same is (one == other)


def test_no_cell_of_a_csv_is_a_formula() -> None:
    """What anybody may type into a reason is run by no spreadsheet."""
    file = io.StringIO()
    write_csv([_entry(reason='=HYPERLINK("http://evil","x")')], file)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert {row["reason"] for row in rows} == {'\'=HYPERLINK("http://evil","x")'}
    assert {row["amount_units"] for row in rows} == {"120000", "-100000", "-20000"}
