"""The journal as other tools read it: beancount's text, and one CSV row a posting.

Beancount adds the books up again by itself. Its accounts are made of
ours: `client:org_1:available:USD` is `Liabilities:Client:Org-1:Available`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from typing import TextIO

from .messages import Entry, Posting
from .money import show_units

CSV_COLUMNS = (
    "record_time", "effective_time", "entry_id", "kind", "account", "amount_units", "currency",
    "reverses_entry_id", "reason",
)  # fmt: skip

# Spreadsheets take what begins like this for a formula, and run it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Before anything could have been recorded.
_OPENED = "1970-01-01"
_ROOTS = (
    ("platform:fees:", "Income"),
    ("platform:absorbed:", "Expenses"),
    ("platform:payment_costs:", "Expenses"),
    ("rail:", "Assets"),
)


def write_csv(entries: Iterable[Entry], file: TextIO) -> int:
    """With a header; returns how many entries there were."""
    rows = csv.writer(file)
    rows.writerow(CSV_COLUMNS)
    count = 0
    for entry in entries:
        count += 1
        for posting in entry["postings"]:
            rows.writerow(
                (
                    entry.get("record_time", ""),
                    entry.get("effective_time", ""),
                    harmless(entry["entry_id"]),
                    harmless(entry["kind"]),
                    harmless(posting["account"]),
                    posting["amount_units"],
                    posting["currency"],
                    harmless(entry["reverses_entry_id"]),
                    harmless(entry["reason"]),
                )
            )
    return count


def harmless(cell: str) -> str:
    """A cell that no spreadsheet runs: what looks like a formula gets an apostrophe.

    OWASP, "CSV Injection". Amounts are numbers, whose minus is no formula.
    """
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def write_beancount(entries: Iterable[Entry], file: TextIO) -> int:
    """A ledger that `bean-check` passes; returns how many entries there were."""
    file.write('option "title" "Crewline"\n')
    opened: set[str] = set()
    count = 0
    for entry in entries:
        count += 1
        for posting in entry["postings"]:
            account = beancount_account(posting["account"])
            if account not in opened:
                opened.add(account)
                file.write(f"\n{_OPENED} open {account}\n")
        day = entry.get("effective_time", _OPENED)[:10]
        file.write(f"\n{day} * {_quoted(entry['kind'])} {_quoted(entry['reason'])}\n")
        file.write(f"  entry_id: {_quoted(entry['entry_id'])}\n")
        file.write(f"  recorded: {_quoted(entry.get('record_time', ''))}\n")
        if entry["reverses_entry_id"]:
            file.write(f"  reverses: {_quoted(entry['reverses_entry_id'])}\n")
        approval = entry.get("approval")
        if approval is not None:
            file.write(f"  proposed_by: {_quoted(approval['proposed_by'])}\n")
            file.write(f"  confirmed_by: {_quoted(approval['confirmed_by'])}\n")
            file.write(f"  document: {_quoted(approval['document'])}\n")
        for posting in entry["postings"]:
            file.write(f"  {beancount_account(posting['account'])}  {_amount(posting)}\n")
    return count


def beancount_account(name: str) -> str:
    """The currency is with the amounts; an underscore, which beancount has not, is a hyphen."""
    root = next((root for start, root in _ROOTS if name.startswith(start)), "Liabilities")
    parts = name.split(":")[:-1]
    return ":".join((root, *map(_component, parts)))


def _component(part: str) -> str:
    """Begins with a capital or a digit; other characters stay apart: `-`, `.`, `_` never meet."""
    escaped = part.replace("-", "---").replace(".", "--").replace("_", "-")
    return escaped[0].upper() + escaped[1:]


def _quoted(text: str) -> str:
    # Beancount's strings know JSON's escapes, and no line breaks.
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def _amount(posting: Posting) -> str:
    return show_units(posting["amount_units"], posting["currency"]).replace(",", "")
