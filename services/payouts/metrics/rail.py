"""What the rail half counts, with what it means and what to do about it."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

# Ends of calls to /v1/transfers and /v1/payouts. refused: the statement says why (funds, account).
# unknown: resolved by looking up; a rate of them means that Stripe or the way to it is unwell.
TRANSFERS_TOTAL = Counter("crewline_transfers_total", "Payment calls by outcome.", ["outcome"])
PAID_MINOR_TOTAL = Counter(
    "crewline_paid_minor_total", "Arrived at payees' banks; failures later are not taken off.",
    ["currency"],
)  # fmt: skip
# Any at all: the platform's bank took back a top-up that had succeeded and may be spent already.
# The client owes what it has not left; the rail may not have enough for the next pay day.
TOPUPS_TAKEN_BACK_TOTAL = Counter(
    "crewline_topups_taken_back_total", "Top-ups that were reversed after they had succeeded."
)
# outcome: received, fetched (it had not arrived), duplicate, refused (bad signature: a wrong
# secret, or a stranger), applied, ignored, failed (given up on after many tries: the poll will
# find out, but look at the log).
WEBHOOKS_TOTAL = Counter("crewline_webhooks_total", "Notifications.", ["type", "outcome"])
# By what they wait for; paid ones are not counted. `operator`: something contradicts itself,
# a person must look. `wait_for_cause` growing: payees without working accounts, or no funds.
INSTRUCTIONS = Gauge("crewline_instructions", "Payment instructions not yet paid.", ["state"])
# Since the end of the oldest period that has ended and is not closed; 0 where there is none. Nobody
# is paid of it before: see the log for statement.unmade.
PERIOD_CLOSING_SECONDS = Gauge(
    "crewline_period_closing_seconds", "Since the oldest pay period ended that is not closed yet."
)
