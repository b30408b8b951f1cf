"""What a replay came to, and whether it may be called right."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from rich.table import Table

from services.sdk.money import UNITS_PER_MINOR


@dataclass(slots=True, kw_only=True)
class Report:
    """All amounts are in minor units of `currency`.

    Of this replay alone: the answers, the tasks, the amounts held, released, spent, earned and
    paid. Of the whole stack: the trial balance, the money at the provider, events, dead letters.
    """

    kind: str
    currency: str = "USD"
    project_id: str = ""
    client_id: str = ""
    tasks: int = 0
    tasks_resolved: int = 0
    workers: int = 0
    workers_direct: int = 0
    vendors: int = 0
    # Recorded answers that were to be given, and how many came in.
    answers_recorded: int = 0
    answers_in: int = 0
    answers_scored: int = 0
    answers_accepted: int = 0
    answers_rejected: int = 0
    answers_in_review: int = 0
    answers_held: int = 0
    """Rejections that waited for an operator, because they were too many at once."""
    accuracy: float | None = None
    accuracy_majority: float | None = None
    # Of numbers: how far they are from the known ones on average.
    mean_error: float | None = None
    mean_error_of_the_mean: float | None = None
    # Control tasks, posted with their known answer; and the others that accuracy is about.
    gold_tasks: int = 0
    gold_tasks_judged: int = 0
    # Rows that say the same again, malformed rows left out, gold of tasks that are not replayed.
    rows_repeated: int = 0
    rows_malformed: int = 0
    gold_unknown: int = 0
    accruals: int = 0
    # held = spent + released + still held; spent = contractors' + vendors' + the platform's part;
    # earned = contractors' + vendors' part, which is what is paid out.
    held_units: int = 0
    spent_units: int = 0
    released_units: int = 0
    reserved_units: int = 0
    still_held_units: int = 0
    earned_units: int = 0
    paid_minor: int = 0
    rest_units: int = 0
    by_party: dict[str, int] = field(default_factory=dict)
    statements: int = 0
    statements_paid: int = 0
    project_completed: bool = False
    trial_balance_units: int = 0
    # Money at the provider, ours and the payees', by our ledger and by its own.
    ledger_stripe_minor: int = 0
    sandbox_stripe_minor: int = 0
    # Money that left the provider for the payees' banks.
    ledger_paid_out_minor: int = 0
    sandbox_paid_out_minor: int = 0
    # None where a service's metrics were not to be had.
    events_published: int | None = None
    dead_letters: int | None = None
    # From the first claim until every accepted answer is in the ledger.
    seconds: float = 0.0
    answers_per_second: float = 0.0
    seconds_in_all: float = 0.0
    # Where they were asked for: `as` whom, `person_id`, and the `secret` that opens the console.
    invitations: list[dict[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def judge(self) -> None:
        """Adds to the problems whatever does not add up."""
        self.problems += [what for right, what in self._checks() if not right]

    def _checks(self) -> list[tuple[bool, str]]:
        return [*self._answer_checks(), *self._money_checks()]

    def _answer_checks(self) -> list[tuple[bool, str]]:
        return [
            (
                self.answers_in == self.answers_recorded,
                f"{self.answers_recorded} answers are recorded, {self.answers_in} came in",
            ),
            (
                self.answers_scored == self.answers_in,
                f"{self.answers_in} answers came in, {self.answers_scored} have a decision",
            ),
            (
                self.tasks_resolved == self.tasks,
                f"{self.tasks} tasks were posted, {self.tasks_resolved} have a result",
            ),
            (
                self.accruals == self.answers_accepted,
                f"{self.answers_accepted} answers are accepted, {self.accruals} were accrued",
            ),
            (not self.dead_letters, f"{self.dead_letters} messages became dead letters"),
        ]

    def _money_checks(self) -> list[tuple[bool, str]]:
        kept_units = self.released_units + self.still_held_units
        return [
            (
                self.spent_units == sum(self.by_party.values()),
                f"spent {self.spent_units} is not the sum of its parts {self.by_party}",
            ),
            (
                self.held_units == self.spent_units + kept_units,
                f"held {self.held_units} is not spent {self.spent_units} and kept {kept_units}",
            ),
            (
                not self.project_completed or self.still_held_units == 0,
                f"the project is completed, and {self.still_held_units} is still held for it",
            ),
            (
                self.paid_minor * UNITS_PER_MINOR + self.rest_units == self.earned_units,
                f"earned {self.earned_units}, paid {self.paid_minor}, rest {self.rest_units}",
            ),
            (
                self.trial_balance_units == 0,
                f"the trial balance is off by {self.trial_balance_units}",
            ),
            (
                self.ledger_stripe_minor == self.sandbox_stripe_minor,
                f"provider: {self.sandbox_stripe_minor}, ledger: {self.ledger_stripe_minor}",
            ),
            (
                self.ledger_paid_out_minor == self.sandbox_paid_out_minor,
                f"paid out: {self.sandbox_paid_out_minor}, ledger: {self.ledger_paid_out_minor}",
            ),
        ]

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints."""
        return asdict(self)


