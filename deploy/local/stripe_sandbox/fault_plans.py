"""A fault plan: faults of a whole run as data. The same seed and the same calls fail alike.

A plan is one JSON document, given to `POST /_sandbox/fault_plan` or by `--fault-plan FILE`:

    {"seed": 42,
     "rules": [
       {"name": "lost answers", "operation": "transfer.create", "probability": 0.05,
        "fault": "drop_response"},
       {"name": "third payout", "operation": "payout.create", "calls": [3],
        "fault": "500_after_commit"},
       {"name": "busy hour", "operation": "*", "calls": [40], "fault": "429", "burst": 12},
       {"name": "slow bank", "operation": "payout.*", "probability": 0.01,
        "fault": "delay", "seconds": 90}],
     "deliveries": [
       {"event": "payout.*", "probability": 0.2, "fault": "shuffle", "seconds": 30}]}

- `deliveries`: what happens to webhooks (delivery_faults.py).
- `seed`: an integer; what a rule does to its nth call follows from seed, rule name and n alone.
- `rules`: at most 100. Every rule counts the calls that match it, from 1, whatever other rules do;
  of the rules that strike one call the first in the document wins. A rule has
  - `operation`: a name from routes.py, `*` and `?` are wildcards ("transfer.*", "*.list");
  - `calls` (the numbers of the calls that fail) or `probability` (0 to 1), one of the two;
  - `fault`: see below; `seconds` where the fault takes a time, `code` for "429";
  - `burst` (1): a strike hits this many matching calls in a row;
  - `limit` (unlimited): after so many hits the rule rests;
  - `name` (unique; "rule 1", "rule 2", ... where none is given).

Faults, in the order of a call's way:
- "reset": the connection is cut before anything is read: nothing has happened.
- "409": `idempotency_key_in_use`. "429": `rate_limit`, or what `code` says ("lock_timeout").
- "delay": the call is held before it is executed until `seconds` have passed on the sandbox's
  clock: really, or because a test moved it; never longer than two real minutes. Its key is in use
  and its objects are locked meanwhile.
- "clock_skew": it is executed by a clock that is `seconds` ahead (negative: behind).
- "stale_list": lists leave out what was made in the last `seconds` (read-after-write lag).
- "500_before_commit": nothing has happened, and the 500 is kept under the key.
- "500_after_commit": it has happened; the 500 is kept under the key all the same.
- "drop_response": it has happened, its answer is kept, and the connection is cut.

Only "reset", "409" and "429" strike a call that is refused before its execution or answered from
its key; "drop_response" and "delay" strike the latter, too. The others pass such calls by: the hit
is written down with `applied` false.

`GET /_sandbox/fault_plan` tells what the plan has done: {"plan": the document, "rules": {name:
{"calls", "hits"}}, "hits": [{"rule", "call", "operation", "fault", "applied", "account",
"idempotency_key", "request_id", "at"}]}, the last 10,000 hits, oldest first. A new plan takes the
place of the old one and counts from the first call; `DELETE /_sandbox/fault_plan` ends it, lets
held calls go on and answers like GET. A plan and its counts live in memory: a sandbox started anew
begins its file's plan from the first call.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from deploy.local.stripe_sandbox.delivery_faults import DeliveryFaults, delivery_faults_of
from deploy.local.stripe_sandbox.fault_modes import MODES, TIMED, Fault
from deploy.local.stripe_sandbox.plan_fields import (
    MAX_COUNT,
    MAX_SECONDS,
    PlanMalformed,
    check_members,
    draw,
    read_calls,
    read_number,
    read_text,
    read_whole,
)

_MAX_RULES: Final = 100
_MAX_HITS: Final = 10_000
_RULE_FIELDS: Final = frozenset(
    {"name", "operation", "calls", "probability", "fault", "seconds", "code", "burst", "limit"}
)
_CODES: Final = ("rate_limit", "lock_timeout")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which calls fail, and how. `calls` is None where `probability` decides."""

    name: str
    operation: str
    fault: str
    calls: frozenset[int] | None
    probability: float
    seconds: float
    code: str | None
    burst: int
    limit: int

    def strikes(self, seed: int, call: int) -> bool:
        """Tell whether the rule strikes anew at its nth matching call."""
        if self.calls is not None:
            return call in self.calls
        return draw(seed, self.name, call) < self.probability


