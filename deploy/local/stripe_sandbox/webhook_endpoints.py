"""Webhook endpoints: where events are sent, which of them, and the secret that signs them."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from deploy.local.stripe_sandbox.accounts import platform_only
from deploy.local.stripe_sandbox.errors import refused
from deploy.local.stripe_sandbox.ids import new_id
from deploy.local.stripe_sandbox.metadata import merged
from deploy.local.stripe_sandbox.objects import Body, Stored
from deploy.local.stripe_sandbox.world import Call, Sandbox, list_body, pick

MAX_ENDPOINTS: Final = 16


def create(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/webhook_endpoints: the only answer that shows the secret."""
    platform_only(sandbox, call)
    params = call.params
    _check_url(params["url"])
    held = sandbox.objects.all_of(
        kind="webhook_endpoint", owner=call.account, where=[], limit=MAX_ENDPOINTS
    )
    if len(held) >= MAX_ENDPOINTS:
        raise refused(f"You have reached the maximum of {MAX_ENDPOINTS} test webhook endpoints.")
    connect = params.get("connect", False)
    endpoint = Stored(id=new_id("we"), kind="webhook_endpoint", owner=call.account, body={})
    endpoint.private = {"connect": connect, "secret": new_id("whsec")}
    endpoint.body = {
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "application": new_id("ca") if connect else None,
        "created": sandbox.clock.timestamp(),
        "enabled_events": params["enabled_events"],
        "livemode": False,
        "metadata": merged({}, params),
        "status": "enabled",
        "url": params["url"],
        **pick(params, "api_version", "description"),
    }
    sandbox.objects.add(endpoint)
    return {**endpoint.body, "secret": endpoint.private["secret"]}


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise refused(
            "Invalid URL: An explicit scheme (such as https) must be provided.",
            code="url_invalid",
            param="url",
        )


def _own(sandbox: Sandbox, call: Call) -> Stored:
    return sandbox.objects.get(call.ids["id"], kind="webhook_endpoint", owner=call.account)


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/webhook_endpoints/{id}."""
    return _own(sandbox, call).body


def update(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/webhook_endpoints/{id}."""
    endpoint = _own(sandbox, call)
    params, body = call.params, endpoint.body
    if "url" in params:
        _check_url(params["url"])
        body["url"] = params["url"]
    if "enabled_events" in params:
        body["enabled_events"] = params["enabled_events"]
    if "description" in params:
        body["description"] = params["description"] or None
    if "disabled" in params:
        body["status"] = "disabled" if params["disabled"] else "enabled"
    body["metadata"] = merged(body["metadata"], params)
    sandbox.objects.save(endpoint)
    return body


def roll_secret(sandbox: Sandbox, endpoint: Stored, old_expires_in_seconds: int) -> str:
    """Return a new secret; deliveries are signed with the old one as well until it expires."""
    secret = new_id("whsec")
    endpoint.private.update(
        old_secret=endpoint.private["secret"],
        old_secret_until=sandbox.clock.now() + old_expires_in_seconds,
        secret=secret,
    )
    sandbox.objects.save(endpoint)
    return secret


def list_endpoints(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/webhook_endpoints."""
    page = sandbox.objects.page(
        kind="webhook_endpoint", owner=call.account, params=call.params, where=[]
    )
    return list_body(call.path, [item.body for item in page.items], has_more=page.has_more)


def delete(sandbox: Sandbox, call: Call) -> Body:
    """DELETE /v1/webhook_endpoints/{id}; what it has not received is not sent any more."""
    endpoint = _own(sandbox, call)
    sandbox.database.run("DELETE FROM deliveries WHERE endpoint = ?", (endpoint.id,))
    sandbox.objects.remove(endpoint)
    return {"id": endpoint.id, "object": "webhook_endpoint", "deleted": True}
