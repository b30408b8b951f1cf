"""The same day by the command line, each party with a profile of its own."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import subprocess
import sys
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from typer.testing import CliRunner, Result

from services.sdk import Crewline
from services.sdk.cli import app
from tests.system.conftest import Running
from tests.system.day_data import CONTRACTORS, TASKS, label_of, write_contractors, write_tasks
from tests.system.hearing import Heard, hearing
from tests.waiting import until

PATIENCE_SECONDS = 60.0
OVERLAP = 1

# As `make readers` makes it.
READERS = Path(".local") / "readers-venv"
BEAN_COUNT = Path("tests") / "system" / "read_journal.py"


class Shell:
    """Gives commands in a folder and with profiles of the test's own."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self.folder = folder
        self.base_url = base_url
        self.config = folder / "config"
        self.environment = {"CREWLINE_CONFIG_DIR": str(self.config)}

    def run(self, *arguments: str, profile: str = "", code: int = 0, typed: str = "") -> Result:
        named = ["--profile", profile] if profile else []
        runner = CliRunner(env=self.environment)
        done = runner.invoke(app, [*named, *arguments], input=typed)
        assert done.exit_code == code, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments: str, profile: str, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", profile=profile, code=code).stdout)


@pytest.fixture
def shell(running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    for name in [name for name in os.environ if name.startswith("CREWLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, running.base_url)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_day_by_the_command_line(running: Running, shell: Shell, repository: Path) -> None:
    buyer_id = _everybody_signs_in(running, shell)
    with hearing() as heard:
        _a_day(running, shell, repository, buyer_id, heard)
    assert heard.unsigned == []


def _a_day(running: Running, shell: Shell, repository: Path, buyer_id: str, heard: Heard) -> None:
    heard.secret = shell.run("webhooks", "create", heard.url, profile="buyer").stdout.strip()
    project_id = _project(shell, buyer_id)
    _tasks_go_in(shell, project_id)
    _pool(running, shell)
    key = _worker_key(shell)
    _work(running, key, project_id)
    watched = shell.run("watch", project_id, "--json", "--every-seconds", "0.3", profile="buyer")
    last = json.loads(watched.stdout.splitlines()[-1])
    assert (last["done"], last["progress"]["tasks_resolved"]) == (True, TASKS)
    _results_come_out(shell, project_id)
    _quality_is_looked_at(shell, project_id)
    _money_is_paid(shell, repository, project_id, key)
    _money_is_explained(shell)
    _news_were_heard(shell, heard, project_id)
    _as_a_program(shell, repository, project_id)


def _everybody_signs_in(running: Running, shell: Shell) -> str:
    nobody = shell.run("whoami", code=3)
    assert "crewline login" in nobody.stderr
    address = ("--base-url", shell.base_url)
    shell.run(
        "login", *address, "--profile", "operator", "--api-key-stdin",
        typed=running.operator_key + "\n",
    )  # fmt: skip
    stored = shell.config / "profiles.json"
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    wrong = shell.run(
        "login", *address, "--profile", "other", "--api-key-stdin", typed="no-key\n", code=3
    )
    assert "no-key" not in wrong.stderr
    made: dict[str, Any] = {}
    for name, kind in (("buyer", "client"), ("pool", "vendor")):
        done = shell.run(
            "register", *address, "--profile", name, "--kind", kind, "--name", f"The {name}",
            "--person", "Somebody", "--email", f"{uuid.uuid4().hex}@example.com", "--json",
        )  # fmt: skip
        made[name] = json.loads(done.stdout)
    listed = shell.json("profiles", profile="")
    assert [one["name"] for one in listed] == ["buyer", "operator", "pool"]
    assert all(made[name]["api_key"] not in json.dumps(listed) for name in made)
    assert shell.json("whoami", profile="buyer")["organisation"]["name"] == "The buyer"
    return str(made["buyer"]["organisation_id"])


def _project(shell: Shell, buyer_id: str) -> str:
    names = {one["name"] for one in shell.json("templates", profile="buyer")}
    assert "photo-classification" in names
    shell.run("init", "--template", "photo-classification", "photo.yaml", profile="buyer")
    shell.run("validate", "photo.yaml", profile="buyer")
    shell.run("init", "--template", "dance", "dance.yaml", profile="buyer", code=2)
    shell.run("init", profile="buyer")
    assert "is there already" in shell.run("init", profile="buyer", code=2).stderr
    file = shell.folder / "project.yaml"
    text = file.read_text().replace("overlap: 3", f"overlap: {OVERLAP}")
    file.write_text(text)
    write_tasks(shell.folder / "tasks.jsonl")
    # Its data and its line: a row that shows nothing of what the config asks for.
    (shell.folder / "few.jsonl").write_text('{"data": {"text": "a"}}\n{"data": {"txet": "b"}}\n')
    wrong = shell.run("validate", "project.yaml", "--tasks", "few.jsonl", profile="buyer", code=2)
    assert wrong.stderr.startswith("few.jsonl:2: data.text")
    file.write_text(text.replace("commission_bps_max: 2000", "commission_bps_max: 20000"))
    much = shell.run("create", "project.yaml", profile="buyer", code=2).stderr
    line = text[: text.index("commission_bps_max")].count("\n") + 1
    assert much.startswith(f"project.yaml:{line}: commission_bps_max: ")
    file.write_text(text)
    shell.run("validate", "project.yaml", profile="buyer")
    project_id = str(shell.json("create", "project.yaml", profile="buyer")["project_id"])
    assert project_id in shell.run("projects", "list", profile="buyer").stdout
    early = shell.run("projects", "activate", project_id, profile="buyer", code=1)
    assert "PROJECT_STATE_WRONG" in early.stderr

    short = shell.run("projects", "fund", project_id, "5 USD", profile="buyer", code=1)
    assert "INSUFFICIENT_FUNDS" in short.stderr
    assert "payments checkout" in short.stderr
    shell.run("deposits", "create", buyer_id, "50.00 USD", profile="operator")
    until(lambda: shell.json("funds", profile="buyer")["available"], "the deposit")
    shell.run("projects", "fund", project_id, "50.00 USD", profile="buyer")
    return project_id


def _tasks_go_in(shell: Shell, project_id: str) -> None:
    bad = shell.run(
        "tasks", "import", project_id, "tasks.jsonl", "--errors", "bad.jsonl",
        profile="buyer", code=1,
    )  # fmt: skip
    lines = bad.stderr.splitlines()
    assert lines[0] == f"{TASKS} posted, 0 duplicates, 2 refused"
    assert lines[1].startswith("tasks.jsonl:4: data.text")
    assert lines[2].startswith("tasks.jsonl:8: ")
    assert len((shell.folder / "bad.jsonl").read_text().splitlines()) == 2
    again = shell.json("tasks", "import", project_id, "tasks.jsonl", profile="buyer", code=1)
    assert (again["posted"], again["duplicates"]) == (0, TASKS)
    assert len(shell.json("tasks", "list", project_id, profile="buyer")) == TASKS
    shell.run("projects", "activate", project_id, profile="buyer")
    shown = shell.run("projects", "show", project_id, profile="buyer").stdout
    assert "LIVE" in shown
    assert "50.00 USD" in shown
    missing = shell.run("tasks", "import", project_id, "none.jsonl", profile="buyer", code=2)
    assert "there is no such file" in missing.stderr


def _pool(running: Running, shell: Shell) -> None:
    apply = ("vendors", "apply", "--name", "The pool", "--country", "us", "--email", "a@b.example")
    vendor_id = shell.json(*apply, profile="pool")["vendor_id"]
    refused = shell.run("vendors", "approve", vendor_id, profile="pool", code=1)
    assert "crewline whoami" in refused.stderr
    shell.run("vendors", "approve", vendor_id, "--reason", "known to us", profile="operator")
    assert "APPROVED" in shell.run("vendors", "show", profile="pool").stdout
    shell.run("vendors", "rate-card", "choice=10%", "text=12.5", profile="pool")
    card = shell.json("vendors", "rate-card", profile="pool")
    assert sorted(rate["commission_bps"] for rate in card["rates"]) == [1000, 1250]
    write_contractors(shell.folder / "contractors.csv")
    imported = shell.run("contractors", "import", "contractors.csv", profile="pool", code=1)
    lines = imported.stderr.splitlines()
    assert lines[0] == f"{CONTRACTORS - 3} enrolled, 0 there already, 3 refused"
    assert [line.split(": ")[:2] for line in lines[1:]] == [
        ["contractors.csv:6", "country"],
        ["contractors.csv:13", "email"],
        ["contractors.csv:32", "name"],
    ]

    def account() -> Any:
        done = shell.json("payout-account", "create", profile="pool")
        return done["account_id"]

    account_id = until(account, "the payout account")
    assert shell.run("payout-account", "link", profile="pool").stdout.startswith("http")
    running.complete_onboarding(account_id)
    until(
        lambda: shell.json("payout-account", "show", profile="pool")["payouts_enabled"],
        "the provider may pay the vendor",
    )


def _worker_key(shell: Shell) -> str:
    [worker] = shell.json("contractors", "list", "--limit", "1", profile="pool")
    person = worker["contractor_id"]
    link = shell.run("contractors", "invite", person, profile="pool").stdout.strip()
    assert link.startswith(f"{person}\t{shell.base_url}/invitations/accept#")
    made = shell.json("keys", "create", "--person", person, "--label", "day", profile="pool")
    first = made["api_key"]["api_key_id"]
    rotated = shell.json("keys", "rotate", first, "--overlap-seconds", "0", profile="pool")
    shell.run("keys", "revoke", first, profile="pool")
    assert rotated["secret"] not in json.dumps(shell.json("keys", "list", profile="pool"))
    return str(rotated["secret"])


def _work(running: Running, key: str, project_id: str) -> None:
    """The contractor works through the API; other tests' tasks are on offer, too."""
    with Crewline(key, base_url=running.base_url) as worker:
        done = 0

        def all_done() -> bool:
            nonlocal done
            claimed = worker.assignments.claim(max_assignments=10, project_id=project_id)
            leases = claimed["assignments"]
            if not leases:
                return False
            results = worker.assignments.submit(
                [
                    {
                        "assignment_id": one["assignment_id"],
                        "lease_token": one["lease_token"],
                        "value": label_of(one["data"]["text"]),
                        "active_seconds": 15.0,
                    }
                    for one in leases
                ]
            )
            assert not any(one.get("error") for one in results)
            done += len(leases)
            return done >= TASKS

        until(all_done, f"{TASKS} tasks handed out")


def _results_come_out(shell: Shell, project_id: str) -> None:
    export = ("results", "export", project_id)
    for name in ("jsonl", "csv", "parquet", "label_studio"):
        said = shell.json(*export, "-f", name, "-o", f"out.{name}", profile="buyer")
        assert said["bytes"] == (shell.folder / f"out.{name}").stat().st_size > 0
    lines = (shell.folder / "out.jsonl").read_text().splitlines()
    assert len(lines) == TASKS
    assert sorted(shell.run(*export, profile="buyer").stdout.splitlines()) == sorted(lines)
    shown = shell.run("results", "list", project_id, profile="buyer").stdout
    assert shown.count("Positive") == TASKS
    shell.run(*export, "-f", "dance", profile="buyer", code=2)


def _quality_is_looked_at(shell: Shell, project_id: str) -> None:
    report = json.loads(shell.run("projects", "report", project_id, profile="buyer").stdout)
    assert report["decisions"]["answers"] == TASKS * OVERLAP
    rule = ("--when", "consensus_accuracy < 60%", "--then", "review")
    tried = shell.json("rules", "try", project_id, *rule, profile="buyer")
    assert (tried["hit"], tried["answers_replayed"]) == (0, TASKS * OVERLAP)
    said = ("--name", "Watch", "--explain", "We look at your answers for a day.")
    made = shell.json("rules", "put", project_id, *rule, *said, profile="buyer")
    assert made["rule_id"] in shell.run("rules", "list", project_id, profile="buyer").stdout
    acted = shell.run("rules", "hits", "--project", project_id, profile="operator")
    assert "no rule has acted" in acted.stderr
    assert "nothing waits" in shell.run("reviews", "list", project_id, profile="buyer").stderr
    assert shell.json("appeals", "list", "--project", project_id, profile="buyer") == []
    tripped = shell.json("breakers", "list", "--state", "tripped", profile="operator")
    assert project_id not in {one["project_id"] for one in tripped}
    assert "nothing looks wrong" in (
        shell.run("projects", "signals", project_id, profile="operator").stderr
    )
    card = shell.json("vendors", "scorecard", profile="pool")
    assert [one["answers"] for one in card] == [TASKS * OVERLAP]


def _books_add_up_elsewhere(shell: Shell, repository: Path) -> None:
    """Beancount, which knows nothing of us, reads the whole journal and finds nothing wrong."""
    assert "nothing is wrong" in shell.run("ledger", "check", profile="operator").stderr
    until(lambda: "head" in shell.json("ledger", "head", profile="operator"), "a block of entries")
    kept = shell.json("ledger", "archive", "journal.jsonl", profile="operator")
    assert (kept["entries"] > 0, kept["problems"]) == (True, [])
    for options in ((), ("--journal", "journal.jsonl")):
        command = ("ledger", "verify", "--head", kept["head"], *options)
        assert shell.json(*command, profile="operator")["problems_total"] == 0
    wrote = shell.json("ledger", "export", "journal.beancount", profile="operator")
    balance = shell.json("ledger", "balance", profile="operator")
    assert wrote["entries"] <= balance["entries"]
    rows = shell.json("ledger", "export", "journal.csv", "-f", "csv", profile="operator")
    assert rows["entries"] >= wrote["entries"] > 0
    done = subprocess.run(
        [repository / READERS / "bin" / "python", repository / BEAN_COUNT, "journal.beancount"],
        cwd=shell.folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["errors"] == []
    assert found["transactions"] == wrote["entries"]
    assert {Decimal(total) for total in found["totals"].values()} == {0}


def _money_is_explained(shell: Shell) -> None:
    """Of whom everything was earned, from answers to the bank; and both sides of the movements."""
    [worker] = shell.json("contractors", "list", "--limit", "1", profile="pool")
    explain = ("explain", "--contractor", worker["contractor_id"])
    found = shell.json(*explain, profile="operator")
    [one] = found["sums"]
    assert one["earned"] == one["paid"]
    assert one["earned"]["amount_minor"] == TASKS * 10
    [statement] = found["statements"]
    assert statement["bank_line"]["arrival_day"]
    assert "paid" in shell.run(*explain, profile="pool").stdout
    days = shell.json("ledger", "reconcile", profile="operator")["days"]
    assert {day["unexplained"]["amount_minor"] for day in days} <= {0}
    shell.run("ledger", "clearing", profile="operator")


def _news_were_heard(shell: Shell, heard: Heard, project_id: str) -> None:
    def all_of_it() -> bool:
        return {"project.state_changed", "results.ready"} <= set(heard.types.values())

    until(all_of_it, "the news")
    assert f"{project_id}.state." in " ".join(heard.types)
    sent = shell.json("webhooks", "deliveries", "--state", "delivered", profile="buyer")
    assert {one["notice_id"] for one in sent} <= set(heard.types)


def _money_is_paid(shell: Shell, repository: Path, project_id: str, key: str) -> None:
    def accrued() -> bool:
        cost = shell.json("projects", "show", project_id, profile="buyer")["cost"]
        return bool(cost["answers_paid"] == TASKS * OVERLAP)

    until(accrued, "every accrual")
    period_id = shell.json("pay-periods", "close", profile="operator")["pay_period_id"]

    def period() -> Any:
        return shell.json("pay-periods", "show", period_id, profile="operator")

    until(lambda: period()["state"] == "PAY_PERIOD_STATE_CLOSED", "the statements")
    assert len(period()["seal"]["block_hash"]) == 64
    shell.run("pay-periods", "pay", period_id, profile="operator")
    [statement] = shell.json("statements", "list", "--pay-period", period_id, profile="pool")

    def paid() -> bool:
        listed = shell.json("statements", "show", statement["statement_id"], profile="pool")
        return bool(listed["state"] == "STATEMENT_STATE_PAID")

    until(paid, "the money at the vendor's bank")
    _statement_is_saved(shell, statement["statement_id"])
    shell.run(
        "login", "--base-url", shell.base_url, "--profile", "worker", "--api-key-stdin",
        typed=key + "\n",
    )  # fmt: skip
    [mine] = shell.json("statements", "list", profile="worker")
    shown = shell.run("statements", "show", mine["statement_id"], profile="worker").stdout
    assert f"{TASKS * 0.10:.2f} USD" in shown
    assert f"{TASKS * 0.10:.2f} USD" in shell.run("earnings", profile="worker").stdout
    assert "total: 0.00 USD" in shell.run("ledger", "balance", profile="operator").stderr
    _books_add_up_elsewhere(shell, repository)
    shell.run("logout", "--profile", "worker")
    assert "worker" not in (shell.config / "profiles.json").read_text()
    shell.run("--profile", "worker", "whoami", code=3)


def _statement_is_saved(shell: Shell, statement_id: str) -> None:
    """G17: the JSON is what the statement's hash is of, and the PDF is a PDF."""
    for form in ("json", "pdf", "html", "csv"):
        to = str(shell.folder / f"statement.{form}")
        shell.run("statements", form, statement_id, "--to", to, profile="pool")
    listed = shell.json("statements", "show", statement_id, profile="pool")
    frozen = (shell.folder / "statement.json").read_bytes()
    assert hashlib.sha256(frozen).hexdigest() == listed["document_hash"]
    assert json.loads(frozen)["total_minor"] == listed["total_minor"]
    assert (shell.folder / "statement.pdf").read_bytes().startswith(b"%PDF-")
    assert statement_id in (shell.folder / "statement.html").read_text()
    shell.run("statements", "pdf", "nobodys", "--to", "x.pdf", profile="pool", code=1)


def _as_a_program(shell: Shell, repository: Path, project_id: str) -> None:
    """The same in a process of its own: what is on stdout is the results and nothing else."""
    path = os.pathsep.join((str(repository), str(repository / "protos" / "gen")))
    command = ["results", "export", project_id, "--format", "parquet"]
    done = subprocess.run(
        [sys.executable, "-m", "services.sdk.cli", "--profile", "buyer", *command],
        cwd=shell.folder,
        env={**os.environ, **shell.environment, "PYTHONPATH": path},
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert pyarrow.parquet.read_table(io.BytesIO(done.stdout)).num_rows == TASKS * OVERLAP
