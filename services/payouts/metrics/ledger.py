"""What payouts counts, with what it means and what to do about it."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

ACCRUALS_TOTAL = Counter("crewline_accruals_total", "Accepted answers booked.")
# By who gets it: contractor, vendor, platform, benefits (the contractor's too). What is taken back
# later is not taken off here.
ACCRUED_MINOR_TOTAL = Counter(
    "crewline_accrued_minor_total", "Booked for accepted answers.", ["currency", "party"]
)
# kind: reversal (taken back from the payee) or absorption (had been paid: the platform bears it).
# Growing absorptions: answers are overturned after they were paid; close pay periods later.
ACCRUALS_UNDONE_TOTAL = Counter(
    "crewline_accruals_undone_total", "Accruals of answers that were overturned.", ["kind"]
)
# Any at all: the broker let more work be done than the project's hold pays for. The decision is
# a dead letter; fund the project and replay it.
ACCRUALS_REFUSED_TOTAL = Counter(
    "crewline_accruals_refused_total", "Accepted answers that could not be booked.", ["reason"]
)
# Must be 0. Anything else: somebody has written past the ledger. Stop payments, compare the
# balances with the sums of the entries' postings.
LEDGER_IMBALANCE_MINOR = Gauge(
    "crewline_ledger_imbalance_minor", "Debits less credits of all accounts.", ["currency"]
)
# Must be 0: balances that are not the sums of their entries. No pay period closes meanwhile; look
# at `crewline ledger check`, and at who writes to the database besides this service.
LEDGER_MISSTATED = Gauge(
    "crewline_ledger_misstated_accounts", "Accounts whose balance is not the sum of its entries."
)
# Empty when nothing is under way. Standing still above 0 for hours: look for instructions that
# wait, and for webhooks that did not come.
CLEARING_MINOR = Gauge("crewline_clearing_minor", "Money on its way.", ["account", "currency"])
# Must be 0: statements that are not what was frozen, booked or paid. No pay period closes
# meanwhile; look at `crewline ledger check`.
STATEMENTS_WRONG = Gauge(
    "crewline_statements_wrong", "Statements and pay periods that contradict the ledger."
)
