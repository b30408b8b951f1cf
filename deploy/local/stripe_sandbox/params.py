"""Form-encoded requests: nested names decoded, then checked against the endpoint's parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from deploy.local.stripe_sandbox.errors import ApiError, missing, refused, unknown

Params = dict[str, Any]
Spec = dict[str, Any]

_SPECS_PATH: Final = Path(__file__).with_name("param_specs.json")
_NAME: Final = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_BRACKET: Final = re.compile(r"\[([^\[\]]*)\]")
_INTEGER: Final = re.compile(r"^[+-]?\d{1,19}$")
_MAX_STRING_CHARS: Final = 5000
_MAX_DEPTH: Final = 8
_MAX_INTEGER: Final = 2**63 - 1


def load_specs(path: Path = _SPECS_PATH) -> dict[str, Spec]:
    """Return the parameters of every operation, by operation name."""
    operations: dict[str, Spec] = json.loads(path.read_text("utf-8"))["operations"]
    return operations


def decode(pairs: Iterable[tuple[str, str]]) -> Params:
    """Turn `a[b]=1`, `a[]=1`, `a[0]=1` into nested dicts; lists stay dicts keyed by position."""
    root: Params = {}
    for name, value in pairs:
        match = _NAME.match(name)
        if match is None:
            raise refused(f"Invalid request (check parameter name): {name}", param=name)
        path = [match[1], *_BRACKET.findall(match[2])]
        if len(path) > _MAX_DEPTH:
            raise refused(f"Parameter nested too deeply: {name}", param=name)
        _place(root, path, value, name=name)
    return root


def _place(root: Params, path: list[str], value: str, *, name: str) -> None:
    node = root
    for key in path[:-1]:
        child = node.setdefault(key or str(len(node)), {})
        if not isinstance(child, dict):
            raise refused(f"{name} is given both as a value and a hash", param=name)
        node = child
    node[path[-1] or str(len(node))] = value


def validate(spec: Spec, raw: Params) -> Params:
    """Return typed parameters, or raise the refusal that Stripe would send."""
    checked = _object(spec, raw, "")
    if not isinstance(checked, dict):
        raise TypeError("an operation's parameters are always an object")
    return checked


def _object(spec: Spec, raw: Any, name: str) -> Any:
    if not isinstance(raw, dict):
        raise refused(f"Invalid object: {name} must be a hash", param=name)
    fields = spec["f"]
    extra = [_join(name, key) for key in raw if key not in fields]
    if extra:
        raise unknown(extra)
    for key in spec.get("req", ()):
        if key not in raw:
            raise missing(_join(name, key))
    return {key: _value(fields[key], value, _join(name, key)) for key, value in raw.items()}


def _join(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


def _value(spec: Spec, raw: Any, name: str) -> Any:
    if raw == "" and spec.get("unset"):
        return ""
    return _CHECKS[spec["t"]](spec, raw, name)


def _string(_spec: Spec, raw: Any, name: str) -> str:
    text = _scalar(raw, name, "string")
    if not text:
        raise _cannot_unset(name)
    if len(text) > _MAX_STRING_CHARS:
        raise refused(f"Invalid string: {name} must be at most 5000 characters", param=name)
    return text


def _integer(_spec: Spec, raw: Any, name: str) -> int:
    text = _scalar(raw, name, "integer")
    if not _INTEGER.match(text) or abs(int(text)) > _MAX_INTEGER:
        raise refused(f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
    return int(text)


def _number(_spec: Spec, raw: Any, name: str) -> float:
    text = _scalar(raw, name, "number")
    try:
        return float(text)
    except ValueError as cause:
        raise refused(f"Invalid decimal: {text}", param=name) from cause


def _boolean(_spec: Spec, raw: Any, name: str) -> bool:
    text = _scalar(raw, name, "boolean")
    if text not in ("true", "false"):
        raise refused(f"Invalid boolean: {text}", param=name)
    return text == "true"


def _choice(spec: Spec, raw: Any, name: str) -> Any:
    text = _scalar(raw, name, "string")
    for allowed in spec["v"]:
        if str(allowed) == text:
            return allowed
    allowed = [str(value) for value in spec["v"]]
    listed = ", ".join(allowed[:-1]) + " or " + allowed[-1] if len(allowed) > 1 else allowed[0]
    leaf = name.rsplit("[", 1)[-1].rstrip("]")
    raise refused(f"Invalid {leaf}: must be one of {listed}", param=name)


def _list(spec: Spec, raw: Any, name: str) -> list[Any]:
    if not isinstance(raw, dict) or not all(key.isdecimal() for key in raw):
        raise refused(f"Invalid array: {name} must be an array", param=name)
    ordered = sorted(raw.items(), key=lambda item: int(item[0]))
    return [_value(spec["of"], value, f"{name}[{key}]") for key, value in ordered]


def _map(spec: Spec, raw: Any, name: str) -> Params:
    if not isinstance(raw, dict):
        raise refused(f"Invalid hash: {name} must be a set of key-value pairs", param=name)
    inner = {**spec["of"], "unset": True}
    return {key: _value(inner, value, f"{name}[{key}]") for key, value in raw.items()}


def _any(spec: Spec, raw: Any, name: str) -> Any:
    """Choose by form: a hash goes to the alternative that fits its `object`, text to a scalar."""
    options = spec["of"]
    if not isinstance(raw, dict):
        return _first_that_fits([o for o in options if o["t"] not in ("obj", "map")], raw, name)
    hashes = [o for o in options if o["t"] in ("obj", "map", "list")]
    named = [o for o in hashes if raw.get("object") in _object_names(o)]
    return _first_that_fits(named or hashes, raw, name)


def _object_names(option: Spec) -> list[str]:
    discriminator = option.get("f", {}).get("object", {})
    names: list[str] = discriminator.get("v", [])
    return names


def _first_that_fits(options: list[Spec], raw: Any, name: str) -> Any:
    refusal: ApiError | None = None
    for option in options:
        try:
            return _value(option, raw, name)
        except ApiError as failed:
            refusal = refusal or failed
    raise refusal or refused(f"Invalid value for {name}", param=name)


def _scalar(raw: Any, name: str, noun: str) -> str:
    if not isinstance(raw, str):
        raise refused(f"Invalid {noun}: {json.dumps(raw)}", param=name)
    return raw


def _cannot_unset(name: str) -> ApiError:
    return refused(
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset "
        f"a parameter; however '{name}' cannot be unset. You should remove '{name}' from your "
        "request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=name,
    )


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