@dataclass(slots=True, kw_only=True)
class Hit:
    """One call that a rule has struck; `applied` turns true when the fault has its effect."""

    rule: str
    call: int
    operation: str
    fault: str
    account: str
    idempotency_key: str | None
    request_id: str
    at: float
    applied: bool = False

    def as_body(self) -> dict[str, Any]:
        """Return the hit as the control API shows it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True, kw_only=True)
class _Count:
    calls: int = 0
    hits: int = 0
    burst_left: int = 0


@dataclass(slots=True, kw_only=True)
class Planned:
    """A fault that a plan gives to one call, and the hit that tells of it."""

    fault: Fault
    hit: Hit

    def apply(self, modes: frozenset[str]) -> Fault | None:
        """Return the fault, written down as applied, if it is one of these."""
        if self.fault.mode not in modes:
            return None
        self.hit.applied = True
        return self.fault


@dataclass(slots=True, kw_only=True)
class FaultPlan:
    """A plan at work: its rules, how far each has counted, and what it has struck."""

    seed: int = 0
    rules: tuple[Rule, ...] = ()
    deliveries: DeliveryFaults = field(default_factory=DeliveryFaults)
    document: dict[str, Any] = field(default_factory=dict)
    _counts: dict[str, _Count] = field(default_factory=dict)
    _hits: deque[Hit] = field(default_factory=lambda: deque(maxlen=_MAX_HITS))

    def strike(
        self, *, operation: str, account: str, key: str | None, request_id: str, at: float
    ) -> Planned | None:
        """Count one call for every rule that it matches, and return the fault it gets, if any."""
        chosen: tuple[Rule, int] | None = None
        for rule in self.rules:
            if not fnmatchcase(operation, rule.operation):
                continue
            count = self._counts.setdefault(rule.name, _Count())
            count.calls += 1
            if rule.strikes(self.seed, count.calls):
                count.burst_left = rule.burst
            if count.burst_left == 0 or count.hits >= rule.limit:
                continue
            count.burst_left -= 1
            if chosen is None:
                chosen = rule, count.calls
                count.hits += 1
        if chosen is None:
            return None
        rule, number = chosen
        hit = Hit(
            rule=rule.name,
            call=number,
            operation=operation,
            fault=rule.fault,
            account=account,
            idempotency_key=key,
            request_id=request_id,
            at=at,
        )
        self._hits.append(hit)
        fault = Fault(
            method="*", path="*", mode=rule.fault, count=1, seconds=rule.seconds, code=rule.code
        )
        return Planned(fault=fault, hit=hit)

    def told(self) -> dict[str, Any]:
        """Return the plan and what it has done."""
        counts = {rule.name: self._counts.get(rule.name, _Count()) for rule in self.rules}
        return {
            "plan": self.document,
            "rules": {
                name: {"calls": count.calls, "hits": count.hits} for name, count in counts.items()
            },
            "hits": [hit.as_body() for hit in self._hits],
            "deliveries": self.deliveries.told(),
        }


def plan_from_file(path: Path) -> FaultPlan:
    """Read a plan from a JSON file."""
    try:
        document = json.loads(path.read_text("utf-8"))
    except OSError as cause:
        raise PlanMalformed(f"{path} cannot be read: {cause.strerror}") from cause
    except ValueError as cause:
        raise PlanMalformed(f"{path} is not JSON: {cause}") from cause
    return plan_of(document)


def plan_of(document: Any) -> FaultPlan:
    """Return the plan that a document describes, or raise PlanMalformed."""
    if not isinstance(document, dict):
        raise PlanMalformed("a plan must be a JSON object")
    check_members(document, frozenset({"seed", "rules", "deliveries"}), "")
    seed = document.get("seed", 0)
    if type(seed) is not int:
        raise PlanMalformed("seed must be an integer")
    listed = document.get("rules", [])
    if not isinstance(listed, list) or len(listed) > _MAX_RULES:
        raise PlanMalformed(f"rules must be a list of at most {_MAX_RULES}")
    rules = tuple(_rule(given, number) for number, given in enumerate(listed, start=1))
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise PlanMalformed(f"rules: the name {name!r} is given twice")
    deliveries = delivery_faults_of(document.get("deliveries", []), seed)
    return FaultPlan(seed=seed, rules=rules, deliveries=deliveries, document=document)


def _rule(given: Any, number: int) -> Rule:
    where = f"rules[{number - 1}]"
    if not isinstance(given, dict):
        raise PlanMalformed(f"{where} must be a JSON object")
    check_members(given, _RULE_FIELDS, where)
    fault = given.get("fault")
    if fault not in MODES:
        raise PlanMalformed(f"{where}.fault must be one of {', '.join(sorted(MODES))}")
    if ("calls" in given) == ("probability" in given):
        raise PlanMalformed(f"{where} must have one of calls and probability")
    if "seconds" in given and fault not in TIMED:
        raise PlanMalformed(f"{where}.seconds: {fault} takes no time")
    if fault in TIMED and "seconds" not in given:
        raise PlanMalformed(f"{where}.seconds must be given for {fault}")
    code = given.get("code")
    if code is not None and (fault != "429" or code not in _CODES):
        raise PlanMalformed(f"{where}.code is for 429 and must be one of {', '.join(_CODES)}")
    earliest = -MAX_SECONDS if fault == "clock_skew" else 0.0
    return Rule(
        name=read_text(given.get("name", f"rule {number}"), f"{where}.name"),
        operation=read_text(given.get("operation"), f"{where}.operation"),
        fault=fault,
        calls=read_calls(given["calls"], where) if "calls" in given else None,
        probability=read_number(given.get("probability", 0), f"{where}.probability", 0, 1),
        seconds=read_number(given.get("seconds", 0), f"{where}.seconds", earliest, MAX_SECONDS),
        code=code,
        burst=read_whole(given.get("burst", 1), f"{where}.burst"),
        limit=read_whole(given.get("limit", MAX_COUNT), f"{where}.limit"),
    )
