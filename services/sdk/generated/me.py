"""Operations on `me`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import ChangePasswordResponse, GetCallerResponse
from ..routes import Route

_GET_CALLER = Route[GetCallerResponse](method="GET", path="/v1/me")

_CHANGE_PASSWORD = Route[ChangePasswordResponse](
    method="POST", path="/v1/me:changePassword", body="*"
)


class MeApi:
    """Operations on `me`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def get(self) -> GetCallerResponse:
        """Who the caller is. Errors: PERSON_NOT_FOUND, ORGANISATION_NOT_FOUND."""
        return self._http.send(_GET_CALLER, {})

    def change_password(
        self,
        *,
        old_password: str,
        new_password: str,
        session_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> ChangePasswordResponse:
        """Ends all of the caller's other sessions; a wrong old password is an attempt to sign in
        that failed. Errors: SIGN_IN_REFUSED, PASSWORD_WEAK, RATE_LIMITED.

        Args:
            session_id: The session that stays, where the caller has one.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CHANGE_PASSWORD,
            {"old_password": old_password, "new_password": new_password, "session_id": session_id},
            idempotency_key,
        )


class AsyncMeApi:
    """Operations on `me`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def get(self) -> GetCallerResponse:
        """Who the caller is. Errors: PERSON_NOT_FOUND, ORGANISATION_NOT_FOUND."""
        return await self._http.send(_GET_CALLER, {})

    async def change_password(
        self,
        *,
        old_password: str,
        new_password: str,
        session_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> ChangePasswordResponse:
        """Ends all of the caller's other sessions; a wrong old password is an attempt to sign in
        that failed. Errors: SIGN_IN_REFUSED, PASSWORD_WEAK, RATE_LIMITED.

        Args:
            session_id: The session that stays, where the caller has one.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CHANGE_PASSWORD,
            {"old_password": old_password, "new_password": new_password, "session_id": session_id},
            idempotency_key,
        )
