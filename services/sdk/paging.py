"""Lists that fetch their pages as they are gone through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Generic, TypeVar

from .http_async import AsyncHttp
from .http_sync import SyncHttp
from .routes import PageRoute

T = TypeVar("T")


class Pages(Generic[T]):
    """Every item of a list; going through it again asks again. Errors: CrewlineError."""

    def __init__(self, http: SyncHttp, route: PageRoute[T], arguments: Mapping[str, Any]) -> None:
        self._http = http
        self._route = route
        self._arguments = dict(arguments)

    def __iter__(self) -> Iterator[T]:
        """Item by item."""
        for page in self.by_page():
            yield from page

    def by_page(self) -> Iterator[list[T]]:
        """Page by page."""
        return self._http.pages(self._route, self._arguments)

    def take(self, count: int) -> list[T]:
        """The first items, at most so many."""
        return _taken(iter(self), count)

    def all(self) -> list[T]:
        """All of them at once."""
        return list(self)


class AsyncPages(Generic[T]):
    """Every item of a list; going through it again asks again. Errors: CrewlineError."""

    def __init__(self, http: AsyncHttp, route: PageRoute[T], arguments: Mapping[str, Any]) -> None:
        self._http = http
        self._route = route
        self._arguments = dict(arguments)

    async def __aiter__(self) -> AsyncIterator[T]:
        """Item by item."""
        async for page in self.by_page():
            for item in page:
                yield item

    def by_page(self) -> AsyncIterator[list[T]]:
        """Page by page."""
        return self._http.pages(self._route, self._arguments)

    async def take(self, count: int) -> list[T]:
        """The first items, at most so many."""
        taken: list[T] = []
        if count > 0:
            async for item in self:
                taken.append(item)
                if len(taken) == count:
                    break
        return taken

    async def all(self) -> list[T]:
        """All of them at once."""
        return [item async for item in self]


def _taken(items: Iterator[T], count: int) -> list[T]:
    return [item for _, item in zip(range(count), items, strict=False)]
