"""Drives plans without I/O: on a clock that only sleeps move, against answers in a row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from services.sdk.answers import Reply
from services.sdk.plans import Lost, Plan, Planner, Request, Send, Sleep
from services.sdk.retries import RetryPolicy

BASE_URL = "https://crewline.example"


class Drive:
    """A planner, the clock it looks at, and what was sent and slept."""

    def __init__(self, *, chance: float = 1.0, **policy: Any) -> None:
        self.now = 0.0
        self.sent: list[Request] = []
        self.slept: list[float] = []
        self.planner = Planner(
            base_url=BASE_URL,
            api_key="key",
            policy=RetryPolicy(**policy),
            now=lambda: self.now,
            chance=lambda: chance,
        )

    def run(self, plan: Plan[Any], answers: Sequence[Reply | Lost]) -> Any:
        """The plan's result; every answer must be used."""
        waiting = list(answers)
        came: Reply | Lost | None = None
        try:
            while True:
                step = plan.send(came)
                if isinstance(step, Sleep):
                    self.now += step.seconds
                    self.slept.append(step.seconds)
                    came = None
                else:
                    assert isinstance(step, Send)
                    self.sent.append(step.request)
                    came = waiting.pop(0)
        except StopIteration as done:
            assert not waiting, "answers that nobody asked for"
            return done.value


def good(**body: Any) -> Reply:
    return Reply(status=200, body=json.dumps(body).encode())


def refusal(status: int, reason: str, *, retry_after: str = "", **members: Any) -> Reply:
    body = {"status": status, "detail": f"because of {reason}", "reason": reason, **members}
    headers = {"retry-after": retry_after} if retry_after else {}
    return Reply(status=status, headers=headers, body=json.dumps(body).encode())
