"""Strict validators of requests, made of the SDK's own parameter types."""

from __future__ import annotations

import importlib
import typing
from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from typing_extensions import is_typeddict

from deploy.local.stripe_sandbox.param_specs_from_sdk import PARAM_CLASSES, params_class


@cache
def sdk_type(operation: str) -> TypeAdapter[Any]:
    """Return a strict validator made of the SDK's own TypedDicts."""
    params = params_class(PARAM_CLASSES[operation])
    module = importlib.import_module(params.__module__)
    options = importlib.import_module("stripe._request_options")
    namespace = {"StripeContext": Any, **vars(typing), **vars(options), **vars(module)}
    for held in vars(module).values():
        if is_typeddict(held):
            held.__pydantic_config__ = ConfigDict(
                extra="forbid", strict=True, arbitrary_types_allowed=True, defer_build=True
            )
    adapter: TypeAdapter[Any] = TypeAdapter(params)
    adapter.rebuild(_types_namespace=namespace)
    return adapter
