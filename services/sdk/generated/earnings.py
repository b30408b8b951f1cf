"""Operations on `earnings`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import AnswerEarning, Earnings, GetAnswerMoneyResponse
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_GET_EARNINGS = Route[Sequence[Earnings]](method="GET", path="/v1/earnings", unwrap="earnings")

_LIST_EARNINGS = PageRoute[AnswerEarning](
    method="GET", path="/v1/earnings/answers", unwrap="answers"
)

_GET_ANSWER_MONEY = Route[GetAnswerMoneyResponse](
    method="GET", path="/v1/assignments/{assignment_id}/money"
)


class EarningsApi:
    """Operations on `earnings`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def get(self) -> Sequence[Earnings]:
        """What the calling contractor has earned, whoever pays it out."""
        return self._http.send(_GET_EARNINGS, {})

    def list(self, *, page_size: int | None = None) -> Pages[AnswerEarning]:
        """What single answers earned the calling contractor, newest first."""
        return Pages(self._http, _LIST_EARNINGS, {"page_size": page_size})

    def of_answer(self, assignment_id: str) -> GetAnswerMoneyResponse:
        """One answer's money, from its acceptance to the bank: what was booked for it, what undid
        it, and how far the payment is. For who gave the answer, through whom, and operators.
        Errors: ANSWER_NOT_BOOKED.
        """
        return self._http.send(_GET_ANSWER_MONEY, {"assignment_id": assignment_id})


class AsyncEarningsApi:
    """Operations on `earnings`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def get(self) -> Sequence[Earnings]:
        """What the calling contractor has earned, whoever pays it out."""
        return await self._http.send(_GET_EARNINGS, {})

    def list(self, *, page_size: int | None = None) -> AsyncPages[AnswerEarning]:
        """What single answers earned the calling contractor, newest first."""
        return AsyncPages(self._http, _LIST_EARNINGS, {"page_size": page_size})

    async def of_answer(self, assignment_id: str) -> GetAnswerMoneyResponse:
        """One answer's money, from its acceptance to the bank: what was booked for it, what undid
        it, and how far the payment is. For who gave the answer, through whom, and operators.
        Errors: ANSWER_NOT_BOOKED.
        """
        return await self._http.send(_GET_ANSWER_MONEY, {"assignment_id": assignment_id})
