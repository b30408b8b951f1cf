"""What is counted of notices to organisations, with what it means."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

# outcome: delivered, pending (it will be tried again), dead (given up after three days).
NOTICE_TRIES_TOTAL = Counter("crewline_notice_tries_total", "Tries to tell.", ["outcome"])
# Of the last 30 days. PENDING growing: receivers that do not answer, or no way out to them.
NOTICES = Gauge("crewline_notices", "Notices to organisations.", ["state"])
FUNDS_WARNINGS_TOTAL = Counter(
    "crewline_funds_warnings_total", "Projects whose money is running out.", ["kind"]
)
