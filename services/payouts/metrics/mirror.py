"""What reconciliation counts, with what it means and what to do about it."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

# Must be 0: the rail's movements less the ledger's, of all that is not matched after the time of
# grace. `crewline ledger reconcile` shows the days, and `--unmatched` what it is made of.
MIRROR_UNEXPLAINED_MINOR = Gauge(
    "crewline_mirror_unexplained_minor",
    "Moved at the rail and not in the ledger, less the reverse.",
    ["currency", "account"],
)
# Two that cancel each other out leave no sum, and are two mistakes all the same.
MIRROR_UNMATCHED = Gauge(
    "crewline_mirror_unmatched_items", "Movements without their other side.", ["currency"]
)
MIRROR_OLDEST_UNMATCHED_SECONDS = Gauge(
    "crewline_mirror_oldest_unmatched_seconds", "Age of the oldest of them.", ["currency"]
)
# Must be 0: balance transactions that we do not understand; they are kept as they came.
MIRROR_UNREADABLE = Gauge(
    "crewline_mirror_unreadable_transactions", "Balance transactions that cannot be read."
)
# By list: ledger, platform. Growing: nothing is compared any more, whatever the others say.
MIRROR_READ_AGE_SECONDS = Gauge(
    "crewline_mirror_read_age_seconds", "Since the last whole reading began.", ["list"]
)
MIRROR_READS_FAILED_TOTAL = Counter(
    "crewline_mirror_reads_failed_total", "Readings that the rail did not let us end.", ["list"]
)
# By how old it is: 1h (younger than that), 1d, 3d, 7d, older. Items, for sums may cancel out.
# `crewline ledger clearing` lists them, the oldest first.
CLEARING_OPEN_MINOR = Gauge(
    "crewline_clearing_open_minor", "Money on its way by age.", ["account", "currency", "age"]
)
CLEARING_OPEN_ITEMS = Gauge(
    "crewline_clearing_open_items", "Things on their way by age.", ["account", "currency", "age"]
)
# outcome: new (no webhook had told us of it), known.
EVENTS_FETCHED_TOTAL = Counter(
    "crewline_events_fetched_total", "Events that the rail could not deliver.", ["outcome"]
)
# sweep: accounts, paid. outcome: changed (nobody had told us), same.
SWEPT_TOTAL = Counter("crewline_swept_total", "Things looked at again.", ["sweep", "outcome"])
# Of those that are not paid, by what they wait for; since the instruction was made.
INSTRUCTION_OLDEST_SECONDS = Gauge(
    "crewline_instruction_oldest_seconds", "Age of the oldest payment instruction.", ["state"]
)
