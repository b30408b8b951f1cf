"""Metadata as Stripe merges it: keys join, an empty value unsets one, an empty set unsets all."""

from __future__ import annotations

from typing import Any, Final

from deploy.local.stripe_sandbox.errors import refused
from deploy.local.stripe_sandbox.params import Params

MAX_KEYS: Final = 50
MAX_KEY_CHARS: Final = 40
MAX_VALUE_CHARS: Final = 500


def merged(current: dict[str, str], params: Params) -> dict[str, str]:
    """Return the metadata after a request; without a `metadata` parameter nothing changes."""
    change: Any = params.get("metadata")
    if change is None:
        return current
    if change == "":
        return {}
    result = {key: value for key, value in {**current, **change}.items() if value}
    _check_count(len(result))
    return result


def check(params: Params) -> None:
    """Refuse metadata that no object could hold, before anything is executed."""
    given: Any = params.get("metadata")
    if isinstance(given, dict):
        _check_count(len(given))
        for key, value in given.items():
            _check_pair(key, value)


def _check_count(count: int) -> None:
    if count > MAX_KEYS:
        raise refused(
            f"You can only specify up to {MAX_KEYS} keys in metadata; this object would have "
            f"{count}.",
            param="metadata",
        )


def _check_pair(key: str, value: str) -> None:
    if len(key) > MAX_KEY_CHARS:
        raise refused(
            f"Metadata keys can be up to {MAX_KEY_CHARS} characters, but you passed in a key that "
            f"is {len(key)} characters. Invalid key: {key}",
            param=f"metadata[{key}]",
        )
    if len(value) > MAX_VALUE_CHARS:
        raise refused(
            f"Metadata values can be up to {MAX_VALUE_CHARS} characters, but you passed in a value "
            f"that is {len(value)} characters. Invalid value: {value}",
            param=f"metadata[{key}]",
        )
