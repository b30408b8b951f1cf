"""The dashboard: well formed, provisioned, and asking only for what the services expose."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.deploy.compose_file import load_compose
from tests.deploy.dashboard import DASHBOARD_FILE, GRAFANA, dashboard, filled, panels, queries
from tests.deploy.promql import labels_of, metrics_of
from tests.deploy.rules import catalogue_with_rules


def title(panel: dict[str, Any]) -> str:
    return str(panel["title"])


@pytest.mark.parametrize("panel", panels(), ids=title)
def test_a_panel_asks_only_for_what_the_services_expose(panel: dict[str, Any]) -> None:
    known = catalogue_with_rules()
    for target in panel["targets"]:
        given = labels_of(filled(target["expr"]), known)
        for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
            assert label in given, f"{target['expr']} has no label {label} for its legend"
        if panel["type"] == "timeseries":
            named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert given == named, f"lines that differ in {given - named} would look alike"


@pytest.mark.parametrize("panel", panels(), ids=title)
def test_a_panel_is_complete(panel: dict[str, Any]) -> None:
    assert panel["type"] in {"timeseries", "stat"}
    assert panel["datasource"] == {"type": "prometheus", "uid": "prometheus"}
    assert panel["fieldConfig"]["defaults"]["unit"]
    references = [target["refId"] for target in panel["targets"]]
    assert len(set(references)) == len(references)
    for target in panel["targets"]:
        # A fixed window would show nothing at one zoom and lies at another.
        assert not re.search(r"rate\([^[]*\[(?!\$__rate_interval|1h)", target["expr"])


def test_counters_are_shown_as_rates_and_never_raw() -> None:
    for query in queries():
        for metric in metrics_of(query):
            if metric.endswith(("_total", "_count", "_sum", "_bucket")):
                assert re.search(rf"(rate|increase)\({metric}\b", query), query


def test_panels_do_not_overlap_and_fit() -> None:
    taken: dict[tuple[int, int], str] = {}
    ids = [panel["id"] for panel in dashboard()["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} lies on {taken[x, y]}"
                taken[x, y] = panel["title"]


def test_it_shows_the_whole_chain() -> None:
    asked = {metric for query in queries() for metric in metrics_of(query)}
    assert asked >= {
        "crewline_tasks_posted_total", "crewline_assignments_claimed_total",
        "crewline_answers_submitted_total", "crewline_answers_scored_total",
        "crewline_answers_decided_total", "crewline_accruals_total", "crewline_transfers_total",
        "crewline_consumer_pending", "job_consumer:crewline_consumer_lag_seconds:p95_5m",
        "crewline_rpc_seconds_bucket", "crewline_commit_items_sum", "crewline_outbox_rows",
        "crewline_ledger_imbalance_minor", "crewline_accrued_minor_total",
        "crewline_paid_minor_total", "crewline_consumer_messages_total",
    }  # fmt: skip
    quantiles = {
        match
        for query in queries()
        if "crewline_rpc_seconds_bucket" in query
        for match in re.findall(r"histogram_quantile\(([\d.]+),", query)
    }
    assert quantiles == {"0.5", "0.95", "0.99"}


def test_grafana_finds_the_dashboard_and_the_data() -> None:
    provider = yaml.safe_load((GRAFANA / "provisioning/dashboards/crewline.yaml").read_text())
    source = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yaml").read_text())
    folder = provider["providers"][0]["options"]["path"]
    container = load_compose().services["grafana"]
    assert container.volumes[folder] == "../grafana/dashboards"
    assert container.volumes["/etc/grafana/provisioning"] == "../grafana/provisioning"
    home = container.environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{folder}/{DASHBOARD_FILE.name}"
    (found,) = source["datasources"]
    assert found["uid"] == "prometheus"
    assert found["url"] == "http://prometheus:9090"
    assert dashboard()["uid"] == "crewline-chain"
