"""Cuts Stripe's OpenAPI document down to what the sandbox emulates.

    python -m tests.contract.openapi_trim SPEC3.JSON

writes tests/data/stripe/openapi.json. The rule: the operations of routes.py with their parameters
and answers; of the schemas only those that these reach, where objects that the sandbox has none
of, and the members in CUT and
parameters in CUT_PARAMS, become any value; no descriptions, and nothing that begins with `x-`.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from deploy.local.stripe_sandbox.routes import ROUTES
from tests.contract.answer_types import RESOURCES

TRIMMED_PATH = Path(__file__).parents[1] / "data" / "stripe" / "openapi.json"
# Members that the sandbox leaves empty or hardly fills; the SDK's types still hold them.
CUT = frozenset(
    {
        "account.company",
        "account.individual",
        "charge.payment_method_details",
        "charge.level3",
        "charge.refunds",
        "checkout.session.custom_fields",
        "checkout.session.payment_method_options",
        "checkout.session.shipping_address_collection",
        "checkout.session.shipping_cost",
        "checkout.session.shipping_options",
        "dispute.evidence",
        "dispute.payment_method_details",
        "payment_intent.last_payment_error",
        "payment_intent.next_action",
        "payment_intent.payment_method_options",
        "refund.destination_details",
        "refund.next_action",
        "topup.source",
    }
)
CUT_PARAMS = frozenset(
    {
        "custom_fields",
        "mandate_data",
        "payment_method_data",
        "payment_method_options",
        "shipping_address_collection",
        "shipping_options",
        "subscription_data",
    }
)
_DROPPED = frozenset({"description", "encoding", "title", "style", "explode"})


def normal(path: str) -> str:
    """Return a path without the names of its ids."""
    return re.sub(r"\{[^}]+\}", "{}", path)


def trimmed(document: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a document that the sandbox emulates."""
    by_path = {normal(path): item for path, item in document["paths"].items()}
    operations = {}
    for route in ROUTES:
        found = by_path.get(normal(route.path), {}).get(route.method.lower())
        if found is not None:
            operations[route.operation] = {"request": _request(found), "answer": _answer(found)}
    schemas: dict[str, Any] = {}
    error = _lean(document["components"]["schemas"]["api_errors"])
    _collect([error, operations], document["components"]["schemas"], schemas)
    return {
        "version": document["info"]["version"],
        "operations": operations,
        "schemas": {"error": error, **schemas},
    }


def _request(operation: dict[str, Any]) -> Any:
    if "requestBody" in operation and operation["requestBody"].get("content"):
        [content] = operation["requestBody"]["content"].values()
        if content["schema"].get("properties"):
            lean = _lean(content["schema"])
            lean["properties"].update({name: {} for name in CUT_PARAMS & {*lean["properties"]}})
            return lean
    named = [p for p in operation.get("parameters", []) if p["in"] == "query"]
    return {
        "type": "object",
        "properties": {p["name"]: _lean(p["schema"]) for p in named},
        "additionalProperties": False,
    }


def _answer(operation: dict[str, Any]) -> Any:
    return _lean(operation["responses"]["200"]["content"]["application/json"]["schema"])


def _lean(node: Any) -> Any:
    if isinstance(node, list):
        return [_lean(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "properties" in node:
        node = {**node, "properties": {n: _lean(p) for n, p in node["properties"].items()}}
        rest = {k: v for k, v in node.items() if k != "properties"}
        return {**_lean(rest), "properties": node["properties"]}
    return {
        key: _lean(value)
        for key, value in node.items()
        if not key.startswith("x-") and key not in _DROPPED
    }


def _collect(node: Any, source: dict[str, Any], found: dict[str, Any]) -> None:
    """Copy every schema that a node refers to, and what those refer to."""
    if isinstance(node, list):
        for item in node:
            _collect(item, source, found)
        return
    if not isinstance(node, dict):
        return
    name = str(node.get("$ref", "")).rpartition("/")[2]
    if name and name not in found:
        found[name] = _schema(name, source[name])
        _collect(found[name], source, found)
    for value in node.values():
        _collect(value, source, found)


def _schema(name: str, schema: dict[str, Any]) -> Any:
    is_object = "object" in schema.get("properties", {})
    if is_object and name not in RESOURCES and not name.startswith("deleted_"):
        return {}
    lean = _lean(schema)
    for member in lean.get("properties", {}):
        if f"{name}.{member}" in CUT:
            lean["properties"][member] = {}
    return lean


if __name__ == "__main__":
    text = json.dumps(trimmed(json.loads(Path(sys.argv[1]).read_text("utf-8"))), sort_keys=True)
    # A line for every schema and operation, so that a change can be read.
    text = re.sub(r'(?<=\}), (?="[a-z_.]+": \{"(?:answer|any|enum|prop|type))', ",\n", text)
    TRIMMED_PATH.write_text(text + "\n", "utf-8")
