"""Operations on `ledger`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import GetReconciliationResponse, GetTrialBalanceResponse
from ..routes import Route

_GET_TRIAL_BALANCE = Route[GetTrialBalanceResponse](method="GET", path="/v1/trial-balance")

_GET_RECONCILIATION = Route[GetReconciliationResponse](method="GET", path="/v1/reconciliation")


class LedgerApi:
    """Operations on `ledger`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def trial_balance(self) -> GetTrialBalanceResponse:
        """Every account's balance summed by purpose; the totals are zero, or something is wrong."""
        return self._http.send(_GET_TRIAL_BALANCE, {})

    def reconciliation(self) -> GetReconciliationResponse:
        """The ledger's money at the payment provider beside what the provider says there is."""
        return self._http.send(_GET_RECONCILIATION, {})


class AsyncLedgerApi:
    """Operations on `ledger`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def trial_balance(self) -> GetTrialBalanceResponse:
        """Every account's balance summed by purpose; the totals are zero, or something is wrong."""
        return await self._http.send(_GET_TRIAL_BALANCE, {})

    async def reconciliation(self) -> GetReconciliationResponse:
        """The ledger's money at the payment provider beside what the provider says there is."""
        return await self._http.send(_GET_RECONCILIATION, {})
