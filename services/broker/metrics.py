"""What the broker counts, with what it means and what to do about it."""

from __future__ import annotations

from prometheus_client import Counter

TASKS_POSTED_TOTAL = Counter("crewline_tasks_posted_total", "Tasks taken from clients.")
# Mostly one reason: that client's import is broken; FUNDS_SHORT: the client must fund the project.
TASKS_REFUSED_TOTAL = Counter("crewline_tasks_refused_total", "Rows refused.", ["reason"])
ASSIGNMENTS_CLAIMED_TOTAL = Counter("crewline_assignments_claimed_total", "Leases given.")
# Races lost to another replica. Near the claim rate: too many replicas for too few open tasks.
CLAIMS_LOST_TOTAL = Counter("crewline_claims_lost_total", "Slots that another replica got first.")
# Beside crewline_tasks_posted_total: how often tasks are in doubt. Near the most that projects
# allow: their instructions are unclear, or their contractors poor.
ANSWERS_ASKED_TOTAL = Counter(
    "crewline_answers_asked_total", "Further answers that tasks in doubt were asked for."
)
ANSWERS_SUBMITTED_TOTAL = Counter("crewline_answers_submitted_total", "Answers made durable.")
# Many LEASE_LOST: leases are too short for the work, or contractors' clocks or networks are bad.
ANSWERS_REFUSED_TOTAL = Counter("crewline_answers_refused_total", "Answers refused.", ["reason"])
# A high share of the claims: the work is unclear or underpaid, or the lease is too short.
LEASES_EXPIRED_TOTAL = Counter("crewline_leases_expired_total", "Leases that ran out.")
LEASES_RELEASED_TOTAL = Counter("crewline_leases_released_total", "Leases given back.")
# Rises: projects hold too little for their second opinions; appeals there wait for operators.
OPINIONS_UNPAID_TOTAL = Counter(
    "crewline_opinions_unpaid_total", "Second opinions that a project's money did not cover."
)
