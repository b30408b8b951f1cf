"""Secrets that are shown once, as `<kind>_<id>_<secret>`; only the secret's digest is kept."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field

_REST = re.compile(r"([A-Za-z0-9]{1,40})_([A-Za-z0-9]{32,120})")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretText:
    """What its owner keeps, taken apart."""

    entity_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKind:
    """One kind of secret, told from the others by how its text begins."""

    text_prefix: str
    """With its underscore, as in `ck_`."""
    id_prefix: str
    """Of the ids of what it opens, with its underscore, as in `key_`."""

    def text(self, *, entity_id: str, secret: str) -> str:
        """What its owner keeps."""
        return f"{self.text_prefix}{entity_id.removeprefix(self.id_prefix)}_{secret}"

    def read(self, text: str) -> SecretText | None:
        """The parts of a text; None where it has not the shape of this kind."""
        if not text.startswith(self.text_prefix):
            return None
        found = _REST.fullmatch(text, len(self.text_prefix))
        if found is None:
            return None
        return SecretText(entity_id=self.id_prefix + found[1], secret=found[2])


def digest(secret: str) -> bytes:
    """SHA-256 is enough: the secret is random and long, so there is nothing to guess slowly."""
    return hashlib.sha256(secret.encode()).digest()


def is_secret_of(known: bytes, secret: str) -> bool:
    """The digest is this secret's; in the same time however much of the secret is right."""
    return hmac.compare_digest(known, digest(secret))
