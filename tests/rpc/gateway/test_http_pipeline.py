"""Errors that nobody foresaw: told by an id, never by their text."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from structlog.testing import capture_logs

from services.gateway.http_pipeline import HttpPipeline
from services.gateway.problems import add_problems


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.add_middleware(HttpPipeline)
    add_problems(app)

    @app.get("/fails")
    async def fails() -> None:
        raise RuntimeError("the password is hunter2")

    @app.get("/number/{value}")
    async def number(value: int) -> int:
        return value

    @app.get("/breaks-off")
    async def breaks_off() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"half"
            raise RuntimeError("the other half")

        return StreamingResponse(pieces())

    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


async def test_an_unforeseen_error_is_an_opaque_problem_and_is_logged_by_its_id(
    client: httpx.AsyncClient,
) -> None:
    with capture_logs() as logged:
        response = await client.get("/fails")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "hunter2" not in response.text
    error_id = json.loads(response.content)["detail"].removeprefix("internal error ")
    assert [(entry["error_id"], entry["log_level"]) for entry in logged] == [(error_id, "error")]


async def test_a_field_of_the_wrong_type_is_named(client: httpx.AsyncClient) -> None:
    response = await client.get("/number/seven")
    problem = json.loads(response.content)
    assert (response.status_code, problem["reason"]) == (400, "FIELD_VIOLATION")
    assert problem["errors"][0]["field"] == "path.value"


async def test_half_an_answer_is_not_completed(client: httpx.AsyncClient) -> None:
    with pytest.raises(RuntimeError, match="the other half"):
        await client.get("/breaks-off")
