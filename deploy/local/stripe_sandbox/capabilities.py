"""Capabilities of a connected account, each an object of its own."""

from __future__ import annotations

from deploy.local.stripe_sandbox import accounts
from deploy.local.stripe_sandbox.errors import no_such
from deploy.local.stripe_sandbox.objects import Body
from deploy.local.stripe_sandbox.world import Call, Sandbox, list_body


def list_capabilities(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/accounts/{account}/capabilities."""
    account = accounts.connected(sandbox, call.ids["account"])
    shown = [accounts.capability_body(account, name) for name in account.private["requested"]]
    return list_body(call.path, shown, has_more=False)


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/accounts/{account}/capabilities/{id}."""
    account = accounts.connected(sandbox, call.ids["account"])
    name = call.ids["id"]
    if name not in account.private["requested"]:
        raise no_such("capability", name, param="capability", status=404)
    return accounts.capability_body(account, name)


def update(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/accounts/{account}/capabilities/{id}."""
    account = accounts.connected(sandbox, call.ids["account"])
    name = call.ids["id"]
    if "requested" in call.params:
        accounts.request_capability(sandbox, account, name, requested=call.params["requested"])
    return accounts.capability_body(account, name)
