"""The way of every API request, in Stripe's order.

Authentication, then rate limits, then parameters, then idempotency, then object locks, then
execution. Only what
execution answers is kept under an idempotency key; everything before it may be sent again.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import orjson

from deploy.local.stripe_sandbox import expansion, metadata
from deploy.local.stripe_sandbox.errors import ApiError, masked, no_access, refused, server_fault
from deploy.local.stripe_sandbox.fault_modes import EXECUTING, REFUSING, Fault
from deploy.local.stripe_sandbox.fault_plans import Planned
from deploy.local.stripe_sandbox.faults import Faults
from deploy.local.stripe_sandbox.idempotency import Idempotency, Kept, check_key, in_use
from deploy.local.stripe_sandbox.ids import new_id
from deploy.local.stripe_sandbox.locks import ObjectLocks, objects_of
from deploy.local.stripe_sandbox.params import Params, Spec, decode, validate
from deploy.local.stripe_sandbox.payment_methods import Declined
from deploy.local.stripe_sandbox.rate_limits import RateLimits, limited
from deploy.local.stripe_sandbox.routes import Route
from deploy.local.stripe_sandbox.world import API_VERSION, Call, Sandbox

_VERSION: Final = re.compile(r"^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$")
# Faults that strike an answer that is only read from its key, too.
_ON_THE_WAY: Final = frozenset({"delay", "drop_response"})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One HTTP request, as much of it as the pipeline needs."""

    path: str
    ids: dict[str, str]
    headers: Mapping[str, str]
    pairs: Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back; `dropped` means that it must not arrive."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    dropped: bool = False


