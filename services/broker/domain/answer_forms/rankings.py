"""Items from best to worst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.broker.domain.answer_forms.wrong import FormWrong

ITEMS_MAX = 1_000
ITEM_CHARACTERS_MAX = 200


def read_items(value: Any, *, path: str = "") -> list[str]:
    """Distinct ids. Errors: FormWrong."""
    if not isinstance(value, list) or not 1 <= len(value) <= ITEMS_MAX:
        raise FormWrong(path, "type", f"a list of 1 to {ITEMS_MAX:,} ids")
    met: set[str] = set()
    for position, item in enumerate(value):
        here = f"{path}[{position}]"
        if not isinstance(item, str) or not 0 < len(item) <= ITEM_CHARACTERS_MAX:
            raise FormWrong(
                here, "type", f"an id is a text of 1 to {ITEM_CHARACTERS_MAX} characters"
            )
        if item in met:
            raise FormWrong(here, "twice", "an id is there twice")
        met.add(item)
    return value


def read_ranking(value: Any, *, items: Sequence[str] = (), path: str = "") -> list[str]:
    """An order of all of `items`; of any where these are not known. Errors: FormWrong."""
    ranking = read_items(value, path=path)
    if items and sorted(ranking) != sorted(items):
        raise FormWrong(path, "permutation", "a ranking has each of the task's items once")
    return ranking
