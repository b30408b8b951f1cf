"""Operations on `invitations`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import (
    AcceptInvitationResponse,
    Invitation,
    InvitationResult,
    LookUpInvitationResponse,
    NewInvitation,
)
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_BATCH_CREATE_INVITATIONS = Route[Sequence[InvitationResult]](
    method="POST", path="/v1/invitations:batchCreate", body="*", unwrap="results"
)

_LIST_INVITATIONS = PageRoute[Invitation](
    method="GET", path="/v1/invitations", unwrap="invitations"
)

_REVOKE_INVITATION = Route[Invitation](
    method="POST", path="/v1/invitations/{invitation_id}:revoke", body="*", unwrap="invitation"
)

_LOOK_UP_INVITATION = Route[LookUpInvitationResponse](
    method="POST", path="/v1/invitations:lookUp", body="*", is_public=True
)

_ACCEPT_INVITATION = Route[AcceptInvitationResponse](
    method="POST", path="/v1/invitations:accept", body="*", is_public=True
)


class InvitationsApi:
    """Operations on `invitations`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def create(
        self, invitations: Sequence[NewInvitation], *, idempotency_key: str | None = None
    ) -> Sequence[InvitationResult]:
        """Asks people of the caller's organisation in, contractors among them: whoever shows the
        secret chooses a password and can sign in. The secrets are in the answer and nowhere
        else; an earlier invitation of the same person stops working. Errors for an item:
        PERSON_NOT_FOUND, ALREADY_SIGNS_IN.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _BATCH_CREATE_INVITATIONS, {"invitations": invitations}, idempotency_key
        )

    def list(self, *, page_size: int | None = None) -> Pages[Invitation]:
        """Those of the caller's organisation that can still be accepted."""
        return Pages(self._http, _LIST_INVITATIONS, {"page_size": page_size})

    def revoke(self, invitation_id: str, *, idempotency_key: str | None = None) -> Invitation:
        """Errors: INVITATION_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _REVOKE_INVITATION, {"invitation_id": invitation_id}, idempotency_key
        )

    def look_up(self, secret: str) -> LookUpInvitationResponse:
        """What an invitation is for. A read; a repeat tells the same. Errors: INVITATION_INVALID,
        RATE_LIMITED.
        """
        return self._http.send(_LOOK_UP_INVITATION, {"secret": secret})

    def accept(
        self,
        *,
        secret: str,
        email: str,
        password: str,
        device: str | None = None,
        idempotency_key: str | None = None,
    ) -> AcceptInvitationResponse:
        """The person can sign in from now on, and is signed in. An invitation works once: a repeat
        with the same request_id does not show the session again. INVITATION_INVALID names the
        field: the secret, or the email where the invitation is for another one. Errors:
        INVITATION_INVALID, EMAIL_TAKEN, PASSWORD_WEAK, RATE_LIMITED.

        Args:
            device: What the session list calls it: the browser, the machine.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _ACCEPT_INVITATION,
            {"secret": secret, "email": email, "password": password, "device": device},
            idempotency_key,
        )


class AsyncInvitationsApi:
    """Operations on `invitations`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def create(
        self, invitations: Sequence[NewInvitation], *, idempotency_key: str | None = None
    ) -> Sequence[InvitationResult]:
        """Asks people of the caller's organisation in, contractors among them: whoever shows the
        secret chooses a password and can sign in. The secrets are in the answer and nowhere
        else; an earlier invitation of the same person stops working. Errors for an item:
        PERSON_NOT_FOUND, ALREADY_SIGNS_IN.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _BATCH_CREATE_INVITATIONS, {"invitations": invitations}, idempotency_key
        )

    def list(self, *, page_size: int | None = None) -> AsyncPages[Invitation]:
        """Those of the caller's organisation that can still be accepted."""
        return AsyncPages(self._http, _LIST_INVITATIONS, {"page_size": page_size})

    async def revoke(self, invitation_id: str, *, idempotency_key: str | None = None) -> Invitation:
        """Errors: INVITATION_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _REVOKE_INVITATION, {"invitation_id": invitation_id}, idempotency_key
        )

    async def look_up(self, secret: str) -> LookUpInvitationResponse:
        """What an invitation is for. A read; a repeat tells the same. Errors: INVITATION_INVALID,
        RATE_LIMITED.
        """
        return await self._http.send(_LOOK_UP_INVITATION, {"secret": secret})

    async def accept(
        self,
        *,
        secret: str,
        email: str,
        password: str,
        device: str | None = None,
        idempotency_key: str | None = None,
    ) -> AcceptInvitationResponse:
        """The person can sign in from now on, and is signed in. An invitation works once: a repeat
        with the same request_id does not show the session again. INVITATION_INVALID names the
        field: the secret, or the email where the invitation is for another one. Errors:
        INVITATION_INVALID, EMAIL_TAKEN, PASSWORD_WEAK, RATE_LIMITED.

        Args:
            device: What the session list calls it: the browser, the machine.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _ACCEPT_INVITATION,
            {"secret": secret, "email": email, "password": password, "device": device},
            idempotency_key,
        )
