"""Checks JSON from a Stripe-like server against the SDK's own annotations and Stripe's fixtures.

The SDK's response classes are generated from Stripe's API description: a member that is not
`Optional` is always there, and a member that is not named does not exist.
"""

from __future__ import annotations

import json
import sys
import types
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import stripe
from stripe import ListObject, StripeObject

FIXTURES_PATH = Path(__file__).parents[1] / "data" / "stripe" / "fixtures3.json"
# Members whose value is a map with the caller's own keys, or another object's whole body.
_FREE_FORM = frozenset({"metadata", "capabilities", "previous_attributes", "external_accounts"})


class _Lenient(dict[str, Any]):
    """Names that the SDK imports only for type checkers, looked up where it defines them."""

    def __missing__(self, name: str) -> Any:
        for source in (stripe, stripe.v2 if hasattr(stripe, "v2") else stripe):
            if hasattr(source, name):
                return getattr(source, name)
        if name in _RENAMED:
            return _RENAMED[name]
        raise KeyError(name)


# Import aliases inside the SDK; these objects are never part of the sandbox's answers.
_RENAMED: dict[str, Any] = dict.fromkeys(
    (
        "DisputeResource",
        "IssuingDisputeResource",
        "CardResource",
        "Authorization",
        "Transaction",
        "DiscountResource",
        "TaxIdResource",
    ),
    StripeObject,
)


@cache
def hints_of(cls: type) -> dict[str, Any]:
    """Return the wire members of a response class with their types."""
    hints = typing.get_type_hints(
        cls, globalns=vars(sys.modules[cls.__module__]), localns=_Lenient()
    )
    # Python's own words have another name in the class than on the wire.
    on_the_wire = getattr(cls, "_field_remappings", {})
    return {
        on_the_wire.get(name, name): hint
        for name, hint in hints.items()
        if typing.get_origin(hint) is not typing.ClassVar and not name.startswith("_")
    }


def problems(value: Any, hint: Any, path: str = "$") -> Iterator[str]:
    """Yield everything about a JSON value that a type does not allow."""
    origin = typing.get_origin(hint)
    if hint is Any or isinstance(hint, typing.TypeVar):
        return
    if origin in (typing.Union, types.UnionType):
        yield from _union(value, typing.get_args(hint), path)
    elif origin is Literal:
        if value not in typing.get_args(hint):
            yield f"{path}: {value!r} is none of {typing.get_args(hint)}"
    elif origin is list:
        yield from _list(value, typing.get_args(hint)[0], path)
    elif origin is ListObject:
        yield from _page(value, typing.get_args(hint)[0], path)
    elif origin is dict or _is_untyped(origin):
        yield from _map(value, typing.get_args(hint)[-1], path)
    elif isinstance(hint, type) and issubclass(hint, StripeObject):
        yield from _object(value, hint, path)
    else:
        yield from _scalar(value, hint, path)


def _is_untyped(origin: Any) -> bool:
    return getattr(origin, "__name__", "") == "UntypedStripeObject"


def _scalar(value: Any, hint: type, path: str) -> Iterator[str]:
    right = isinstance(value, (int, float)) if hint is float else type(value) is hint
    if not right:
        yield f"{path}: {value!r} is not {hint.__name__}"


def _union(value: Any, options: tuple[Any, ...], path: str) -> Iterator[str]:
    if value is None:
        if type(None) not in options:
            yield f"{path}: null is not allowed"
        return
    options = tuple(option for option in options if option is not type(None))
    if isinstance(value, dict):
        named = [o for o in options if getattr(o, "OBJECT_NAME", "") == value.get("object")]
        options = tuple(named) or options
    found = [list(problems(value, option, path)) for option in options]
    if [] not in found:
        yield from min(found, key=len)


def _list(value: Any, item: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: {value!r} is not a list"
        return
    for index, element in enumerate(value):
        yield from problems(element, item, f"{path}[{index}]")


def _page(value: Any, item: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict) or set(value) != {"object", "data", "has_more", "url"}:
        yield f"{path}: {value!r} is not a list envelope"
        return
    if value["object"] != "list" or type(value["has_more"]) is not bool:
        yield f"{path}: malformed list envelope"
    if not isinstance(value["url"], str) or not value["url"].startswith("/v1/"):
        yield f"{path}.url: {value['url']!r} is not a path"
    yield from _list(value["data"], item, f"{path}.data")


def _map(value: Any, item: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is not an object"
        return
    for key, element in value.items():
        yield from problems(element, item, f"{path}[{key}]")


def _object(value: Any, cls: type, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is not a {cls.__name__}"
        return
    hints = hints_of(cls)
    if not hints:
        return
    for name in value.keys() - hints.keys():
        yield f"{path}.{name}: unknown to {cls.__name__}"
    for name, hint in hints.items():
        if name in value:
            yield from problems(value[name], hint, f"{path}.{name}")
        elif type(None) not in typing.get_args(hint):
            yield f"{path}.{name}: missing"


@cache
def fixtures() -> dict[str, Any]:
    """Return Stripe's own example objects by resource name."""
    resources: dict[str, Any] = json.loads(FIXTURES_PATH.read_text("utf-8"))["resources"]
    return resources


def absent_from(value: dict[str, Any], fixture: dict[str, Any], path: str = "$") -> Iterator[str]:
    """Yield every member of Stripe's example object that a JSON object lacks."""
    for name, example in fixture.items():
        if name not in value:
            yield f"{path}.{name}: in Stripe's example, not here"
        elif name in _FREE_FORM or (path, name) == ("$.data", "object"):
            continue
        elif isinstance(example, dict) and isinstance(value[name], dict):
            yield from absent_from(value[name], example, f"{path}.{name}")
