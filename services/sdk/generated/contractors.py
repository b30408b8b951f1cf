"""Operations on `contractors`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import (
    Contractor,
    ContractorActivity,
    ContractorEarnings,
    ContractorQuality,
    ErasureProgress,
    GetContractorMoneyResponse,
    LimitContractorResponse,
    NewContractor,
)
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_ENROL_CONTRACTOR = Route[Contractor](
    method="POST", path="/v1/contractors", body="contractor", unwrap="contractor"
)

_GET_CONTRACTOR = Route[Contractor](
    method="GET", path="/v1/contractors/{contractor_id}", unwrap="contractor"
)

_LIST_CONTRACTORS = PageRoute[Contractor](
    method="GET", path="/v1/contractors", unwrap="contractors"
)

_SUSPEND_CONTRACTOR = Route[Contractor](
    method="POST", path="/v1/contractors/{contractor_id}:suspend", body="*", unwrap="contractor"
)

_REINSTATE_CONTRACTOR = Route[Contractor](
    method="POST", path="/v1/contractors/{contractor_id}:reinstate", body="*", unwrap="contractor"
)

_OFFBOARD_CONTRACTOR = Route[Contractor](
    method="POST", path="/v1/contractors/{contractor_id}:offboard", body="*", unwrap="contractor"
)

_ERASE_CONTRACTOR = Route[Contractor](
    method="POST", path="/v1/contractors/{contractor_id}:erase", body="*", unwrap="contractor"
)

_GET_ERASURE_PROGRESS = Route[ErasureProgress](
    method="GET", path="/v1/contractors/{contractor_id}/erasure", unwrap="progress"
)

_SET_CONTRACTOR_REGION = Route[Contractor](
    method="PUT", path="/v1/contractors/{contractor_id}/region", body="*", unwrap="contractor"
)

_GET_CONTRACTOR_QUALITY = Route[Sequence[ContractorQuality]](
    method="GET", path="/v1/contractors/{contractor_id}/quality", unwrap="quality"
)

_LIMIT_CONTRACTOR = Route[LimitContractorResponse](
    method="POST", path="/v1/projects/{project_id}/contractors/{contractor_id}:limit", body="*"
)

_LIST_POOL_ACTIVITY = PageRoute[ContractorActivity](
    method="GET", path="/v1/pool-activity", unwrap="contractors"
)

_LIST_POOL_EARNINGS = PageRoute[ContractorEarnings](
    method="GET", path="/v1/pool-earnings", unwrap="contractors"
)

_GET_CONTRACTOR_MONEY = Route[GetContractorMoneyResponse](
    method="GET", path="/v1/contractors/{contractor_id}/money"
)


class ContractorsApi:
    """Operations on `contractors`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def create(
        self, contractor: NewContractor, *, idempotency_key: str | None = None
    ) -> Contractor:
        """One contractor into the caller's organisation: a vendor's own, or, called by an
        operator, a directly engaged one. Errors: CONTRACTOR_EXISTS, CONTRACTOR_ERASED,
        VENDOR_NOT_APPROVED, COUNTRY_UNKNOWN, REGION_INVALID.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(_ENROL_CONTRACTOR, {"contractor": contractor}, idempotency_key)

    def get(self, contractor_id: str) -> Contractor:
        """Errors: CONTRACTOR_NOT_FOUND."""
        return self._http.send(_GET_CONTRACTOR, {"contractor_id": contractor_id})

    def list(self, *, page_size: int | None = None) -> Pages[Contractor]:
        """See crewline.vendors.v1.VendorsService.ListContractors."""
        return Pages(self._http, _LIST_CONTRACTORS, {"page_size": page_size})

    def suspend(
        self, contractor_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Contractor:
        """ACTIVE -> SUSPENDED. Errors: CONTRACTOR_NOT_FOUND, CONTRACTOR_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _SUSPEND_CONTRACTOR, {"contractor_id": contractor_id, "reason": reason}, idempotency_key
        )

    def reinstate(
        self, contractor_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Contractor:
        """SUSPENDED -> ACTIVE. Errors: CONTRACTOR_NOT_FOUND, CONTRACTOR_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _REINSTATE_CONTRACTOR,
            {"contractor_id": contractor_id, "reason": reason},
            idempotency_key,
        )

    def offboard(
        self, contractor_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Contractor:
        """ACTIVE or SUSPENDED -> OFFBOARDED. Errors: CONTRACTOR_NOT_FOUND, CONTRACTOR_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _OFFBOARD_CONTRACTOR,
            {"contractor_id": contractor_id, "reason": reason},
            idempotency_key,
        )

    def erase(
        self, contractor_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Contractor:
        """Erases a person who is OFFBOARDED: at once where nothing is owed to them, and else as
        soon as they are paid (see PayoutsService.GetErasureProgress). Asking again changes
        nothing. Errors: CONTRACTOR_NOT_FOUND, CONTRACTOR_STATE_WRONG,
        ERASURE_REASON_NAMES_PERSON.

        Args:
            reason: It is kept for good: who wanted it and on what ground, and nothing that says
                who it was.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _ERASE_CONTRACTOR, {"contractor_id": contractor_id, "reason": reason}, idempotency_key
        )

    def erasure(self, contractor_id: str) -> ErasureProgress:
        """How far an erasure that VendorsService.EraseContractor asked for is, and what it waits
        for. Errors: ERASURE_NOT_ASKED.
        """
        return self._http.send(_GET_ERASURE_PROGRESS, {"contractor_id": contractor_id})

    def set_region(
        self,
        contractor_id: str,
        *,
        reason: str,
        region: str | None = None,
        idempotency_key: str | None = None,
    ) -> Contractor:
        """Where in the country a person lives now; asking for the region that is there changes
        nothing. Errors: CONTRACTOR_NOT_FOUND, CONTRACTOR_ERASED, REGION_INVALID: no code of ISO
        3166-2, or of another country; what may have been meant is in `nearest`.

        Args:
            region: ISO 3166-2, of the contractor's country, such as US-CA; empty: it is not
                known any more.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _SET_CONTRACTOR_REGION,
            {"contractor_id": contractor_id, "region": region, "reason": reason},
            idempotency_key,
        )

    def quality(
        self, contractor_id: str, *, project_id: str | None = None
    ) -> Sequence[ContractorQuality]:
        """A contractor sees only their own. Errors: CONTRACTOR_NOT_FOUND.

        Args:
            project_id: Left empty, one row for each of the contractor's projects, at most
                1,000.
        """
        return self._http.send(
            _GET_CONTRACTOR_QUALITY, {"contractor_id": contractor_id, "project_id": project_id}
        )

    def limit(
        self,
        project_id: str,
        contractor_id: str,
        *,
        explanation: str,
        pause_hours: int | None = None,
        review_hours: int | None = None,
        restrict_hours: int | None = None,
    ) -> LimitContractorResponse:
        """Limits what one contractor does in one project, for a while: no new tasks, one at a
        time, or a person looks at their answers before they are accepted. All at 0 lifts it,
        and what rules have set. The hours count from the call: a repeat counts them anew. The
        contractor reads why. Errors: PROJECT_NOT_FOUND, CONTRACTOR_NOT_FOUND.

        Args:
            pause_hours: No new tasks of the project for so long: at most 30 days.
            review_hours: A person looks at all of their answers for so long.
            explanation: Words that the contractor reads.
            restrict_hours: They hold one task of the project at a time for so long.
        """
        return self._http.send(
            _LIMIT_CONTRACTOR,
            {
                "project_id": project_id,
                "contractor_id": contractor_id,
                "pause_hours": pause_hours,
                "review_hours": review_hours,
                "explanation": explanation,
                "restrict_hours": restrict_hours,
            },
        )

    def activity(self, *, page_size: int | None = None) -> Pages[ContractorActivity]:
        """What the contractors of the caller's organisation have done, in the order of
        contractor_id.
        """
        return Pages(self._http, _LIST_POOL_ACTIVITY, {"page_size": page_size})

    def earnings(self, *, page_size: int | None = None) -> Pages[ContractorEarnings]:
        """What the contractors of the caller's organisation have earned, in the order of
        contractor_id.
        """
        return Pages(self._http, _LIST_POOL_EARNINGS, {"page_size": page_size})

    def money(
        self, contractor_id: str, *, before_statement_id: str | None = None
    ) -> GetContractorMoneyResponse:
        """One contractor's money from accepted answers to the line at the bank: sums that add up,
        and the statements with their payments. For the contractor, operators, and vendors of
        what was earned through them. Errors: CONTRACTOR_MONEY_NOT_FOUND.

        Args:
            before_statement_id: Statements that are older than this one; empty for the newest.
        """
        return self._http.send(
            _GET_CONTRACTOR_MONEY,
            {"contractor_id": contractor_id, "before_statement_id": before_statement_id},
        )


