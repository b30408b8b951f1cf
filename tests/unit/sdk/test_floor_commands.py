"""`crewline floors` and `pass-throughs`: files read line by line, verdicts as exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.sdk.commanding import run

pytestmark = pytest.mark.usefixtures("nobody")

HEADER = "country,currency,amount,per,basis,source,source_url,source_date,valid_from"
ROW = "ZZ,USD,2.60,hour,one adult,nobody,https://example.com,2026-11-01,2026-01-01"


def _usd(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "fraction": 0, "currency": "USD"}


def test_a_file_is_taken_line_by_line(
    tmp_path: Path, answers: list[Any], asked: list[httpx.Request]
) -> None:
    """Every bad line is told with field and rule, whoever found it; the good ones are sent."""
    file = tmp_path / "floors.csv"
    file.write_text("\n".join([HEADER, ROW, "ZZ,USD", "", ROW.replace("2.60", "free")]) + "\n")
    refused = {"line": 5, "field": "amount", "rule": "decimal", "message": "no decimal"}
    answers.append({"added": 1, "known": 0, "problems": [refused]})
    done = run("floors", "import", str(file))
    assert done.exit_code == 1, done.output
    told = " ".join(done.output.split())
    assert "line 3: 2 cells under 9 columns (cells)" in told
    assert "line 5: amount: no decimal (decimal)" in told
    assert "1 added, 0 known already, 2 refused" in told
    sent = json.loads(asked[-1].content)
    assert asked[-1].url.path == "/v1/floors:import"
    assert [row["line"] for row in sent["rows"]] == [2, 5]
    assert sent["rows"][0]["amount"] == "2.60"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("country,currency\nZZ,USD\n", "the column amount is missing"),
        (f"{HEADER},wage\n{ROW},1\n", "'wage' is no column of ours"),
        (f"{HEADER},country\n{ROW},ZZ\n", "the column country is there twice"),
        (HEADER, "has no rows"),
    ],
)
def test_a_file_that_is_no_table_is_not_sent(
    tmp_path: Path, asked: list[httpx.Request], text: str, told: str
) -> None:
    file = tmp_path / "floors.csv"
    file.write_text(text)
    done = run("floors", "import", str(file))
    assert done.exit_code == 2
    assert told in " ".join(done.output.split())
    assert not [one for one in asked if one.method == "POST"]


def test_a_price_below_a_floor_ends_with_one(
    answers: list[Any], asked: list[httpx.Request]
) -> None:
    line = {
        "country": "ZZ", "verdict": "FLOOR_VERDICT_BELOW_FLOOR", "floor_hourly": _usd(260),
        "effective_hourly": _usd(240), "least_pay": _usd(109), "source": "nobody",
        "place": "ZZ-30",
    }  # fmt: skip
    answers.append({"lines": [line], "passes": False})
    done = run("floors", "price", "1.00 USD", "1500", "--country", "ZZ")
    assert done.exit_code == 1, done.output
    for part in ("below floor", "2.40 USD", "2.60 USD", "1.09 USD", "ZZ-30"):
        assert part in done.stdout
    asked_of = dict(asked[-1].url.params)
    assert (asked_of["pay_units"], asked_of["currency"]) == ("1000000", "USD")


def test_nothing_is_said_by_the_hour_while_the_time_is_unknown(answers: list[Any]) -> None:
    """A floor of the platform's own has no source; that it is a fallback is said."""
    unknown = {
        "country": "ZZ", "verdict": "FLOOR_VERDICT_TIME_UNKNOWN", "floor_hourly": _usd(260),
        "effective_hourly": _usd(0), "least_pay": _usd(0), "source": "",
        "place": "ZZ",
    }  # fmt: skip
    answers.append({"lines": [unknown], "judged_seconds": 0, "is_measured": False, "answers": 0})
    done = run("floors", "project", "prj_1")
    assert done.exit_code == 0, done.output
    assert "nobody has said yet how long an answer takes" in done.output
    assert "0.00 USD" not in done.output
    assert done.stdout.splitlines()[1].split() == [
        "ZZ", "time", "unknown", "2.60", "USD", "ZZ", "fallback",
    ]  # fmt: skip


def test_a_country_without_a_floor_ends_with_one(answers: list[Any]) -> None:
    lack = {
        "country": "XB", "kind": "FLOOR_LACK_KIND_UNKNOWN", "floor_id": "", "end_date": "",
        "place": "XB",
    }  # fmt: skip
    answers.append({"lacks": [lack]})
    done = run("floors", "check")
    assert (done.exit_code, "unknown" in done.stdout) == (1, True)


def test_what_is_still_to_be_passed_on_is_shown(answers: list[Any]) -> None:
    one = {
        "vendor_id": "org_v", "contractor_id": "ctr_1", "owed": _usd(260), "passed_on": _usd(200),
        "confirmed": _usd(200), "disputed": _usd(0), "open": _usd(60),
    }  # fmt: skip
    answers.append({"balances": [one], "next_page_token": ""})
    done = run("pass-throughs", "balance", "--vendor", "org_v")
    assert done.exit_code == 0, done.output
    for part in ("ctr_1", "2.60 USD", "2.00 USD", "0.60 USD"):
        assert part in done.stdout


def test_a_wrong_record_of_a_passing_on_is_withdrawn(
    answers: list[Any], asked: list[httpx.Request]
) -> None:
    answers.append({"pass_through": {"pass_through_id": "pst_1"}})
    done = run("pass-throughs", "withdraw", "pst_1", "--reason", "typed wrongly")
    assert done.exit_code == 0, done.output
    assert "pst_1 is withdrawn; its reference is free" in " ".join(done.output.split())
    assert asked[-1].url.path == "/v1/pass-throughs/pst_1:withdraw"
    assert json.loads(asked[-1].content)["reason"] == "typed wrongly"


def test_whose_floor_it_was_is_said_in_words(answers: list[Any]) -> None:
    test = {
        "pay_period_id": "pp_7", "contractor_id": "ctr_1", "outcome": "FLOOR_OUTCOME_TOPPED_UP",
        "counted_seconds": 3600, "earned": _usd(100), "floor_hourly": _usd(260),
        "topped_up": _usd(160), "floor_id": "ZZ:2026-01-01:1", "reason": "",
        "floor_scope": "FLOOR_SCOPE_HIGHEST_REGION",
    }  # fmt: skip
    answers.append({"floor_tests": [test], "next_page_token": ""})
    done = run("floors", "tests")
    assert done.exit_code == 0, done.output
    # However wide the screen is: the words of a cell may be on lines of their own.
    assert "topped up" in done.stdout
    assert "scope" not in done.stdout
    assert "highest" in done.stdout
