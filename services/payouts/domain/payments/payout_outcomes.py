"""Outcomes of payments that a person made, as a file tells them: row by row, errors by line."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.payments.payout_batches import BankOutcome, ToldOutcome

COLUMNS: Final = ("reference", "outcome", "value_date", "bank_reference")
_OPTIONAL: Final = ("code",)
ROWS_MAX: Final = 5_000
_REFERENCE_MAX: Final = 64
_CODE_MAX: Final = 60


class OutcomeFileInvalid(DomainError):
    """The file as a whole cannot be read: its header, its form or its size."""

    kind, reason = Kind.INVALID, "OUTCOME_FILE_INVALID"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """One row: what it tells, or why it cannot be read; `line` is as an editor counts."""

    line: int
    told: ToldOutcome | None = None
    error: str = ""


def read_outcomes(text: str) -> list[OutcomeRow]:
    """Read a CSV with a header of `COLUMNS`, and `code` if there is one.

    Errors: OutcomeFileInvalid. A row that is wrong is told as such and stops no other.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        _check_header(names)
        rows: list[OutcomeRow] = []
        for values in reader:
            if len(rows) >= ROWS_MAX:
                raise OutcomeFileInvalid(f"more than {ROWS_MAX} rows", rule="rows_max")
            rows.append(_row(reader.line_num, values))
    except csv.Error as err:
        raise OutcomeFileInvalid(
            f"line {reader.line_num}: {err}", line=reader.line_num, rule="csv"
        ) from err
    if not rows:
        raise OutcomeFileInvalid("no row follows the header", rule="rows_min")
    return rows


def _check_header(names: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in names]
    unknown = [name for name in names if name not in (*COLUMNS, *_OPTIONAL)]
    if missing or unknown or len(set(names)) != len(names):
        raise OutcomeFileInvalid(
            f"the header is {', '.join((*COLUMNS, *_OPTIONAL))}, the last one as you like;"
            f" missing: {', '.join(missing) or 'none'}, unknown: {', '.join(unknown) or 'none'}",
            rule="header",
        )


def _row(line: int, values: dict[str, str | None]) -> OutcomeRow:
    if None in values or None in values.values():
        return OutcomeRow(line=line, error="the row has another number of cells than the header")
    # An apostrophe of a spreadsheet that guards against formulas is none of the value.
    cells = {name: (value or "").strip().removeprefix("'") for name, value in values.items()}
    try:
        outcome = BankOutcome(cells["outcome"].lower())
    except ValueError:
        return OutcomeRow(line=line, error="outcome is paid, failed or returned")
    try:
        value_date = date.fromisoformat(cells["value_date"]).isoformat()
    except ValueError:
        return OutcomeRow(line=line, error="value_date is a day such as 2026-11-30")
    for name, longest in (("reference", _REFERENCE_MAX), ("bank_reference", _REFERENCE_MAX)):
        if not 0 < len(cells[name]) <= longest:
            return OutcomeRow(line=line, error=f"{name} has 1 to {longest} characters")
    code = cells.get("code", "").lower()
    if len(code) > _CODE_MAX or not all(part.isalnum() for part in code.split("_") if part):
        return OutcomeRow(line=line, error=f"code has up to {_CODE_MAX} letters, digits and _")
    told = ToldOutcome(
        reference=cells["reference"],
        outcome=outcome,
        value_date=value_date,
        bank_reference=cells["bank_reference"],
        code=code,
    )
    return OutcomeRow(line=line, told=told)
