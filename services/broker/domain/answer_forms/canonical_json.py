"""JSON in the one way in which values are written."""

from __future__ import annotations

import json
from typing import Any


def canonical_json(value: Any) -> str:
    """No spaces, keys in order, every character as itself."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def in_order(marks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Shapes or spans in the order of their text: nobody's order is part of the answer."""
    return sorted(marks, key=canonical_json)
