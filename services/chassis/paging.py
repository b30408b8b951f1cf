"""Page sizes and page tokens (AIP-158): opaque, and good only for the list that made them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from google.protobuf.message import Message

from services.chassis.errors import PageTokenInvalid

ItemT = TypeVar("ItemT")
MessageT = TypeVar("MessageT", bound=Message)

PAGE_SIZE_DEFAULT = 100
PAGE_SIZE_MAX = 1000
# Half of what an answer may have: a page of large items is shorter than was asked for.
PAGE_BYTES_MAX = 4 * 1024 * 1024
_POSITION_MAX = 2**62


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


def page_number(token: str, *, scope: str) -> int:
    """As page_position, of a list whose positions are numbers; 0 for the first page."""
    position = page_position(token, scope=scope) or "0"
    if not position.isascii() or not position.isdecimal() or int(position) > _POSITION_MAX:
        raise PageTokenInvalid("page_token is not a token of ours", field="page_token")
    return int(position)


def moment_place(moment: datetime, key: str) -> str:
    """The position of an item in a list that is in the order of times, and of keys within one."""
    return f"{moment.isoformat()} {key}"


def page_moment(token: str, *, scope: str) -> tuple[datetime, str] | None:
    """As page_position, of a list whose positions are `moment_place`s; None for the first page."""
    position = page_position(token, scope=scope)
    if not position:
        return None
    moment, _, key = position.partition(" ")
    try:
        return datetime.fromisoformat(moment), key
    except ValueError as err:
        raise PageTokenInvalid("page_token is not a token of ours", field="page_token") from err


def fitting(messages: Iterable[MessageT]) -> list[MessageT]:
    """As many of them, from the first on, as one answer holds; one at least, where there is one."""
    shown: list[MessageT] = []
    total = 0
    for message in messages:
        total += message.ByteSize()
        if shown and total > PAGE_BYTES_MAX:
            break
        shown.append(message)
    return shown


def next_page(
    found: Sequence[ItemT],
    shown: Sequence[object],
    position: Callable[[ItemT], str],
    *,
    scope: str,
) -> str:
    """The token that goes on after the last item that is shown; "" where no more was found."""
    if len(found) <= len(shown):
        return ""
    return page_token(position(found[len(shown) - 1]), scope=scope)


def _mark(scope: str) -> str:
    return hashlib.sha256(scope.encode()).hexdigest()[:12]
