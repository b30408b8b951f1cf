"""A working set of one project's skills: scoring reads it, credits change it, a commit drains it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.quality.domain import keys
from services.quality.domain.tally import ClassIndex, Tally
from services.quality.domain.types import Counters, Credits, PoolSkill, Share, Skill


@dataclass(frozen=True, slots=True, kw_only=True)
class Increments:
    """What a batch adds to the stored counters, by contractor and for the pool; zeros left out."""

    skills: Mapping[str, Counters]
    pool: Counters


class Skills:
    """Contractors who are not loaded count as new: load everyone whose answers are in the batch."""

    def __init__(self, *, pool: PoolSkill, skills: Iterable[Skill] = ()) -> None:
        self.index = ClassIndex()
        self.class_units = _family(pool.counters, keys.CLASS)
        self.given_answers = _family(pool.counters, keys.GIVEN)
        for label in sorted(self.given_answers):
            self.index.position(label)
        self.pool = Tally(pool.counters, index=self.index)
        self._loaded_pool = pool.counters
        self._loaded = {skill.contractor_id: skill.counters for skill in skills}
        self._tallies: dict[str, Tally] = {}

    def tally(self, contractor_id: str) -> Tally:
        tally = self._tallies.get(contractor_id)
        if tally is None:
            counters = self._loaded.get(contractor_id, {})
            tally = self._tallies[contractor_id] = Tally(counters, index=self.index)
        return tally

    def skill(self, contractor_id: str) -> Skill:
        counters = self.tally(contractor_id).counters(self.index)
        return Skill(contractor_id=contractor_id, counters=counters)

    def add(self, task_credits: Credits) -> None:
        self._apply(task_credits, sign=1)

    def subtract(self, task_credits: Credits) -> None:
        self._apply(task_credits, sign=-1)

    def _apply(self, task_credits: Credits, *, sign: int) -> None:
        for share in task_credits.shares:
            self._apply_share(share, sign=sign)
        for label, units in task_credits.classes.items():
            self.class_units[label] = self.class_units.get(label, 0) + sign * units

    def _apply_share(self, share: Share, *, sign: int) -> None:
        given = share.given
        position = self.index.position
        truths = [(position(true), sign * units) for true, units in share.truths.items()]
        hit, miss = sign * share.hit, sign * share.miss
        right = hit + sign * share.truths.get(given, 0)
        total = hit + miss + sum(units for _, units in truths)
        gold_right, gold_total = sign * share.gold_right, sign * share.gold_total
        for contractor_id in share.contractor_ids:
            tally = self.tally(contractor_id)
            tally.answers += sign
            if total:
                tally.right += right
                tally.total += total
                tally.hits += hit
                tally.misses += miss
                if truths:
                    tally.credit(given, truths)
            if gold_total:
                tally.gold_right += gold_right
                tally.gold_total += gold_total
        heads = len(share.contractor_ids)
        pool = self.pool
        pool.answers += sign * heads
        pool.right += right * heads
        pool.total += total * heads
        pool.hits += hit * heads
        pool.misses += miss * heads
        pool.gold_right += gold_right * heads
        pool.gold_total += gold_total * heads
        if truths:
            pool.credit(given, [(i, units * heads) for i, units in truths])
        if share.counted:
            self.given_answers[given] = self.given_answers.get(given, 0) + sign * heads

    def increments(self) -> Increments:
        """The sum of everything added and subtracted since the counters were loaded."""
        changes = {
            who: _difference(tally.counters(self.index), self._loaded.get(who, {}))
            for who, tally in self._tallies.items()
        }
        return Increments(
            skills={who: change for who, change in changes.items() if change},
            pool=_difference(self.pool_counters(), self._loaded_pool),
        )

    def pool_counters(self) -> dict[str, int]:
        found = self.pool.counters(self.index)
        for label, units in self.class_units.items():
            found[keys.of_class(label)] = units
        for label, count in self.given_answers.items():
            found[keys.of_given(label)] = count
        return {name: count for name, count in found.items() if count}


def _family(counters: Counters, family: str) -> dict[str, int]:
    return {
        keys.label_of(name): count for name, count in counters.items() if name.startswith(family)
    }


def _difference(now: Counters, before: Counters) -> dict[str, int]:
    names = now.keys() | before.keys()
    changes = {name: now.get(name, 0) - before.get(name, 0) for name in names}
    return {name: change for name, change in changes.items() if change}
