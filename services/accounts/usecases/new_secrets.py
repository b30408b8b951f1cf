"""Secrets as they are made: an id, a secret, and the one text that its owner keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from services.accounts.domain.secret_texts import SecretKind
from services.chassis.ids import NewId

NewSecret = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Of the secret only the digest may be kept."""

    entity_id: str
    secret: str = field(repr=False)
    text: str = field(repr=False)


class SecretSource:
    """Draws them."""

    def __init__(self, *, new_id: NewId, new_secret: NewSecret) -> None:
        self._new_id = new_id
        self._new_secret = new_secret

    def draw(self, kind: SecretKind) -> Drawn:
        """Another one of this kind."""
        entity_id = self._new_id(kind.id_prefix.rstrip("_"))
        secret = self._new_secret("s").partition("_")[2]
        text = kind.text(entity_id=entity_id, secret=secret)
        if kind.read(text) is None:
            raise ValueError(f"{entity_id}: whatever is handed out must be readable again")
        return Drawn(entity_id=entity_id, secret=secret, text=text)
