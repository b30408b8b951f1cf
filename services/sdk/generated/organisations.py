"""Operations on `organisations`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Organisation, OrganisationKind, RegisterOrganisationResponse
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_REGISTER_ORGANISATION = Route[RegisterOrganisationResponse](
    method="POST", path="/v1/organisations", body="*", is_public=True
)

_GET_ORGANISATION = Route[Organisation](
    method="GET", path="/v1/organisations/{organisation_id}", unwrap="organisation"
)

_LIST_ORGANISATIONS = PageRoute[Organisation](
    method="GET", path="/v1/organisations", unwrap="organisations"
)


class OrganisationsApi:
    """Operations on `organisations`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def register(
        self,
        *,
        name: str,
        kind: OrganisationKind,
        email: str,
        person_name: str,
        password: str | None = None,
        idempotency_key: str | None = None,
    ) -> RegisterOrganisationResponse:
        """Signs a client or a vendor up: an organisation, its first person and that person's key.
        PASSWORD_WEAK says by `rule` which it breaks: length, bytes, email, repeated, sequence,
        common. Errors: EMAIL_TAKEN, PASSWORD_WEAK, RATE_LIMITED.

        Args:
            kind: CLIENT or VENDOR.
            password: With one, the person can sign in to the console.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _REGISTER_ORGANISATION,
            {
                "name": name,
                "kind": kind,
                "email": email,
                "person_name": person_name,
                "password": password,
            },
            idempotency_key,
        )

    def get(self, organisation_id: str) -> Organisation:
        """Errors: ORGANISATION_NOT_FOUND."""
        return self._http.send(_GET_ORGANISATION, {"organisation_id": organisation_id})

    def list(self, *, page_size: int | None = None) -> Pages[Organisation]:
        """See crewline.accounts.v1.AccountsService.ListOrganisations."""
        return Pages(self._http, _LIST_ORGANISATIONS, {"page_size": page_size})


class AsyncOrganisationsApi:
    """Operations on `organisations`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def register(
        self,
        *,
        name: str,
        kind: OrganisationKind,
        email: str,
        person_name: str,
        password: str | None = None,
        idempotency_key: str | None = None,
    ) -> RegisterOrganisationResponse:
        """Signs a client or a vendor up: an organisation, its first person and that person's key.
        PASSWORD_WEAK says by `rule` which it breaks: length, bytes, email, repeated, sequence,
        common. Errors: EMAIL_TAKEN, PASSWORD_WEAK, RATE_LIMITED.

        Args:
            kind: CLIENT or VENDOR.
            password: With one, the person can sign in to the console.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _REGISTER_ORGANISATION,
            {
                "name": name,
                "kind": kind,
                "email": email,
                "person_name": person_name,
                "password": password,
            },
            idempotency_key,
        )

    async def get(self, organisation_id: str) -> Organisation:
        """Errors: ORGANISATION_NOT_FOUND."""
        return await self._http.send(_GET_ORGANISATION, {"organisation_id": organisation_id})

    def list(self, *, page_size: int | None = None) -> AsyncPages[Organisation]:
        """See crewline.accounts.v1.AccountsService.ListOrganisations."""
        return AsyncPages(self._http, _LIST_ORGANISATIONS, {"page_size": page_size})
