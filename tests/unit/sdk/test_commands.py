"""The commands without a platform: exit codes, what is said where, input that is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sdk.commanding import refusal, run

pytestmark = pytest.mark.usefixtures("nobody")

GROUPS = (
    "projects", "tasks", "results", "media", "reviews", "appeals", "breakers", "rules", "vendors",
    "contractors", "keys", "deposits", "statements", "pay-periods", "payout-account", "ledger",
    "webhooks",
)  # fmt: skip


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        (400, "FIELD_VIOLATION", 2),
        (401, "API_KEY_INVALID", 3),
        (403, "ROLE_NOT_ADMITTED", 1),
        (404, "PROJECT_NOT_FOUND", 1),
        (409, "PROJECT_STATE_WRONG", 1),
        (500, "INTERNAL", 1),
    ],
)
def test_a_refusal_is_two_lines_and_an_exit_code(
    answers: list[Any], status: int, reason: str, code: int
) -> None:
    answers.append(refusal(status, reason))
    result = run("projects", "activate", "p1", "--json")
    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.startswith(f"so it is [{reason}]")
    assert len(result.stderr.splitlines()) <= 2


def test_without_an_address_it_says_what_to_do() -> None:
    result = run("projects", "list")
    assert result.exit_code == 3
    assert "crewline login" in result.stderr


def test_an_address_where_nothing_is_ends_with_4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREWLINE_API_KEY", "k")
    monkeypatch.setenv("CREWLINE_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("services.sdk.http_sync.time.sleep", lambda _: None)
    result = run("whoami")
    assert result.exit_code == 4
    assert "no answer from http://127.0.0.1:1" in result.stderr


@pytest.mark.parametrize(
    "address",
    ["crewline.example", "ftp://a.example", "http://", "http://a:99999999", "http://[::1"],
)
def test_an_address_that_is_none_is_told(address: str) -> None:
    result = run("login", "--base-url", address, "--api-key-stdin", typed="k\n")
    assert result.exit_code == 2
    assert "is no address of a gateway" in result.stderr


@pytest.mark.parametrize("key", ["ключ", "a\tb", "sch\u00f6n"])
def test_a_key_that_cannot_be_one_is_told_and_not_shown(key: str) -> None:
    result = run("login", "--base-url", "http://c.example", "--api-key-stdin", typed=key + "\n")
    assert result.exit_code == 2
    assert "printable ASCII" in result.stderr
    assert key not in result.stderr


def test_signing_in_needs_somebody_to_ask_or_options() -> None:
    result = run("login")
    assert result.exit_code == 2
    assert "--base-url" in result.stderr
    assert run("login", "--base-url", "http://c.example", "--api-key-stdin").exit_code == 3


def test_lists_are_tables_for_people_and_json_for_programs(answers: list[Any]) -> None:
    project = {
        "project_id": "p1", "name": "Birds \x1b[31m[red]", "kind": "WORK_KIND_CHOICE",
        "state": "PROJECT_STATE_LIVE", "tasks_posted": 1200, "create_time": "2026-01-02T03:04:05Z",
        "pay": {"amount_minor": 5, "currency": "USD"},
    }  # fmt: skip
    answers.append({"projects": [project], "next_page_token": ""})
    shown = run("projects", "list").stdout
    # What others wrote is shown as it is, and moves nothing in the terminal.
    assert "Birds �[31m[red]" in shown
    for part in ("p1", "CHOICE", "LIVE", "1,200", "0.05 USD", "2026-01-02 03:04:05"):
        assert part in shown
    answers.append({"projects": [project], "next_page_token": ""})
    assert json.loads(run("projects", "list", "--json").stdout) == [project]
    answers.append({"projects": [], "next_page_token": ""})
    empty = run("projects", "list")
    assert (empty.stdout, "crewline init" in empty.stderr) == ("", True)


def test_a_limit_asks_for_no_more_pages_than_it_needs(answers: list[Any]) -> None:
    rows = [{"statement_id": f"s{i}"} for i in range(3)]
    answers.append({"statements": rows, "next_page_token": "more"})
    assert len(json.loads(run("statements", "list", "--limit", "2", "--json").stdout)) == 2
    answers.extend([{"statements": rows, "next_page_token": "more"}, {"statements": rows}])
    assert len(json.loads(run("statements", "list", "--limit", "0", "--json").stdout)) == 6


@pytest.mark.parametrize(
    "arguments",
    [
        ("projects", "fund", "p1", "a lot"),
        ("vendors", "list", "--state", "happy"),
        ("appeals", "list", "--state", "happy"),
        ("rules", "try", "p1", "--when", "gold < 60%", "--then", "pause"),
        ("rules", "try", "p1", "--when", "gold_accuracy < 60%", "--then", "dance"),
        ("vendors", "rate-card", "choice=lots"),
        ("vendors", "rate-card", "dance=5%"),
        ("results", "export", "p1", "-f", "dance"),
        ("results", "export", "p1", "--json"),
        ("register", "--kind", "bank", "--name", "a", "--person", "b", "--email", "c"),
        ("tasks", "import", "p1", "none.csv"),
        ("validate", "none.yaml"),
        ("projects", "dance"),
        ("statements", "list", "--limit", "-1"),
    ],
)
def test_wrong_input_ends_with_2(answers: list[Any], arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr
    assert answers == []


def test_cancelling_asks_first(answers: list[Any]) -> None:
    assert run("projects", "cancel", "p1", typed="n\n").exit_code == 1
    answers.append({"project": {"project_id": "p1", "state": "PROJECT_STATE_CANCELLED"}})
    assert "CANCELLED" in run("projects", "cancel", "p1", typed="y\n").stderr


def test_a_file_is_checked_here_where_nobody_is_signed_in() -> None:
    assert run("init").exit_code == 0
    result = run("validate", "project.yaml")
    assert result.exit_code == 0
    assert "checked here alone: the platform's address is not known" in result.stderr
    assert json.loads(run("validate", "project.yaml", "--offline", "--json").stdout)["valid"]
    Path("project.yaml").write_text("name: x\noverlap: y\n")
    wrong = run("create", "project.yaml")
    assert wrong.exit_code == 2
    assert "project.yaml:2: overlap: is a whole number" in wrong.stderr


def test_a_program_that_is_watched_prints_a_line_a_look(answers: list[Any]) -> None:
    counts = dict.fromkeys(
        ("answers_submitted", "answers_accepted", "answers_rejected", "answers_in_review",
         "assignments_claimed", "assignments_released"), 0,
    )  # fmt: skip
    for resolved in (1, 2):
        answers.append({"project": {"project_id": "p", "state": "PROJECT_STATE_LIVE"}})
        answers.append({"tasks_posted": 2, "tasks_resolved": resolved, **counts})
        answers.append({"currency": "USD", "spent_units": 50_000, "held_units": 100_000})
    result = run("watch", "p", "--json", "--every-seconds", "0.2")
    assert [json.loads(line)["done"] for line in result.stdout.splitlines()] == [False, True]


def test_a_watch_that_takes_too_long_is_given_up(answers: list[Any]) -> None:
    answers.append({"project": {"project_id": "p", "name": "n", "state": "PROJECT_STATE_LIVE"}})
    counts = {"answers_submitted": 0, "answers_accepted": 0, "answers_rejected": 0}
    more = {"answers_in_review": 0, "assignments_claimed": 3, "assignments_released": 0}
    answers.append({"tasks_posted": 2, "tasks_resolved": 0, **counts, **more})
    answers.append({"currency": "USD", "spent_units": 50_000, "held_units": 100_000})
    result = run("watch", "p", "--timeout-seconds", "1", "--every-seconds", "2")
    assert result.exit_code == 1
    assert "0 of 2 resolved" in result.stdout
    assert "not done after 1 s" in result.stderr


def test_help_and_completion_are_there() -> None:
    text = run("--help").stdout
    for part in (*GROUPS, "login", "init", "validate", "create", "watch", "replay", "Exit codes",
                 "--install-completion"):  # fmt: skip
        assert part in text
    for group in GROUPS:
        assert run(group, "--help").exit_code == 0
