"""The demo of `make run`: replays once, remembers it, and says what went wrong."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from deploy.local.demo import Recording, replay_all
from deploy.local.log_errors import error_lines
from deploy.local.stack import Stack

SHORT = Recording(name="bluebird", kind="choice", what="which bird is on the photo", limit=300)
WITH_GAPS = Recording(name="crowdspeech_dev_clean", kind="text", what="speech", limit=300)


async def test_the_demo_replays_once_and_its_money_comes_by_the_webhooks(tmp_path: Path) -> None:
    said: list[str] = []
    async with Stack(folder=tmp_path / "stack", free_ports=True) as stack:
        [first] = await replay_all(stack.folder, again=False, say=said.append, recordings=(SHORT,))
        assert (first.problems, first.before) == ([], False)
        assert (first.report["answers_in"], first.report["answers_recorded"]) == (300, 300)
        assert first.report["paid_minor"] == first.report["earned_minor"] > 0
        assert first.report["trial_balance_minor"] == 0
        assert first.report["ledger_stripe_minor"] == first.report["sandbox_stripe_minor"]
        counts = _webhooks(stack)
        assert counts.keys() == {("platform", "200"), ("connect", "200")}
        assert min(counts.values()) > 0

        again, malformed = await replay_all(
            stack.folder, again=False, say=said.append, recordings=(SHORT, WITH_GAPS)
        )
        assert (again.before, again.report, again.problems) == (True, first.report, [])
        assert malformed.problems == ["gave no report (exit code 2)"]
        assert not (stack.folder.path / "demo" / f"{WITH_GAPS.name}.json").exists()
        logs = [stack.folder.log_file(name) for name in stack.parts]
        assert [str(error) for error in error_lines(logs)] == []
    assert said[1] == "bluebird: replayed before (--demo replays it again)"


def _webhooks(stack: Stack) -> dict[tuple[str, str], float]:
    """How many deliveries of Stripe's the gateway answered, by endpoint and status."""
    url = f"http://127.0.0.1:{stack.ports.metrics['gateway']}/metrics"
    text = httpx.get(url, timeout=10, trust_env=False).text
    found = re.findall(
        r'^crewline_http_total\{route="/webhooks/stripe/(\w+)",status="(\d+)"\} (\S+)$',
        text,
        re.MULTILINE,
    )
    return {(endpoint, status): float(count) for endpoint, status, count in found}
