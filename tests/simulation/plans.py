"""What befalls one run: all of it follows from a seed, or is written out by an enumeration."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

CONNECT_CALLS = (("POST", "/v1/transfers"), ("POST", "/v1/payouts"))
GLOBAL_CALLS = (("POST", "/v2/money_management/outbound_payments"),)
INCOMING_CALLS = (("POST", "/v1/topups"), ("POST", "/v1/payment_intents"))
CALLS = (*CONNECT_CALLS, *GLOBAL_CALLS, *INCOMING_CALLS)
READS = (
    ("GET", "/v1/transfers"),
    ("GET", "/v1/payouts"),
    ("GET", "/v1/transfers/*"),
    ("GET", "/v1/payouts/*"),
    ("GET", "/v1/balance"),
    ("GET", "/v2/money_management/outbound_payments"),
    ("GET", "/v2/money_management/outbound_payments/*"),
    ("GET", "/v1/topups*"),
    ("GET", "/v1/payment_intents*"),
)
Calls = tuple[tuple[str, str], ...]
MODES = ("drop_response", "500_after_commit", "500_before_commit", "429", "409", "delay")
READ_MODES = ("drop_response", "500_before_commit", "429")
# Longer than the service waits for an answer.
_DELAY_SECONDS = 100.0
# A stop beyond the operations of a process is none.
_OPERATIONS = 800
_FAULTS_MAX = 6
_STOPS_MAX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run's trouble."""

    seed: int
    faults: tuple[dict[str, Any], ...] = ()
    stops: tuple[int, ...] = ()
    """At which operation the first process stops, the second, and so on."""
    pauses_seconds: tuple[float, ...] = ()
    """How long nobody is there after each stop."""
    processes: int = 1
    lost_share: float = 0.0
    """Of the webhooks: never handed on, though answered."""
    twice_share: float = 0.0
    late_share: float = 0.0
    bank_failure: str = ""
    """Why the payees' banks refuse their payments at first."""
    sends_back: bool = False
    """Whether all banks send back once what they had called paid."""
    disputed: str = ""
    """How the bank of a client who takes a payment back decides: `won` or `lost` for us."""
    refunded: str = ""
    """How much of a client's payment somebody sends back at Stripe: `whole`, `part`, or `failed`,
    which comes again."""
    short: str = ""
    """At what the platform has too little at first: `connect`, or `global`."""

    def __str__(self) -> str:
        told = [f"seed {self.seed}", f"{self.processes} process(es)"]
        told += [f"{one['mode']} x{one['count']} on {one['method']} {one['path']}"
                 for one in self.faults]  # fmt: skip
        told += [f"stops at {', '.join(map(str, self.stops))}"] if self.stops else []
        told += [f"the bank says {self.bank_failure}"] if self.bank_failure else []
        told += ["the banks send all back once"] if self.sends_back else []
        told += [f"a payment is disputed and {self.disputed}"] if self.disputed else []
        told += [f"a payment goes back: {self.refunded}"] if self.refunded else []
        told += [f"short of money at {self.short}"] if self.short else []
        told += [
            f"{share:.0%} of webhooks {what}"
            for share, what in (
                (self.lost_share, "lost"),
                (self.twice_share, "twice"),
                (self.late_share, "late"),
            )
            if share
        ]
        return "; ".join(told)


def fault(method: str, path: str, mode: str, *, count: int = 1) -> dict[str, Any]:
    """What `/_sandbox/fail_next` takes."""
    armed: dict[str, Any] = {"method": method, "path": path, "mode": mode, "count": count}
    return armed | ({"seconds": _DELAY_SECONDS} if mode == "delay" else {})


def every_fault(calls: Calls = CALLS) -> list[dict[str, Any]]:
    """Each kind of trouble with each of these calls that move money."""
    return [fault(method, path, mode) for method, path in calls for mode in MODES]


def plan_of(seed: int) -> Plan:
    """The same for the same seed."""
    dice = random.Random(seed)
    faults = []
    for _ in range(dice.randint(0, _FAULTS_MAX)):
        calls, modes = (CALLS, MODES) if dice.random() < 0.7 else (READS, READ_MODES)
        faults.append(fault(*dice.choice(calls), dice.choice(modes), count=dice.randint(1, 3)))
    stops = tuple(
        dice.randint(1, _OPERATIONS // (2 if turn else 1))
        for turn in range(dice.randint(0, _STOPS_MAX))
    )

    def share() -> float:
        return dice.choice((0.0, 0.0, 0.3, 1.0))

    # Of what has come to rest only a notification tells, until it is looked at a day later.
    sends_back = dice.random() < 0.2
    disputed = dice.choice(("", "", "won", "lost"))
    # Of its own dice: what other seeds once found stays what they find.
    refunded = random.Random(f"{seed} refunded").choice(("", "", "whole", "part", "failed"))
    refunded = "" if disputed else refunded
    return Plan(
        seed=seed,
        faults=tuple(faults),
        stops=stops,
        pauses_seconds=tuple(dice.choice((0.1, 5.0, 90.0, 400.0)) for _ in stops),
        processes=dice.choice((1, 1, 2)),
        lost_share=0.0 if sends_back or disputed else share() * (not refunded),
        twice_share=share(),
        late_share=min(share(), 0.5),
        bank_failure=dice.choice(("", "", "", "account_closed", "could_not_process")),
        sends_back=sends_back,
        disputed=disputed,
        refunded=refunded,
        short=dice.choice(("", "", "", "connect", "global")),
    )
