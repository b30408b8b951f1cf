"""JSON as it comes from outside: strict, and not deeper than anybody means it."""

from __future__ import annotations

import json
from typing import Any

import orjson

from services.chassis.errors import DomainError, Kind

DEPTH_MAX = 100


class JsonMalformed(DomainError):
    """The text is not JSON, or JSON that two readers would read differently."""

    kind, reason = Kind.INVALID, "JSON_MALFORMED"


def read_json(raw: bytes) -> Any:
    """The value of a JSON text (RFC 8259) in UTF-8.

    Errors:
        JsonMalformed: it is none; or it says one key twice, holds NaN or a number that is larger
            than any double, or is nested more than 100 deep.
    """
    try:
        value = _DECODER.decode(raw.decode())
    except UnicodeDecodeError as err:
        raise JsonMalformed("not UTF-8", position=err.start) from None
    except json.JSONDecodeError as err:
        place = f"line {err.lineno} column {err.colno}"
        raise JsonMalformed(f"not JSON: {err.msg} at {place}", position=err.pos) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as err:  # the decoder's own, of numbers with thousands of digits
        raise JsonMalformed(f"not JSON that is taken: {err}") from None
    if raw.count(b"[") + raw.count(b"{") > DEPTH_MAX and _is_deep(value):
        raise _too_deep()
    return value


def write_json(value: Any) -> str:
    """Compact JSON of a value that read_json gave.

    Errors:
        ValueError: text in it is no Unicode (half of a surrogate pair).
    """
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        # Integers of more than 64 bits, which stay what they are; or text that is no Unicode.
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        text.encode()
        return text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise JsonMalformed(f"the key {twice[:100]!r} is there twice", key=twice[:100])
    return made


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise JsonMalformed(f"the number {text[:40]} is larger than any that is taken")
    return value


def _constant(text: str) -> float:
    raise JsonMalformed(f"{text} is not JSON")


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEPTH_MAX):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return False
        level = below
    return any(isinstance(item, dict | list) for item in level)


def _too_deep() -> JsonMalformed:
    return JsonMalformed(f"nested more than {DEPTH_MAX} deep", depth_max=DEPTH_MAX)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)
