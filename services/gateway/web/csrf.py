"""Proof that a change was asked for on a page of ours.

The token is derived from a secret that only this browser's cookie holds (the session's, or before
sign-in the visit's), so nothing is stored; beside it, what the browser itself says of where the
request comes from must be this site.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

FIELD = "csrf_token"
HEADER = "x-csrf-token"

_SAFE_SITES = ("same-origin", "none")


def csrf_token(secret: str) -> str:
    """The same for as long as the secret is; says nothing about it."""
    return hmac.new(secret.encode(), b"crewline csrf v1", hashlib.sha256).hexdigest()


def is_token_good(token: str, *, secret: str) -> bool:
    """Whether it was made for this browser."""
    return bool(secret) and hmac.compare_digest(token.encode(), csrf_token(secret).encode())


def is_from_here(headers: Mapping[str, str], *, public_url: str) -> bool:
    """Whether the browser says that the request comes from a page of this site.

    Browsers send Origin with every POST, and Sec-Fetch-Site; a client that sends neither is no
    browser, and has no cookie that another site could use.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site not in _SAFE_SITES:
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    if public_url:
        return origin.rstrip("/") == public_url.rstrip("/")
    # The scheme is not compared: behind a proxy that ends TLS, this server does not know it.
    return bool(urlsplit(origin).netloc) and urlsplit(origin).netloc == headers.get("host", "")
