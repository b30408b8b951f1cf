"""What counts as an error line, in the logs of every program of the stack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.local.log_errors import error_lines, is_error


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"event": "rpc.failed", "level": "error", "error": "x"}),
        json.dumps({"event": "x", "level": "critical"}),
        json.dumps({"t": {"$date": "2026-01-01"}, "s": "E", "c": "STORAGE", "msg": "x"}),
        json.dumps({"t": {"$date": "2026-01-01"}, "s": "F", "c": "-", "msg": "Fatal assertion"}),
        "[123] 2026/11/22 14:00:34.000000 [ERR] JetStream out of storage",
        "[123] 2026/11/22 14:00:34.000000 [FTL] no port",
        "ERROR:aiohttp.server:Error handling request",
        "Traceback (most recent call last):",
        "Fatal Python error: Segmentation fault",
    ],
)
def test_errors_are_found(line: str) -> None:
    assert is_error(line + "\n")


@pytest.mark.parametrize(
    "line",
    [
        "",
        json.dumps({"event": "bus.disconnected", "level": "warning", "error": "UnexpectedEOF()"}),
        json.dumps({"event": "lifecycle.ready", "level": "info"}),
        json.dumps({"s": "W", "msg": "Error sending response to client"}),
        json.dumps({"s": "I", "msg": "error"}),
        "[123] 2026/11/22 14:00:34.000000 [INF] Server is ready",
        "[123] 2026/11/22 14:00:34.000000 [WRN] slow",
        '  File "x.py", line 3, in main: ERROR: no',
        '{"half of a line',
        "[1, 2]",
    ],
)
def test_other_lines_are_not(line: str) -> None:
    assert not is_error(line + "\n")


def test_lines_are_told_with_their_place(tmp_path: Path) -> None:
    good, bad = tmp_path / "accounts.log", tmp_path / "payouts.log"
    good.write_text('{"level": "info"}\n')
    bad.write_bytes(b'{"level": "info"}\n\xff\xfe\n{"level": "error", "event": "rpc.failed"}\n')
    found = [str(error) for error in error_lines([good, bad])]
    assert found == ['payouts.log:3: {"level": "error", "event": "rpc.failed"}']
