"""Operations on `projects`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import (
    Eligibility,
    GetProjectCostResponse,
    GetProjectProgressResponse,
    GetProjectQualityResponse,
    GetQualityReportResponse,
    GetRankingResponse,
    Money,
    Project,
    QualityPolicy,
    Signal,
    SweepProjectResponse,
    WorkKind,
)
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_CREATE_PROJECT = Route[Project](method="POST", path="/v1/projects", body="*", unwrap="project")

_GET_PROJECT = Route[Project](method="GET", path="/v1/projects/{project_id}", unwrap="project")

_LIST_PROJECTS = PageRoute[Project](method="GET", path="/v1/projects", unwrap="projects")

_FUND_PROJECT = Route[Money](
    method="POST",
    path="/v1/projects/{project_id}:fund",
    body="*",
    unwrap="held",
    early=frozenset({"PROJECT_NOT_FOUND"}),
)

_ACTIVATE_PROJECT = Route[Project](
    method="POST", path="/v1/projects/{project_id}:activate", body="*", unwrap="project"
)

_PAUSE_PROJECT = Route[Project](
    method="POST", path="/v1/projects/{project_id}:pause", body="*", unwrap="project"
)

_RESUME_PROJECT = Route[Project](
    method="POST", path="/v1/projects/{project_id}:resume", body="*", unwrap="project"
)

_COMPLETE_PROJECT = Route[Project](
    method="POST", path="/v1/projects/{project_id}:complete", body="*", unwrap="project"
)

_CANCEL_PROJECT = Route[Project](
    method="POST", path="/v1/projects/{project_id}:cancel", body="*", unwrap="project"
)

_GET_PROJECT_PROGRESS = Route[GetProjectProgressResponse](
    method="GET", path="/v1/projects/{project_id}/progress"
)

_GET_PROJECT_COST = Route[GetProjectCostResponse](
    method="GET", path="/v1/projects/{project_id}/cost"
)

_GET_PROJECT_QUALITY = Route[GetProjectQualityResponse](
    method="GET", path="/v1/projects/{project_id}/quality"
)

_GET_QUALITY_REPORT = Route[GetQualityReportResponse](
    method="GET", path="/v1/projects/{project_id}/quality-report"
)

_GET_RANKING = Route[GetRankingResponse](method="GET", path="/v1/projects/{project_id}/ranking")

_LIST_SIGNALS = PageRoute[Signal](
    method="GET", path="/v1/projects/{project_id}/signals", unwrap="signals"
)

_SWEEP_PROJECT = Route[SweepProjectResponse](
    method="POST", path="/v1/projects/{project_id}:sweep", body="*"
)


class ProjectsApi:
    """Operations on `projects`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def create(
        self,
        *,
        name: str,
        instructions: str,
        pay: Money,
        overlap: int,
        kind: WorkKind | None = None,
        label_config: str | None = None,
        labels: Sequence[str] | None = None,
        commission_bps_max: int | None = None,
        lease_seconds: int | None = None,
        eligibility: Eligibility | None = None,
        quality_policy: QualityPolicy | None = None,
        overlap_max: int | None = None,
        expected_seconds: float | None = None,
        idempotency_key: str | None = None,
    ) -> Project:
        """A project in DRAFT. Errors: LABELS_INVALID, LABEL_CONFIG_INVALID, KIND_INVALID,
        PAY_INVALID, LEASE_INVALID, ELIGIBILITY_INVALID (a region of a country that is not
        named), REGION_INVALID (a code that no region has).

        Args:
            kind: May be left out where there is a label config: it says the kind.
            label_config: Label Studio's XML. Tasks are checked against it when posted, answers
                when submitted.
            labels: Two or more for CHOICE, PAIRWISE and ORDINAL (in their order), none for
                other kinds; may be left out where the label config says them. Together at most
                100,000 bytes.
            lease_seconds: 0 takes the default of 15 minutes.
            quality_policy: Left out, the kind's own: reject below 0.05 on evidence; text is
                reviewed by a sample of 5 %.
            overlap_max: More than `overlap`: ask for further answers while a task's label is in
                doubt, up to so many. The money for all of them is held; what was not asked for
                is free again with the result.
            expected_seconds: How long an answer takes, as the client expects it or a pilot has
                shown. The pay has to come to the living wage of every place where the work is
                offered, or the project is not funded; once enough answers were measured, their
                time counts instead.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CREATE_PROJECT,
            {
                "name": name,
                "kind": kind,
                "instructions": instructions,
                "label_config": label_config,
                "labels": labels,
                "pay": pay,
                "commission_bps_max": commission_bps_max,
                "overlap": overlap,
                "lease_seconds": lease_seconds,
                "eligibility": eligibility,
                "quality_policy": quality_policy,
                "overlap_max": overlap_max,
                "expected_seconds": expected_seconds,
            },
            idempotency_key,
        )

    def get(self, project_id: str) -> Project:
        """Contractors see a project that they may work on, once it is live, and those that they
        have worked on. Errors: PROJECT_NOT_FOUND.
        """
        return self._http.send(_GET_PROJECT, {"project_id": project_id})

    def list(self, *, page_size: int | None = None) -> Pages[Project]:
        """See crewline.broker.v1.BrokerService.ListProjects."""
        return Pages(self._http, _LIST_PROJECTS, {"page_size": page_size})

    def fund(self, project_id: str, *, amount: Money, idempotency_key: str | None = None) -> Money:
        """Holds money of the client for a project; called again, it adds to the hold. Errors:
        PROJECT_NOT_FOUND (may be early: try again), INSUFFICIENT_FUNDS, CURRENCY_MISMATCH,
        PROJECT_ENDED; and where the pay does not reach the floors of the places where the work
        is offered: PAY_BELOW_FLOOR, EXPECTED_SECONDS_MISSING, FLOOR_UNKNOWN, FLOOR_STALE,
        FX_RATE_UNKNOWN, FX_RATE_STALE.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _FUND_PROJECT, {"project_id": project_id, "amount": amount}, idempotency_key
        )

    def activate(self, project_id: str, *, idempotency_key: str | None = None) -> Project:
        """FUNDED -> LIVE. Errors: PROJECT_NOT_FOUND, PROJECT_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(_ACTIVATE_PROJECT, {"project_id": project_id}, idempotency_key)

    def pause(
        self, project_id: str, *, reason: str | None = None, idempotency_key: str | None = None
    ) -> Project:
        """LIVE -> PAUSED. Errors: PROJECT_NOT_FOUND, PROJECT_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _PAUSE_PROJECT, {"project_id": project_id, "reason": reason}, idempotency_key
        )

    def resume(self, project_id: str, *, idempotency_key: str | None = None) -> Project:
        """PAUSED -> LIVE. Errors: PROJECT_NOT_FOUND, PROJECT_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(_RESUME_PROJECT, {"project_id": project_id}, idempotency_key)

    def complete(self, project_id: str, *, idempotency_key: str | None = None) -> Project:
        """LIVE or PAUSED -> COMPLETED, once every task is resolved; what is left of the hold goes
        back to the client. Errors: PROJECT_NOT_FOUND, PROJECT_STATE_WRONG, TASKS_UNRESOLVED.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(_COMPLETE_PROJECT, {"project_id": project_id}, idempotency_key)

    def cancel(
        self, project_id: str, *, reason: str | None = None, idempotency_key: str | None = None
    ) -> Project:
        """Any state before COMPLETED -> CANCELLED. Nothing new is handed out; what is claimed can
        be submitted until its lease ends, and is paid. Errors: PROJECT_NOT_FOUND,
        PROJECT_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CANCEL_PROJECT, {"project_id": project_id, "reason": reason}, idempotency_key
        )

    def progress(self, project_id: str) -> GetProjectProgressResponse:
        """How far a project is. Errors: PROJECT_NOT_FOUND."""
        return self._http.send(_GET_PROJECT_PROGRESS, {"project_id": project_id})

    def cost(self, project_id: str) -> GetProjectCostResponse:
        """What a project has cost so far and who got it. Errors: PROJECT_NOT_FOUND."""
        return self._http.send(_GET_PROJECT_COST, {"project_id": project_id})

    def quality(self, project_id: str) -> GetProjectQualityResponse:
        """Counts and the measured accuracy on control tasks. Errors: PROJECT_NOT_FOUND."""
        return self._http.send(_GET_PROJECT_QUALITY, {"project_id": project_id})

    def quality_report(self, project_id: str) -> GetQualityReportResponse:
        """How well the project's answers agree and how sure its labels are. Errors:
        PROJECT_NOT_FOUND.
        """
        return self._http.send(_GET_QUALITY_REPORT, {"project_id": project_id})

    def ranking(self, project_id: str) -> GetRankingResponse:
        """The items of a project's comparisons, best first. Errors: PROJECT_NOT_FOUND."""
        return self._http.send(_GET_RANKING, {"project_id": project_id})

    def signals(self, project_id: str, *, page_size: int | None = None) -> Pages[Signal]:
        """What looks wrong about contractors, for a person to judge, newest first. Errors:
        PROJECT_NOT_FOUND, PAGE_TOKEN_INVALID.
        """
        return Pages(self._http, _LIST_SIGNALS, {"project_id": project_id, "page_size": page_size})

    def sweep(self, project_id: str, *, idempotency_key: str | None = None) -> SweepProjectResponse:
        """Scores every task of a project once more under the skills of today, as every night.
        Errors: PROJECT_NOT_FOUND, SWEEP_RUNNING.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(_SWEEP_PROJECT, {"project_id": project_id}, idempotency_key)


class AsyncProjectsApi:
    """Operations on `projects`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def create(
        self,
        *,
        name: str,
        instructions: str,
        pay: Money,
        overlap: int,
        kind: WorkKind | None = None,
        label_config: str | None = None,
        labels: Sequence[str] | None = None,
        commission_bps_max: int | None = None,
        lease_seconds: int | None = None,
        eligibility: Eligibility | None = None,
        quality_policy: QualityPolicy | None = None,
        overlap_max: int | None = None,
        expected_seconds: float | None = None,
        idempotency_key: str | None = None,
    ) -> Project:
        """A project in DRAFT. Errors: LABELS_INVALID, LABEL_CONFIG_INVALID, KIND_INVALID,
        PAY_INVALID, LEASE_INVALID, ELIGIBILITY_INVALID (a region of a country that is not
        named), REGION_INVALID (a code that no region has).

        Args:
            kind: May be left out where there is a label config: it says the kind.
            label_config: Label Studio's XML. Tasks are checked against it when posted, answers
                when submitted.
            labels: Two or more for CHOICE, PAIRWISE and ORDINAL (in their order), none for
                other kinds; may be left out where the label config says them. Together at most
                100,000 bytes.
            lease_seconds: 0 takes the default of 15 minutes.
            quality_policy: Left out, the kind's own: reject below 0.05 on evidence; text is
                reviewed by a sample of 5 %.
            overlap_max: More than `overlap`: ask for further answers while a task's label is in
                doubt, up to so many. The money for all of them is held; what was not asked for
                is free again with the result.
            expected_seconds: How long an answer takes, as the client expects it or a pilot has
                shown. The pay has to come to the living wage of every place where the work is
                offered, or the project is not funded; once enough answers were measured, their
                time counts instead.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CREATE_PROJECT,
            {
                "name": name,
                "kind": kind,
                "instructions": instructions,
                "label_config": label_config,
                "labels": labels,
                "pay": pay,
                "commission_bps_max": commission_bps_max,
                "overlap": overlap,
                "lease_seconds": lease_seconds,
                "eligibility": eligibility,
                "quality_policy": quality_policy,
                "overlap_max": overlap_max,
                "expected_seconds": expected_seconds,
            },
            idempotency_key,
        )

    async def get(self, project_id: str) -> Project:
        """Contractors see a project that they may work on, once it is live, and those that they
        have worked on. Errors: PROJECT_NOT_FOUND.
        """
        return await self._http.send(_GET_PROJECT, {"project_id": project_id})

    def list(self, *, page_size: int | None = None) -> AsyncPages[Project]:
        """See crewline.broker.v1.BrokerService.ListProjects."""
        return AsyncPages(self._http, _LIST_PROJECTS, {"page_size": page_size})

    async def fund(
        self, project_id: str, *, amount: Money, idempotency_key: str | None = None
    ) -> Money:
        """Holds money of the client for a project; called again, it adds to the hold. Errors:
        PROJECT_NOT_FOUND (may be early: try again), INSUFFICIENT_FUNDS, CURRENCY_MISMATCH,
        PROJECT_ENDED; and where the pay does not reach the floors of the places where the work
        is offered: PAY_BELOW_FLOOR, EXPECTED_SECONDS_MISSING, FLOOR_UNKNOWN, FLOOR_STALE,
        FX_RATE_UNKNOWN, FX_RATE_STALE.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _FUND_PROJECT, {"project_id": project_id, "amount": amount}, idempotency_key
        )

    async def activate(self, project_id: str, *, idempotency_key: str | None = None) -> Project:
        """FUNDED -> LIVE. Errors: PROJECT_NOT_FOUND, PROJECT_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(_ACTIVATE_PROJECT, {"project_id": project_id}, idempotency_key)

    async def pause(
        self, project_id: str, *, reason: str | None = None, idempotency_key: str | None = None
    ) -> Project:
        """LIVE -> PAUSED. Errors: PROJECT_NOT_FOUND, PROJECT_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _PAUSE_PROJECT, {"project_id": project_id, "reason": reason}, idempotency_key
        )

    async def resume(self, project_id: str, *, idempotency_key: str | None = None) -> Project:
        """PAUSED -> LIVE. Errors: PROJECT_NOT_FOUND, PROJECT_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(_RESUME_PROJECT, {"project_id": project_id}, idempotency_key)

    async def complete(self, project_id: str, *, idempotency_key: str | None = None) -> Project:
        """LIVE or PAUSED -> COMPLETED, once every task is resolved; what is left of the hold goes
        back to the client. Errors: PROJECT_NOT_FOUND, PROJECT_STATE_WRONG, TASKS_UNRESOLVED.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(_COMPLETE_PROJECT, {"project_id": project_id}, idempotency_key)

    async def cancel(
        self, project_id: str, *, reason: str | None = None, idempotency_key: str | None = None
    ) -> Project:
        """Any state before COMPLETED -> CANCELLED. Nothing new is handed out; what is claimed can
        be submitted until its lease ends, and is paid. Errors: PROJECT_NOT_FOUND,
        PROJECT_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CANCEL_PROJECT, {"project_id": project_id, "reason": reason}, idempotency_key
        )

    async def progress(self, project_id: str) -> GetProjectProgressResponse:
        """How far a project is. Errors: PROJECT_NOT_FOUND."""
        return await self._http.send(_GET_PROJECT_PROGRESS, {"project_id": project_id})

    async def cost(self, project_id: str) -> GetProjectCostResponse:
        """What a project has cost so far and who got it. Errors: PROJECT_NOT_FOUND."""
        return await self._http.send(_GET_PROJECT_COST, {"project_id": project_id})

    async def quality(self, project_id: str) -> GetProjectQualityResponse:
        """Counts and the measured accuracy on control tasks. Errors: PROJECT_NOT_FOUND."""
        return await self._http.send(_GET_PROJECT_QUALITY, {"project_id": project_id})

    async def quality_report(self, project_id: str) -> GetQualityReportResponse:
        """How well the project's answers agree and how sure its labels are. Errors:
        PROJECT_NOT_FOUND.
        """
        return await self._http.send(_GET_QUALITY_REPORT, {"project_id": project_id})

    async def ranking(self, project_id: str) -> GetRankingResponse:
        """The items of a project's comparisons, best first. Errors: PROJECT_NOT_FOUND."""
        return await self._http.send(_GET_RANKING, {"project_id": project_id})

    def signals(self, project_id: str, *, page_size: int | None = None) -> AsyncPages[Signal]:
        """What looks wrong about contractors, for a person to judge, newest first. Errors:
        PROJECT_NOT_FOUND, PAGE_TOKEN_INVALID.
        """
        return AsyncPages(
            self._http, _LIST_SIGNALS, {"project_id": project_id, "page_size": page_size}
        )

    async def sweep(
        self, project_id: str, *, idempotency_key: str | None = None
    ) -> SweepProjectResponse:
        """Scores every task of a project once more under the skills of today, as every night.
        Errors: PROJECT_NOT_FOUND, SWEEP_RUNNING.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(_SWEEP_PROJECT, {"project_id": project_id}, idempotency_key)
