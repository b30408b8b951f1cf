"""What quality counts, with what it means and what to do about it."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

ANSWERS_SCORED_TOTAL = Counter("crewline_answers_scored_total", "Answers scored.", ["kind"])
# A jump of `rejected` in one project: look at its gold and its instructions before its people.
ANSWERS_DECIDED_TOTAL = Counter(
    "crewline_answers_decided_total", "Decisions about answers.", ["decision", "reason"]
)
TASKS_RESOLVED_TOTAL = Counter(
    "crewline_tasks_resolved_total", "Tasks that have all their answers.", ["kind"]
)
APPEALS_FILED_TOTAL = Counter("crewline_appeals_filed_total", "Appeals against rejections.")
# Many upheld by silence: operators do not keep up with what second opinions leave to them.
APPEALS_DECIDED_TOTAL = Counter(
    "crewline_appeals_decided_total", "Appeals that have ended.", ["state", "decided_by"]
)
OPINIONS_ASKED_TOTAL = Counter(
    "crewline_opinions_asked_total", "Second opinions that were asked for.", ["purpose"]
)
# Above zero: look at the project's gold and its instructions, then release or overrule.
BREAKERS_TRIPPED = Gauge(
    "crewline_breakers_tripped", "Projects whose rejections are held for an operator."
)
BREAKER_TRIPS_TOTAL = Counter(
    "crewline_breaker_trips_total", "Times that a project's rejections were held.", ["kind"]
)
# Many at once: try the rule on the project's history, and see whom it takes for what.
RULE_HITS_TOTAL = Counter(
    "crewline_rule_hits_total", "Contractors that rules have acted on.", ["action"]
)