class AsyncContractorsApi:
    """Operations on `contractors`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def create(
        self, contractor: NewContractor, *, idempotency_key: str | None = None
    ) -> Contractor:
        """One contractor into the caller's organisation: a vendor's own, or, called by an
        operator, a directly engaged one. Errors: CONTRACTOR_EXISTS, CONTRACTOR_ERASED,
        VENDOR_NOT_APPROVED, COUNTRY_UNKNOWN, REGION_INVALID.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(_ENROL_CONTRACTOR, {"contractor": contractor}, idempotency_key)

    async def get(self, contractor_id: str) -> Contractor:
        """Errors: CONTRACTOR_NOT_FOUND."""
        return await self._http.send(_GET_CONTRACTOR, {"contractor_id": contractor_id})

    def list(self, *, page_size: int | None = None) -> AsyncPages[Contractor]:
        """See crewline.vendors.v1.VendorsService.ListContractors."""
        return AsyncPages(self._http, _LIST_CONTRACTORS, {"page_size": page_size})

    async def suspend(
        self, contractor_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Contractor:
        """ACTIVE -> SUSPENDED. Errors: CONTRACTOR_NOT_FOUND, CONTRACTOR_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _SUSPEND_CONTRACTOR, {"contractor_id": contractor_id, "reason": reason}, idempotency_key
        )

    async def reinstate(
        self, contractor_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Contractor:
        """SUSPENDED -> ACTIVE. Errors: CONTRACTOR_NOT_FOUND, CONTRACTOR_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _REINSTATE_CONTRACTOR,
            {"contractor_id": contractor_id, "reason": reason},
            idempotency_key,
        )

    async def offboard(
        self, contractor_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Contractor:
        """ACTIVE or SUSPENDED -> OFFBOARDED. Errors: CONTRACTOR_NOT_FOUND, CONTRACTOR_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _OFFBOARD_CONTRACTOR,
            {"contractor_id": contractor_id, "reason": reason},
            idempotency_key,
        )

    async def erase(
        self, contractor_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Contractor:
        """Erases a person who is OFFBOARDED: at once where nothing is owed to them, and else as
        soon as they are paid (see PayoutsService.GetErasureProgress). Asking again changes
        nothing. Errors: CONTRACTOR_NOT_FOUND, CONTRACTOR_STATE_WRONG,
        ERASURE_REASON_NAMES_PERSON.

        Args:
            reason: It is kept for good: who wanted it and on what ground, and nothing that says
                who it was.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _ERASE_CONTRACTOR, {"contractor_id": contractor_id, "reason": reason}, idempotency_key
        )

    async def erasure(self, contractor_id: str) -> ErasureProgress:
        """How far an erasure that VendorsService.EraseContractor asked for is, and what it waits
        for. Errors: ERASURE_NOT_ASKED.
        """
        return await self._http.send(_GET_ERASURE_PROGRESS, {"contractor_id": contractor_id})

    async def set_region(
        self,
        contractor_id: str,
        *,
        reason: str,
        region: str | None = None,
        idempotency_key: str | None = None,
    ) -> Contractor:
        """Where in the country a person lives now; asking for the region that is there changes
        nothing. Errors: CONTRACTOR_NOT_FOUND, CONTRACTOR_ERASED, REGION_INVALID: no code of ISO
        3166-2, or of another country; what may have been meant is in `nearest`.

        Args:
            region: ISO 3166-2, of the contractor's country, such as US-CA; empty: it is not
                known any more.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _SET_CONTRACTOR_REGION,
            {"contractor_id": contractor_id, "region": region, "reason": reason},
            idempotency_key,
        )

    async def quality(
        self, contractor_id: str, *, project_id: str | None = None
    ) -> Sequence[ContractorQuality]:
        """A contractor sees only their own. Errors: CONTRACTOR_NOT_FOUND.

        Args:
            project_id: Left empty, one row for each of the contractor's projects, at most
                1,000.
        """
        return await self._http.send(
            _GET_CONTRACTOR_QUALITY, {"contractor_id": contractor_id, "project_id": project_id}
        )

    async def limit(
        self,
        project_id: str,
        contractor_id: str,
        *,
        explanation: str,
        pause_hours: int | None = None,
        review_hours: int | None = None,
        restrict_hours: int | None = None,
    ) -> LimitContractorResponse:
        """Limits what one contractor does in one project, for a while: no new tasks, one at a
        time, or a person looks at their answers before they are accepted. All at 0 lifts it,
        and what rules have set. The hours count from the call: a repeat counts them anew. The
        contractor reads why. Errors: PROJECT_NOT_FOUND, CONTRACTOR_NOT_FOUND.

        Args:
            pause_hours: No new tasks of the project for so long: at most 30 days.
            review_hours: A person looks at all of their answers for so long.
            explanation: Words that the contractor reads.
            restrict_hours: They hold one task of the project at a time for so long.
        """
        return await self._http.send(
            _LIMIT_CONTRACTOR,
            {
                "project_id": project_id,
                "contractor_id": contractor_id,
                "pause_hours": pause_hours,
                "review_hours": review_hours,
                "explanation": explanation,
                "restrict_hours": restrict_hours,
            },
        )

    def activity(self, *, page_size: int | None = None) -> AsyncPages[ContractorActivity]:
        """What the contractors of the caller's organisation have done, in the order of
        contractor_id.
        """
        return AsyncPages(self._http, _LIST_POOL_ACTIVITY, {"page_size": page_size})

    def earnings(self, *, page_size: int | None = None) -> AsyncPages[ContractorEarnings]:
        """What the contractors of the caller's organisation have earned, in the order of
        contractor_id.
        """
        return AsyncPages(self._http, _LIST_POOL_EARNINGS, {"page_size": page_size})

    async def money(
        self, contractor_id: str, *, before_statement_id: str | None = None
    ) -> GetContractorMoneyResponse:
        """One contractor's money from accepted answers to the line at the bank: sums that add up,
        and the statements with their payments. For the contractor, operators, and vendors of
        what was earned through them. Errors: CONTRACTOR_MONEY_NOT_FOUND.

        Args:
            before_statement_id: Statements that are older than this one; empty for the newest.
        """
        return await self._http.send(
            _GET_CONTRACTOR_MONEY,
            {"contractor_id": contractor_id, "before_statement_id": before_statement_id},
        )
