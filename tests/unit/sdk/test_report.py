"""A report is right only if every answer and every cent is accounted for."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from services.sdk.replay.report import Report, as_table

WANTED = {
    "tasks", "answers_in", "answers_scored", "answers_accepted", "answers_rejected",
    "answers_in_review", "accuracy", "accuracy_majority", "gold_tasks", "accruals", "held_units",
    "earned_units", "paid_minor", "by_party", "trial_balance_units", "ledger_stripe_minor",
    "sandbox_stripe_minor", "events_published", "dead_letters", "seconds", "answers_per_second",
}  # fmt: skip


def right_report() -> Report:
    return Report(
        kind="choice",
        tasks=2,
        tasks_resolved=2,
        answers_recorded=4,
        answers_in=4,
        answers_scored=4,
        answers_accepted=3,
        answers_rejected=1,
        accruals=3,
        held_units=1000000,
        spent_units=300000,
        released_units=700000,
        earned_units=240000,
        paid_minor=24,
        by_party={"contractor": 200000, "vendor": 40000, "platform": 60000},
        project_completed=True,
        ledger_stripe_minor=76,
        sandbox_stripe_minor=76,
        ledger_paid_out_minor=24,
        sandbox_paid_out_minor=24,
        events_published=9,
        dead_letters=0,
    )


def test_a_right_report_has_no_problems() -> None:
    report = right_report()
    report.judge()
    assert report.problems == []


@pytest.mark.parametrize(
    "changes",
    [
        {"answers_in": 3},
        {"answers_scored": 3},
        {"tasks_resolved": 1},
        {"accruals": 4},
        {"by_party": {"contractor": 200000, "vendor": 40000, "platform": 50000}},
        {"released_units": 690000},
        {"released_units": 690000, "still_held_units": 10000},
        {"paid_minor": 23},
        {"trial_balance_units": 10000},
        {"sandbox_stripe_minor": 75},
        {"sandbox_paid_out_minor": 25},
        {"dead_letters": 1},
    ],
)
def test_whatever_is_off_is_a_problem(changes: dict[str, object]) -> None:
    report = right_report()
    for name, value in changes.items():
        setattr(report, name, value)
    report.judge()
    assert report.problems


def test_what_could_not_be_counted_is_no_problem() -> None:
    report = right_report()
    report.events_published = report.dead_letters = None
    report.judge()
    assert report.problems == []


def test_the_json_has_every_promised_field() -> None:
    said = json.loads(json.dumps(right_report().as_dict()))
    assert said.keys() >= WANTED
    assert said["by_party"] == {"contractor": 200000, "vendor": 40000, "platform": 60000}


def test_invitations_are_told_where_there_are_some() -> None:
    report = right_report()
    console = Console(width=120, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(as_table(report))
    assert "invitation" not in captured.get()
    report.invitations = [{"as": "vendor", "person_id": "per_1", "secret": "ci_abc"}]
    with console.capture() as captured:
        console.print(as_table(report))
    assert "invitation of the vendor" in captured.get()
    assert "ci_abc" in captured.get()
    assert report.as_dict()["invitations"] == report.invitations


def test_the_table_tells_the_same_to_people() -> None:
    console = Console(width=120, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(as_table(right_report()))
    text = captured.get()
    for told in ("0.24", "answers in", "4", "contractor 0.20"):
        assert told in text
