"""Events: what happened, as Stripe words it, and which webhook endpoints have to hear of it."""

from __future__ import annotations

from typing import Any, Final

from deploy.local.stripe_sandbox.errors import refused
from deploy.local.stripe_sandbox.ids import new_id
from deploy.local.stripe_sandbox.objects import Body, Stored, Where, equals, in_range
from deploy.local.stripe_sandbox.owed import owe
from deploy.local.stripe_sandbox.world import API_VERSION, Call, Sandbox, list_body

KEPT_SECONDS: Final = 30 * 24 * 3600
_MAX_TYPES: Final = 20
_MAX_ENDPOINTS: Final = 100


def emit(
    sandbox: Sandbox, account: str, event_type: str, subject: Body, *, before: Body | None = None
) -> None:
    """Record an event of one account and owe it to every endpoint that subscribes to it."""
    call = sandbox.call
    data: Body = {"object": subject}
    if before is not None:
        data["previous_attributes"] = previous_attributes(before, subject)
    endpoints = subscribers(sandbox, account, event_type)
    event_id = new_id("evt")
    now = sandbox.clock.now()
    body: Body = {
        "id": event_id,
        "object": "event",
        "api_version": API_VERSION,
        "created": int(now),
        "data": data,
        "livemode": False,
        "pending_webhooks": len(endpoints),
        "request": {
            "id": None if call is None else call.request_id,
            "idempotency_key": None if call is None else call.idempotency_key,
        },
        "type": event_type,
    }
    if not sandbox.is_platform(account):
        body["account"] = account
    sandbox.objects.add(Stored(id=event_id, kind="event", owner=account, body=body))
    owe(sandbox, event_id, event_type, endpoints)


def subscribers(sandbox: Sandbox, account: str, event_type: str) -> list[str]:
    """Platform events go to platform endpoints, connected accounts' events to Connect endpoints."""
    connect = not sandbox.is_platform(account)
    return [
        endpoint.id
        for endpoint in sandbox.objects.all_of(
            kind="webhook_endpoint", owner=sandbox.platform, where=[], limit=_MAX_ENDPOINTS
        )
        if endpoint.private["connect"] == connect
        and endpoint.body["status"] == "enabled"
        and not {"*", event_type}.isdisjoint(endpoint.body["enabled_events"])
    ]


def previous_attributes(before: Body, after: Body) -> dict[str, Any]:
    """Return the old values of what changed, nested where the change is."""
    changed: dict[str, Any] = {}
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            changed[key] = previous_attributes(old, new)
        else:
            changed[key] = old
    return changed


def list_events(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/events: of the last 30 days, as Stripe keeps them."""
    params = call.params
    oldest = sandbox.clock.timestamp() - KEPT_SECONDS
    where = in_range("created", {"gt": oldest})
    if "created" in params:
        where += in_range("created", params["created"])
    if "delivery_success" in params:
        delivered = "= 0" if params["delivery_success"] else "> 0"
        where.append(Where(sql=f"json_extract(body, '$.pending_webhooks') {delivered}"))
    where += _types(params)
    page = sandbox.objects.page(kind="event", owner=call.account, params=params, where=where)
    return list_body(call.path, [item.body for item in page.items], has_more=page.has_more)


def _types(params: dict[str, Any]) -> list[Where]:
    if "type" in params and "types" in params:
        raise refused("You may only specify one of these parameters: type, types.", param="types")
    if "types" in params:
        names = params["types"]
        if len(names) > _MAX_TYPES:
            raise refused(f"You may pass at most {_MAX_TYPES} types.", param="types")
        marks = ", ".join("?" for _ in names)
        return [Where(sql=f"json_extract(body, '$.type') IN ({marks})", values=tuple(names))]
    if "type" not in params:
        return []
    name = params["type"]
    if name.endswith("*"):
        prefix = name.rstrip("*")
        return [
            Where(
                sql="substr(json_extract(body, '$.type'), 1, ?) = ?", values=(len(prefix), prefix)
            )
        ]
    return [equals("type", name)]


def retrieve_event(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/events/{id}."""
    return sandbox.objects.get(call.ids["id"], kind="event", owner=call.account).body
