"""The rules of Prometheus as data, with the labels that each yields."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.exposed import SCRAPED, catalogue
from tests.deploy.promql import Labels, labels_of

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "prometheus"
RULES_FILE = FOLDER / "rules.yaml"
CONFIG_FILE = FOLDER / "prometheus.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; `name` is the alert's or the recorded metric's."""

    name: str
    is_alert: bool
    query: str
    severity: str
    annotations: dict[str, str]


@cache
def rules() -> tuple[Rule, ...]:
    document: dict[str, Any] = yaml.safe_load(RULES_FILE.read_text())
    return tuple(
        Rule(
            name=rule.get("alert") or rule["record"],
            is_alert="alert" in rule,
            query=rule["expr"],
            severity=rule.get("labels", {}).get("severity", ""),
            annotations=rule.get("annotations", {}),
        )
        for group in document["groups"]
        for rule in group["rules"]
    )


def scrape_jobs() -> dict[str, list[str]]:
    """The targets of each job."""
    document = yaml.safe_load(CONFIG_FILE.read_text())
    return {
        job["job_name"]: [target for group in job["static_configs"] for target in group["targets"]]
        for job in document["scrape_configs"]
    }


def catalogue_with_rules() -> dict[str, Labels]:
    """What the services expose, and what the rules add.

    Errors:
        QueryWrong: a recording rule asks for what nobody exposes.
    """
    known = catalogue()
    for rule in rules():
        if not rule.is_alert:
            known[rule.name] = labels_of(rule.query, known)
    known["ALERTS"] = SCRAPED | {"alertname", "alertstate", "severity"}
    return known
