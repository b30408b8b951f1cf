"""The control API under /_sandbox/, which tests and the local stack drive the sandbox by.

GET  /_sandbox/healthz               {"ok": true, "now", "faults_armed"}
GET  /_sandbox/deliveries            how many webhooks are owed, and when the next is sent
GET  /_sandbox/ledger                who holds what, per currency (ledger.py)
POST /_sandbox/clock/advance         {"seconds": 86400}
POST /_sandbox/fail_next             {"method", "path", "mode", "count", "seconds"?, "code"?}
POST /_sandbox/clear_faults          {}, which also lets delayed calls go on
GET, POST, DELETE /_sandbox/fault_plan  faults of a whole run as data (fault_plans.py)
POST /_sandbox/complete_onboarding   {"account", "account_number"?, "currencies"?}
POST /_sandbox/fail_payout           {"payout", "failure_code"?}, also after it was paid
GET, POST /_sandbox/onboarding/...   the hosted page of an account link
and what control_payments.py, control_checkout.py and control_world.py add
"""

from __future__ import annotations

import json
from typing import Any, Final

from aiohttp import web

from deploy.local.stripe_sandbox import (
    deliveries,
    onboarding,
    onboarding_page,
    payouts,
    timers,
)
from deploy.local.stripe_sandbox.bank_numbers import FAILURES, GOOD_NUMBER
from deploy.local.stripe_sandbox.control_checkout import CheckoutControl
from deploy.local.stripe_sandbox.control_payments import PaymentControl
from deploy.local.stripe_sandbox.control_world import WorldControl
from deploy.local.stripe_sandbox.errors import ApiError
from deploy.local.stripe_sandbox.fault_modes import MODES, Fault
from deploy.local.stripe_sandbox.fault_plans import FaultPlan, plan_of
from deploy.local.stripe_sandbox.faults import Faults
from deploy.local.stripe_sandbox.ledger import ledger
from deploy.local.stripe_sandbox.pages import html
from deploy.local.stripe_sandbox.plan_fields import PlanMalformed
from deploy.local.stripe_sandbox.world import Sandbox

_MAX_TIMERS: Final = 100_000
_MAX_FAULT_COUNT: Final = 100_000
_MAX_DELAY_SECONDS: Final = 120.0
_FAILABLE: Final = ("pending", "in_transit", "paid")


