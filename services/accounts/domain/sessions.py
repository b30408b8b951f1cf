"""Sessions: `cs_<id>_<secret>`; they end by age, unused, or revoked, and never begin again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.accounts.domain.errors import SessionEnded
from services.accounts.domain.secret_texts import SecretKind, SecretText, digest, is_secret_of

SESSION = SecretKind(text_prefix="cs_", id_prefix="ses_")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """How long sessions live, and how many of one person's at once."""

    lifetime: timedelta
    idle: timedelta
    """Not used for so long, a session ends."""
    note_use: timedelta
    """Uses that follow each other faster than this are one: not every refresh is a write."""
    live_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session without its secret: one browser or machine of one person."""

    session_id: str
    person_id: str
    device: str
    digest: bytes
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    """However much it is used."""
    ends_at: datetime
    """Unless it is used before; once it is over, when it ended."""
    revoked_at: datetime | None = None

    def works(self, now: datetime) -> bool:
        """It may be exchanged for a token."""
        return self.revoked_at is None and now < self.ends_at

    def matches(self, secret: str) -> bool:
        """In the same time however much of the secret is right."""
        return is_secret_of(self.digest, secret)

    def used(self, *, now: datetime, rules: SessionRules) -> SignedIn:
        """Used now; itself where that is not worth a write."""
        if now - self.last_used_at < rules.note_use:
            return self
        return replace(self, last_used_at=now, ends_at=min(self.expires_at, now + rules.idle))

    def revoked(self, *, now: datetime) -> SignedIn:
        """Ended now; itself where it had ended before."""
        return replace(self, revoked_at=now, ends_at=now) if self.works(now) else self


def begin(
    *,
    session_id: str,
    person_id: str,
    device: str,
    secret: str,
    rules: SessionRules,
    now: datetime,
) -> SignedIn:
    """A session that begins now."""
    expires_at = now + rules.lifetime
    return SignedIn(
        session_id=session_id,
        person_id=person_id,
        device=device,
        digest=digest(secret),
        created_at=now,
        last_used_at=now,
        expires_at=expires_at,
        ends_at=min(expires_at, now + rules.idle),
    )


def superfluous(live: Sequence[SignedIn], *, rules: SessionRules) -> list[SignedIn]:
    """The oldest, as many as must end so that one more may begin."""
    eldest = sorted(live, key=lambda session: (session.created_at, session.session_id))
    return eldest[: max(len(eldest) + 1 - rules.live_max, 0)]


def read_session(text: str) -> SecretText:
    """The id and the secret of a session's text.

    Errors:
        SessionEnded: it has not the shape of one.
    """
    found = SESSION.read(text)
    if found is None:
        raise SessionEnded("the session has ended; sign in again")
    return found
