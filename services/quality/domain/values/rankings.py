"""Rankings: items from best to worst."""

from __future__ import annotations

from functools import lru_cache

from services.quality.domain.values.reading import malformed, read_list

MAX_ITEMS = 100


@lru_cache(maxsize=1_024)
def read_ranking(text: str) -> tuple[str, ...]:
    """Items that are not in it are behind those that are.

    Errors:
        MalformedValue.
    """
    found = read_list(text)
    if not 0 < len(found) <= MAX_ITEMS:
        raise malformed(f"a ranking has 1 to {MAX_ITEMS} items", rule="items")
    if any(isinstance(item, bool) or not isinstance(item, str | int) for item in found):
        raise malformed("an item of a ranking is a text", rule="item")
    items = tuple(str(item) for item in found)
    if len(set(items)) != len(items):
        raise malformed("a ranking has each item once", rule="twice")
    return items
