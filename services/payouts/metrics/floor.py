"""What payouts counts of fair pay, with what it means and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Counter, Gauge

from services.payouts.domain.fairness.floor_tests import FloorTest

# outcome: passed, topped_up, or untested (no floor or no rate was known: import it).
FLOOR_TESTS_TOTAL = Counter(
    "crewline_floor_tests_total", "Contractors' pay of a period against the floor.", ["outcome"]
)
# source: reserve, available (what the client had besides), or absorbed (the platform's cost: claim
# it from the client, and ask for a larger reserve).
FLOOR_TOP_UPS_UNITS_TOTAL = Counter(
    "crewline_floor_top_ups_units_total",
    "Added to contractors' pay, in ten-thousandths of a minor unit.",
    ["currency", "source"],
)
# More active time was reported than tasks were held for. Growing: look at who reports it, with
# `crewline floors tests`.
FLOOR_TIME_BOUNDED_TOTAL = Counter(
    "crewline_floor_time_bounded_total", "Floor tests in which reported time was cut."
)
# Their clients are told, and cannot give them more money; their contractors are topped up.
PROJECTS_BELOW_FLOOR = Gauge(
    "crewline_projects_below_floor", "Running projects that pay less an hour than a floor."
)
# A price that was refused when its project was funded: reason as the client was told.
FLOOR_REFUSALS_TOTAL = Counter(
    "crewline_floor_refusals_total", "Projects not funded because of their pay.", ["reason"]
)


def count_tests(tests: Iterable[FloorTest]) -> None:
    """Once they are committed."""
    for test in tests:
        FLOOR_TESTS_TOTAL.labels(test.outcome.value).inc()
        if test.counted_milliseconds < test.measured_milliseconds:
            FLOOR_TIME_BOUNDED_TOTAL.inc()
        for part in test.parts:
            for source, units in (
                ("reserve", part.reserve_units),
                ("available", part.available_units),
                ("absorbed", part.absorbed_units),
            ):
                if units:
                    FLOOR_TOP_UPS_UNITS_TOTAL.labels(test.currency, source).inc(units)