def as_table(report: Report) -> Table:
    """The same for people."""
    table = Table(title=f"Replay of {report.answers_recorded:,} {report.kind} answers")
    table.add_column("")
    table.add_column("", justify="right")
    for name, value in _lines(report):
        table.add_row(name, value)
    return table


def _judged(report: Report) -> list[tuple[str, str]]:
    if report.mean_error is not None and report.mean_error_of_the_mean is not None:
        return [
            ("mean error of the consensus", f"{report.mean_error:.3f}"),
            ("mean error of the plain mean", f"{report.mean_error_of_the_mean:.3f}"),
        ]
    return [
        ("accuracy of the consensus", _rate(report.accuracy)),
        ("accuracy of the majority", _rate(report.accuracy_majority)),
    ]


def _lines(report: Report) -> list[tuple[str, str]]:
    parties = "  ".join(f"{name} {_units(units)}" for name, units in report.by_party.items())
    return [
        ("tasks, with a result", f"{report.tasks:,}, {report.tasks_resolved:,}"),
        (
            "workers, of them direct",
            f"{report.workers:,}, {report.workers_direct:,} ({report.vendors} vendors)",
        ),
        ("answers in", f"{report.answers_in:,}"),
        ("  accepted", f"{report.answers_accepted:,}"),
        ("  rejected", f"{report.answers_rejected:,}"),
        ("  in review", f"{report.answers_in_review:,}"),
        ("  held for an operator", f"{report.answers_held:,}"),
        ("control tasks, judged tasks", f"{report.gold_tasks:,}, {report.gold_tasks_judged:,}"),
        *_judged(report),
        ("accruals", f"{report.accruals:,}"),
        (f"held, {report.currency}", _units(report.held_units)),
        ("  set aside beside it for fair pay", _units(report.reserved_units)),
        ("  went back to the client", _units(report.released_units)),
        ("  still held", _units(report.still_held_units)),
        ("  spent", _units(report.spent_units)),
        ("  to whom", parties),
        ("earned by people and vendors", _units(report.earned_units)),
        ("paid to their banks", _money(report.paid_minor)),
        ("  less than a cent each, carried over", _units(report.rest_units)),
        ("trial balance", _units(report.trial_balance_units)),
        (
            "at the provider: ledger, sandbox",
            f"{_money(report.ledger_stripe_minor)}, {_money(report.sandbox_stripe_minor)}",
        ),
        ("events published, dead letters", f"{report.events_published}, {report.dead_letters}"),
        (
            "claim to ledger",
            f"{report.seconds:.1f} s, {report.answers_per_second:,.0f} answers/s",
        ),
        ("in all", f"{report.seconds_in_all:.1f} s"),
        *((f"invitation of the {one['as']}", one["secret"]) for one in report.invitations),
    ]


def _money(minor: int) -> str:
    return f"{minor / 100:,.2f}"


def _units(units: int) -> str:
    return f"{units / (100 * UNITS_PER_MINOR):,.4f}".removesuffix("00")


def _rate(share: float | None) -> str:
    return "–" if share is None else f"{share:.4f}"
