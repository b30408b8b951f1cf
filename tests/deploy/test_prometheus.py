"""The scrape configuration and the rules: what promtool says, and what the services expose."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import yaml
from google.protobuf.descriptor_pool import Default

from tests.deploy.exposed import catalogue, declared, declared_elsewhere
from tests.deploy.promql import QueryWrong, labels_of, literals_of, metrics_of
from tests.deploy.rules import (
    CONFIG_FILE,
    RULES_FILE,
    Rule,
    catalogue_with_rules,
    rules,
    scrape_jobs,
)
from tests.deploy.tools import run

HERE = Path(__file__).parent
SERVICES = ("accounts", "vendors", "broker", "quality", "payouts")
ALERTS = tuple(rule for rule in rules() if rule.is_alert)


def says(*command: str) -> str:
    done = run(*command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def names(rule: Rule) -> str:
    return rule.name


def test_promtool_accepts_the_configuration_and_the_rules(promtool: str) -> None:
    assert "is valid prometheus config" in says(promtool, "check", "config", str(CONFIG_FILE))
    said = says(promtool, "check", "rules", "--lint=all", "--lint-fatal", str(RULES_FILE))
    assert f"{len(rules())} rules found" in said


def test_alerts_fire_when_they_should_and_not_otherwise(promtool: str, tmp_path: Path) -> None:
    tests = yaml.safe_load((HERE / "rules_test.yaml").read_text())
    tests["rule_files"] = [str(RULES_FILE)]
    file = tmp_path / "rules_test.yaml"
    file.write_text(yaml.safe_dump(tests))
    assert "SUCCESS" in says(promtool, "test", "rules", str(file))


@pytest.mark.parametrize("rule", rules(), ids=names)
def test_a_rule_asks_only_for_what_the_services_expose(rule: Rule) -> None:
    there = catalogue_with_rules()
    labels_of(rule.query, there)  # refuses labels that are not there
    assert set() < metrics_of(rule.query) <= there.keys()


@pytest.mark.parametrize("rule", ALERTS, ids=names)
def test_an_alert_says_what_is_wrong_and_what_to_do(rule: Rule) -> None:
    assert set(rule.annotations) == {"summary", "runbook"}
    assert rule.severity in {"page", "ticket"}
    assert len(rule.annotations["runbook"]) > 60
    given = labels_of(rule.query, catalogue_with_rules())
    for text in rule.annotations.values():
        for label in re.findall(r"\$labels\.(\w+)", text):
            assert label in given, f"{{{{ $labels.{label} }}}} is not a label of the alert"


def test_every_known_danger_has_its_alert() -> None:
    assert {rule.name for rule in ALERTS} >= {
        "LedgerImbalance", "LedgerMisstated", "ClearingAccountOld", "TransfersUnknown",
        "NoAccruals", "AccrualsRefused", "InstructionFrozen", "WebhooksRefused",
        "DeadLetters", "ConsumerLate", "ConsumerStuck", "OutboxGrowing", "OutboxStuck",
        "ServiceDown", "ServiceNotReady", "RpcErrors", "RpcSlow", "TransactionRetries",
        "ClearingItemOld", "MoneyUnexplained", "MovementsUnmatched", "ReconciliationStandsStill",
        "TransactionsUnreadable", "WebhooksMissed", "NoticesDead",
        "StatementsWrong", "PaymentOverdue", "SweepsFind",
        "LeasesExpiring", "PasswordsTried", "RejectionsHeld", "AppealsUpheldBySilence",
        "ErasureWaits", "PeriodStaysOpen",
    }  # fmt: skip


def test_values_that_the_rules_look_for_are_written_by_some_service(repository: Path) -> None:
    sources = "\n".join(
        path.read_text() for path in sorted((repository / "services").rglob("*.py"))
    )
    for rule in rules():
        for metric, label, value in literals_of(rule.query):
            if label not in {"job", "code", "method"}:
                assert re.search(rf"""["']{value}["']""", sources), (
                    f"{rule.name}: no service ever says {label}={value!r} of {metric}"
                )


def test_every_service_is_scraped_under_its_own_name() -> None:
    targets = scrape_jobs()
    assert set(targets) == {*SERVICES, "gateway", "prometheus"}
    for job, addresses in targets.items():
        if job != "prometheus":
            assert [address.split(":")[0] for address in addresses] == [job]


def test_metrics_are_declared_where_they_are_looked_for() -> None:
    assert declared(), "no metrics module declares anything"
    assert declared_elsewhere() == set()


def test_the_alert_on_slow_calls_leaves_out_exactly_the_streams() -> None:
    streams = set()
    for service in SERVICES:
        importlib.import_module(f"crewline.{service}.v1.service_pb2")
        descriptor = Default().FindServiceByName(
            f"crewline.{service}.v1.{service.capitalize()}Service"
        )
        streams |= {
            method.name
            for method in descriptor.methods
            if method.client_streaming or method.server_streaming
        }
    (slow,) = (rule for rule in ALERTS if rule.name == "RpcSlow")
    excluded = re.search(r'method!~"\.\*/\(([^)]*)\)"', slow.query)
    assert excluded is not None
    assert set(excluded.group(1).split("|")) == streams


@pytest.mark.parametrize(
    "query",
    [
        "rate(crewline_rpc_total",  # not PromQL
        "sum(rate(crewline_rpcs_total[5m]))",  # no such metric
        'rate(crewline_rpc_total{status="OK"}[5m])',  # no such label
        "sum by (consumer) (rate(crewline_rpc_total[5m]))",  # grouped by a label of another metric
        "sum by (le) (sum by (job) (rate(crewline_rpc_seconds_bucket[5m])))",  # `le` is gone
        "histogram_quantile(0.9, sum by (job) (rate(crewline_rpc_seconds_bucket[5m])))",
        "histogram_quantile(0.9, rate(crewline_rpc_seconds_count[5m]))",
        "crewline_rpc_total / sum by (job) (crewline_rpc_total)",  # the two sides never match
        "crewline_outbox_rows and on (consumer) crewline_consumer_pending",
    ],
)
def test_the_checker_refuses_what_prometheus_would_silently_answer_with_nothing(query: str) -> None:
    with pytest.raises(QueryWrong):
        labels_of(query, catalogue())


def test_the_checker_knows_the_labels_of_a_result() -> None:
    query = 'sum by (job) (rate(crewline_rpc_total{code="OK"}[5m])) / on (job) max by (job) (up)'
    assert labels_of(query, catalogue()) == {"job"}
    assert metrics_of(query) == {"crewline_rpc_total", "up"}
