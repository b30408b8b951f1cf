"""`expand[]`: ids in an answer replaced by the objects that they name."""

from __future__ import annotations

from typing import Any, Final

from deploy.local.stripe_sandbox import accounts, transfers
from deploy.local.stripe_sandbox.errors import ApiError, refused
from deploy.local.stripe_sandbox.objects import Body
from deploy.local.stripe_sandbox.world import Sandbox

_MAX_DEPTH: Final = 4
_MAX_PATHS: Final = 20
# What the sandbox can put in the place of an id, by the object that holds it.
_EXPANDABLE: Final[dict[str, frozenset[str]]] = {
    "balance_transaction": frozenset({"source"}),
    "bank_account": frozenset({"account"}),
    "capability": frozenset({"account"}),
    "charge": frozenset({"balance_transaction", "payment_intent", "source_transfer"}),
    "checkout.session": frozenset({"payment_intent"}),
    "dispute": frozenset({"charge", "payment_intent"}),
    "payment_intent": frozenset({"latest_charge"}),
    "payout": frozenset({"balance_transaction", "destination", "failure_balance_transaction"}),
    "refund": frozenset(
        {"balance_transaction", "charge", "failure_balance_transaction", "payment_intent"}
    ),
    "topup": frozenset({"balance_transaction"}),
    "transfer": frozenset({"balance_transaction", "destination", "destination_payment"}),
    "transfer_reversal": frozenset({"balance_transaction", "transfer"}),
}


def expand(sandbox: Sandbox, body: Body, paths: list[str]) -> Body:
    """Return the answer with every requested path expanded."""
    if len(paths) > _MAX_PATHS:
        raise refused(f"You may expand at most {_MAX_PATHS} properties.", param="expand")
    for path in paths:
        steps = path.split(".")
        if len(steps) > _MAX_DEPTH:
            raise refused(
                f"You cannot expand more than {_MAX_DEPTH} levels of a property (you tried to "
                f"expand {path}).",
                param="expand",
            )
        body = _walk(sandbox, body, steps, path)
    return body


def _walk(sandbox: Sandbox, node: Any, steps: list[str], path: str) -> Any:
    if not steps or node is None:
        return node
    if isinstance(node, list):
        return [_walk(sandbox, item, steps, path) for item in node]
    if not isinstance(node, dict):
        raise _not_expandable(path)
    step, rest = steps[0], steps[1:]
    if step not in node:
        if step in _EXPANDABLE.get(node.get("object", ""), frozenset()):
            # One that this object has, and that is not there yet.
            return node
        raise _not_expandable(path)
    value = node[step]
    if isinstance(value, str):
        if step not in _EXPANDABLE.get(node.get("object", ""), frozenset()):
            raise _not_expandable(path)
        value = _fetch(sandbox, value)
    elif not rest and isinstance(value, (bool, int, float)):
        raise _not_expandable(path)
    return {**node, step: _walk(sandbox, value, rest, path)}


def _fetch(sandbox: Sandbox, object_id: str) -> Any:
    found = sandbox.objects.find(object_id)
    if found is None:
        return object_id
    if found.kind == "account":
        return accounts.render(sandbox, found)
    if found.kind == "transfer":
        return transfers.render(sandbox, found)
    return found.body


def _not_expandable(path: str) -> ApiError:
    return refused(
        f"This property cannot be expanded ({path}). You may want to try expanding 'data.{path}' "
        "instead.",
        param="expand",
    )
