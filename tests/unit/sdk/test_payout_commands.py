"""`crewline payouts`: files for banks out and in, rails, and what they end with."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.sdk.commanding import run

pytestmark = pytest.mark.usefixtures("nobody")

BATCH = {
    "batch_id": "pba_1", "currency": "USD", "total_minor": 300, "payments": 2, "sha256": "ab" * 32,
    "created_by": "per_1", "lines": [], "csv": "reference,amount\r\nCW1,1.00\r\nCW2,2.00\r\n",
}  # fmt: skip


def test_an_export_is_its_owners_alone_and_overwrites_nothing(
    answers: list[Any], asked: list[httpx.Request], tmp_path: Path
) -> None:
    answers.append({"batch": BATCH})
    file = tmp_path / "payouts.csv"
    done = run("payouts", "export", "--to", str(file), "--currency", "usd")
    assert done.exit_code == 0, done.output
    assert "pba_1: 2 payments, 3.00 USD" in done.output
    assert file.read_bytes() == str(BATCH["csv"]).encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(asked[-1].content)["currency"] == "USD"
    again = run("payouts", "export", "--to", str(file))
    assert again.exit_code != 0
    assert "exists already" in again.output
    assert len(asked) == 1


def test_refused_rows_are_told_by_line_and_end_with_one(
    answers: list[Any], asked: list[httpx.Request], tmp_path: Path
) -> None:
    rows = [
        {"line": 2, "reference": "CW1", "result": "recorded", "problem": ""},
        {"line": 3, "reference": "CW2", "result": "refused", "problem": "no such order"},
    ]
    answers.append({"rows": rows, "recorded": 1, "repeated_rows": 0, "refused": 1})
    file = tmp_path / "outcomes.csv"
    file.write_text("reference,outcome,value_date,bank_reference\n", encoding="utf-8")
    done = run("payouts", "import", str(file))
    assert done.exit_code == 1
    assert "outcomes.csv:3: CW2 no such order" in done.output
    assert "1 recorded, 0 known already, 1 refused" in done.output
    assert json.loads(asked[-1].content)["csv"].startswith("reference,")


def test_rails_are_named_as_people_say_them(answers: list[Any], asked: list[httpx.Request]) -> None:
    view = {
        "payee_id": "ctr_1", "country": "KE", "rail": "PAYOUT_RAIL_MANUAL_CSV",
        "allowed": ["PAYOUT_RAIL_STRIPE_GLOBAL_PAYOUTS", "PAYOUT_RAIL_MANUAL_CSV"],
        "choices": [
            {"rail": "PAYOUT_RAIL_MANUAL_CSV", "chosen_by": "ctr_1", "reason": "my bank",
             "choose_time": "2026-11-28T10:00:00Z"},
        ],
        "bank_last_four": "5432",
    }  # fmt: skip
    answers.append({"payout_rails": view})
    done = run("payouts", "choose", "manual_csv", "--reason", "my bank")
    assert done.exit_code == 0, done.output
    assert json.loads(asked[-1].content)["rail"] == "PAYOUT_RAIL_MANUAL_CSV"
    for part in ("manual_csv", "stripe_global_payouts", "...5432", "by ctr_1 my bank"):
        assert part in done.output
    wrong = run("payouts", "choose", "cheque")
    assert wrong.exit_code != 0
    assert "is none of" in wrong.output


def test_a_large_period_is_paid_in_parts_with_progress(
    answers: list[Any], asked: list[httpx.Request]
) -> None:
    answers += [
        {"instructions": 1000, "remaining": 500, "resume_after": "CLOSED:pp_1.x"},
        {"instructions": 499, "remaining": 0, "resume_after": ""},
    ]
    done = run("pay-periods", "pay", "pp_1")
    assert done.exit_code == 0, done.output
    assert "1,000 payments are on their way, 500 statements left" in done.output
    assert "1,499 payments are on their way" in done.output
    first, second = (json.loads(request.content) for request in asked)
    assert "resume_after" not in first
    assert second["resume_after"] == "CLOSED:pp_1.x"
    keys = [request.headers["idempotency-key"] for request in asked]
    assert keys[0] != keys[1]
