"""JSON requests, checked against the endpoint's parameters as form-encoded ones are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from deploy.local.stripe_sandbox.errors import missing, refused, unknown
from deploy.local.stripe_sandbox.params import Params, Spec

V2_SPECS: Final = Path(__file__).with_name("param_specs.json")
_MAX_STRING_CHARS: Final = 5000
_MAX_ITEMS: Final = 1000
_MAX_INTEGER: Final = 2**63 - 1


def validate_json(spec: Spec, body: Any) -> Params:
    """Return the parameters, or raise the refusal that Stripe would send."""
    if not isinstance(body, dict):
        raise refused("Invalid request: the body must be a JSON object")
    checked = _object(spec, body, "")
    return dict(checked)


def _value(spec: Spec, raw: Any, name: str) -> Any:
    return _CHECKS[spec["t"]](spec, raw, name)


def _object(spec: Spec, raw: Any, name: str) -> Any:
    if not isinstance(raw, dict):
        raise refused(f"Invalid object: {name} must be an object", param=name)
    fields = spec["f"]
    extra = [_join(name, key) for key in raw if key not in fields]
    if extra:
        raise unknown(extra)
    for key in spec.get("req", ()):
        if key not in raw:
            raise missing(_join(name, key))
    return {key: _value(fields[key], value, _join(name, key)) for key, value in raw.items()}


def _join(name: str, key: str) -> str:
    return f"{name}.{key}" if name else key


def _string(_spec: Spec, raw: Any, name: str) -> str:
    if not isinstance(raw, str) or not raw or len(raw) > _MAX_STRING_CHARS:
        raise refused(f"Invalid string: {name} has 1 to 5000 characters", param=name)
    return raw


def _integer(_spec: Spec, raw: Any, name: str) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or abs(raw) > _MAX_INTEGER:
        raise refused(f"Invalid integer: {name}", code="parameter_invalid_integer", param=name)
    return raw


def _number(_spec: Spec, raw: Any, name: str) -> float:
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        raise refused(f"Invalid number: {name}", param=name)
    return raw


def _boolean(_spec: Spec, raw: Any, name: str) -> bool:
    if not isinstance(raw, bool):
        raise refused(f"Invalid boolean: {name}", param=name)
    return raw


def _choice(spec: Spec, raw: Any, name: str) -> Any:
    if raw not in spec["v"]:
        listed = ", ".join(str(value) for value in spec["v"])
        raise refused(f"Invalid {name}: must be one of {listed}", param=name)
    return raw


def _list(spec: Spec, raw: Any, name: str) -> list[Any]:
    if not isinstance(raw, list) or len(raw) > _MAX_ITEMS:
        raise refused(f"Invalid array: {name} must be an array", param=name)
    return [_value(spec["of"], item, f"{name}[{place}]") for place, item in enumerate(raw)]


def _map(spec: Spec, raw: Any, name: str) -> Params:
    if not isinstance(raw, dict):
        raise refused(f"Invalid map: {name} must be an object", param=name)
    return {key: _value(spec["of"], value, _join(name, key)) for key, value in raw.items()}


def _any(spec: Spec, raw: Any, name: str) -> Any:
    hashes = isinstance(raw, dict)
    fitting = [one for one in spec["of"] if (one["t"] in ("obj", "map")) is hashes]
    if not fitting:
        raise refused(f"Invalid value for {name}", param=name)
    return _value(fitting[0], raw, name)


_CHECKS: Final[dict[str, Callable[[Spec, Any, str], Any]]] = {
    "str": _string,
    "int": _integer,
    "num": _number,
    "bool": _boolean,
    "enum": _choice,
    "list": _list,
    "map": _map,
    "obj": _object,
    "any": _any,
}
