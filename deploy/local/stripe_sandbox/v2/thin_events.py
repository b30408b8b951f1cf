"""Events of the second version: they name what has changed, and say nothing of how it is now."""

from __future__ import annotations

import secrets
from typing import Final
from urllib.parse import urlsplit

from deploy.local.stripe_sandbox.errors import refused
from deploy.local.stripe_sandbox.ids import new_id
from deploy.local.stripe_sandbox.objects import Body, Stored
from deploy.local.stripe_sandbox.owed import owe
from deploy.local.stripe_sandbox.v2.shapes import instant, own, page
from deploy.local.stripe_sandbox.world import Call, Sandbox

EVENT: Final = "thin_event"
DESTINATION: Final = "event_destination"
_DESTINATIONS_MAX: Final = 50
_SECRET_BYTES: Final = 24


def emit(sandbox: Sandbox, event_type: str, *, related: Body, url: str) -> None:
    """Record an event about an object, and owe it to every destination that wants its type."""
    call = sandbox.call
    now = sandbox.clock.now()
    body: Body = {
        "id": new_id("evt"),
        "object": "v2.core.event",
        "context": None,
        "created": instant(now),
        "livemode": False,
        "reason": None,
        "related_object": {"id": related["id"], "type": related["object"], "url": url},
        "snapshot_event": None,
        "type": event_type,
    }
    if call is not None:
        body["reason"] = {
            "type": "request",
            "request": {"id": call.request_id, "idempotency_key": call.idempotency_key or ""},
        }
    destinations = [
        one.id
        for one in sandbox.objects.all_of(
            kind=DESTINATION, owner=sandbox.platform, where=[], limit=_DESTINATIONS_MAX
        )
        if one.body["status"] == "enabled"
        and not {"*", event_type}.isdisjoint(one.body["enabled_events"])
    ]
    sandbox.objects.add(Stored(id=body["id"], kind=EVENT, owner=sandbox.platform, body=body))
    owe(sandbox, body["id"], event_type, destinations)


def retrieve_event(sandbox: Sandbox, call: Call) -> Body:
    """GET /v2/core/events/{id}."""
    return own(sandbox, call, kind=EVENT, noun="event").body


def list_events(sandbox: Sandbox, call: Call) -> Body:
    """GET /v2/core/events."""
    return page(sandbox, call, kind=EVENT, where=[])


def create_destination(sandbox: Sandbox, call: Call) -> Body:
    """POST /v2/core/event_destinations: webhook endpoints for thin events."""
    params = call.params
    if params["type"] != "webhook_endpoint" or params["event_payload"] != "thin":
        raise refused("The sandbox has webhook endpoints for thin events only.", param="type")
    url = params.get("webhook_endpoint", {}).get("url", "")
    if urlsplit(url).scheme not in ("http", "https"):
        raise refused("Not a valid URL", code="url_invalid", param="webhook_endpoint.url")
    now = instant(sandbox.clock.now())
    secret = f"whsec_{secrets.token_hex(_SECRET_BYTES)}"
    body: Body = {
        "id": new_id("ed"),
        "object": "v2.core.event_destination",
        "created": now,
        "description": params.get("description", ""),
        "enabled_events": params["enabled_events"],
        "event_payload": "thin",
        "events_from": ["@self"],
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "name": params["name"],
        "status": "enabled",
        "type": "webhook_endpoint",
        "updated": now,
    }
    stored = Stored(
        id=body["id"],
        kind=DESTINATION,
        owner=sandbox.platform,
        body=body,
        private={"secret": secret, "url": url},
    )
    sandbox.objects.add(stored)
    asked = params.get("include", [])
    shown: Body = {}
    if "webhook_endpoint.signing_secret" in asked:
        shown["signing_secret"] = secret
    if "webhook_endpoint.url" in asked:
        shown["url"] = url
    return {**body, **({"webhook_endpoint": shown} if shown else {})}


def list_destinations(sandbox: Sandbox, call: Call) -> Body:
    """GET /v2/core/event_destinations."""
    return page(sandbox, call, kind=DESTINATION, where=[])
