"""The control API's part about the second version: what recipients and their banks do.

POST /_sandbox/complete_recipient        {"account", "account_number"?}
POST /_sandbox/fund_financial_account    {"amount", "currency"?}, out of the platform's balance
POST /_sandbox/return_outbound_payment   {"outbound_payment", "reason"?}, of one that was posted
GET, POST /_sandbox/recipient/...        the hosted page of a recipient's link
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from deploy.local.stripe_sandbox import onboarding_page
from deploy.local.stripe_sandbox.bank_numbers import GOOD_NUMBER
from deploy.local.stripe_sandbox.errors import ApiError
from deploy.local.stripe_sandbox.objects import Stored
from deploy.local.stripe_sandbox.v2 import financial_accounts, outbound_payments, recipients
from deploy.local.stripe_sandbox.world import Sandbox


class V2Control:
    """Handlers of the control API and the hosted page."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""
        router.add_post("/_sandbox/complete_recipient", self.complete_recipient)
        router.add_post("/_sandbox/fund_financial_account", self.fund)
        router.add_post("/_sandbox/return_outbound_payment", self.give_back)
        router.add_get(recipients.PAGE_PATH + "/{token}", self.show_page)
        router.add_post(recipients.PAGE_PATH + "/{token}", self.submit_page)

    async def complete_recipient(self, request: web.Request) -> web.Response:
        """Do what a recipient does on the hosted page."""
        body = await _json(request)
        with self._sandbox.database.transaction():
            account = recipients.complete(
                self._sandbox,
                str(body.get("account", "")),
                number=str(body.get("account_number", GOOD_NUMBER)),
            )
        return web.json_response(account)

    async def fund(self, request: web.Request) -> web.Response:
        """Move money from the platform's balance to its financial account."""
        body = await _json(request)
        value = body.get("amount")
        if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
            raise _bad("amount must be a positive integer")
        [account] = self._sandbox.objects.all_of(
            kind=financial_accounts.KIND, owner=self._sandbox.platform, where=[], limit=1
        )
        with self._sandbox.database.transaction():
            financial_accounts.fund(
                self._sandbox, account, value=value, currency=str(body.get("currency", "usd"))
            )
        return web.json_response(financial_accounts.render(self._sandbox, account))

    async def give_back(self, request: web.Request) -> web.Response:
        """Have the bank send a posted payment back."""
        body = await _json(request)
        reason = body.get("reason", "unknown_failure")
        if reason not in outbound_payments.RETURN_REASONS:
            raise _bad(f"reason must be one of {', '.join(outbound_payments.RETURN_REASONS)}")
        payment = self._sandbox.objects.find(
            str(body.get("outbound_payment", "")), kind=outbound_payments.KIND
        )
        if payment is None or payment.body["status"] != "posted":
            raise _bad("outbound_payment must name one that was posted")
        with self._sandbox.database.transaction():
            outbound_payments.give_back(self._sandbox, payment, str(reason))
        return web.json_response(payment.body)

    async def show_page(self, request: web.Request) -> web.Response:
        """Show the hosted page, or send a visitor with a spent link to its refresh address."""
        link = self._link(request)
        if link is None:
            return _html(onboarding_page.spent_page(), status=404)
        self._check_usable(link)
        return _html(onboarding_page.onboarding_page(link.owner))

    async def submit_page(self, request: web.Request) -> web.Response:
        """Complete onboarding, spend the link, and send the visitor back."""
        form = await request.post()
        link = self._link(request)
        if link is None:
            return _html(onboarding_page.spent_page(), status=404)
        self._check_usable(link)
        with self._sandbox.database.transaction():
            link.private["used"] = True
            self._sandbox.objects.save(link)
            number = str(form.get("account_number", GOOD_NUMBER))
            recipients.complete(self._sandbox, link.owner, number=number)
        raise web.HTTPSeeOther(link.private["return_url"])

    def _link(self, request: web.Request) -> Stored | None:
        return self._sandbox.objects.find(request.match_info["token"], kind=recipients.LINK)

    def _check_usable(self, link: Stored) -> None:
        fresh = self._sandbox.clock.now() < link.private["expires_at"]
        if link.private["used"] or not fresh:
            raise web.HTTPSeeOther(link.private["refresh_url"])


def _html(text: str, *, status: int = 200) -> web.Response:
    return web.Response(text=text, content_type="text/html", status=status)


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.text())
    except ValueError as cause:
        raise _bad("the body must be JSON") from cause
    if not isinstance(body, dict):
        raise _bad("the body must be a JSON object")
    return body


def _bad(message: str) -> ApiError:
    return ApiError(status=400, kind="sandbox_control_error", message=message)