class Pipeline:
    """Runs calls one after another: nothing waits between a call's first read and its commit."""

    def __init__(
        self, sandbox: Sandbox, specs: dict[str, Spec], limits: RateLimits, faults: Faults
    ) -> None:
        self._sandbox = sandbox
        self._specs = specs
        self._limits = limits
        self._faults = faults
        self._idempotency = Idempotency(sandbox)
        self._locks = ObjectLocks(wait_seconds=sandbox.settings.lock_wait_seconds)

    async def handle(self, route: Route, incoming: Incoming) -> Reply:
        """Answer one request."""
        request_id = new_id("req")
        try:
            reply = await self._admit(route, incoming, request_id)
        except ApiError as refusal:
            reply = _refusal(refusal, request_id)
        self._sandbox.recorder.exchange(
            route.operation,
            incoming.headers.get("Stripe-Account"),
            incoming.pairs,
            status=reply.status,
            body=reply.body,
        )
        version = incoming.headers.get("Stripe-Version", API_VERSION)
        return replace(
            reply, headers={"Request-Id": request_id, "Stripe-Version": version, **reply.headers}
        )

    async def _admit(self, route: Route, incoming: Incoming, request_id: str) -> Reply:
        headers = incoming.headers
        self._authenticate(headers.get("Authorization", ""))
        account = self._account(headers.get("Stripe-Account"))
        self._limits.check(route.operation)
        planned = self._planned(route, incoming, request_id, account)
        if self._cut_off(route, incoming, planned):
            return Reply(status=500, body=b"", dropped=True)
        call = self._call(route, incoming, request_id, account)
        if call.idempotency_key is None:
            return await self._execute(route, call, planned)
        kept = self._idempotency.begin(call)
        if kept is not None:
            return await self._replayed(kept, call.idempotency_key, planned)
        try:
            return await self._execute(route, call, planned)
        finally:
            self._idempotency.end(call)

    def _authenticate(self, header: str) -> None:
        given = _key_of(header)
        if not given:
            raise ApiError(
                status=401,
                message=(
                    "You did not provide an API key. You need to provide your API key in the "
                    "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
                    "YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details."
                ),
            )
        if not hmac.compare_digest(given.encode(), self._sandbox.settings.secret_key.encode()):
            raise ApiError(status=401, message=f"Invalid API Key provided: {masked(given)}")

    def _account(self, named: str | None) -> str:
        if not named:
            return self._sandbox.platform
        found = self._sandbox.objects.find(named, kind="account")
        if found is None or found.owner not in (self._sandbox.platform, "self"):
            raise no_access(self._sandbox.settings.secret_key, named)
        return named

    def _planned(
        self, route: Route, incoming: Incoming, request_id: str, account: str
    ) -> Planned | None:
        return self._sandbox.plan.strike(
            operation=route.operation,
            account=account,
            key=incoming.headers.get("Idempotency-Key"),
            request_id=request_id,
            at=self._sandbox.clock.now(),
        )

    def _cut_off(self, route: Route, incoming: Incoming, planned: Planned | None) -> bool:
        """Refuse the call if a fault says so; tell whether its connection is to be cut."""
        fault = self._faults.take(route.method, incoming.path, REFUSING)
        if fault is None and planned is not None:
            fault = planned.apply(REFUSING)
        if fault is None:
            return False
        if fault.mode == "reset":
            return True
        if fault.mode == "409":
            raise in_use(incoming.headers.get("Idempotency-Key", "none"))
        raise limited("endpoint-rate", code=fault.code or "rate_limit")

    def _call(self, route: Route, incoming: Incoming, request_id: str, account: str) -> Call:
        headers = incoming.headers
        version = headers.get("Stripe-Version", API_VERSION)
        if not _VERSION.match(version):
            raise refused(f"Invalid Stripe API version: {version}")
        params = self._params(route, incoming)
        key = headers.get("Idempotency-Key") if route.method == "POST" else None
        if key:
            check_key(key)
        return Call(
            operation=route.operation,
            method=route.method,
            path=incoming.path,
            ids=incoming.ids,
            params=params,
            account=account,
            request_id=request_id,
            idempotency_key=key or None,
            api_version=version,
        )

    def _params(self, route: Route, incoming: Incoming) -> Params:
        params = validate(self._specs[route.operation], decode(incoming.pairs))
        metadata.check(params)
        return params

    async def _replayed(self, kept: Kept, key: str, planned: Planned | None) -> Reply:
        reply = _replay(kept, key)
        fault = None if planned is None else planned.apply(_ON_THE_WAY)
        if fault is None:
            return reply
        if fault.mode == "delay":
            await self._faults.hold(fault.seconds, self._sandbox.clock)
        return replace(reply, dropped=fault.mode == "drop_response")

    async def _execute(self, route: Route, call: Call, planned: Planned | None) -> Reply:
        async with self._locks.holding(objects_of(call, platform=self._sandbox.platform)):
            return await self._execute_locked(route, call, planned)

    async def _execute_locked(self, route: Route, call: Call, planned: Planned | None) -> Reply:
        fault = self._faults.take(call.method, call.path, EXECUTING)
        if fault is None and planned is not None:
            fault = planned.apply(EXECUTING)
        if fault is not None and fault.mode == "delay":
            await self._faults.hold(fault.seconds, self._sandbox.clock)
        reply = self._commit(route, call, fault)
        if fault is not None and fault.mode == "drop_response":
            return replace(reply, dropped=True)
        return reply

    def _commit(self, route: Route, call: Call, fault: Fault | None) -> Reply:
        """Execute and keep the answer in one transaction; a refusal undoes the execution only."""
        mode = "" if fault is None else fault.mode
        with self._sandbox.database.transaction():
            try:
                with self._sandbox.database.savepoint():
                    reply = self._run_faulty(route, call, fault)
                    if mode == "500_before_commit":
                        raise server_fault()
            except ApiError as refusal:
                reply = _refusal(refusal, call.request_id)
            except Exception:
                # The sandbox's own bug: loud in the log, and to the client a 500 like any other.
                _log.exception("%s failed (%s)", call.operation, call.request_id)
                reply = _refusal(server_fault(), call.request_id)
            if mode == "500_after_commit":
                reply = _refusal(server_fault(), call.request_id)
            if call.idempotency_key is not None:
                self._idempotency.keep(call, status=reply.status, body=reply.body)
                reply = replace(reply, headers=_key_headers(call.idempotency_key, call.request_id))
        return reply

    def _run_faulty(self, route: Route, call: Call, fault: Fault | None) -> Reply:
        if fault is not None and fault.mode == "clock_skew":
            with self._sandbox.clock.skewed(fault.seconds):
                return self._run(route, call)
        if fault is not None and fault.mode == "stale_list":
            with self._sandbox.objects.lagging(self._sandbox.clock.now() - fault.seconds):
                return self._run(route, call)
        return self._run(route, call)

    def _run(self, route: Route, call: Call) -> Reply:
        self._sandbox.call = call
        try:
            body = route.handler(self._sandbox, call)
            if "expand" in call.params:
                body = expansion.expand(self._sandbox, body, call.params["expand"])
        except Declined as answer:
            # An answer, although an error: what it tells of has happened and stays.
            return _refusal(answer, call.request_id)
        finally:
            self._sandbox.call = None
        return Reply(status=200, body=orjson.dumps(body))


def _key_of(authorization: str) -> str:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _refusal(refusal: ApiError, request_id: str) -> Reply:
    return Reply(
        status=refusal.status,
        body=orjson.dumps(refusal.body(request_id)),
        headers=refusal.headers,
    )


def _replay(kept: Kept, key: str) -> Reply:
    return Reply(
        status=kept.status,
        body=kept.body,
        headers={"Idempotent-Replayed": "true", **_key_headers(key, kept.request_id)},
    )


def _key_headers(key: str, first_request_id: str) -> dict[str, str]:
    return {"Idempotency-Key": key, "Original-Request": first_request_id}
