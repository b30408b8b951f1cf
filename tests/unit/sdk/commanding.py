"""Runs commands in this process, and queues what the platform would answer them with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from services.sdk.cli import app


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


def refusal(status: int, reason: str) -> dict[str, Any]:
    return {"status": status, "reason": reason, "detail": "so it is", "request_id": "r1"}


def answer_with(
    handle: Callable[[httpx.Request], httpx.Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands that are run from now on have this platform, and a key for it."""
    real = httpx.Client.__init__

    def make(client: httpx.Client, **given: Any) -> None:
        real(client, **{**given, "transport": httpx.MockTransport(handle)})

    monkeypatch.setattr(httpx.Client, "__init__", make)
    monkeypatch.setenv("CREWLINE_API_KEY", "k")
    monkeypatch.setenv("CREWLINE_BASE_URL", "http://c.example")
