"""Operations on `sessions`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Session, SignInResponse
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_SIGN_IN = Route[SignInResponse](method="POST", path="/v1/sessions", body="*", is_public=True)

_LIST_SESSIONS = PageRoute[Session](method="GET", path="/v1/sessions", unwrap="sessions")

_REVOKE_SESSION = Route[Session](
    method="POST", path="/v1/sessions/{session_id}:revoke", body="*", unwrap="session"
)


class SessionsApi:
    """Operations on `sessions`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def sign_in(self, *, email: str, password: str, device: str | None = None) -> SignInResponse:
        """A session for an e-mail address and its password; a repeat makes another one. Errors:
        SIGN_IN_REFUSED, RATE_LIMITED.

        Args:
            device: What the session list calls it: the browser, the machine.
        """
        return self._http.send(_SIGN_IN, {"email": email, "password": password, "device": device})

    def list(self, *, page_size: int | None = None) -> Pages[Session]:
        """The caller's own sessions that have not ended, newest first."""
        return Pages(self._http, _LIST_SESSIONS, {"page_size": page_size})

    def revoke(self, session_id: str) -> Session:
        """Ends one of the caller's own sessions; ended already, a repeat changes nothing. Errors:
        SESSION_NOT_FOUND.
        """
        return self._http.send(_REVOKE_SESSION, {"session_id": session_id})


class AsyncSessionsApi:
    """Operations on `sessions`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def sign_in(
        self, *, email: str, password: str, device: str | None = None
    ) -> SignInResponse:
        """A session for an e-mail address and its password; a repeat makes another one. Errors:
        SIGN_IN_REFUSED, RATE_LIMITED.

        Args:
            device: What the session list calls it: the browser, the machine.
        """
        return await self._http.send(
            _SIGN_IN, {"email": email, "password": password, "device": device}
        )

    def list(self, *, page_size: int | None = None) -> AsyncPages[Session]:
        """The caller's own sessions that have not ended, newest first."""
        return AsyncPages(self._http, _LIST_SESSIONS, {"page_size": page_size})

    async def revoke(self, session_id: str) -> Session:
        """Ends one of the caller's own sessions; ended already, a repeat changes nothing. Errors:
        SESSION_NOT_FOUND.
        """
        return await self._http.send(_REVOKE_SESSION, {"session_id": session_id})
