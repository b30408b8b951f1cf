"""Mutations that are done once for their request_id (AIP-155)."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from google.protobuf.message import Message

from services.accounts.usecases.passwords import Passwords
from services.chassis.authentication import current_principal
from services.chassis.unit_of_work import Transactions, UnitOfWork

ResponseT = TypeVar("ResponseT", bound=Message)

PUBLIC = "public"
"""Nobody has signed in yet: request ids of the public share one space."""


class OncePerRequest:
    """What is kept of a request tells a repeat from another one, and no password."""

    def __init__(self, *, transactions: Transactions, passwords: Passwords) -> None:
        self._transactions = transactions
        self._passwords = passwords

    async def __call__(
        self,
        request: Any,
        response_type: type[ResponseT],
        body: Callable[[UnitOfWork], Awaitable[ResponseT]],
        *,
        caller: str = "",
        secrets: tuple[str, ...] = (),
        passwords: tuple[str, ...] = (),
        about: Callable[[ResponseT], Iterable[str]] | None = None,
    ) -> ResponseT:
        """The body's response, or the first one's to the same request.

        `secrets` are fields of the response that only the first one has; `passwords` are fields of
        the request. `about` tells whom the response says something of.

        Errors:
            RequestIdReused: the request_id came before, with another request.
            Overloaded: too many passwords are being hashed.
        """
        method = response_type.__name__.removesuffix("Response")
        return await self._transactions.run_once(
            caller=caller or current_principal().organisation_id,
            method=method,
            request_id=request.request_id,
            request=await self._without_passwords(request, passwords, method=method),
            response_type=response_type,
            body=body,
            secrets=secrets,
            about=about,
        )

    async def _without_passwords(
        self, request: Any, names: tuple[str, ...], *, method: str
    ) -> Message:
        """The request as it may be digested.

        A fast digest of it is kept, which passwords could be guessed from: in their place stands
        what is as slow to guess from as their hashes.
        """
        texts = tuple(getattr(request, name) for name in names)
        if not any(texts):
            return request  # type: ignore[no-any-return]
        kept = copy.deepcopy(request)
        for name in names:
            kept.ClearField(name)
        mark = await self._passwords.fingerprint(texts, salt=f"{method}:{request.request_id}")
        setattr(kept, names[0], mark)
        return kept  # type: ignore[no-any-return]
