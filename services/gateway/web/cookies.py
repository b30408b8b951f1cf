"""The few cookies of the pages: who is signed in, how they read, and what to tell them next."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response

_SESSION = "crewline"
_VISIT = "crewline-visit"
_SAID = "crewline-said"
LANGUAGE = "crewline-language"
THEME = "crewline-theme"
THEMES = ("auto", "light", "dark")

_YEAR_SECONDS = 365 * 86_400
_SECRET = re.compile(r"[A-Za-z0-9._~-]{16,200}")
_SAID_LENGTH_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One sentence for the next page: what the last action came to."""

    tone: str
    """good, bad or info."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookies:
    """Reads and sets them; `secure` where the site is served over https."""

    secure: bool

    def session_secret(self, request: Request) -> str:
        """Of whoever is signed in; empty otherwise."""
        return _secret(request.cookies.get(self._name(_SESSION), ""))

    def set_session(self, response: Response, secret: str, *, seconds: int) -> None:
        """Signs the browser in."""
        self._set(response, self._name(_SESSION), secret, seconds=seconds)

    def end_session(self, response: Response) -> None:
        """Signs the browser out."""
        self._drop(response, self._name(_SESSION))

    def visit_secret(self, request: Request) -> str:
        """What protects the forms before sign-in; empty on the first page of all."""
        return _secret(request.cookies.get(self._name(_VISIT), ""))

    def new_visit_secret(self) -> str:
        """For `set_visit`."""
        return secrets.token_urlsafe(24)

    def set_visit(self, response: Response, secret: str) -> None:
        """Until the browser closes."""
        self._set(response, self._name(_VISIT), secret)

    def say(self, response: Response, *, tone: str, text: str) -> None:
        """Tells the next page what to say."""
        said = json.dumps([tone, text[:_SAID_LENGTH_MAX]]).encode()
        value = base64.urlsafe_b64encode(said).decode().rstrip("=")
        self._set(response, self._name(_SAID), value, seconds=60)

    def said(self, request: Request) -> Said | None:
        """What the last action left to be said."""
        value = request.cookies.get(self._name(_SAID), "")
        if not value:
            return None
        try:
            raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            tone, text = json.loads(raw)
        except (binascii.Error, ValueError, TypeError):
            return None
        if tone not in ("good", "bad", "info") or not isinstance(text, str):
            return None
        return Said(tone=tone, text=text[:_SAID_LENGTH_MAX])

    def forget_said(self, response: Response) -> None:
        """It was said."""
        self._drop(response, self._name(_SAID))

    def prefer(self, response: Response, name: str, value: str) -> None:
        """Remembers LANGUAGE or THEME."""
        self._set(response, name, value, seconds=_YEAR_SECONDS)

    def _name(self, name: str) -> str:
        # Browsers take a cookie of this prefix only over https, for this host and all of its paths:
        # no neighbour under the same domain can set it.
        return f"__Host-{name}" if self.secure else name

    def _set(
        self, response: Response, name: str, value: str, *, seconds: int | None = None
    ) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def _drop(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="lax")


def _secret(value: str) -> str:
    return value if _SECRET.fullmatch(value) else ""
