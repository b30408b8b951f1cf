"""Identifiers in Stripe's manner: a prefix that names the kind, then random letters and digits."""

from __future__ import annotations

import secrets
import string
from typing import Final

_ALPHABET: Final = (string.ascii_letters + string.digits).encode()
# One random byte makes one character: the slight bias costs a 24-character id less than a bit.
_CHARACTERS: Final = bytes(_ALPHABET[value % len(_ALPHABET)] for value in range(256))


def new_id(prefix: str) -> str:
    """Return a new id such as `tr_1QmB…`."""
    return f"{prefix}_{random_text(24)}"


def new_account_id() -> str:
    """Return a new account id; accounts' are shorter than the rest."""
    return f"acct_1{random_text(15)}"


def random_text(length: int) -> str:
    """Return unguessable letters and digits."""
    return secrets.token_bytes(length).translate(_CHARACTERS).decode()
