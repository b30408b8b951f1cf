"""The control API's part about balances: what Stripe itself books to an account.

POST /_sandbox/adjust_balance  {"account", "amount", "currency"?}, below zero too
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from deploy.local.stripe_sandbox import balances
from deploy.local.stripe_sandbox.balances import Movement
from deploy.local.stripe_sandbox.errors import ApiError
from deploy.local.stripe_sandbox.ids import new_id
from deploy.local.stripe_sandbox.money import currency_of
from deploy.local.stripe_sandbox.world import Sandbox


class BalanceControl:
    """Handlers of the control API about balances."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""
        router.add_post("/_sandbox/adjust_balance", self.adjust)

    async def adjust(self, request: web.Request) -> web.Response:
        """Book an adjustment, such as a fee that an account owes."""
        body = await _json(request)
        account, amount = str(body.get("account", "")), body.get("amount")
        if self._sandbox.objects.find(account, kind="account") is None:
            raise _bad("account must name an account")
        if isinstance(amount, bool) or not isinstance(amount, int) or not amount:
            raise _bad("amount must be an integer other than 0")
        movement = Movement(
            account=account,
            currency=currency_of(str(body.get("currency", "usd"))),
            amount=amount,
            type="adjustment",
            source=new_id("adj"),
        )
        with self._sandbox.database.transaction():
            balances.post(self._sandbox, movement)
            balances.announce_available(self._sandbox, account)
        return web.json_response(balances.balance_body(self._sandbox, account))


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
