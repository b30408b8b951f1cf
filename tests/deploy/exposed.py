"""The metrics that the services declare, and those that a process really exposes."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.promql import Labels

ROOT = Path(__file__).resolve().parents[2]
# Prometheus puts these on every sample that it scrapes.
SCRAPED = frozenset({"job", "instance"})
_SUFFIXES = {
    "counter": {"_total": frozenset[str]()},
    "gauge": {"": frozenset[str]()},
    "histogram": {"_bucket": frozenset({"le"}), "_sum": frozenset(), "_count": frozenset()},
}


def metric_modules() -> list[str]:
    """Every metrics.py of a service, what is called like one, and what is in a folder of them."""
    services = ROOT / "services"
    files = sorted({*services.rglob("*metrics.py"), *services.rglob("metrics/*.py")})
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files]


def declared() -> dict[str, MetricWrapperBase]:
    """By family name, every metric that a metrics module of ours declares."""
    found: dict[str, MetricWrapperBase] = {}
    for name in metric_modules():
        module = importlib.import_module(name)
        for value in vars(module).values():
            if isinstance(value, MetricWrapperBase):
                found[value._name] = value
    return found


def catalogue() -> dict[str, Labels]:
    """The labels of every sample that a scrape of all services can yield."""
    samples = {"up": SCRAPED}
    for name, metric in declared().items():
        for suffix, more in _SUFFIXES[str(metric._type)].items():
            samples[name + suffix] = SCRAPED | frozenset(metric._labelnames) | more
    return samples


def declared_elsewhere() -> set[str]:
    """Metrics of ours in the registry that no metrics module declares."""
    known = set(declared())
    return {
        metric._name
        for metric in set(REGISTRY._names_to_collectors.values())
        if isinstance(metric, MetricWrapperBase) and metric._name.startswith("crewline_")
    } - known


def families(exposition: str) -> set[str]:
    """The names of the families in a scrape, with a counter's `_total`."""
    return {
        family.name + ("_total" if family.type == "counter" else "")
        for family in text_string_to_metric_families(exposition)
    }


def family_of(sample: str) -> str:
    """`x_seconds_bucket` -> `x_seconds`."""
    return re.sub(r"_(bucket|sum|count)$", "", sample)