class Control:
    """Handlers of the control API and the hosted page."""

    def __init__(self, sandbox: Sandbox, faults: Faults) -> None:
        self._sandbox = sandbox
        self._faults = faults

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""
        router.add_get("/", self.banner)
        router.add_get("/_sandbox/healthz", self.healthz)
        router.add_get("/_sandbox/deliveries", self.deliveries)
        router.add_get("/_sandbox/ledger", self.ledger)
        router.add_post("/_sandbox/clock/advance", self.advance)
        router.add_post("/_sandbox/fail_next", self.fail_next)
        router.add_post("/_sandbox/clear_faults", self.clear_faults)
        router.add_get("/_sandbox/fault_plan", self.show_plan)
        router.add_post("/_sandbox/fault_plan", self.load_plan)
        router.add_delete("/_sandbox/fault_plan", self.end_plan)
        router.add_post("/_sandbox/complete_onboarding", self.complete_onboarding)
        router.add_post("/_sandbox/fail_payout", self.fail_payout)
        PaymentControl(self._sandbox).add_to(router)
        CheckoutControl(self._sandbox).add_to(router)
        WorldControl(self._sandbox).add_to(router)
        router.add_get(onboarding.PAGE_PATH + "/{token}", self.show_onboarding)
        router.add_post(onboarding.PAGE_PATH + "/{token}", self.submit_onboarding)

    async def banner(self, _request: web.Request) -> web.Response:
        """Say what this server is."""
        return html(onboarding_page.banner_page())

    async def healthz(self, _request: web.Request) -> web.Response:
        """Say that the server serves."""
        return web.json_response(
            {"ok": True, "now": self._sandbox.clock.now(), "faults_armed": self._faults.armed}
        )

    async def deliveries(self, _request: web.Request) -> web.Response:
        """Say what webhooks are still owed, so that a test can wait until none is."""
        return web.json_response(deliveries.outstanding(self._sandbox))

    async def ledger(self, _request: web.Request) -> web.Response:
        """Add up all the money."""
        return web.json_response(ledger(self._sandbox))

    async def advance(self, request: web.Request) -> web.Response:
        """Move the clock and run everything that has become due, before answering."""
        body = await _json(request)
        seconds = _number(body, "seconds", maximum=10 * 365 * 86400.0)
        clock, database = self._sandbox.clock, self._sandbox.database
        clock.advance(seconds)
        with database.transaction():
            database.remember("clock_offset_seconds", repr(clock.offset_seconds))
        fired = 0
        while fired < _MAX_TIMERS:
            ran = timers.fire_due(self._sandbox, limit=1)
            if not ran:
                break
            fired += ran
        self._sandbox.on_delivery()
        self._faults.clock_moved()
        return web.json_response({"now": clock.now(), "timers_fired": fired})

    async def fail_next(self, request: web.Request) -> web.Response:
        """Arm a fault."""
        body = await _json(request)
        mode = body.get("mode")
        if mode not in MODES:
            raise _bad(f"mode must be one of {', '.join(sorted(MODES))}")
        method, path = body.get("method", "POST"), body.get("path")
        if not isinstance(method, str) or not isinstance(path, str):
            raise _bad("method and path must be strings")
        count = int(_number(body, "count", default=1.0, maximum=_MAX_FAULT_COUNT))
        seconds = _number(body, "seconds", default=0.0, maximum=_MAX_DELAY_SECONDS)
        fault = Fault(
            method=method.upper(),
            path=path,
            mode=mode,
            count=max(count, 1),
            seconds=seconds,
            code=body.get("code"),
        )
        self._faults.arm(fault)
        return web.json_response({"armed": True})

    async def clear_faults(self, _request: web.Request) -> web.Response:
        """Disarm everything and let delayed calls go on."""
        return web.json_response({"disarmed": self._faults.disarm()})

    async def show_plan(self, _request: web.Request) -> web.Response:
        """Tell the fault plan and what it has struck."""
        return web.json_response(self._sandbox.plan.told())

    async def load_plan(self, request: web.Request) -> web.Response:
        """Begin a fault plan in the place of the one before."""
        try:
            self._sandbox.plan = plan_of(await _json(request))
        except PlanMalformed as cause:
            raise _bad(str(cause)) from cause
        return web.json_response(self._sandbox.plan.told())

    async def end_plan(self, _request: web.Request) -> web.Response:
        """End the fault plan and tell what it did."""
        ended, self._sandbox.plan = self._sandbox.plan, FaultPlan()
        self._faults.release()
        return web.json_response(ended.told())

    async def complete_onboarding(self, request: web.Request) -> web.Response:
        """Do what an account's holder does on the hosted page."""
        body = await _json(request)
        with self._sandbox.database.transaction():
            account = onboarding.complete(
                self._sandbox,
                str(body.get("account", "")),
                number=str(body.get("account_number", GOOD_NUMBER)),
                currencies=[str(currency) for currency in body.get("currencies", [])],
            )
        return web.json_response(account)

    async def fail_payout(self, request: web.Request) -> web.Response:
        """Have the bank send a payout back, even one that had been called paid."""
        body = await _json(request)
        code = body.get("failure_code", "could_not_process")
        if code not in FAILURES:
            raise _bad(f"failure_code must be one of {', '.join(sorted(FAILURES))}")
        payout = self._sandbox.objects.find(str(body.get("payout", "")), kind="payout")
        if payout is None or payout.body["status"] not in _FAILABLE:
            raise _bad("payout must name a payout that is pending, in transit or paid")
        with self._sandbox.database.transaction():
            payouts.fail(self._sandbox, payout, code)
        return web.json_response(payout.body)

    async def show_onboarding(self, request: web.Request) -> web.Response:
        """Show the hosted page, or send a visitor with a spent link to its refresh address."""
        link = onboarding.find_link(self._sandbox, request.match_info["token"])
        if link is None:
            return html(onboarding_page.spent_page(), status=404)
        if not link.usable:
            raise web.HTTPSeeOther(link.refresh_url)
        return html(onboarding_page.onboarding_page(link.account))

    async def submit_onboarding(self, request: web.Request) -> web.Response:
        """Complete onboarding, spend the link, and send the visitor back."""
        token = request.match_info["token"]
        form = await request.post()
        link = onboarding.find_link(self._sandbox, token)
        if link is None:
            return html(onboarding_page.spent_page(), status=404)
        if not link.usable:
            raise web.HTTPSeeOther(link.refresh_url)
        with self._sandbox.database.transaction():
            onboarding.use_link(self._sandbox, token)
            onboarding.complete(
                self._sandbox,
                link.account,
                number=str(form.get("account_number", GOOD_NUMBER)),
                currencies=[],
            )
        raise web.HTTPSeeOther(link.return_url)


def _bad(message: str) -> ApiError:
    return ApiError(status=400, kind="sandbox_control_error", message=message)


async def _json(request: web.Request) -> dict[str, Any]:
    text = await request.text()
    try:
        body = json.loads(text) if text else {}
    except ValueError as cause:
        raise _bad("the body must be JSON") from cause
    if not isinstance(body, dict):
        raise _bad("the body must be a JSON object")
    return body


def _number(
    body: dict[str, Any], name: str, *, maximum: float, default: float | None = None
) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _bad(f"{name} must be a number")
    if not 0 <= value <= maximum:
        raise _bad(f"{name} must be between 0 and {maximum:g}")
    return float(value)
