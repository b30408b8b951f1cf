"""The Stripe sandbox as one part of the stack, and its webhook endpoints."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local.processes import ChildProcess, can_connect
from deploy.local.stack_secrets import WebhookEndpoint
from deploy.local.stripe_sandbox.cli import KEY_VARIABLE

_TIMEOUT_SECONDS = 10.0


class SandboxRefused(RuntimeError):
    """The sandbox did not take a request."""


@dataclass(slots=True, kw_only=True)
class StripeSandbox:
    """Its state outlives it."""

    folder: Path
    port: int
    secret_key: str
    process: ChildProcess | None = None

    @property
    def url(self) -> str:
        """What Stripe's client takes as its base address."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Starts it, or starts it again on the same port after a crash."""
        self.process = ChildProcess(
            name="sandbox",
            argv=[
                sys.executable, "-m", "deploy.local.stripe_sandbox", "--port", str(self.port),
                "--data", str(self.folder / "stripe.sqlite3"),
            ],
            log_file=self.folder / "log" / "sandbox.log",
            environment={KEY_VARIABLE: self.secret_key},
        )  # fmt: skip
        await self.process.start()
        await self.process.until(lambda: can_connect(self.port))

    async def stop(self) -> None:
        """Ends it in order."""
        if self.process is not None:
            await self.process.stop()

    async def ensure_webhook(
        self, known: WebhookEndpoint | None, *, url: str, connect: bool
    ) -> WebhookEndpoint:
        """The endpoint, made or moved so that its events come to `url`.

        Errors:
            SandboxRefused: the sandbox answered with an error.
        """
        async with httpx.AsyncClient(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.secret_key}"},
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
        ) as client:
            if known is not None:
                moved = await client.post(f"/v1/webhook_endpoints/{known.id}", data={"url": url})
                if moved.is_success:
                    return known
                if moved.status_code != httpx.codes.NOT_FOUND:
                    raise SandboxRefused(f"{moved.status_code} {moved.text}")
            made = await client.post(
                "/v1/webhook_endpoints",
                data={
                    "url": url,
                    "connect": "true" if connect else "false",
                    "enabled_events[0]": "*",
                },
            )
            if not made.is_success:
                raise SandboxRefused(f"{made.status_code} {made.text}")
            body = made.json()
            return WebhookEndpoint(id=body["id"], secret=body["secret"])
