"""The HTTP server: routes to the pipeline and the control API, and its background loops."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import parse_qsl

import aiohttp
import orjson
from aiohttp import web

from deploy.local.stripe_sandbox import deliveries, timers
from deploy.local.stripe_sandbox.account_shapes import account_body, controller
from deploy.local.stripe_sandbox.bank_numbers import bank_from_token
from deploy.local.stripe_sandbox.banks import attach_bank
from deploy.local.stripe_sandbox.clock import Clock
from deploy.local.stripe_sandbox.control import Control
from deploy.local.stripe_sandbox.control_balances import BalanceControl
from deploy.local.stripe_sandbox.database import Database
from deploy.local.stripe_sandbox.errors import ApiError, server_fault
from deploy.local.stripe_sandbox.fault_plans import FaultPlan, plan_from_file
from deploy.local.stripe_sandbox.faults import Faults
from deploy.local.stripe_sandbox.ids import new_account_id, new_id
from deploy.local.stripe_sandbox.objects import Objects, Stored
from deploy.local.stripe_sandbox.params import load_specs
from deploy.local.stripe_sandbox.pipeline import Incoming, Pipeline, Reply
from deploy.local.stripe_sandbox.rate_limits import RateLimits
from deploy.local.stripe_sandbox.recorder import Recorder
from deploy.local.stripe_sandbox.requirements import VERIFIED, new_private, required, settle
from deploy.local.stripe_sandbox.routes import ROUTES, Route
from deploy.local.stripe_sandbox.v2 import financial_accounts
from deploy.local.stripe_sandbox.v2.control import V2Control
from deploy.local.stripe_sandbox.v2.json_params import V2_SPECS
from deploy.local.stripe_sandbox.v2.pipeline import IncomingJson, V2Pipeline
from deploy.local.stripe_sandbox.v2.routes import V2_ROUTES
from deploy.local.stripe_sandbox.waker import Waker
from deploy.local.stripe_sandbox.world import Sandbox, Settings

_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_MARK: Final = {"X-Sandbox": "crewline"}
_MAX_BODY_BYTES: Final = 1024 * 1024
_MAX_FIELDS: Final = 2000
_log = logging.getLogger(__name__)

_Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


def open_sandbox(settings: Settings) -> Sandbox:
    """Open the data file, making the platform's own account when it is new."""
    database = Database(settings.data_path)
    offset = float(database.recall("clock_offset_seconds") or 0.0)
    platform = database.recall("platform")
    sandbox = Sandbox(
        settings=settings,
        clock=Clock(offset_seconds=offset),
        database=database,
        objects=Objects(database),
        platform=platform or new_account_id(),
        recorder=Recorder(settings.record),
        plan=plan_from_file(settings.fault_plan) if settings.fault_plan else FaultPlan(),
    )
    if platform is None:
        with database.transaction():
            database.remember("platform", sandbox.platform)
            _make_platform_account(sandbox)
    financial_accounts.ensure_open(sandbox)
    return sandbox


def _make_platform_account(sandbox: Sandbox) -> None:
    body = account_body(
        account_id=sandbox.platform,
        created=sandbox.clock.timestamp(),
        country="US",
        default_currency="usd",
        account_type="standard",
        controller_body={**controller("standard", {}), "type": "account"},
    )
    # On an account that nobody else controls, only the controller's type is shown.
    body["controller"] = {"type": "account"}
    body["business_type"] = "company"
    body["details_submitted"] = True
    private = new_private({"card_payments", "transfers"})
    private["verification"] = VERIFIED
    private["provided"] = required("company")
    account = Stored(id=sandbox.platform, kind="account", owner="self", body=body, private=private)
    sandbox.objects.add(account)
    attach_bank(sandbox, account, bank_from_token("btok_us_verified", param="external_account"))
    settle(sandbox, account)
    sandbox.objects.save(account)


