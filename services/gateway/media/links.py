"""Links that show a file to whoever holds them, for some hours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import re
from collections.abc import Callable
from typing import Any

from services.gateway.media.errors import LinkInvalid

URI_PREFIX = "crewline-media:"
_URI = re.compile(re.escape(URI_PREFIX) + r"(med_[0-9a-v]{24})(?![0-9A-Za-z_])")
_EXPIRES_DIGITS_MAX = 12
# Ends of links are rounded up to a fraction of their life, so that the same file has the same
# link for a while and browsers need not fetch it again.
_WINDOWS_PER_LIFETIME = 4
# What is nested deeper than any task's data is left as it is.
_DEPTH_MAX = 100


class MediaLinks:
    """Makes links and checks them."""

    def __init__(self, *, key: bytes, lifetime_seconds: int, now: Callable[[], float]) -> None:
        """`now` is seconds since the epoch."""
        self._key = key
        self._lifetime_seconds = lifetime_seconds
        self._window_seconds = max(lifetime_seconds // _WINDOWS_PER_LIFETIME, 1)
        self._now = now

    def sign(self, media_id: str) -> str:
        """An absolute path, good for `lifetime_seconds` at least and a window more at most."""
        ends = math.ceil(self._now()) + self._lifetime_seconds
        expires = -(-ends // self._window_seconds) * self._window_seconds
        return f"/media/{media_id}?expires={expires}&signature={self._signature(media_id, expires)}"

    def sign_text(self, text: str) -> str:
        """The same text, which may be JSON, with a link in place of every `crewline-media:<id>`.

        A task's data names files by such URIs, alone or inside text (as in HTML). Ids of files
        cannot be guessed: whoever names one has been shown the file.
        """
        if URI_PREFIX not in text:
            return text
        return _URI.sub(lambda found: self.sign(found.group(1)), text)

    def sign_all(self, value: Any, *, _depth: int = 0) -> Any:
        """The same JSON value, with every text in it as `sign_text` makes it."""
        if isinstance(value, str):
            return self.sign_text(value)
        if _depth == _DEPTH_MAX:
            return value
        if isinstance(value, list):
            return [self.sign_all(each, _depth=_depth + 1) for each in value]
        if isinstance(value, dict):
            return {name: self.sign_all(each, _depth=_depth + 1) for name, each in value.items()}
        return value

    def check(self, media_id: str, *, expires: str, signature: str) -> int:
        """For how many seconds the link is still good.

        Errors:
            LinkInvalid: it is not ours, or has expired.
        """
        known = expires.isascii() and expires.isdecimal() and len(expires) <= _EXPIRES_DIGITS_MAX
        until = int(expires) if known else 0
        good = hmac.compare_digest(
            self._signature(media_id, until).encode(), signature.encode("utf-8", "replace")
        )
        left = until - math.floor(self._now())
        if not good or left <= 0:
            raise LinkInvalid("the link is not good, or no longer: ask for a new one")
        return left

    def _signature(self, media_id: str, expires: int) -> str:
        mark = hmac.new(self._key, f"{media_id}\n{expires}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mark).decode().rstrip("=")
