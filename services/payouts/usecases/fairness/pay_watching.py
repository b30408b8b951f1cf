"""Clients hear when a running project pays less an hour than a floor, by the time it really takes.

Once for each hold of money: by the next one it is refused (`PriceChecks.check`) while that is so.
What is worked meanwhile is raised to the floor when its pay period closes.
"""

from __future__ import annotations

from services.chassis.clock import Clock
from services.chassis.loops import Loop
from services.chassis.mongo import store_errors
from services.payouts.domain.fairness.fair_pay import PriceLine, Verdict
from services.payouts.domain.ledger.money import decimal_text
from services.payouts.domain.notices.notices import Notice, NoticeType
from services.payouts.metrics import floor as floor_metrics
from services.payouts.store.answers.decisions import ProjectBookStore
from services.payouts.store.funding.funds_watches import FundsWatchStore
from services.payouts.usecases.fairness.price_checks import PriceChecks, ProjectPay
from services.payouts.usecases.notices.notices import Notices

_PROJECTS_EACH_TURN = 100


class PayWatching:
    """Looks at every project that goes on, over and over."""

    def __init__(
        self,
        *,
        prices: PriceChecks,
        watches: FundsWatchStore,
        books: ProjectBookStore,
        notices: Notices,
        clock: Clock,
        pause_seconds: float,
    ) -> None:
        self._prices = prices
        self._watches = watches
        self._books = books
        self._notices = notices
        self._clock = clock
        self._after = ""
        self._below = 0
        self._loop = Loop(name="pay_watch", turn=self.turn, pause_seconds=pause_seconds)

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Ends run() after the project in hand."""
        await self._loop.stop()

    async def turn(self) -> bool:
        """The next projects of this round; whether it has more of them."""
        with store_errors():
            found = await self._watches.projects_after(self._after, limit=_PROJECTS_EACH_TURN)
        for project_id in found:
            self._below += await self._look_at(project_id)
        more = len(found) == _PROJECTS_EACH_TURN
        self._after = found[-1] if more else ""
        if not more:
            floor_metrics.PROJECTS_BELOW_FLOOR.set(self._below)
            self._below = 0
        return more

    async def _look_at(self, project_id: str) -> bool:
        """Whether it pays less than a floor, as measured; its client is told then."""
        pay = await self._prices.as_measured(project_id)
        if pay is None:
            return False
        below = [line for line in pay.lines if line.verdict is Verdict.BELOW_FLOOR]
        if not below:
            return False
        worst = max(below, key=lambda line: line.least_pay_units)
        with store_errors():
            book = await self._books.get(project_id)
        await self._notices.tell(
            [
                Notice(
                    notice_id=f"{project_id}:pay_below_floor:{book.version}",
                    organisation_id=pay.project.client_id,
                    type=NoticeType.PAY_BELOW_FLOOR,
                    at=self._clock(),
                    data=_told(pay, worst, countries=[line.country for line in below]),
                )
            ]
        )
        return True


def _told(pay: ProjectPay, worst: PriceLine, *, countries: list[str]) -> dict[str, object]:
    currency = pay.project.currency
    floor_units = worst.applied.hourly_units if worst.applied is not None else 0
    return {
        "project_id": pay.project.project_id,
        "currency": currency,
        "countries": countries,
        "place": worst.place,
        "seconds": pay.judged_milliseconds / 1000,
        "answers": pay.pace.answers,
        "effective_hourly": decimal_text(worst.effective_units, currency),
        "floor_hourly": decimal_text(floor_units, currency),
        "least_pay": decimal_text(worst.least_pay_units, currency),
    }
