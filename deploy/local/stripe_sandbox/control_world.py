"""The control API's part about what happens outside: holders, supervisors, rates, secrets.

GET  /_sandbox/objects?kind=payout     stored objects of a kind as {"id", "owner", "body"}, the
                                       oldest 1,000; "after": an id to go on from
POST /_sandbox/set_balance             {"account"?, "currency", "available"}: may be negative
POST /_sandbox/exchange_rates          {"usd/eur": "0.92", ...}: for transfers from now on
POST /_sandbox/require                 {"account", "fields", "due_in_seconds"?}: Stripe asks for
                                       more; past due, capabilities become inactive
POST /_sandbox/deauthorize             {"account"}: its holder takes the platform's access away
POST /_sandbox/roll_secret             {"endpoint", "expires_in_seconds"?} -> {"secret"}: the old
                                       secret signs as well until it expires
POST /_sandbox/redeliver               {"event"}: to every endpoint, as it was when it happened
"""

from __future__ import annotations

import json
from typing import Any, Final

from aiohttp import web

from deploy.local.stripe_sandbox import (
    accounts,
    balances,
    events,
    exchange_rates,
    owed,
    requirements,
    webhook_endpoints,
)
from deploy.local.stripe_sandbox.errors import ApiError
from deploy.local.stripe_sandbox.money import MAX_AMOUNT, currency_of
from deploy.local.stripe_sandbox.objects import Stored
from deploy.local.stripe_sandbox.world import Sandbox

_MAX_SHOWN: Final = 1_000
_MAX_FIELDS: Final = 50
_MAX_SECONDS: Final = 365 * 86_400


class WorldControl:
    """Handlers of the control API about the outside."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""
        router.add_get("/_sandbox/objects", self.objects)
        router.add_post("/_sandbox/set_balance", self.set_balance)
        router.add_post("/_sandbox/exchange_rates", self.set_rates)
        router.add_post("/_sandbox/require", self.require)
        router.add_post("/_sandbox/deauthorize", self.deauthorize)
        router.add_post("/_sandbox/roll_secret", self.roll_secret)
        router.add_post("/_sandbox/redeliver", self.redeliver)

    async def objects(self, request: web.Request) -> web.Response:
        """Show what is stored, whoever owns it."""
        kind, after = request.query.get("kind", ""), request.query.get("after", "")
        rows = self._sandbox.database.rows(
            "SELECT id, owner, body FROM objects WHERE kind = ? AND seq > "
            "coalesce((SELECT seq FROM objects WHERE id = ?), 0) ORDER BY seq LIMIT ?",
            (kind, after, _MAX_SHOWN),
        )
        shown = [{"id": row[0], "owner": row[1], "body": json.loads(row[2])} for row in rows]
        return web.json_response({"objects": shown})

    async def set_balance(self, request: web.Request) -> web.Response:
        """Make a balance what a test wants; the difference is a transaction of its own."""
        body = await _json(request)
        account = str(body.get("account") or self._sandbox.platform)
        self._account(account)
        amount = body.get("available")
        if type(amount) is not int or abs(amount) > MAX_AMOUNT:
            raise _bad("available must be a whole number of minor units")
        currency = currency_of(str(body.get("currency", "")))
        with self._sandbox.database.transaction():
            balances.set_available(self._sandbox, account, currency, amount)
        return web.json_response(balances.balance_body(self._sandbox, account))

    async def set_rates(self, request: web.Request) -> web.Response:
        """Use other exchange rates from now on."""
        body = await _json(request)
        with self._sandbox.database.transaction():
            for pair, rate in body.items():
                source, _, target = pair.partition("/")
                try:
                    exchange_rates.set_rate(self._sandbox, source, target, str(rate))
                except (ValueError, ZeroDivisionError) as cause:
                    raise _bad(f"{pair} must be a rate like 'usd/eur': '0.92'") from cause
        return web.json_response(body)

    async def require(self, request: web.Request) -> web.Response:
        """Ask an account for more than it has given."""
        body = await _json(request)
        fields = body.get("fields")
        if (
            not isinstance(fields, list)
            or not 0 < len(fields) <= _MAX_FIELDS
            or not all(isinstance(field, str) for field in fields)
        ):
            raise _bad(f"fields must be a list of 1 to {_MAX_FIELDS} names")
        seconds = self._seconds(body, "due_in_seconds", 0)
        account = self._account(str(body.get("account", "")))
        with self._sandbox.database.transaction():
            with accounts.change(self._sandbox, account):
                requirements.ask(self._sandbox, account, fields, seconds)
            return web.json_response(accounts.render(self._sandbox, account))

    async def deauthorize(self, request: web.Request) -> web.Response:
        """Take a platform's access to an account away, whatever is in it."""
        account = self._account(str((await _json(request)).get("account", "")))
        with self._sandbox.database.transaction():
            accounts.deauthorize(self._sandbox, account)
        return web.json_response({"account": account.id, "deauthorized": True})

    async def roll_secret(self, request: web.Request) -> web.Response:
        """Give an endpoint a new secret, as the Dashboard does."""
        body = await _json(request)
        seconds = self._seconds(body, "expires_in_seconds", 86_400)
        endpoint = self._sandbox.objects.find(str(body.get("endpoint", "")))
        if endpoint is None or endpoint.kind != "webhook_endpoint":
            raise _bad("endpoint must name a webhook endpoint")
        with self._sandbox.database.transaction():
            secret = webhook_endpoints.roll_secret(self._sandbox, endpoint, seconds)
        return web.json_response({"secret": secret})

    async def redeliver(self, request: web.Request) -> web.Response:
        """Send an old event again."""
        event = self._sandbox.objects.find(str((await _json(request)).get("event", "")))
        if event is None or event.kind != "event":
            raise _bad("event must name an event")
        endpoints = events.subscribers(self._sandbox, event.owner, event.body["type"])
        with self._sandbox.database.transaction():
            owed.repeat(self._sandbox, event.id, endpoints)
        return web.json_response({"endpoints": len(endpoints)})

    def _account(self, name: str) -> Stored:
        account = self._sandbox.objects.find(name, kind="account")
        if account is None:
            raise _bad("account must name an account")
        return account

    def _seconds(self, body: dict[str, Any], name: str, default: int) -> int:
        value = body.get(name, default)
        if type(value) is not int or not 0 <= value <= _MAX_SECONDS:
            raise _bad(f"{name} must be a whole number from 0 to {_MAX_SECONDS}")
        return value


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
