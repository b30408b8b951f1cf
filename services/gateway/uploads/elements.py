"""What a file's row says as the element of a stream: a task, or a contractor."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from services.gateway.rest.json_text import JsonMalformed, read_json
from services.gateway.rest.rows import RowProblem

# Lists in one cell of a table.
_SEPARATORS = re.compile(r"[;|]")
_ID_NAMES: Final = ("external_id", "id")
_GOLD_NAMES: Final = ("gold_label", "gold")
_LISTS: Final = ("languages", "skills")
_SORTED: Final = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
_CONTRACTOR: Final = ("external_id", "name", "email", "country", "region", *_LISTS)


def task_of(row: Any) -> Any:
    """A row with `external_id` (or `id`), `gold_label` (or `gold`), `assignee_ids`, and its data.

    The data is in `data`, or in all the other columns. Without an id the row gets one that follows
    from its data, so that the same row sent again is the same task.
    """
    if isinstance(row, RowProblem):
        return row
    if not isinstance(row, Mapping):
        return RowProblem(reason="ROW_INVALID", message="a row is an object")
    rest = {str(name): value for name, value in row.items()}
    external_id = _first(rest, _ID_NAMES)
    gold_label = _first(rest, _GOLD_NAMES)
    assignees = rest.pop("assignee_ids", None)
    data = rest.pop("data", None)
    if isinstance(data, str):
        try:
            data = read_json(data.encode())
        except JsonMalformed as err:
            return RowProblem(reason=err.reason, message=err.message, field="data")
    if data is None:
        data = rest
    try:
        digest = hashlib.sha256(orjson.dumps(data, option=_SORTED, default=str)).hexdigest()
    except (TypeError, ValueError) as err:
        return RowProblem(reason="ROW_INVALID", message=f"not JSON: {err}", field="data")
    element: dict[str, Any] = {
        "external_id": str(external_id) if external_id not in (None, "") else f"row_{digest[:32]}",
        "data": _plain(data),
    }
    if gold_label not in (None, ""):
        element["gold_label"] = _value_text(gold_label)
    if assignees:
        element["assignee_ids"] = _listed(assignees)
    return element


def contractor_of(row: Any) -> Any:
    """A row with external_id, name, email, country, region, and languages and skills.

    Languages and skills are parted by ; or |.
    """
    if isinstance(row, RowProblem):
        return row
    if not isinstance(row, Mapping):
        return RowProblem(reason="ROW_INVALID", message="a row is an object")
    unknown = sorted(set(map(str, row)) - set(_CONTRACTOR))
    if unknown:
        return RowProblem(
            reason="COLUMN_UNKNOWN",
            message=f"the columns are {', '.join(_CONTRACTOR)}",
            field=unknown[0],
        )
    element = {name: value for name, value in row.items() if value not in (None, "")}
    for name in _LISTS:
        if name in element:
            element[name] = _listed(element[name])
    for name in ("country", "region"):
        if isinstance(element.get(name), str):
            element[name] = element[name].strip().upper()
    return element


def _value_text(value: Any) -> str:
    """A known answer as the text that it is posted as: of a list or an object, its JSON."""
    if isinstance(value, Mapping | list):
        return orjson.dumps(_plain(value)).decode()
    return str(value)


def _first(row: dict[str, Any], names: tuple[str, ...]) -> Any:
    """The value of the first of the names that is there; it is taken out."""
    for name in names:
        if name in row:
            return row.pop(name)
    return None


def _listed(value: Any) -> Any:
    if isinstance(value, str):
        return [part.strip() for part in _SEPARATORS.split(value) if part.strip()]
    return value


def _plain(data: Any) -> Any:
    """As JSON has it: what a table's column may hold besides (times, decimals) becomes text."""
    return orjson.loads(orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS, default=str))
