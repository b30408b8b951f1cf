"""Operations on `ledger`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import BookFinding, GetReconciliationResponse, GetTrialBalanceResponse
from ..routes import Route

_GET_TRIAL_BALANCE = Route[GetTrialBalanceResponse](method="GET", path="/v1/trial-balance")

_GET_RECONCILIATION = Route[GetReconciliationResponse](method="GET", path="/v1/reconciliation")

_GET_BOOKS_CHECK = Route[Sequence[BookFinding]](
    method="GET", path="/v1/books-check", unwrap="findings"
)


class LedgerApi:
    """Operations on `ledger`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def trial_balance(self, *, as_of_time: datetime | str | None = None) -> GetTrialBalanceResponse:
        """Every account's balance summed by purpose, now or at a past moment; the totals are zero,
        or something is wrong.

        Args:
            as_of_time: As the books stood when everything up to this moment was recorded; not
                set: now.
        """
        return self._http.send(_GET_TRIAL_BALANCE, {"as_of_time": as_of_time})

    def reconciliation(self) -> GetReconciliationResponse:
        """The ledger's money at the payment provider beside what the provider says there is."""
        return self._http.send(_GET_RECONCILIATION, {})

    def check(self) -> Sequence[BookFinding]:
        """What is known to be wrong with the books: nothing, or no pay period is closed. Every
        account is added up again from its entries, round after round.
        """
        return self._http.send(_GET_BOOKS_CHECK, {})


class AsyncLedgerApi:
    """Operations on `ledger`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def trial_balance(
        self, *, as_of_time: datetime | str | None = None
    ) -> GetTrialBalanceResponse:
        """Every account's balance summed by purpose, now or at a past moment; the totals are zero,
        or something is wrong.

        Args:
            as_of_time: As the books stood when everything up to this moment was recorded; not
                set: now.
        """
        return await self._http.send(_GET_TRIAL_BALANCE, {"as_of_time": as_of_time})

    async def reconciliation(self) -> GetReconciliationResponse:
        """The ledger's money at the payment provider beside what the provider says there is."""
        return await self._http.send(_GET_RECONCILIATION, {})

    async def check(self) -> Sequence[BookFinding]:
        """What is known to be wrong with the books: nothing, or no pay period is closed. Every
        account is added up again from its entries, round after round.
        """
        return await self._http.send(_GET_BOOKS_CHECK, {})
