"""What is counted of notices to organisations, with what it means."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

# outcome: delivered, pending (it will be tried again), dead (given up after three days).
NOTICE_TRIES_TOTAL = Counter("crewline_notice_tries_total", "Tries to tell.", ["outcome"])
# Notices that were not queued, for too many of one organisation wait: its receiver does not answer.
# They are listed as dead, and can be ordered again.
NOTICES_REFUSED_TOTAL = Counter(
    "crewline_notices_refused_total", "Notices of organisations for which too many wait."
)
# Of the last 30 days. PENDING growing: receivers that do not answer, or no way out to them.
NOTICES = Gauge("crewline_notices", "Notices to organisations.", ["state"])
FUNDS_WARNINGS_TOTAL = Counter(
    "crewline_funds_warnings_total", "Projects whose money is running out.", ["kind"]
)
