"""What is measured of people who wait to be erased, with what it means."""

from __future__ import annotations

from prometheus_client import Gauge

# Of the one who has waited longest; 0 where nobody waits. The law gives a month: near it, somebody
# has to settle what GetErasureProgress names.
ERASURES_OLDEST_SECONDS = Gauge(
    "crewline_erasures_oldest_seconds", "Since the oldest erasure that waits was asked for."
)
