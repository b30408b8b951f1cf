"""What came back: results with what they disagree on, single tasks, and answers to decide."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.quality.v1 import service_pb2 as quality_pb2
from crewline.quality.v1 import types_pb2 as quality_types
from services.chassis.errors import DomainError, Kind
from services.gateway.web.client.project_context import project_context
from services.gateway.web.client.task_data import ShownField, shown_fields
from services.gateway.web.policies import MEDIA
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

PAGE_SIZE = 25
REVIEWS_PAGE_SIZE = 10
# Results that one page looks through for disagreements, before it asks whether to go on.
_SCANNED_MAX = 2_000
_SCAN_PAGE_SIZE = 200
# Answers without a value that could be compared are shown where the scorer is not sure.
_UNSURE_BELOW = 0.9


class ResultPages:
    """Of one project; clients and operators have the same."""

    def __init__(self, site: Site, *, role: str, prefix: str) -> None:
        self._site = site
        self._role = role
        self._prefix = prefix

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router(self._role, prefix=self._prefix + "/{project_id}")
        router.add_api_route("/results", self.results, methods=["GET"])
        router.add_api_route("/reviews", self.reviews, methods=["GET"])
        router.add_api_route("/reviews", self.decide, methods=["POST"])
        router.add_api_route("/tasks/{task_id}", self.task, methods=["GET"])
        return router

    async def results(
        self, request: Request, project_id: str, page: str = "", only: str = ""
    ) -> Response:
        """Consensus, confidence and answers, one row a task."""
        disputed = only == "disagreements"
        context = await self._context(request, project_id)
        if disputed:
            found, next_page, scanned = await self._disagreements(request, project_id, page)
        else:
            answer = await self._list(request, project_id, page, PAGE_SIZE)
            found, next_page = list(answer.results), answer.next_page_token
            scanned = len(found)
        return self._site.pages.render(
            request,
            "client/results.html",
            **context,
            results=found,
            next_page=next_page,
            is_first=not page,
            disputed=disputed,
            scanned=scanned,
            tab="results",
        )

    async def task(self, request: Request, project_id: str, task_id: str) -> Response:
        """What one task shows, and what is known of its answer."""
        context, task = await asyncio.gather(
            self._context(request, project_id), self._task(request, task_id)
        )
        if task.project_id != project_id:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        try:
            consensus = await self._site.ask(
                request,
                self._site.peers.quality.GetConsensus,
                quality_pb2.GetConsensusRequest(task_id=task_id),
            )
        except DomainError as err:
            if err.kind is not Kind.NOT_FOUND:
                raise
            consensus = None  # nobody has answered it yet
        return self._site.pages.render(
            request,
            "client/task.html",
            policy=MEDIA,
            **context,
            task=task,
            fields=self._shown(context, task),
            consensus=consensus.consensus if consensus is not None else None,
            tab="tasks",
        )

    async def reviews(self, request: Request, project_id: str, page: str = "") -> Response:
        """Answers that wait for a person, each beside its task."""
        context, waiting = await asyncio.gather(
            self._context(request, project_id),
            self._site.ask(
                request,
                self._site.peers.quality.ListReviews,
                quality_pb2.ListReviewsRequest(
                    project_id=project_id, page_size=REVIEWS_PAGE_SIZE, page_token=page
                ),
            ),
        )
        tasks = await asyncio.gather(
            *(self._task(request, answer.task_id) for answer in waiting.answers)
        )
        rows = [
            (answer, self._shown(context, task), task.external_id)
            for answer, task in zip(waiting.answers, tasks, strict=True)
        ]
        return self._site.pages.render(
            request,
            "client/reviews.html",
            policy=MEDIA,
            **context,
            rows=rows,
            next_page=waiting.next_page_token,
            is_first=not page,
            tab="reviews",
        )

    async def decide(self, request: Request, project_id: str) -> Response:
        """One answer, accepted or rejected with the reason that its contractor reads."""
        visit = visit_of(request)
        form = visit.form
        accepted = form.text("decision") == "accept"
        back = f"{self._prefix}/{project_id}/reviews"
        reason = form.text("reason")
        if not accepted and not reason:
            said = visit.language.translate(
                "Say which part of the instructions the answer breaks: its contractor reads it."
            )
            return self._site.pages.redirect(request, back, said=said, tone="bad")
        answer = await self._site.ask(
            request,
            self._site.peers.quality.DecideReviews,
            quality_pb2.DecideReviewsRequest(
                decisions=[
                    quality_pb2.ReviewDecision(
                        assignment_id=form.text("assignment_id"),
                        decision=(
                            quality_types.DECISION_ACCEPTED
                            if accepted
                            else quality_types.DECISION_REJECTED
                        ),
                        reason=reason or "as the instructions ask",
                    )
                ]
            ),
        )
        (result,) = answer.results
        if result.HasField("error"):
            return self._site.pages.redirect(request, back, said=result.error.message, tone="bad")
        said = (
            visit.language.translate("The answer is accepted, and paid.")
            if accepted
            else visit.language.translate("The answer is rejected.")
        )
        return self._site.pages.redirect(request, back, said=said)

    def _shown(self, context: dict[str, Any], task: Any) -> list[ShownField]:
        return shown_fields(
            task.data_json,
            label_config=context["project"].label_config,
            sign=self._site.sign_media,
        )

    async def _context(self, request: Request, project_id: str) -> dict[str, Any]:
        return await project_context(
            self._site, request, project_id, role=self._role, prefix=self._prefix
        )

    async def _task(self, request: Request, task_id: str) -> Any:
        answer = await self._site.ask(
            request,
            self._site.peers.broker.GetTask,
            broker_pb2.GetTaskRequest(task_id=task_id),
        )
        return answer.task

    async def _list(self, request: Request, project_id: str, page: str, size: int) -> Any:
        return await self._site.ask(
            request,
            self._site.peers.broker.ListResults,
            broker_pb2.ListResultsRequest(project_id=project_id, page_size=size, page_token=page),
        )

    async def _disagreements(
        self, request: Request, project_id: str, page: str
    ) -> tuple[list[Any], str, int]:
        """Some that disagree, the page token to go on from, and how many were looked through."""
        found: list[Any] = []
        scanned = 0
        while True:
            answer = await self._list(request, project_id, page, _SCAN_PAGE_SIZE)
            scanned += len(answer.results)
            found += [result for result in answer.results if disagrees(result)]
            page = answer.next_page_token
            if not page or len(found) >= PAGE_SIZE or scanned >= _SCANNED_MAX:
                return found, page, scanned


def disagrees(result: Any) -> bool:
    """Whether a task's answers are not all the same, or, without values, the scorer is unsure."""
    values = {answer.value for answer in result.answers if answer.value}
    if not values:
        return bool(result.confidence < _UNSURE_BELOW)
    return len(values) > 1
