"""Runs commands in this process, and queues what the platform would answer them with."""

from __future__ import annotations

from typing import Any

from typer.testing import CliRunner, Result

from services.sdk.cli import app


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


def refusal(status: int, reason: str) -> dict[str, Any]:
    return {"status": status, "reason": reason, "detail": "so it is", "request_id": "r1"}
