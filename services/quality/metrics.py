"""What quality counts, with what it means and what to do about it."""

from __future__ import annotations

from prometheus_client import Counter

ANSWERS_SCORED_TOTAL = Counter("crewline_answers_scored_total", "Answers scored.", ["kind"])
# A jump of `rejected` in one project: look at its gold and its instructions before its people.
ANSWERS_DECIDED_TOTAL = Counter(
    "crewline_answers_decided_total", "Decisions about answers.", ["decision", "reason"]
)
TASKS_RESOLVED_TOTAL = Counter(
    "crewline_tasks_resolved_total", "Tasks that have all their answers.", ["kind"]
)
