"""Operations on `people`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Person
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_CREATE_PERSON = Route[Person](method="POST", path="/v1/people", body="*", unwrap="person")

_LIST_PEOPLE = PageRoute[Person](method="GET", path="/v1/people", unwrap="people")


class PeopleApi:
    """Operations on `people`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def create(self, *, email: str, name: str, idempotency_key: str | None = None) -> Person:
        """Adds a colleague to the caller's own organisation. Errors: EMAIL_TAKEN.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(_CREATE_PERSON, {"email": email, "name": name}, idempotency_key)

    def list(self, *, page_size: int | None = None) -> Pages[Person]:
        """See crewline.accounts.v1.AccountsService.ListPeople."""
        return Pages(self._http, _LIST_PEOPLE, {"page_size": page_size})


class AsyncPeopleApi:
    """Operations on `people`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def create(self, *, email: str, name: str, idempotency_key: str | None = None) -> Person:
        """Adds a colleague to the caller's own organisation. Errors: EMAIL_TAKEN.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CREATE_PERSON, {"email": email, "name": name}, idempotency_key
        )

    def list(self, *, page_size: int | None = None) -> AsyncPages[Person]:
        """See crewline.accounts.v1.AccountsService.ListPeople."""
        return AsyncPages(self._http, _LIST_PEOPLE, {"page_size": page_size})
