"""What a password must be: long, and not the first thing that somebody would try (NIST 800-63B).

No rule on digits or capitals: they make passwords harder to keep and hardly harder to guess.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from services.accounts.domain.common_passwords import COMMON_PASSWORDS
from services.accounts.domain.errors import PasswordWeak
from services.accounts.domain.organisations import email_key

CHARACTERS_MIN = 10
BYTES_MAX = 256
_DISTINCT_MIN = 4
_PERIOD_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPassword:
    """What is kept of a person's password."""

    person_id: str
    encoded: str = field(repr=False)
    """The hash with its salt and parameters (PHC string)."""
    changed_at: datetime


def normalised(password: str) -> str:
    """One spelling of what looks the same on different keyboards (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, *, emails: Iterable[str], name: str = "password") -> None:
    """`emails` are the person's own; `name` is the field that the password came in.

    Errors:
        PasswordWeak: the message and `rule` say which rule it breaks.
    """
    broken = _broken_rule(password, emails)
    if broken is not None:
        rule, description = broken
        raise PasswordWeak(f"the password {description}", field=name, rule=rule)


def _broken_rule(password: str, emails: Iterable[str]) -> tuple[str, str] | None:
    text = normalised(password)
    folded = text.casefold()
    rules = (
        ("length", len(text) < CHARACTERS_MIN, f"must have at least {CHARACTERS_MIN} characters"),
        ("bytes", len(password.encode()) > BYTES_MAX, f"must have at most {BYTES_MAX} bytes"),
        (
            "email",
            folded.strip() in _spellings(emails),
            "must not be the e-mail address, or its part before the @",
        ),
        ("repeated", _is_repetition(folded), "must not repeat a few characters over and over"),
        (
            "sequence",
            _is_run(folded),
            "must not be characters in the order of the alphabet or of numbers",
        ),
        ("common", folded in COMMON_PASSWORDS, "is one of the most common ones"),
    )
    broken = ((rule, description) for rule, is_broken, description in rules if is_broken)
    return next(broken, None)


def _spellings(emails: Iterable[str]) -> set[str]:
    keys = {normalised(email_key(email)) for email in emails if email}
    return keys | {key.rpartition("@")[0] for key in keys}


def _is_repetition(text: str) -> bool:
    if len(set(text)) < _DISTINCT_MIN:
        return True
    return any(
        text == (text[:period] * (len(text) // period + 1))[: len(text)]
        for period in range(1, _PERIOD_MAX + 1)
    )


def _is_run(text: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1})
