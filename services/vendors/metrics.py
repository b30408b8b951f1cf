"""Metrics of vendors, each with what it means and what to do about it."""

from __future__ import annotations

from prometheus_client import Counter

# By engagement (vendor, direct). Flat while vendors import: their rows are refused; the answers
# to their stream say why.
CONTRACTORS_ENROLLED_TOTAL = Counter(
    "crewline_contractors_enrolled_total", "Contractors enrolled.", ["engagement"]
)
# People whose name and e-mail are gone from here. Fewer than operators asked for: payouts still
# owes them, and GetErasureProgress says what.
CONTRACTORS_ERASED_TOTAL = Counter("crewline_contractors_erased_total", "Contractors erased.")
# By the state that an operator's decision led to. A burst of suspended: ask the operators.
VENDORS_DECIDED_TOTAL = Counter(
    "crewline_vendors_decided_total", "Decisions of operators on vendors.", ["state"]
)
