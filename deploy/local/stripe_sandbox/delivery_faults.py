"""What a fault plan does to webhooks: they come twice, late, out of order, again, or not at all.

The member `deliveries` of a plan is a list of at most 100 rules:

    {"name": "twice", "event": "payout.*", "probability": 0.1, "fault": "duplicate"}

- `event`: a type, `*` and `?` are wildcards. A rule counts each delivery owed of such events, one
  for every endpoint; `deliveries` (their numbers, from 1) or `probability` says which it strikes,
  by the plan's seed. The first rule that strikes a delivery decides about it.
- `fault`, with `seconds` on the sandbox's clock where it takes a time:
  - "duplicate": it is sent twice.
  - "redeliver": it is sent, and the same snapshot once more after `seconds`, however old by then.
  - "delay": it is sent after `seconds`.
  - "shuffle": it is sent at a moment within `seconds` that the seed picks: neighbours overtake.
  - "drop": it is never sent and counts as given up: `GET /v1/events?delivery_success=false` has it.

`GET /_sandbox/fault_plan` tells in `deliveries` {name: {"deliveries", "hits"}}.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final

from deploy.local.stripe_sandbox.plan_fields import (
    MAX_SECONDS,
    PlanMalformed,
    check_members,
    draw,
    read_calls,
    read_number,
    read_text,
)

FAULTS: Final = ("delay", "drop", "duplicate", "redeliver", "shuffle")
_TIMED: Final = ("delay", "redeliver", "shuffle")
_FIELDS: Final = frozenset({"name", "event", "deliveries", "probability", "fault", "seconds"})
_MAX_RULES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRule:
    """Which deliveries go wrong, and how. `numbers` is None where `probability` decides."""

    name: str
    event: str
    fault: str
    numbers: frozenset[int] | None
    probability: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """When one delivery is sent, in seconds from now; None: never."""

    after: float | None = 0.0
    again_after: float | None = None


@dataclass(slots=True, kw_only=True)
class DeliveryFaults:
    """The rules at work, and how far each has counted."""

    seed: int = 0
    rules: tuple[DeliveryRule, ...] = ()
    _counted: dict[str, int] = field(default_factory=dict)
    _hits: dict[str, int] = field(default_factory=dict)

    def sending(self, event_type: str) -> Sending:
        """Count one delivery for every rule that it matches, and say when it is sent."""
        chosen: tuple[DeliveryRule, int] | None = None
        for rule in self.rules:
            if not fnmatchcase(event_type, rule.event):
                continue
            count = self._counted[rule.name] = self._counted.get(rule.name, 0) + 1
            if chosen is None and self._strikes(rule, count):
                chosen = rule, count
        if chosen is None:
            return Sending()
        rule, count = chosen
        self._hits[rule.name] = self._hits.get(rule.name, 0) + 1
        match rule.fault:
            case "drop":
                return Sending(after=None)
            case "delay":
                return Sending(after=rule.seconds)
            case "shuffle":
                moment = draw(self.seed, f"{rule.name} when", count)
                return Sending(after=moment * rule.seconds)
            case _:
                return Sending(again_after=rule.seconds)

    def _strikes(self, rule: DeliveryRule, count: int) -> bool:
        if rule.numbers is not None:
            return count in rule.numbers
        return draw(self.seed, rule.name, count) < rule.probability

    def told(self) -> dict[str, Any]:
        """Return how much each rule has counted and struck."""
        return {
            rule.name: {
                "deliveries": self._counted.get(rule.name, 0),
                "hits": self._hits.get(rule.name, 0),
            }
            for rule in self.rules
        }


def delivery_faults_of(listed: Any, seed: int) -> DeliveryFaults:
    """Return the rules that a list describes, or raise PlanMalformed."""
    if not isinstance(listed, list) or len(listed) > _MAX_RULES:
        raise PlanMalformed(f"deliveries must be a list of at most {_MAX_RULES}")
    rules = tuple(_rule(given, index) for index, given in enumerate(listed))
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise PlanMalformed(f"deliveries: the name {name!r} is given twice")
    return DeliveryFaults(seed=seed, rules=rules)


def _rule(given: Any, index: int) -> DeliveryRule:
    where = f"deliveries[{index}]"
    if not isinstance(given, dict):
        raise PlanMalformed(f"{where} must be a JSON object")
    check_members(given, _FIELDS, where)
    fault = given.get("fault")
    if fault not in FAULTS:
        raise PlanMalformed(f"{where}.fault must be one of {', '.join(FAULTS)}")
    if ("deliveries" in given) == ("probability" in given):
        raise PlanMalformed(f"{where} must have one of deliveries and probability")
    if ("seconds" in given) != (fault in _TIMED):
        wish = "must be given for" if fault in _TIMED else "is not for"
        raise PlanMalformed(f"{where}.seconds {wish} {fault}")
    numbers = read_calls(given["deliveries"], where) if "deliveries" in given else None
    return DeliveryRule(
        name=read_text(given.get("name", f"delivery rule {index + 1}"), f"{where}.name"),
        event=read_text(given.get("event"), f"{where}.event"),
        fault=fault,
        numbers=numbers,
        probability=read_number(given.get("probability", 0), f"{where}.probability", 0, 1),
        seconds=read_number(given.get("seconds", 0), f"{where}.seconds", 0.0, MAX_SECONDS),
    )