def build_app(sandbox: Sandbox) -> web.Application:
    """Return the application; its background loops run between start and cleanup."""
    settings = sandbox.settings
    faults = Faults()
    limits = RateLimits(
        per_second=settings.rate_limit_per_second,
        endpoint_per_second=settings.endpoint_rate_limit_per_second,
    )
    pipeline = Pipeline(sandbox, load_specs(), limits, faults)
    app = web.Application(middlewares=[_mark_and_explain], client_max_size=_MAX_BODY_BYTES)
    Control(sandbox, faults).add_to(app.router)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _endpoint(pipeline, route))
    BalanceControl(sandbox).add_to(app.router)
    V2Control(sandbox).add_to(app.router)
    second = V2Pipeline(sandbox, load_specs(V2_SPECS), limits, faults)
    for route in V2_ROUTES:
        app.router.add_route(route.method, route.path, _json_endpoint(second, route))
    return app


@asynccontextmanager
async def background(sandbox: Sandbox) -> AsyncIterator[asyncio.Task[None]]:
    """Run timers and deliveries; the yielded task ends only when one of them breaks."""
    for_timers, for_deliveries = Waker(), Waker()
    sandbox.on_timer = for_timers.wake
    sandbox.on_delivery = for_deliveries.wake
    # Receivers answer in their own time; a pool per sandbox keeps connections to them warm.
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        courier = deliveries.Courier(sandbox, session, for_deliveries)
        work = asyncio.create_task(_both(timers.run(sandbox, for_timers), courier.run()))
        try:
            yield work
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


async def _both(*loops: Awaitable[None]) -> None:
    async with asyncio.TaskGroup() as group:
        for loop in loops:
            group.create_task(_awaited(loop))


async def _awaited(loop: Awaitable[None]) -> None:
    await loop


def _endpoint(pipeline: Pipeline, route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        incoming = Incoming(
            path=request.path,
            ids=dict(request.match_info),
            headers=request.headers,
            pairs=await _pairs(request),
        )
        reply = await pipeline.handle(route, incoming)
        if reply.dropped and request.transport is not None:
            request.transport.abort()
        return _response(reply)

    return answer


def _json_endpoint(
    pipeline: V2Pipeline, route: Route
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        incoming = IncomingJson(
            path=request.path,
            ids=dict(request.match_info),
            headers=request.headers,
            pairs=parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True),
            body=await _body(request),
        )
        reply = await pipeline.handle(route, incoming)
        if reply.dropped and request.transport is not None:
            request.transport.abort()
        return _response(reply)

    return answer


async def _body(request: web.Request) -> Any:
    if request.method != "POST" or not request.can_read_body:
        return {}
    if request.content_type != _JSON:
        raise ApiError(status=400, message=f"Invalid request: send {_JSON}.")
    return orjson.loads(await request.read())


async def _pairs(request: web.Request) -> list[tuple[str, str]]:
    query = parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)
    if request.method == "GET" or not request.can_read_body:
        pairs = query
    else:
        if request.content_type != _FORM:
            raise ApiError(status=400, message=f"Invalid request: send {_FORM}.")
        text = await request.text()
        pairs = query + parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    return pairs


def _response(reply: Reply) -> web.Response:
    return web.Response(
        status=reply.status,
        body=reply.body,
        headers=reply.headers,
        content_type="application/json",
    )


@web.middleware
async def _mark_and_explain(request: web.Request, handler: _Next) -> web.StreamResponse:
    """Mark every response as the sandbox's, and answer what no handler did in Stripe's shape."""
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        if answer.status not in (404, 405, 413):
            answer.headers.update(_MARK)
            raise
        response = _explain(_unrecognized(request, answer.status))
    except ApiError as refusal:
        response = _explain(refusal)
    except ValueError as cause:
        response = _explain(ApiError(status=400, message=f"Unreadable request: {cause}"))
    except Exception:
        _log.exception("%s %s failed", request.method, request.path)
        response = _explain(server_fault())
    response.headers.update(_MARK)
    return response


def _unrecognized(request: web.Request, status: int) -> ApiError:
    if status == 413:
        return ApiError(status=413, message="Request body is too large.")
    return ApiError(
        status=404,
        message=(
            f"Unrecognized request URL ({request.method}: {request.path}). Please see "
            "https://stripe.com/docs or we can help at https://support.stripe.com/."
        ),
    )


def _explain(refusal: ApiError) -> web.Response:
    request_id = new_id("req")
    return web.Response(
        status=refusal.status,
        body=orjson.dumps(refusal.body(request_id)),
        headers={"Request-Id": request_id},
        content_type="application/json",
    )
