"""A project's results as a response: read from the broker as fast as they are taken, no faster."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from crewline.broker.v1 import service_pb2
from services.gateway.callers import Caller
from services.gateway.exports.formats import FORMATS, Format
from services.gateway.exports.subjects import Subject
from services.gateway.identity import Identify
from services.gateway.peers import Peers

FormatName = Literal["jsonl", "csv", "parquet", "label_studio", "trl", "sft"]
Field = Annotated[str, Query(max_length=64)]

_STREAM_SECONDS = 3600.0
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class Downloads:
    """Of results; whom they are for is the broker's to judge."""

    def __init__(self, *, peers: Peers, identify: Identify) -> None:
        self._peers = peers
        self._identify = identify

    def router(self) -> APIRouter:
        """For programs; the console calls `answer` in its own visitors' name."""
        router = APIRouter()

        @router.get("/v1/projects/{project_id}/export")
        async def export(  # noqa: PLR0917 (the framework names them)
            request: Request,
            project_id: str,
            format: FormatName = "jsonl",  # noqa: A002 (the parameter's public name)
            answers: Literal["all", "accepted"] = "all",
            prompt_field: Field = "",
            left_field: Field = "",
            right_field: Field = "",
        ) -> StreamingResponse:
            return await self.answer(
                await self._identify(request),
                project_id,
                name=format,
                accepted_only=answers == "accepted",
                prompt_field=prompt_field,
                left_field=left_field,
                right_field=right_field,
            )

        return router

    async def answer(
        self,
        caller: Caller,
        project_id: str,
        *,
        name: str,
        accepted_only: bool = False,
        prompt_field: str = "",
        left_field: str = "",
        right_field: str = "",
    ) -> StreamingResponse:
        """The file; one that breaks off ends the connection, never like a whole one.

        Errors:
            RemoteError: no such project, or not the caller's. ExportUnsupported.
        """
        found = await self._peers.call(
            self._peers.broker.GetProject,
            service_pb2.GetProjectRequest(project_id=project_id),
            caller=caller,
        )
        subject = Subject(
            project=found.project,
            shown_fields=await self._shown_fields(caller, found.project.label_config),
            prompt_field=prompt_field,
            left_field=left_field,
            right_field=right_field,
            accepted_only=accepted_only,
        )
        form = FORMATS[name](subject)
        filename = _UNSAFE.sub("-", found.project.name).strip("-")[:80] or project_id
        return StreamingResponse(
            self._pieces(caller, project_id, form),
            media_type=form.media_type,
            headers={
                "Content-Disposition": f'attachment; filename="{filename}.{form.extension}"',
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _pieces(self, caller: Caller, project_id: str, form: Format) -> AsyncIterator[bytes]:
        request = service_pb2.StreamResultsRequest(
            project_id=project_id, include_data=form.needs_data
        )
        messages = self._peers.stream(
            self._peers.broker.StreamResults,
            request,
            caller=caller,
            timeout_seconds=_STREAM_SECONDS,
        )
        # Closed at once where the client goes away: the broker stops reading then.
        async with contextlib.aclosing(messages):
            yield form.begin()
            async for message in messages:
                # Writing a page takes milliseconds, which others need not wait for.
                piece = await run_in_threadpool(form.some, message.results)
                if piece:
                    yield piece
            yield await run_in_threadpool(form.end)

    async def _shown_fields(self, caller: Caller, label_config: str) -> tuple[str, ...]:
        if not label_config:
            return ()
        looked = await self._peers.call(
            self._peers.broker.CheckLabelConfig,
            service_pb2.CheckLabelConfigRequest(label_config=label_config),
            caller=caller,
        )
        return tuple(field.name for field in looked.data_fields if field.shown_as == "Text")
