"""Operations on `reviews`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Check, JudgedAnswer, ReviewDecision, ReviewResult
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_LIST_REVIEWS = PageRoute[JudgedAnswer](
    method="GET", path="/v1/projects/{project_id}/reviews", unwrap="answers"
)

_DECIDE_REVIEWS = Route[Sequence[ReviewResult]](
    method="POST", path="/v1/reviews:decide", body="*", unwrap="results"
)

_REPORT_CHECKS = Route[Sequence[ReviewResult]](
    method="POST", path="/v1/answers:checks", body="*", unwrap="results"
)


class ReviewsApi:
    """Operations on `reviews`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def list(self, project_id: str, *, page_size: int | None = None) -> Pages[JudgedAnswer]:
        """What waits for a person, oldest first. Clients judge blind: neither what the machine
        thinks nor what others said is shown to them. Errors: PROJECT_NOT_FOUND,
        PAGE_TOKEN_INVALID.
        """
        return Pages(self._http, _LIST_REVIEWS, {"project_id": project_id, "page_size": page_size})

    def decide(self, decisions: Sequence[ReviewDecision]) -> Sequence[ReviewResult]:
        """Accepts or rejects answers that are in review. A repeat of the same decision is answered
        as the first time: answer and decision are the key. Errors for an item:
        ANSWER_NOT_FOUND, DECISION_FINAL, OWN_ANSWER, REASON_MISSING, PART_NOT_POSSIBLE,
        UNKNOWN_LABEL.
        """
        return self._http.send(_DECIDE_REVIEWS, {"decisions": decisions})

    def report_checks(self, checks: Sequence[Check]) -> Sequence[ReviewResult]:
        """Says how the client's own checks of an answer in code went: passed, the answer is
        accepted; failed, a person looks. A repeat changes nothing. Errors for an item:
        ANSWER_NOT_FOUND, DECISION_FINAL, NOT_CODE, CHECKS_MISSING.
        """
        return self._http.send(_REPORT_CHECKS, {"checks": checks})


class AsyncReviewsApi:
    """Operations on `reviews`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    def list(self, project_id: str, *, page_size: int | None = None) -> AsyncPages[JudgedAnswer]:
        """What waits for a person, oldest first. Clients judge blind: neither what the machine
        thinks nor what others said is shown to them. Errors: PROJECT_NOT_FOUND,
        PAGE_TOKEN_INVALID.
        """
        return AsyncPages(
            self._http, _LIST_REVIEWS, {"project_id": project_id, "page_size": page_size}
        )

    async def decide(self, decisions: Sequence[ReviewDecision]) -> Sequence[ReviewResult]:
        """Accepts or rejects answers that are in review. A repeat of the same decision is answered
        as the first time: answer and decision are the key. Errors for an item:
        ANSWER_NOT_FOUND, DECISION_FINAL, OWN_ANSWER, REASON_MISSING, PART_NOT_POSSIBLE,
        UNKNOWN_LABEL.
        """
        return await self._http.send(_DECIDE_REVIEWS, {"decisions": decisions})

    async def report_checks(self, checks: Sequence[Check]) -> Sequence[ReviewResult]:
        """Says how the client's own checks of an answer in code went: passed, the answer is
        accepted; failed, a person looks. A repeat changes nothing. Errors for an item:
        ANSWER_NOT_FOUND, DECISION_FINAL, NOT_CODE, CHECKS_MISSING.
        """
        return await self._http.send(_REPORT_CHECKS, {"checks": checks})
