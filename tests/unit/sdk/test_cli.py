"""The command line: its exit codes, and where it says what."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.sdk.cli import app

SOUND = "task,worker,label\nt1,w1,a\nt1,w2,b\n"


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.csv"
    path.write_text(SOUND)
    return path


def run(*arguments: object, **environment: str) -> Result:
    return CliRunner(env={"CREWLINE_TARGET": "", "COLUMNS": "200", **environment}).invoke(
        app, [str(argument) for argument in arguments]
    )


def test_malformed_input_ends_with_2_and_names_row_and_column(answers: Path) -> None:
    answers.write_text(SOUND + "t2,,a\n")
    result = run("replay", answers, "--kind", "choice")
    assert result.exit_code == 2
    assert result.stderr == "answers.csv, row 4, column worker: is empty\n"
    assert not result.stdout


def test_many_problems_are_counted(answers: Path) -> None:
    answers.write_text(SOUND + "t2,,a\n" * 1100)
    result = run("replay", answers, "--kind", "choice")
    assert result.exit_code == 2
    assert result.stderr.endswith("and 1,050 more\n")


def test_a_missing_file_ends_with_2(tmp_path: Path) -> None:
    result = run("replay", tmp_path / "nowhere.csv", "--kind", "choice")
    assert result.exit_code == 2
    assert "nowhere.csv: cannot be read" in result.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ["--kind", "song"],
        ["--kind", "choice", "--batch", "51"],
        ["--kind", "choice", "--gold-share", "1.1"],
        ["--kind", "choice", "--limit", "-1"],
        [],
    ],
)
def test_wrong_options_end_with_2(answers: Path, wrong: list[str]) -> None:
    assert run("replay", answers, *wrong).exit_code == 2


def test_without_a_stack_it_ends_with_1(answers: Path, tmp_path: Path) -> None:
    result = run(
        "replay", answers, "--kind", "choice", CREWLINE_TARGET=str(tmp_path / "target.json")
    )
    assert result.exit_code == 1
    assert "no stack is known" in result.stderr


def test_a_stack_without_an_operator_key_ends_with_1(answers: Path) -> None:
    result = run("replay", answers, "--kind", "choice", CREWLINE_TARGET="127.0.0.1")
    assert result.exit_code == 1
    assert "CREWLINE_OPERATOR_KEY" in result.stderr


def test_help_tells_what_it_does() -> None:
    assert "replay" in run("--help").stdout
    text = run("replay", "--help").stdout
    for option in (
        "--gold", "--kind", "--gold-share", "--batch", "--seed", "--limit", "--concurrency",
        "--json", "--stack", "--timeout-seconds", "--skip-malformed", "Exit code",
    ):  # fmt: skip
        assert option in text
