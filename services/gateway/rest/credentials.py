"""Where a request carries its API key or access token."""

from __future__ import annotations

from collections.abc import Iterable

from services.chassis.errors import Unauthenticated

AUTHORIZATION = b"authorization"
API_KEY = b"x-api-key"
_BEARER = "bearer "


def credential(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The text after `Bearer`, or of X-Api-Key: either may be a key or a token.

    Cookies are no credential here: a page of another site must not act in somebody's name.

    Errors:
        Unauthenticated: there is none, or two.
    """
    found = []
    for name, value in headers:
        text = value.decode("latin-1").strip()
        if name == API_KEY:
            found.append(text)
        elif name == AUTHORIZATION:
            if text[: len(_BEARER)].lower() != _BEARER:
                raise Unauthenticated("the Authorization header is of another kind than Bearer")
            found.append(text[len(_BEARER) :].strip())
    if len(found) > 1:
        raise Unauthenticated("more than one credential")
    if not found:
        raise Unauthenticated("no credential: send `Authorization: Bearer <key or token>`")
    return found[0]
