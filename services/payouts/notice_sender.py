"""The way out: one POST to an address that is judged as it is written, and as it resolves."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from services.payouts.domain.notices.notice_urls import WebhookUrlInvalid, check_url, is_public
from services.payouts.domain.notices.notices import Receipt

_AGENT: Final = "Crewline-Webhooks/1"
_ERROR_CHARACTERS_MAX: Final = 200


class PublicOnly(AbstractResolver):
    """Resolves names to public addresses; a name that has another one as well is refused whole.

    What is connected to is what was judged: nobody resolves the name again in between.
    """

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Errors: OSError, also for what is not public."""
        found = await self._inner.resolve(host, port, family)
        private = [one["host"] for one in found if not is_public(one["host"])]
        if private or not found:
            raise OSError(f"{host} is no public address")
        return found

    async def close(self) -> None:
        """Ends the inner one."""
        await self._inner.close()


class NoticeSender:
    """See `usecases.notices.notice_sending.Sender`."""

    def __init__(self, *, timeout_seconds: float, allow_private: bool) -> None:
        self._timeout_seconds = timeout_seconds
        self._allow_private = allow_private
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Ends the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, url: str, payload: bytes, headers: Mapping[str, str]) -> Receipt:
        """See Sender."""
        try:
            # Addresses that are written as numbers are not resolved, and so are judged here.
            check_url(url, allow_private=self._allow_private)
            async with self._open().post(
                url,
                data=payload,
                headers={**headers, "content-type": "application/json", "user-agent": _AGENT},
                allow_redirects=False,
            ) as response:
                # The body is nobody's business: it is not read.
                return Receipt(status=response.status)
        except WebhookUrlInvalid as err:
            return Receipt(status=0, error=err.message)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as err:
            return Receipt(status=0, error=f"{type(err).__name__}: {err}"[:_ERROR_CHARACTERS_MAX])

    def _open(self) -> aiohttp.ClientSession:
        # Opened when first used: a session belongs to the loop that it was made in.
        if self._session is None:
            resolver: AbstractResolver = aiohttp.ThreadedResolver()
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=resolver if self._allow_private else PublicOnly(resolver),
                    # A connection that is kept was judged when it was made; names move.
                    force_close=True,
                ),
                timeout=aiohttp.ClientTimeout(total=self._timeout_seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
                # No proxy of the environment: it would resolve the name by itself.
                trust_env=False,
            )
        return self._session
