"""What all objects of the second version have in common: times in words, lists with addresses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from deploy.local.stripe_sandbox.errors import ApiError
from deploy.local.stripe_sandbox.objects import Body, Stored, Where
from deploy.local.stripe_sandbox.world import Call, Sandbox

_LIMIT: Final = 20
_LIMIT_MAX: Final = 100


def instant(seconds: float) -> str:
    """Return a time as the second version writes it: UTC, with milliseconds."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def amount(value: int, currency: str) -> Body:
    """Return an amount in minor units."""
    return {"value": value, "currency": currency}


def not_found(noun: str, object_id: str) -> ApiError:
    """Return the 404 of an id that names nothing."""
    return ApiError(
        status=404, kind="not_found", code="not_found", message=f"No such {noun}: '{object_id}'"
    )


def own(sandbox: Sandbox, call: Call, *, kind: str, noun: str) -> Stored:
    """Return the object that the path names."""
    found = sandbox.objects.find(call.ids["id"], kind=kind)
    if found is None or found.owner != call.account:
        raise not_found(noun, call.ids["id"])
    return found


def page(sandbox: Sandbox, call: Call, *, kind: str, where: list[Where]) -> Body:
    """Return one page, newest first; `page` in its address is the last id of the one before."""
    params: dict[str, Any] = {"limit": min(call.params.get("limit", _LIMIT), _LIMIT_MAX)}
    if "page" in call.params:
        params["starting_after"] = call.params["page"]
    found = sandbox.objects.page(kind=kind, owner=call.account, params=params, where=where)
    address = None
    if found.has_more:
        given = "".join(
            f"&{name}={value}"
            for name, value in call.params.items()
            if name not in ("page", "limit") and isinstance(value, str)
        )
        address = f"{call.path}?limit={params['limit']}&page={found.items[-1].id}{given}"
    return {
        "data": [item.body for item in found.items],
        "next_page_url": address,
        "previous_page_url": None,
    }
