"""One page of a list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.chassis import paging

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[ItemT]):
    """Items, and the token that goes on after them; empty on the last page."""

    items: list[ItemT]
    next_token: str


async def read_page(
    *,
    scope: str,
    size: int,
    token: str,
    read: Callable[[str, int], Awaitable[list[ItemT]]],
    position: Callable[[ItemT], str],
) -> Page[ItemT]:
    """Reads one item more than the page holds, to know whether there is another page.

    Errors:
        PageTokenInvalid: the token is not one of this list.
    """
    wanted = paging.page_size(size)
    found = await read(paging.page_position(token, scope=scope), wanted + 1)
    items = found[:wanted]
    more = len(found) > wanted
    return Page(
        items=items,
        next_token=paging.page_token(position(items[-1]), scope=scope) if more else "",
    )
