"""The mass-rejection breaker at work: rejections held, and what an operator makes of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from services.chassis.authentication import Principal
from services.chassis.errors import DomainError
from services.chassis.errors import Kind as ErrorKind
from services.chassis.ids import NewId
from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality import metrics
from services.quality.domain.breaker import (
    NOTHING_DECIDED,
    Breaker,
    BreakerState,
    Counts,
    limit_share,
    trips,
)
from services.quality.domain.decisions import Reason
from services.quality.domain.records import StoredRuling
from services.quality.domain.rulings import RulingState
from services.quality.domain.types import Kind
from services.quality.store.breakers import BreakerStore
from services.quality.store.projects import ProjectStore
from services.quality.usecases.each import each
from services.quality.usecases.revisions import Revision, Revisions

log = logger(__name__)

_DRAINED_AT_ONCE_MAX = 200
_DRAIN_ROUNDS_MAX = 10
_LIMITS_KEPT_SECONDS = 60.0
_LIMITS_KEPT_MAX = 10_000


class BreakerNotFound(DomainError):
    """No such breaker."""

    kind, reason = ErrorKind.NOT_FOUND, "BREAKER_NOT_FOUND"


class Breakers:
    """Stands between a batch of rulings and its writing, and between held ones and their end."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        breakers: BreakerStore,
        projects: ProjectStore,
        revisions: Revisions,
        new_id: NewId,
    ) -> None:
        self._transactions = transactions
        self._breakers = breakers
        self._projects = projects
        self._revisions = revisions
        self._new_id = new_id
        # What is usual for a kind changes slowly, and is read from many projects.
        self._limits: dict[str, tuple[float, float]] = {}

    async def hold(
        self, work: UnitOfWork, project_id: str, kind: Kind, rulings: list[StoredRuling]
    ) -> list[StoredRuling]:
        """The rulings as they shall stand.

        All rejections of a project whose breaker has tripped, or trips by these, are held.
        """
        rejected = sum(_is_rejected(stored) for stored in rulings)
        if not rejected:
            return rulings
        latest = await self._breakers.latest(project_id, session=work.session)
        if latest is None or latest.state is not BreakerState.TRIPPED:
            latest = await self._trip(work, project_id, kind, rulings, latest)
        else:
            await self._breakers.touch(latest, session=work.session)
        if latest is None:
            return rulings
        await self._projects.count(
            project_id, {"held": rejected}, writer="hold", session=work.session
        )
        return [
            replace(
                stored,
                ruling=stored.ruling.held(breaker_id=latest.breaker_id, at=work.now),
            )
            if _is_rejected(stored)
            else stored
            for stored in rulings
        ]

    async def page(
        self, *, state: BreakerState | None, after: tuple[datetime, str] | None, limit: int
    ) -> list[Breaker]:
        """Newest first; of those that are tripped, with what they hold now."""
        with store_errors():
            found = await self._breakers.page(state=state, after=after, limit=limit)
            return [await self._with_held(breaker) for breaker in found]

    async def close(
        self, principal: Principal, breaker_id: str, state: BreakerState, note: str
    ) -> Breaker:
        """Closes it, and begins with what it held; `drain` does the rest.

        Errors:
            BreakerNotFound, BreakerClosed.
        """

        async def body(work: UnitOfWork) -> Breaker:
            known = await self._breakers.get(breaker_id, session=work.session)
            if known is None:
                raise BreakerNotFound("no such breaker", breaker_id=breaker_id)
            tallies = await self._projects.tallies(known.project_id)
            after = known.closed(
                state,
                by=principal.subject_id,
                note=note,
                at=work.now,
                answers_held=tallies["held"],
                counts=_counts_then(tallies, state),
            )
            if after is not known:
                await self._breakers.replace(after, session=work.session)
            return after

        closed = await self._transactions.run(body)
        if closed.draining:
            await self._drain(breaker_id)
        await self.show()
        return closed

    async def drain(self, *, limit: int) -> int:
        """Goes on with what closed breakers held; returns how many breakers of at most `limit`."""
        with store_errors():
            ids = await self._breakers.draining(limit=limit)
        await each("breaker", ids, self._drain)
        await self.show()
        return len(ids)

    async def show(self) -> None:
        """How many wait for an operator, for all to see."""
        with store_errors():
            metrics.BREAKERS_TRIPPED.set(await self._breakers.count_tripped())

    async def _trip(
        self,
        work: UnitOfWork,
        project_id: str,
        kind: Kind,
        rulings: Sequence[StoredRuling],
        latest: Breaker | None,
    ) -> Breaker | None:
        """A new breaker, where these rejections are too many.

        What came before the last one was closed has been looked at.
        """
        before = latest.counts if latest is not None else NOTHING_DECIDED
        known = await self._breakers.counts(project_id, session=work.session)
        rejected = sum(_is_rejected(stored) for stored in rulings)
        decided = sum(stored.ruling.state.final for stored in rulings)
        counts = Counts(decided=known.decided + decided, rejected=known.rejected + rejected).since(
            before
        )
        limit = await self._limit(project_id, kind)
        if not trips(counts, limit=limit, anew=latest is not None):
            return None
        breaker = Breaker(
            breaker_id=self._new_id("brk"),
            project_id=project_id,
            tripped_at=work.now,
            rejected_share=counts.share,
            limit_share=limit,
        )
        await self._breakers.insert(breaker, session=work.session)
        work.afterwards(metrics.BREAKER_TRIPS_TOTAL.labels(kind.value).inc)
        told = {"project_id": project_id, "share": counts.share, "limit": limit}
        work.afterwards(partial(log.warning, "breaker.tripped", **told))
        return breaker

    async def _limit(self, project_id: str, kind: Kind) -> float:
        known = self._limits.get(project_id)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        limit = limit_share(await self._breakers.counts_of_kind(kind, without=project_id))
        if len(self._limits) >= _LIMITS_KEPT_MAX:
            self._limits.clear()
        self._limits[project_id] = (time.monotonic() + _LIMITS_KEPT_SECONDS, limit)
        return limit

    async def _drain(self, breaker_id: str) -> None:
        """A bounded number of held rulings; the last of them ends the draining."""

        async def body(work: UnitOfWork) -> bool:
            breaker = await self._breakers.get(breaker_id, session=work.session)
            if breaker is None or not breaker.draining:
                return True
            held = await self._revisions.withheld_under(
                breaker_id, limit=_DRAINED_AT_ONCE_MAX, work=work
            )
            if held:
                await self._revisions.put(
                    [
                        Revision(before=stored, after=_ended(stored, breaker, work))
                        for stored in held
                    ],
                    work=work,
                    writer="hold",
                )
            if len(held) < _DRAINED_AT_ONCE_MAX:
                await self._breakers.replace(replace(breaker, draining=False), session=work.session)
                return True
            return False

        for _ in range(_DRAIN_ROUNDS_MAX):
            if await self._transactions.run(body):
                return

    async def _with_held(self, breaker: Breaker) -> Breaker:
        if breaker.state is not BreakerState.TRIPPED:
            return breaker
        tallies = await self._projects.tallies(breaker.project_id)
        return replace(breaker, answers_held=tallies["held"])


def _is_rejected(stored: StoredRuling) -> bool:
    return stored.ruling.state is RulingState.REJECTED


def _ended(stored: StoredRuling, breaker: Breaker, work: UnitOfWork) -> StoredRuling:
    ruling = (
        stored.ruling.let_through(at=work.now)
        if breaker.state is BreakerState.RELEASED
        else stored.ruling.granted(
            Reason.HELD_OVERRULED, by=breaker.closed_by, note=breaker.note, at=work.now
        )
    )
    return replace(stored, ruling=ruling)


def _counts_then(tallies: dict[str, int], state: BreakerState) -> Counts:
    """The project's counts once all that is held is decided as the operator says."""
    held = tallies["held"]
    rejected = tallies["rejected"] + (held if state is BreakerState.RELEASED else 0)
    return Counts(decided=tallies["accepted"] + tallies["rejected"] + held, rejected=rejected)
