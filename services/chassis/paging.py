"""Page sizes and page tokens (AIP-158): opaque, and good only for the list that made them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json

from services.chassis.errors import PageTokenInvalid

PAGE_SIZE_DEFAULT = 100
PAGE_SIZE_MAX = 1000


def page_size(asked: int) -> int:
    """0 means the default, more than the maximum means the maximum."""
    return min(asked, PAGE_SIZE_MAX) if asked > 0 else PAGE_SIZE_DEFAULT


def page_token(position: str, *, scope: str) -> str:
    """A token that continues after `position` in the list that `scope` names."""
    body = json.dumps([position, _mark(scope)]).encode()
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def page_position(token: str, *, scope: str) -> str:
    """Where to go on; "" for the first page.

    Errors:
        PageTokenInvalid: not a token, or one of another list.
    """
    if not token:
        return ""
    try:
        body = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        position, mark = json.loads(body)
    except (binascii.Error, ValueError, TypeError) as err:
        raise PageTokenInvalid("page_token is not a token of ours", field="page_token") from err
    if mark != _mark(scope) or not isinstance(position, str):
        raise PageTokenInvalid("page_token belongs to another list", field="page_token")
    return position


def _mark(scope: str) -> str:
    return hashlib.sha256(scope.encode()).hexdigest()[:12]
