"""The way of every request of the second version: the same as the first's but for body and keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from deploy.local.stripe_sandbox import metadata
from deploy.local.stripe_sandbox.faults import Faults
from deploy.local.stripe_sandbox.params import Params, Spec, decode, validate
from deploy.local.stripe_sandbox.pipeline import Incoming, Pipeline, Reply
from deploy.local.stripe_sandbox.rate_limits import RateLimits
from deploy.local.stripe_sandbox.routes import Route
from deploy.local.stripe_sandbox.v2.json_params import validate_json
from deploy.local.stripe_sandbox.v2.keys import GoingOn
from deploy.local.stripe_sandbox.world import Call, Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingJson(Incoming):
    """One HTTP request with its body read."""

    body: Any = field(default_factory=dict)


class V2Pipeline(Pipeline):
    """Runs calls as `Pipeline` does; both share limits and faults."""

    def __init__(
        self, sandbox: Sandbox, specs: dict[str, Spec], limits: RateLimits, faults: Faults
    ) -> None:
        super().__init__(sandbox, specs, limits, faults)
        self._going_on = GoingOn(sandbox)
        self._idempotency = self._going_on

    def _params(self, route: Route, incoming: Incoming) -> Params:
        spec = self._specs[route.operation]
        if isinstance(incoming, IncomingJson) and route.method == "POST":
            params = validate_json(spec, incoming.body)
        else:
            params = validate(spec, decode(incoming.pairs))
        metadata.check(params)
        return params

    def _run(self, route: Route, call: Call) -> Reply:
        reply = super()._run(route, call)
        if call.idempotency_key is not None:
            self._going_on.made(call, reply.body)
        return reply
