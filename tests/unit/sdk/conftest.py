"""Commands without a platform: nobody is signed in, and what it would answer is queued."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.sdk.commanding import answer_with


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "BASE_URL", "PROFILE"):
        monkeypatch.delenv(f"CREWLINE_{name}", raising=False)
    monkeypatch.setenv("CREWLINE_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def asked() -> list[httpx.Request]:
    """What was sent."""
    return []


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, asked: list[httpx.Request]) -> list[Any]:
    """What the platform answers with next."""
    waiting: list[Any] = []

    def handle(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer k"
        asked.append(request)
        answer = waiting.pop(0)
        return httpx.Response(answer.get("status", 200), json=answer)

    answer_with(handle, monkeypatch)
    return waiting
