"""Identifiers in Stripe's manner: a prefix that names the kind, then random letters and digits."""

from __future__ import annotations

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """Return a new id such as `tr_1QmB…`."""
    return f"{prefix}_{random_text(24)}"


def new_account_id() -> str:
    """Return a new account id; accounts' are shorter than the rest."""
    return f"acct_1{random_text(15)}"


def random_text(length: int) -> str:
    """Return unguessable letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
