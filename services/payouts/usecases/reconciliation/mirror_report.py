"""Days of money at the rail beside the ledger's, and what has no other side: for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.chassis.clock import Clock
from services.chassis.errors import DomainError, Kind
from services.chassis.mongo import store_errors
from services.payouts.domain.reconciliation.mirrors import PLATFORM, MirrorDay, MirrorItem
from services.payouts.store.reconciliation.cursors import LEDGER_LIST, CursorStore
from services.payouts.store.reconciliation.mirrors import MirrorStore

DAYS_MAX = 366


class DaysInvalid(DomainError):
    """The days asked for are none, or too many at once."""

    kind, reason = Kind.INVALID, "DAYS_INVALID"


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorReport:
    """What was moved until `read_at` is in it; None while the first reading is under way."""

    days: tuple[MirrorDay, ...]
    read_at: datetime | None


class MirrorReports:
    """Reads."""

    def __init__(
        self,
        *,
        mirrors: MirrorStore,
        cursors: CursorStore,
        clock: Clock,
        grace: timedelta,
    ) -> None:
        self._mirrors = mirrors
        self._cursors = cursors
        self._clock = clock
        self._grace = grace

    async def days(self, *, first: date | None, last: date | None, currency: str) -> MirrorReport:
        """Both days included; left out, today, or the day that is given. Errors: DaysInvalid."""
        last = last or first or self._clock().date()
        first = first or last
        if not timedelta() <= last - first < timedelta(days=DAYS_MAX):
            raise DaysInvalid(
                f"from {first} to {last} are no 1 to {DAYS_MAX} days",
                field="last_day",
                first_day=first.isoformat(),
                last_day=last.isoformat(),
            )
        with store_errors():
            days = await self._mirrors.days(
                first=first,
                last=last,
                currency=currency,
                young_since=self._clock() - self._grace,
            )
            read = [await self._cursors.get(name) for name in (LEDGER_LIST, PLATFORM)]
        times = [cursor.read_at for cursor in read if cursor is not None and cursor.read_at]
        whole = len(times) == len(read)
        return MirrorReport(days=tuple(days), read_at=min(times) if whole else None)

    async def unmatched(self, *, currency: str, after: str, limit: int) -> list[MirrorItem]:
        """What has had no other side for longer than the time of grace."""
        with store_errors():
            return await self._mirrors.unmatched(
                before=self._clock() - self._grace, currency=currency, after=after, limit=limit
            )
