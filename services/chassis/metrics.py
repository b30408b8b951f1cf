"""Every metric of the chassis, declared once with what it means and what to do about it.

Names are `crewline_<noun>_<unit>`; the service's name is the scrape job's label, not ours.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_FAST_SECONDS = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

# By full method name and gRPC code. Many INTERNAL: read the log by request id. Many UNAVAILABLE:
# the database or a peer is down.
RPC_SECONDS = Histogram(
    "crewline_rpc_seconds", "Time from request to reply.", ["method"], buckets=_FAST_SECONDS
)
RPC_TOTAL = Counter("crewline_rpc_total", "Calls answered.", ["method", "code"])
RPC_IN_FLIGHT = Gauge("crewline_rpc_in_flight", "Calls being handled.")

# A batch that is always 1 means that the load is low or callers do not run side by side; a queue
# that stays long means that the database is the limit.
COMMIT_SECONDS = Histogram(
    "crewline_commit_seconds", "Time of one batch's commit.", ["batch"], buckets=_FAST_SECONDS
)
COMMIT_ITEMS = Histogram("crewline_commit_items", "Items in one batch.", ["batch"], buckets=_SIZES)
COMMIT_QUEUE = Gauge("crewline_commit_queue", "Items waiting for a batch.", ["batch"])
# Repeats of transactions. A rate near the commit rate means that two writers fight over the same
# documents.
TRANSACTION_RETRIES_TOTAL = Counter(
    "crewline_transaction_retries_total", "Transactions begun again.", ["cause"]
)

# Rows not yet on the bus. Growing: the bus is down or refuses; see crewline_outbox_errors_total.
OUTBOX_ROWS = Gauge("crewline_outbox_rows", "Events committed and not yet published.")
OUTBOX_SENT_TOTAL = Counter("crewline_outbox_sent_total", "Events published.", ["event"])
OUTBOX_ERRORS_TOTAL = Counter("crewline_outbox_errors_total", "Publishes that failed.")
OUTBOX_LAG_SECONDS = Histogram(
    "crewline_outbox_lag_seconds", "Time from commit to the bus's ack.", buckets=_FAST_SECONDS
)

# Messages by how they ended: acked, retried, dead. Any `dead`: look at the dead letters, mend the
# cause, replay them.
CONSUMER_MESSAGES_TOTAL = Counter(
    "crewline_consumer_messages_total", "Messages handled.", ["consumer", "outcome"]
)
CONSUMER_SECONDS = Histogram(
    "crewline_consumer_seconds", "Time of one batch.", ["consumer"], buckets=_FAST_SECONDS
)
CONSUMER_BATCH = Histogram(
    "crewline_consumer_batch", "Messages in one batch.", ["consumer"], buckets=_SIZES
)
# Messages on the bus that this consumer has not been given. Growing: it is too slow or stuck.
CONSUMER_PENDING = Gauge("crewline_consumer_pending", "Messages waiting on the bus.", ["consumer"])
CONSUMER_LAG_SECONDS = Histogram(
    "crewline_consumer_lag_seconds",
    "Time from the event to its handling.",
    ["consumer"],
    buckets=(*_FAST_SECONDS, 30.0, 60.0, 300.0),
)
UP = Gauge("crewline_ready", "1 while the service takes work.")
