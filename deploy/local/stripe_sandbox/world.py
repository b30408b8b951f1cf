"""What every operation is given: the sandbox's state and one authenticated, validated call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from deploy.local.stripe_sandbox.clock import Clock
from deploy.local.stripe_sandbox.database import Database
from deploy.local.stripe_sandbox.fault_plans import FaultPlan
from deploy.local.stripe_sandbox.objects import Body, Objects
from deploy.local.stripe_sandbox.params import Params
from deploy.local.stripe_sandbox.recorder import Recorder

# The version that the pinned SDK speaks; `Stripe-Version` may name another.
API_VERSION: Final = "2026-10-28.endive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one sandbox runs; cli.py fills it from flags and the environment."""

    host: str = "127.0.0.1"
    port: int = 0
    data_path: Path
    secret_key: str
    public_url: str | None = None
    rate_limit_per_second: int = 100
    endpoint_rate_limit_per_second: int = 25
    topup_seconds: float = 0.0
    payment_hold_seconds: float = 0.0
    bank_debit_seconds: float = 1.0
    verification_seconds: float = 0.0
    payout_seconds: float = 1.0
    recipient_hold_seconds: float = 0.0
    webhook_retry_base_seconds: float = 1.0
    webhook_timeout_seconds: float = 10.0
    fault_plan: Path | None = None
    lock_wait_seconds: float = 2.0
    payout_business_days: int = 0
    record: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that passed authentication, limits and validation."""

    operation: str
    method: str
    path: str
    ids: dict[str, str]
    params: Params
    account: str
    request_id: str
    idempotency_key: str | None
    api_version: str


@dataclass(slots=True, kw_only=True)
class Sandbox:
    """The state, and the two ways to say that background work has become due."""

    settings: Settings
    clock: Clock
    database: Database
    objects: Objects
    platform: str
    base_url: str = ""
    plan: FaultPlan = field(default_factory=FaultPlan)
    recorder: Recorder = field(default_factory=lambda: Recorder(None))
    # The call that is being executed, for `event.request`; None while a timer runs.
    call: Call | None = None
    on_timer: Callable[[], None] = field(default=lambda: None)
    on_delivery: Callable[[], None] = field(default=lambda: None)

    def is_platform(self, account: str) -> bool:
        """Tell the platform's own account from a connected one."""
        return account == self.platform

    def after(self, seconds: float, kind: str, subject: str) -> None:
        """Write down work for later; it survives a restart (timers.py runs it)."""
        self.database.run(
            "INSERT INTO timers (due, kind, subject) VALUES (?, ?, ?)",
            (self.clock.now() + seconds, kind, subject),
        )
        self.on_timer()


Handler = Callable[[Sandbox, Call], Body]


def list_body(url: str, items: list[Body], *, has_more: bool) -> Body:
    """Return Stripe's list envelope."""
    return {"object": "list", "data": items, "has_more": has_more, "url": url}


def pick(params: Params, *names: str) -> dict[str, Any]:
    """Return the named parameters, `None` where absent or unset."""
    return {name: params.get(name) or None for name in names}
