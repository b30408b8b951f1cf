"""JSON that came from outside, parsed so that whatever passes can be stored and shown."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(text: str) -> Any:
    """The value. Pure.

    Errors:
        ValueError: not JSON, nested too deep, a number that JSON does not have, or half a pair of
            surrogates, which no encoding can write.
    """
    try:
        value = json.loads(text, parse_constant=_no_constant)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deep") from None
    except UnicodeEncodeError:
        raise ValueError("half a pair of surrogates is no character") from None
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
