"""What each contractor of an organisation has done and earned, read whole and kept for moments.

The two services list their halves by contractor and page on their own: to show them side by side,
both are read to the end, bounded, and kept for a few seconds for the next page.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.gateway.callers import Caller
from services.gateway.peers import Peers
from services.gateway.web.formats import UNITS_PER_MINOR

_PAGE_SIZE = 1_000
_PAGES_MAX = 20
_KEPT_SECONDS = 10.0
_ORGANISATIONS_MAX = 50
_SECONDS_AN_HOUR = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """In one currency, in units: all that was ever earned."""

    currency: str
    amount_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractorFigures:
    """Of one contractor."""

    activity: Any = None
    """A ContractorActivity; None for somebody who has done nothing yet."""
    earned: tuple[Earned, ...] = ()

    @property
    def acceptance(self) -> float | None:
        """Share of the decided answers that were accepted."""
        if self.activity is None:
            return None
        decided = self.activity.answers_accepted + self.activity.answers_rejected
        return self.activity.answers_accepted / decided if decided else None

    @property
    def hourly(self) -> tuple[Earned, ...]:
        """Earned in an hour of measured time; nothing where no time was measured."""
        if self.activity is None or self.activity.active_seconds <= 0:
            return ()
        hours = self.activity.active_seconds / _SECONDS_AN_HOUR
        return tuple(
            Earned(
                currency=one.currency,
                # To the cent: it is an estimate.
                amount_units=round(one.amount_units / hours / UNITS_PER_MINOR) * UNITS_PER_MINOR,
            )
            for one in self.earned
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFigures:
    """Of all of them."""

    by_contractor: Mapping[str, ContractorFigures]
    is_whole: bool
    """False where there are more than are read."""

    def of(self, contractor_id: str) -> ContractorFigures:
        """Empty for one who has done nothing."""
        return self.by_contractor.get(contractor_id, ContractorFigures())

    @property
    def answers_accepted(self) -> int:
        """Of all."""
        return sum(
            one.activity.answers_accepted for one in self.by_contractor.values() if one.activity
        )

    @property
    def active(self) -> int:
        """Contractors who have submitted anything."""
        return sum(1 for one in self.by_contractor.values() if one.activity)

    @property
    def earned(self) -> list[Earned]:
        """Of all, by currency."""
        sums: dict[str, int] = {}
        for one in self.by_contractor.values():
            for part in one.earned:
                sums[part.currency] = sums.get(part.currency, 0) + part.amount_units
        return [Earned(currency=name, amount_units=amount) for name, amount in sorted(sums.items())]


@dataclass(slots=True)
class PoolReader:
    """Keeps what it read for a few seconds, by organisation."""

    peers: Peers
    _kept: OrderedDict[str, tuple[float, PoolFigures]] = field(default_factory=OrderedDict)

    async def read(self, caller: Caller) -> PoolFigures:
        """Of the caller's organisation. Errors: RemoteError."""
        known = self._kept.get(caller.organisation_id)
        if known is not None and time.monotonic() - known[0] < _KEPT_SECONDS:
            return known[1]
        activity, earnings = await asyncio.gather(
            self._all(
                caller, self.peers.broker.ListPoolActivity, broker_pb2.ListPoolActivityRequest
            ),
            self._all(
                caller, self.peers.payouts.ListPoolEarnings, payouts_pb2.ListPoolEarningsRequest
            ),
        )
        earned = {one.contractor_id: _earned(one) for one in earnings[0]}
        done = {one.contractor_id: one for one in activity[0]}
        figures = PoolFigures(
            by_contractor={
                name: ContractorFigures(activity=done.get(name), earned=earned.get(name, ()))
                for name in done.keys() | earned.keys()
            },
            is_whole=activity[1] and earnings[1],
        )
        self._kept[caller.organisation_id] = (time.monotonic(), figures)
        if len(self._kept) > _ORGANISATIONS_MAX:
            self._kept.popitem(last=False)
        return figures

    async def _all(self, caller: Caller, method: Any, message: Any) -> tuple[list[Any], bool]:
        """What is on the first pages, and whether these were all."""
        found: list[Any] = []
        token = ""
        for _ in range(_PAGES_MAX):
            answer = await self.peers.call(
                method, message(page_size=_PAGE_SIZE, page_token=token), caller=caller
            )
            found += answer.contractors
            token = answer.next_page_token
            if not token:
                return found, True
        return found, False


def _earned(one: Any) -> tuple[Earned, ...]:
    return tuple(
        Earned(
            currency=part.currency,
            amount_units=part.accrued_units + part.stated_units + part.paid_units,
        )
        for part in one.earnings
    )
