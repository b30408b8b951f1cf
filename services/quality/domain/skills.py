"""A working set of one project's skills: read by scoring, changed by credits, drained to commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.quality.domain import keys
from services.quality.domain.tally import ClassIndex, Tally, add_truths
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
        self.pairs = {
            name: units for name, units in pool.counters.items() if name.startswith(keys.PAIR)
        }
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
        counters = self.tally(contractor_id).counters()
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
        for name, units in task_credits.pairs.items():
            self.pairs[name] = self.pairs.get(name, 0) + sign * units

    def _apply_share(self, share: Share, *, sign: int) -> None:
        given, heads = share.given, len(share.contractor_ids)
        tallies = [self.tally(contractor_id) for contractor_id in share.contractor_ids]
        for tally in tallies:
            tally.answers += sign
        self.pool.answers += sign * heads
        if share.counted:
            self.given_answers[given] = self.given_answers.get(given, 0) + sign * heads
        if share.truths:
            at = self.index.position
            truths = [(at(true), sign * units) for true, units in share.truths.items()]
            right = sign * share.truths.get(given, 0)
            add_truths(tallies, given, truths, right=right)
            crowd = [(position, heads * units) for position, units in truths]
            add_truths((self.pool,), given, crowd, right=heads * right)
        if share.hit or share.miss or share.gold_total:
            for tally in tallies:
                tally.add_plain(share, sign)
            self.pool.add_plain(share, sign * heads)

    def increments(self) -> Increments:
        """The sum of everything added and subtracted since the counters were loaded."""
        changes = {
            who: _difference(tally.counters(), self._loaded.get(who, {}))
            for who, tally in self._tallies.items()
        }
        return Increments(
            skills={who: change for who, change in changes.items() if change},
            pool=_difference(self.pool_counters(), self._loaded_pool),
        )

    def pool_counters(self) -> dict[str, int]:
        found = self.pool.counters()
        for label, units in self.class_units.items():
            found[keys.of_class(label)] = units
        for label, count in self.given_answers.items():
            found[keys.of_given(label)] = count
        found.update(self.pairs)
        return {name: count for name, count in found.items() if count}


def _family(counters: Counters, family: str) -> dict[str, int]:
    return {
        keys.label_of(name): count for name, count in counters.items() if name.startswith(family)
    }


def _difference(now: Counters, before: Counters) -> dict[str, int]:
    names = now.keys() | before.keys()
    changes = {name: now.get(name, 0) - before.get(name, 0) for name in names}
    return {name: change for name, change in changes.items() if change}
