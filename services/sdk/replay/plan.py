"""Who works for whom, who answers what, which tasks are controls: the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

from services.sdk.money import UNITS_PER_MINOR
from services.sdk.replay.crowd_file import Crowd, CrowdKind

COMMISSIONS_BPS = (800, 1000, 1200, 1500)
DIRECT_SHARE = 0.2
PAY_MINOR = {
    CrowdKind.CHOICE: 5,
    CrowdKind.PAIRWISE: 12,
    CrowdKind.TEXT: 25,
    CrowdKind.ORDINAL: 5,
    CrowdKind.NUMERIC: 5,
}
# The vendor of those who are engaged directly.
DIRECT = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWorker:
    """One recorded worker: `vendor` counts the plan's vendors, `answers` is label by task."""

    name: str
    vendor: int
    answers: dict[str, str]

    @property
    def is_direct(self) -> bool:
        """Engaged by the platform, not by a vendor."""
        return self.vendor == DIRECT


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """One task, those who answered it in the recording, and its label where it is a control."""

    name: str
    workers: tuple[str, ...]
    gold_label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All of a replay that can be known before it begins."""

    kind: CrowdKind
    labels: tuple[str, ...]
    pay_units: int
    commissions_bps: tuple[int, ...]
    workers: tuple[PlannedWorker, ...]
    tasks: tuple[PlannedTask, ...]
    # The known answers of the tasks that are no controls: what the consensus is measured by.
    judged_gold: dict[str, str]

    @property
    def answers(self) -> int:
        """Answers that were recorded and will be given."""
        return sum(len(worker.answers) for worker in self.workers)

    @property
    def controls(self) -> int:
        """Tasks posted with their known answer."""
        return sum(1 for task in self.tasks if task.gold_label)


def plan_replay(crowd: Crowd, *, gold_share: float, seed: int) -> Plan:
    """Shares the workers out and picks the controls.

    About one worker in five is engaged directly, the others by turns by each vendor.
    """
    by_worker: dict[str, dict[str, str]] = {}
    by_task: dict[str, list[str]] = {}
    for task, worker, label in crowd.answers:
        by_worker.setdefault(worker, {})[task] = label
        by_task.setdefault(task, []).append(worker)
    vendor_of = _engagements(sorted(by_worker), seed=seed)
    controls = _controls(crowd.gold, share=gold_share, seed=seed)
    vendors = max(vendor_of.values(), default=DIRECT) + 1
    return Plan(
        kind=crowd.kind,
        labels=crowd.labels,
        pay_units=PAY_MINOR[crowd.kind] * UNITS_PER_MINOR,
        commissions_bps=COMMISSIONS_BPS[:vendors],
        workers=tuple(
            PlannedWorker(name=name, vendor=vendor_of[name], answers=answers)
            for name, answers in by_worker.items()
        ),
        tasks=tuple(
            PlannedTask(
                name=name,
                workers=tuple(workers),
                gold_label=crowd.gold[name] if name in controls else "",
            )
            for name, workers in by_task.items()
        ),
        judged_gold={task: gold for task, gold in crowd.gold.items() if task not in controls},
    )


def _engagements(names: list[str], *, seed: int) -> dict[str, int]:
    shuffled = names[:]
    random.Random(f"{seed}:engagements").shuffle(shuffled)
    direct = round(len(shuffled) * DIRECT_SHARE)
    vendor_of = dict.fromkeys(shuffled[:direct], DIRECT)
    for place, name in enumerate(shuffled[direct:]):
        vendor_of[name] = place % len(COMMISSIONS_BPS)
    return vendor_of


def _controls(gold: dict[str, str], *, share: float, seed: int) -> frozenset[str]:
    count = round(len(gold) * share)
    return frozenset(random.Random(f"{seed}:controls").sample(sorted(gold), count))
